"""``counterpoise predict RUN IMAGES...``: label and probability for images."""

from pathlib import Path

import pandas as pd
from rich.console import Console
from rich.table import Table

from counterpoise.cli.evaluate import set_alpha
from counterpoise.cli.parser import parser
from counterpoise.data.sources.unlabeled import unlabeled
from counterpoise.errors import InputError
from counterpoise.recipes.compose import recreate
from counterpoise.training.encode import encode, scores
from counterpoise.training.hardware import Device, Hardware
from counterpoise.training.predictions import write_table

SHOWN = 50


def main(argv: list[str]) -> int:
    """Run the command."""
    made = parser("predict", "Label and probability for image files, or for all images under folders.")
    made.add_argument("run", type=str, help="run folder")
    made.add_argument("images", type=str, nargs="+", help="image files or folders")
    made.add_argument("--out", type=str | None, default=None, help="write a .csv or .parquet file")
    made.add_argument("--alpha", type=float | None, default=None, help="another strength of TDE")
    made.add_argument("--skip_corrupt", type=bool, default=False, help="leave out unreadable images")
    made.add_argument("--device", type=Device, default="auto", help="where to compute")
    options = made.parse_args(argv)
    out = Path(options.out) if options.out else None
    if out and out.suffix not in (".csv", ".parquet"):
        raise InputError(f"--out must end in .csv or .parquet, but {out} came")
    experiment, predictor = recreate(Path(options.run))
    if options.alpha is not None:
        set_alpha(predictor, options.alpha)
    facts = experiment.data.facts
    split, skipped = unlabeled(options.images, facts, skip_corrupt=options.skip_corrupt)
    features = encode(predictor, split, facts, device=Hardware(device=options.device).accelerator)
    logits = scores(predictor.cpu().classifier, features)
    table = experiment.reading.table(split.names, facts, logits, None)
    if out:
        write_table(out, table)
        print(f"{len(table)} predictions: {out}")
    else:
        show(table)
    if skipped:
        print(f"{len(skipped)} unreadable images left out: {', '.join(skipped)}")
    return 0


def show(table: pd.DataFrame) -> None:
    """Print the first rows."""
    shown = Table("image", "label", "probability", box=None)
    for path, label, probability in table.head(SHOWN)[["path", "label", "probability"]].values.tolist():
        shown.add_row(path, label, f"{probability:.3f}")
    Console().print(shown)
    if len(table) > SHOWN:
        print(f"... and {len(table) - SHOWN} more; --out FILE.csv writes them all")
