"""RandAugment and AutoAugment of torchvision, for images of a data set."""

from typing import Literal, cast, get_args

from torchvision.transforms import v2

from counterpoise.errors import InputError

PolicyName = Literal["auto", "cifar10", "imagenet", "svhn"]
LARGEST_MAGNITUDE = 30


def random_policy(num_ops: int, magnitude: int) -> v2.RandAugment:
    """RandAugment: random operations of one strength (Cubuk et al., NeurIPS 2020).

    Args:
        num_ops: operations per image, at least 1.
        magnitude: their strength, 0 to 30; at 30, for example, a rotation is by 30 degrees. The paper counts to
            10 for the same strength.

    Raises:
        InputError: a number is out of range.
    """
    if num_ops < 1:
        raise InputError(f"num_ops must be at least 1, but {num_ops} came; leave the modifier out for none")
    if not 0 <= magnitude <= LARGEST_MAGNITUDE:
        raise InputError(f"magnitude must lie in 0 .. {LARGEST_MAGNITUDE}, but {magnitude} came")
    return v2.RandAugment(num_ops, magnitude, num_magnitude_bins=LARGEST_MAGNITUDE + 1)


def contrastive_policy(size: int) -> v2.Compose:
    """The views of MoCo v2: crop, colours, grey, blur and mirror (Chen et al., 2020, as released).

    Args:
        size: height and width of the images in pixels.
    """
    return v2.Compose(
        [
            v2.RandomResizedCrop(size, scale=(0.2, 1.0), antialias=True),
            recolouring_policy(size, blur=0.5),
            v2.RandomHorizontalFlip(),
        ]
    )


def recolouring_policy(size: int, *, blur: float) -> v2.Compose:
    """What the views of MoCo v2 do to colours: jitter, grey and blur; SADE's views on CIFAR blur less often.

    Args:
        size: height and width of the images in pixels. The blur has a kernel of about a tenth of it.
        blur: how probable the blur is (released: 0.5 by MoCo v2 and by SADE on ImageNet-LT, 0.2 by SADE on CIFAR).
    """
    blurred = v2.GaussianBlur(max(size // 10, 1) // 2 * 2 + 1, sigma=(0.1, 2.0))
    return v2.Compose(
        [
            v2.RandomApply([v2.ColorJitter(0.4, 0.4, 0.4, 0.1)], p=0.8),
            v2.RandomGrayscale(0.2),
            v2.RandomApply([blurred], p=blur),
        ]
    )


def learned_policy(name: PolicyName, size: int) -> v2.AutoAugment:
    """AutoAugment: pairs of operations that were searched for on one data set (Cubuk et al., CVPR 2019).

    Args:
        name: the data set of the search; "auto" is "cifar10" for images up to 64 pixels, "imagenet" above.
        size: height and width of the images in pixels.

    Raises:
        InputError: the name is another.
    """
    if name not in get_args(PolicyName):
        raise InputError(f"policy must be one of {', '.join(get_args(PolicyName))}, but {name!r} came")
    if name == "auto":
        name = "cifar10" if size <= 64 else "imagenet"
    return v2.AutoAugment(cast(v2.AutoAugmentPolicy, v2.AutoAugmentPolicy(name)))
