"""Weights from elsewhere: the backbone of a file is loaded, module by module, and what happened is told."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from counterpoise.errors import InputError
from counterpoise.net import Net

BACKBONES = (
    "net/backbone.",
    "backbone.",
    "module.encoder_q.",
    "encoder_q.",
    "module.backbone.",
    "module.",
    "",
)
"""What stands before the names of a backbone: in a run of ours, in a `Net`, in MoCo, under DataParallel, in itself."""

CONVERSION = (
    "safetensors.torch.save_file(torch.load(FILE, weights_only=True), 'weights.safetensors'), with ['state_dict'] "
    "behind torch.load(...) where the checkpoint holds one"
)


@dataclass(frozen=True)
class Transfer:
    """What became of a net's entries and of a file's; parameters and buffers by name.

    Attributes:
        loaded: entries of the backbone that came from the file.
        missing: entries of the backbone that the file does not have; they keep their start.
        fresh: entries of the classifier, which never come from the file.
        unused: entries of the file that the backbone does not have, such as the classifier of a pretext.
    """

    loaded: tuple[str, ...]
    missing: tuple[str, ...]
    fresh: tuple[str, ...]
    unused: tuple[str, ...]

    @property
    def told(self) -> str:
        """A sentence for people."""
        kept = f"; the file lacks {named(self.missing)}" if self.missing else ""
        left = f"; {named(self.unused)} of the file stay unused" if self.unused else ""
        total = len(self.loaded) + len(self.missing)
        return f"loaded {len(self.loaded)} of {total} tensors of the backbone{kept}{left}; the classifier is fresh"


def transferred(net: Net, weights: Mapping[str, Tensor]) -> Transfer:
    """Load what belongs to the backbone into a net, in place, and tell what was loaded and what was not.

    The transfer of self-supervised pre-training (Yang and Xu, NeurIPS 2020, released code): parameters and running
    statistics of the backbone; the classifier keeps its start and nothing is frozen. The release drops every name that
    contains "fc" or "linear"; here a tensor belongs to the backbone if the backbone has one of its full name, so the
    ``mlp.fc1`` of a transformer is loaded.

    Args:
        net: of which the backbone is changed.
        weights: tensors by name, as `read_weights` gives them; the layouts are those of `backbone_weights`.

    Raises:
        InputError: no tensor has the name of one of the backbone, or one of that name has another shape; the net is
            then as it was.
    """
    given, own = backbone_weights(weights), net.backbone.state_dict()
    matching = {name: tensor for name, tensor in given.items() if name in own}
    if not matching:
        raise InputError(
            f"no tensor of the weights belongs to this backbone: it has {named(tuple(own))}, the weights have "
            f"{named(tuple(weights))}; choose the backbone that they were trained with"
        )
    for name, tensor in matching.items():
        if tensor.shape != own[name].shape:
            raise InputError(
                f"{name} of the weights has the shape {tuple(tensor.shape)}, but that of the backbone has "
                f"{tuple(own[name].shape)}; choose the backbone that they were trained with"
            )
    net.backbone.load_state_dict(matching, strict=False)
    return Transfer(
        loaded=tuple(matching),
        missing=tuple(name for name in own if name not in matching),
        fresh=tuple(name for name in net.state_dict() if not name.startswith("backbone.")),
        unused=tuple(name for name in given if name not in own),
    )


def backbone_weights(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The tensors of a backbone by the names that they have in it, whatever stands before them in a file.

    Known are checkpoints of our runs (``net/backbone.``), of a `Net` (``backbone.``), of MoCo (``module.encoder_q.``;
    the key encoder and the queue are left out), under DataParallel (``module.``), and plain ones. A classifier beside
    the backbone, such as ``fc.weight``, is among the result.
    """
    start = next(start for start in BACKBONES if not start or any(name.startswith(start) for name in weights))
    return {name.removeprefix(start): t for name, t in weights.items() if name.startswith(start)}


def read_weights(path: str | Path) -> dict[str, Tensor]:
    """The tensors of a safetensors file by name.

    Raises:
        InputError: the file is of another kind, which would have to be unpickled, is missing, or is damaged.
    """
    path = Path(path).expanduser()
    if path.suffix != ".safetensors":
        raise InputError(
            f"weights come from a .safetensors file, but {path} is none, and a pickle can run code when it is read; "
            f"convert it where you trust it: {CONVERSION}"
        )
    try:
        return load_file(path)
    except (OSError, SafetensorError) as error:
        raise InputError(
            f"cannot read the weights {path}: {error}; check the path or convert them anew"
        ) from error


def named(names: tuple[str, ...]) -> str:
    """The first names, and how many more there are."""
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return ", ".join(names[:3]) + more
