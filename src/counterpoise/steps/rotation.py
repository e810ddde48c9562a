"""The rotation pretext: a net learns by how many quarter turns an image was rotated (RotNet)."""

from dataclasses import replace
from typing import final

import torch
from torch import Tensor

from counterpoise.errors import InputError
from counterpoise.net import Net
from counterpoise.steps.step import Seen, Step

TURNS = 4
"""0, 90, 180 and 270 degrees: the classes of the pretext."""


def even_turns(count: int) -> Tensor:
    """At least ``count`` quarter turns, each of 0 .. 3 equally often: ``[0, 1, 2, 3]`` repeated; (4 (count // 4 + 1),).

    The released code of Yang and Xu (NeurIPS 2020) permutes it for each batch and takes the first ``count`` as labels,
    which are then nearly even.
    """
    return torch.arange(TURNS).repeat(count // TURNS + 1)


def rotated_batch(images: Tensor, turns: Tensor) -> Tensor:
    """Each image rotated by its own number of quarter turns, counter-clockwise.

    The pretext of Yang and Xu (NeurIPS 2020) as released: one rotation of each image, so the batch keeps its size.

    Args:
        images: (B, ..., S, S), height and width last and equal.
        turns: (B,) whole numbers 0 .. 3.

    Returns:
        The rotated images in the shape and memory format that came; the batch itself is left as it was.

    Raises:
        InputError: the images are not square, or there are not as many turns as images.
    """
    require_square(images)
    if turns.shape != images.shape[:1]:
        raise InputError(f"expected one turn for each of {len(images)} images, but {tuple(turns.shape)} came")
    rotated = images.clone()
    for turn in range(1, TURNS):
        chosen = turns == turn
        rotated[chosen] = torch.rot90(images[chosen], turn, (-2, -1))
    return rotated


def four_rotations(images: Tensor) -> tuple[Tensor, Tensor]:
    """Every image in all four rotations, side by side: RotNet's own pretext (Gidaris et al., ICLR 2018).

    Args:
        images: (B, ..., S, S), height and width last and equal.

    Returns:
        (4B, ..., S, S) images and their (4B,) turns: image 0 by 0, 1, 2 and 3 quarter turns, then image 1.

    Raises:
        InputError: the images are not square.
    """
    turns = torch.arange(TURNS, device=images.device).repeat(len(images))
    return rotated_batch(images.repeat_interleave(TURNS, dim=0), turns), turns


def require_square(images: Tensor) -> None:
    """Refuse what has no height and width, or not the same.

    Raises:
        InputError: a quarter turn would change the shape.
    """
    if images.ndim < 3 or images.shape[-2] != images.shape[-1]:
        raise InputError(
            f"a quarter turn keeps the shape of square images only, but inputs of shape {tuple(images.shape)} came; "
            "use (B, channels, S, S)"
        )


@final
class Rotate(Step):
    """Each image is rotated by a random number of quarter turns, which becomes its target.

    The pretext of Yang and Xu (NeurIPS 2020, section 5): a classifier of four classes learns the rotation, and labels
    are unused. It stands after "join", so that images are rotated after augmentation, as released, and takes part in
    training only.

    The turns of an epoch are a random permutation of `even_turns` over the whole split; a sample has the turn at its
    data-set index. They are drawn at the first batch of an epoch from torch's global CPU generator, which the engine
    seeds with the epoch's number. So every process draws the same ones, and neither the number of processes nor the
    device changes a bit. Turns are nearly even over an epoch that visits every sample once; the released code makes
    them so in each batch. A sample that is drawn several times in an epoch has one turn there, and another one in the
    next. In a loop of your own call `set_epoch` when an epoch begins.

    Args:
        samples: number of samples of the split, N.

    Raises:
        InputError: there are no samples; when called, the images are not square.
    """

    def __init__(self, samples: int) -> None:
        super().__init__()
        if samples < 1:
            raise InputError(f"expected at least 1 sample to rotate, but {samples} came")
        self.samples = samples
        self.turns: Tensor | None = None

    def set_epoch(self, epoch: int, epochs: int) -> None:
        """Forget the turns of the epoch before."""
        self.turns = None

    def forward(self, net: Net, seen: Seen) -> Seen:
        """Inputs (B, ..., S, S) -> the same rotated, and the mixture of their turns (B,)."""
        if self.turns is None:
            self.turns = shuffled(even_turns(self.samples)).to(seen.index.device)
        turns = self.turns[seen.index]
        return replace(seen, inputs=rotated_batch(seen.inputs, turns), mixture=((1.0, turns),))


@final
class RotateFourfold(Step):
    """Every image of the batch comes in all four rotations, and the turns become the targets.

    RotNet's own pretext (Gidaris et al., ICLR 2018). The batch becomes four times as large: image 0 by 0, 1, 2 and 3
    quarter turns, then image 1; ``index`` names the image of each row. Nothing is random. All else is as in `Rotate`.
    """

    def forward(self, net: Net, seen: Seen) -> Seen:
        """Inputs (B, ..., S, S) -> (4B, ..., S, S), and the mixture of their turns (4B,).

        Raises:
            InputError: the images are not square.
        """
        inputs, turns = four_rotations(seen.inputs)
        index = seen.index.repeat_interleave(TURNS)
        return replace(seen, inputs=inputs, index=index, mixture=((1.0, turns),))


def shuffled(turns: Tensor) -> Tensor:
    """A random permutation, from torch's global CPU generator; (N,) -> (N,)."""
    return turns[torch.randperm(len(turns))]
