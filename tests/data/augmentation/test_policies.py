import pytest
from torchvision.transforms import v2

from counterpoise.data.augmentation import learned_policy, random_policy
from counterpoise.data.augmentation.policies import PolicyName
from counterpoise.errors import InputError


def test_the_defaults_of_torchvision_are_on_the_same_scale() -> None:
    ours, theirs = random_policy(2, 9), v2.RandAugment()
    assert (ours.num_ops, ours.magnitude) == (theirs.num_ops, theirs.magnitude)
    assert ours.num_magnitude_bins == theirs.num_magnitude_bins


@pytest.mark.parametrize(
    ("name", "size", "wanted"),
    [
        ("auto", 32, v2.AutoAugmentPolicy.CIFAR10),
        ("auto", 64, v2.AutoAugmentPolicy.CIFAR10),
        ("auto", 65, v2.AutoAugmentPolicy.IMAGENET),
        ("imagenet", 32, v2.AutoAugmentPolicy.IMAGENET),
        ("cifar10", 224, v2.AutoAugmentPolicy.CIFAR10),
        ("svhn", 32, v2.AutoAugmentPolicy.SVHN),
    ],
)
def test_a_policy_by_name_and_size(name: PolicyName, size: int, wanted: v2.AutoAugmentPolicy) -> None:
    assert learned_policy(name, size).policy is wanted


@pytest.mark.parametrize(
    ("num_ops", "magnitude", "reason"),
    [
        (0, 9, "num_ops must be at least 1, but 0 came"),
        (-1, 9, "num_ops must be at least 1, but -1 came"),
        (2, -1, r"magnitude must lie in 0 \.\. 30, but -1 came"),
        (2, 31, r"magnitude must lie in 0 \.\. 30, but 31 came"),
    ],
)
def test_numbers_out_of_range_are_refused(num_ops: int, magnitude: int, reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        random_policy(num_ops, magnitude)


def test_an_unknown_policy_is_refused() -> None:
    with pytest.raises(InputError, match="one of auto, cifar10, imagenet, svhn, but 'cifar100' came"):
        learned_policy("cifar100", 32)  # pyright: ignore[reportArgumentType]
