"""``counterpoise predict RUN FILES...``: label and probability, the predicted number, or objects with their places."""

import json
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import Any, cast

import numpy as np
import pandas as pd
from jsonargparse import Namespace
from rich.console import Console
from rich.table import Table
from torch import Tensor

from counterpoise.cli.evaluate import PRIOR_HELP, set_alpha
from counterpoise.cli.parser import OneLineParser, parser
from counterpoise.data.data import Facts, Split
from counterpoise.data.scenes import Scenes
from counterpoise.data.sources.unlabeled import unlabeled
from counterpoise.errors import InputError
from counterpoise.files import write_bytes, write_text
from counterpoise.metrics.detections import Detections
from counterpoise.recipes.compose import recreate
from counterpoise.report.words import ABSENT
from counterpoise.training.coco_results import coco_results
from counterpoise.training.conclusion import answered_prior
from counterpoise.training.encode import scores
from counterpoise.training.hardware import Device, Hardware
from counterpoise.training.predictions import write_table
from counterpoise.training.priors import require_one_class, retargeted
from counterpoise.training.sample_pictures import SURE, found_on, jpeg

SHOWN = 50
SHOWN_COLUMNS = ("label", "labels", "probability", "prediction", "score", "x1", "y1", "x2", "y2")


def predict_parser() -> OneLineParser:
    """The options of the command."""
    made = parser(
        "predict",
        "Label and probability, the predicted number, or objects with their places, for image files and folders, or "
        "for tables.",
    )
    made.add_argument("run", type=str, help="run folder")
    made.add_argument(
        "images",
        type=str,
        nargs="+",
        help="image files or folders; .csv or .tsv files for a run on rows of a table; embeddings for a run on such",
    )
    made.add_argument(
        "--out",
        type=str | None,
        default=None,
        help="write a .csv or .parquet file; of objects also .json, as results of COCO are written",
    )
    made.add_argument(
        "--pictures",
        type=str | None,
        default=None,
        help="folder for the images with the objects found in them",
    )
    made.add_argument(
        "--least", type=float, default=SURE, help="least score of an object that is drawn or printed"
    )
    made.add_argument(
        "--maps", type=str | None, default=None, help="folder for maps, one .npy file per image"
    )
    made.add_argument("--alpha", type=float | None, default=None, help="another strength of TDE")
    made.add_argument("--target_prior", type=str | None, default=None, help=PRIOR_HELP)
    made.add_argument("--skip_corrupt", type=bool, default=False, help="leave out unreadable images")
    made.add_argument("--device", type=Device, default="auto", help="where to compute")
    return made


def main(argv: list[str]) -> int:
    """Run the command."""
    options = predict_parser().parse_args(argv)
    experiment, predictor = recreate(Path(options.run))
    facts, out = experiment.data.facts, Path(options.out) if options.out else None
    require_sense(options, facts)
    if options.alpha is not None:
        set_alpha(predictor, options.alpha)
    split, skipped = unlabeled(options.images, facts, skip_corrupt=options.skip_corrupt)
    device = Hardware(device=options.device).accelerator
    seen = experiment.reading.look(predictor, split, facts, device=device)
    predictor = predictor.cpu()
    if options.target_prior is not None:
        answered = answered_prior(Path(options.run))
        predictor, _, moved = retargeted(predictor, answered, options.target_prior, facts, seen)
        print(moved)
    found: Any = seen if facts.objects else scores(predictor.classifier, seen)
    table = experiment.reading.table(split.names, facts, found, None)
    if options.maps and facts.grid:
        write_maps(Path(options.maps), split.names, found, facts.shape[-1] // facts.grid.stride)
    if options.pictures:
        write_pictures(Path(options.pictures), split, facts, found, options.least)
    if out is None:
        show(table.query(f"score >= {options.least}") if facts.objects else table)
    elif out.suffix == ".json":
        write_text(out, json.dumps(coco_results(found, facts, split)))
    else:
        write_table(out, table)
    if out:
        print(f"{len(table)} predictions: {out}")
    if skipped:
        print(f"{len(skipped)} unreadable images left out: {', '.join(skipped)}")
    return 0


def require_sense(options: Namespace, facts: Facts) -> None:
    """Refuse what the run does not give.

    Raises:
        InputError: a file of another kind, maps, pictures of objects, or another class mix where there is none.
    """
    endings = (".csv", ".parquet", ".json") if facts.objects else (".csv", ".parquet")
    if options.out and Path(options.out).suffix not in endings:
        raise InputError(f"--out must end in {' or '.join(endings)}, but {options.out} came")
    if options.maps and facts.grid is None:
        raise InputError("--maps is for runs that count or predict maps, but this one does not; leave it out")
    if options.pictures and facts.objects is None:
        raise InputError("--pictures is for runs that detect objects, but this one does not; leave it out")
    if options.target_prior is not None:
        require_one_class(facts)


def write_maps(folder: Path, names: Sequence[str], values: Tensor, side: int) -> None:
    """One array of the values of all places for each image, (side, side) float32, named by its number and the image."""
    for number, (name, found) in enumerate(zip(names, values.view(-1, side, side), strict=True)):
        buffer = BytesIO()
        np.save(buffer, found.float().numpy())
        write_bytes(folder / f"{number:06d}-{Path(name).stem}.npy", buffer.getvalue())
    print(f"{len(names)} maps: {folder}")


def write_pictures(folder: Path, split: Split, facts: Facts, found: Detections, least: float) -> None:
    """Each image with the objects found in it, named by its number and the image."""
    scenes = cast(Scenes, split.samples)
    for number, name in enumerate(split.names):
        here = found.subset((found.images == number).nonzero().flatten())
        picture = found_on(scenes.picture(number), here, facts, least)
        write_bytes(folder / f"{number:06d}-{Path(name).stem}.jpg", jpeg(picture))
    print(f"{len(split)} pictures: {folder}")


def show(table: pd.DataFrame) -> None:
    """Print what was found in the first rows."""
    columns = [name for name in table if name in SHOWN_COLUMNS or name.startswith("prediction ")]
    first = str(table.columns[0])
    shown = Table("image" if first == "path" else first, *columns, box=None)
    for path, *found in table.head(SHOWN)[[first, *columns]].values.tolist():
        shown.add_row(
            path,
            *(
                f"{one:.4g}" if first == "row" else f"{one:.3f}" if isinstance(one, float) else one or ABSENT
                for one in found
            ),
        )
    Console().print(shown)
    if len(table) > SHOWN:
        print(f"... and {len(table) - SHOWN} more; --out FILE.csv writes them all")
