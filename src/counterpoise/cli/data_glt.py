"""``counterpoise data glt --data DATA --out DIR``: data with long tails of classes, of attributes, and of both."""

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from counterpoise.cli.parser import OneLineParser, parser
from counterpoise.data.data import Data, Split
from counterpoise.data.protocols import attribute_ranks, cluster_within_classes
from counterpoise.data.protocols.plan import planned_splits
from counterpoise.data.protocols.tables import write_tables
from counterpoise.data.protocols.thumbnails import thumbnail_features
from counterpoise.data.sources.load import load
from counterpoise.data.sources.multi_label import in_order
from counterpoise.data.sources.source import Source
from counterpoise.data.sources.table import values_by_path
from counterpoise.errors import InputError
from counterpoise.recipes.compose import recreate
from counterpoise.report.attributes_page import write_attributes
from counterpoise.training.encode import encode
from counterpoise.training.hardware import Device, Hardware

DESCRIPTION = """Draw the splits of generalized long-tailed classification from the training images of any data, and
write them as tables: clt.csv has a long tail of classes, alt.csv of the attributes within each class, glt.csv of both.
Attributes are clusters of features within each class, or a column of a table. Rank 0 is the most frequent one."""


def glt_parser() -> OneLineParser:
    """The options of the command."""
    made = parser("data glt", DESCRIPTION)
    made.add_argument("--data", type=str, required=True, help="folder, table or word, as for train")
    made.add_argument("--root", type=str | None, default=None, help="folder of images, as for train")
    made.add_argument("--image_size", type=int | None, default=None, help="as for train")
    made.add_argument("--out", type=str, required=True, help="folder of the tables, new or empty")
    made.add_argument(
        "--features",
        type=str | None,
        default=None,
        help="what is clustered: an .npy or .npz file with one row for each training image, or the folder of a "
        "finished run, whose net encodes; by default thumbnails and colours",
    )
    made.add_argument("--attribute", type=str | None, default=None, help="column of the table, for clusters")
    made.add_argument("--clusters", type=int, default=6, help="of each class (ImageNet-GLT: 6)")
    made.add_argument(
        "--mix", type=int, nargs="+", default=[7, 2, 1], help="images of the attributes, beside each other"
    )
    made.add_argument(
        "--ratio", type=float, default=100.0, help="largest over smallest class of the long tail"
    )
    made.add_argument("--test", type=int, default=20, help="most test images of each attribute of a class")
    made.add_argument(
        "--val_share", type=float, default=0.2, help="share of the training images to validate on"
    )
    made.add_argument("--seed", type=int, default=0, help="of clusters and draws")
    made.add_argument("--device", type=Device, default="auto", help="where a run's net encodes")
    return made


def main(argv: list[str]) -> int:
    """Run the command; what to do next is printed last."""
    options, out = (found := glt_parser().parse_args(argv)), Path(found.out)
    source = Source(options.data, root=options.root, image_size=options.image_size)
    data = load(source)
    require_images(data)
    pool, names = data.splits["train"], data.facts.class_names
    kinds, numbers, origin = (
        labelled(options, pool) if options.attribute else clustered(options, source, data)
    )
    attributes = attribute_ranks(pool.targets, numbers, groups=len(options.mix))
    drawn = {name: options[name] for name in ("mix", "ratio", "val_share", "seed")}
    planned = planned_splits(pool.targets, attributes, names, test_size=options.test, **drawn)
    sizes = write_tables(
        out,
        pool,
        names,
        planned=planned,
        attributes=attributes,
        kinds=kinds,
        folder=folder_of(source, pool),
        recipe={
            "data": {"source": options.data, "fingerprint": data.facts.fingerprint, "images": len(pool)},
            "attributes": origin,
            **drawn,
            "test": planned.test_size,
        },
    )
    page = write_attributes(out / "attributes.html", pool, names, attributes=attributes, kinds=kinds)
    show(out, sizes, planned.test_size, options.test)
    print(f"what the attributes look like: {page}")
    print(f"next: counterpoise train cross_entropy --data {out / 'glt.csv'}")
    print(f"then: counterpoise evaluate RUN --data {out / 'clt.csv'}; alt.csv needs a run of its own")
    return 0


def require_images(data: Data) -> None:
    """Refuse data whose samples are not images of one class each."""
    if data.facts.task != "classification" or data.facts.kind != "image":
        raise InputError(
            f"generalized long tails are drawn from images of one class each, but {data.facts.name} is a "
            f"{data.facts.kind} for {data.facts.task}"
        )


def labelled(options: Any, pool: Split) -> tuple[list[str], Tensor, dict[str, Any]]:
    """Values of the attribute that the table knows, their numbers, and where they come from."""
    table = Path(options.data).expanduser()
    if options.features is not None:
        raise InputError("--attribute stands in place of clusters of features; leave --features out")
    if table.suffix.lower() not in (".csv", ".tsv"):
        raise InputError(f"--attribute names a column of a table, but {options.data} is none")
    known = values_by_path(table, options.attribute)
    kinds = [known[name] for name in pool.names]
    values = in_order(set(kinds))
    if len(values) < len(options.mix):
        raise InputError(
            f"the column {options.attribute!r} has {len(values)} different values, but --mix {len(options.mix)} "
            "numbers; give at most one for each value"
        )
    number = {value: position for position, value in enumerate(values)}
    numbers = torch.tensor([number[kind] for kind in kinds])
    return kinds, numbers, {"column": options.attribute, "values": list(values)}


def clustered(options: Any, source: Source, data: Data) -> tuple[list[str], Tensor, dict[str, Any]]:
    """Clusters within each class, their numbers, and what was clustered."""
    features = features_of(options, source, data)
    numbers = cluster_within_classes(
        features,
        data.splits["train"].targets,
        num_classes=data.num_classes,
        clusters=options.clusters,
        seed=options.seed,
    )
    digest = hashlib.sha256(features.contiguous().numpy().tobytes()).hexdigest()
    origin = {"features": options.features or "thumbnails", "sha256": digest, "clusters": options.clusters}
    return [str(number) for number in numbers.tolist()], numbers, origin


def features_of(options: Any, source: Source, data: Data) -> Tensor:
    """Features of the training images, (N, D): thumbnails, a file, or what the net of a run makes of them."""
    pool = data.splits["train"]
    if options.features is None:
        return thumbnail_features(pool.samples)
    path = Path(options.features).expanduser()
    if path.is_dir():
        experiment, predictor = recreate(path)
        facts = experiment.data.facts
        if facts.kind != "image" or facts.shape != data.facts.shape:
            raise InputError(
                f"the run {path} encodes {facts.kind} samples of shape {facts.shape}, but the images are "
                f"{data.facts.shape}; give --image-size, or another run"
            )
        return encode(predictor, pool, facts, device=Hardware(device=options.device).accelerator)
    return read_features(path, len(pool))


def read_features(path: Path, rows: int) -> Tensor:
    """An array (rows, D) from a file of numpy; an .npz file holds it alone.

    Raises:
        InputError: it cannot be read, or has other rows.
    """
    try:
        found = np.load(path, allow_pickle=False)
        arrays = [found] if isinstance(found, np.ndarray) else [found[name] for name in found.files]
    except (OSError, ValueError, EOFError) as error:
        raise InputError(
            f"cannot read features from {path}: {' '.join(str(error).split())}; name an .npy or .npz file, or the "
            "folder of a run"
        ) from error
    if len(arrays) != 1 or arrays[0].ndim != 2 or len(arrays[0]) != rows or arrays[0].dtype.kind not in "fiu":
        shapes = ", ".join(str(array.shape) for array in arrays)
        raise InputError(
            f"expected one array of numbers with {rows} rows, one for each training image, in {path}, but {shapes} "
            "came; the features are of other data"
        )
    return torch.from_numpy(arrays[0].astype(np.float64))


def folder_of(source: Source, pool: Split) -> Path | None:
    """The folder in which the names of a split are image files, if they are."""
    data = Path(source.data).expanduser()
    base = Path(source.root).expanduser() if source.root else data if data.is_dir() else data.parent
    return base if all((base / name).is_file() for name in pool.names) else None


def show(out: Path, sizes: dict[str, dict[str, int]], test_size: int, wanted: int) -> None:
    """Print what was written."""
    for name, splits in sizes.items():
        parts = ", ".join(f"{size:,} {split}" for split, size in splits.items())
        print(f"{out / name}.csv: {parts}")
    if test_size < wanted:
        print(f"{test_size} test images of each attribute of a class, as the rarest has no more to give")
