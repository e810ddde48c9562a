"""``counterpoise predict RUN FILES...``: label and probability, or the predicted number, for images or rows."""

from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

import numpy as np
import pandas as pd
from rich.console import Console
from rich.table import Table
from torch import Tensor

from counterpoise.cli.evaluate import PRIOR_HELP, set_alpha
from counterpoise.cli.parser import OneLineParser, parser
from counterpoise.data.sources.unlabeled import unlabeled
from counterpoise.errors import InputError
from counterpoise.files import write_bytes
from counterpoise.recipes.compose import recreate
from counterpoise.report.words import ABSENT
from counterpoise.training.conclusion import answered_prior
from counterpoise.training.encode import encode, scores
from counterpoise.training.hardware import Device, Hardware
from counterpoise.training.predictions import write_table
from counterpoise.training.priors import retargeted

SHOWN = 50
SHOWN_COLUMNS = ("label", "labels", "probability", "prediction")


def predict_parser() -> OneLineParser:
    """The options of the command."""
    made = parser(
        "predict",
        "Label and probability, or the predicted number, for image files and folders, or for tables.",
    )
    made.add_argument("run", type=str, help="run folder")
    made.add_argument(
        "images",
        type=str,
        nargs="+",
        help="image files or folders; .csv or .tsv files for a run on rows of a table",
    )
    made.add_argument("--out", type=str | None, default=None, help="write a .csv or .parquet file")
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
    out = Path(options.out) if options.out else None
    if out and out.suffix not in (".csv", ".parquet"):
        raise InputError(f"--out must end in .csv or .parquet, but {out} came")
    experiment, predictor = recreate(Path(options.run))
    if options.maps and experiment.data.facts.grid is None:
        raise InputError("--maps is for runs that count or predict maps, but this one does not; leave it out")
    if options.alpha is not None:
        set_alpha(predictor, options.alpha)
    facts = experiment.data.facts
    split, skipped = unlabeled(options.images, facts, skip_corrupt=options.skip_corrupt)
    features = encode(predictor, split, facts, device=Hardware(device=options.device).accelerator)
    predictor = predictor.cpu()
    if options.target_prior is not None:
        answered = answered_prior(Path(options.run))
        predictor, _, moved = retargeted(predictor, answered, options.target_prior, facts, features)
        print(moved)
    logits = scores(predictor.classifier, features)
    table = experiment.reading.table(split.names, facts, logits, None)
    if options.maps and facts.grid:
        write_maps(Path(options.maps), split.names, logits, facts.shape[-1] // facts.grid.stride)
    if out:
        write_table(out, table)
        print(f"{len(table)} predictions: {out}")
    else:
        show(table)
    if skipped:
        print(f"{len(skipped)} unreadable images left out: {', '.join(skipped)}")
    return 0


def write_maps(folder: Path, names: Sequence[str], values: Tensor, side: int) -> None:
    """One array of the values of all places for each image, (side, side) float32, named by its number and the image."""
    for number, (name, found) in enumerate(zip(names, values.view(-1, side, side), strict=True)):
        buffer = BytesIO()
        np.save(buffer, found.float().numpy())
        write_bytes(folder / f"{number:06d}-{Path(name).stem}.npy", buffer.getvalue())
    print(f"{len(names)} maps: {folder}")


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
