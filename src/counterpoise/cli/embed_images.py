"""``counterpoise embed --data D --backbone NAME --out E``: images as the features of a frozen model, written once."""

from pathlib import Path

import timm
import torch
from jsonargparse import Namespace
from rich.console import Console

from counterpoise.backbones import Resized, timm_backbone
from counterpoise.cli.parser import OneLineParser, fields, instance, parser
from counterpoise.data.augmentation import Plain
from counterpoise.data.data import Data
from counterpoise.data.sources.load import WORDS, load
from counterpoise.data.sources.source import Source
from counterpoise.errors import InputError
from counterpoise.recipes.compose import recreate
from counterpoise.report.words import counted
from counterpoise.training.embed import Frozen, Shards, embed
from counterpoise.training.hardware import Device, Hardware, Precision
from counterpoise.training.progress import bars

OF_DATA = ("data", "split_seed", "skip_corrupt", "root")
DESCRIPTION = """Write the features that a frozen model has of images, once; train, compare, evaluate and predict then
take the folder as data. Stopped at any moment, the same command goes on where it was."""


def image_parser() -> OneLineParser:
    """The options of the command."""
    made = parser("embed --backbone NAME", DESCRIPTION)
    every = Source.__dataclass_fields__
    made.add_class_arguments(Source, as_group=True, skip={name for name in every if name not in OF_DATA})
    made.add_argument(
        "--backbone", type=str, required=True, help="a timm model, or the folder of a finished run"
    )
    made.add_argument(
        "--pretrained", type=bool, default=True, help="whether a timm model has its pretrained weights"
    )
    made.add_argument(
        "--image_size",
        type=int | None,
        default=None,
        help="height and width of what the backbone receives; default: what it was trained on",
    )
    made.add_class_arguments(Shards, as_group=True)
    made.add_argument("--device", type=Device, default="auto", help="where to compute")
    made.add_argument(
        "--precision", type=Precision, default="32", help="features last, so float32 by default (ours)"
    )
    made.add_argument("--out", type=str, required=True, help="folder for the embeddings")
    return made


def main(argv: list[str]) -> int:
    """Run the command; the folder is printed last."""
    options = image_parser().parse_args(argv)
    out, shards = Path(options.out), instance(Shards, options)
    hardware = Hardware(device=options.device, precision=options.precision)
    is_run = (Path(options.backbone) / "run.json").exists()
    data, frozen = (of_run if is_run else of_timm)(options)
    console = Console()
    with bars(console, "images") as progress:
        task = progress.add_task(out.name, total=sum(map(len, data.splits.values())), note="")
        embed(data, frozen, out, shards, hardware, lambda rows: progress.update(task, advance=rows))
    sizes = ", ".join(f"{len(split)} in {name}" for name, split in data.splits.items())
    print(f"{counted(data.num_classes, 'class')}, images: {sizes}")
    print(out)
    return 0


def of_run(options: Namespace) -> tuple[Data, Frozen]:
    """The data as a finished run looks at them, and its trained backbone.

    Raises:
        InputError: the run does not take such images.
    """
    folder = Path(options.backbone)
    experiment, net = recreate(folder)
    trained = experiment.data.facts
    if options.image_size is not None:
        raise InputError("a run settles --image-size; leave it out")
    data = loaded(options, trained.shape[-1])
    if data.facts.shape != trained.shape or trained.objects:
        raise InputError(
            f"{folder} was trained on {trained.noun} of the shape {trained.shape}, but {data.facts.name} has "
            f"{data.facts.shape}; name another --backbone"
        )
    return data, Frozen(net.backbone, trained.plain, {"run": [call.word for call in experiment.calls]})


def of_timm(options: Namespace) -> tuple[Data, Frozen]:
    """The data as a timm model was trained to look at them, and the model without its classifier.

    Images that are no files keep their size, and are brought to that of the model on its device.

    Raises:
        InputError: see `timm_backbone`.
    """
    known = timm.get_pretrained_cfg(options.backbone) if options.pretrained else None
    size = options.image_size or (known and known.input_size[-1])
    data = loaded(options, options.image_size if options.data in WORDS else size)
    channels, _, side = data.facts.shape
    torch.manual_seed(0)
    backbone = timm_backbone(
        options.backbone, channels=channels, size=size or side, pretrained=options.pretrained
    )
    mean, std = (known.mean, known.std) if known and channels == 3 else (data.facts.mean, data.facts.std)
    resized = backbone if size in (None, side) else Resized(backbone, size)
    told = {"timm": options.backbone, "pretrained": options.pretrained, "size": size or side}
    return data, Frozen(resized, Plain(side, mean, std), told)


def loaded(options: Namespace, size: int | None) -> Data:
    """The images at a size.

    Raises:
        InputError: there are none, or they do not have one class each.
    """
    data = load(Source(**fields(options, OF_DATA), image_size=size))
    if data.facts.task != "classification" or data.facts.has_rows:
        raise InputError(
            f"embed is for images with one class each, but {data.facts.name} has {data.facts.noun} for "
            f"{data.facts.task}"
        )
    return data
