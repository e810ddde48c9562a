"""``counterpoise demo scenes``: a detector whose rare categories are repaired after training, in three minutes."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from rich.console import Console

from counterpoise.cli.data_scenes import IMAGES, RATIO, SIZE
from counterpoise.cli.parser import parser
from counterpoise.data.drawn_scenes import write_scenes
from counterpoise.data.sources.load import load
from counterpoise.data.sources.source import Source
from counterpoise.recipes import detection_deconfound_tde
from counterpoise.recipes.detection import DETECTION_TRAINING
from counterpoise.report.page import write_report
from counterpoise.report.sweep import at_alpha
from counterpoise.report.table import mean_class_table, shots_table
from counterpoise.report.words import percent
from counterpoise.training.progress import bars
from counterpoise.training.run import run

BEFORE, AFTER = "De-confound, alpha 0", "De-confound-TDE"


def main(argv: list[str]) -> int:
    """Run the command; the path of the report is printed last."""
    made = parser(
        "demo scenes", "Detect digits of which some are rare, before and after the pull of the head is gone."
    )
    made.add_argument(
        "--out", type=str, default="runs/demo-scenes", help="folder of pictures, run and report"
    )
    made.add_argument("--epochs", type=int, default=8, help="length of training")
    made.add_argument("--seed", type=int, default=0, help="of the net's start and the order of the data")
    options = made.parse_args(argv)
    out, console = Path(options.out), Console()
    source = Source(str(scenes_in(out / "scenes")))
    data = load(source)
    console.print(
        f"Digits on {len(data.splits['train'])} pictures to train on, made long-tailed: "
        f"{', '.join(map(str, data.facts.class_counts))} of {', '.join(data.facts.class_names)}.",
        highlight=False,
    )
    experiment = detection_deconfound_tde(data, training=replace(DETECTION_TRAINING, epochs=options.epochs))
    folder = out / f"detection_deconfound_tde-seed{options.seed}"
    with bars(console) as progress:
        after = run(experiment, folder, seed=options.seed, source=vars(source), progress=progress)
    show(after, console)
    print(f"report: {write_report(folder)}")
    return 0


def scenes_in(folder: Path) -> Path:
    """The folder, with scenes in it."""
    if not (folder / "val.json").exists():
        write_scenes(folder, images=IMAGES, size=SIZE, ratio=RATIO, seed=0)
    return folder


def show(evaluation: dict[str, Any], console: Console) -> None:
    """The precisions of boxes before and after, and what they say, whichever way they fell."""
    strength = evaluation["alpha"]["value"]
    before, after = at_alpha(evaluation, 0.0), at_alpha(evaluation, strength)
    rows = {BEFORE: [before], AFTER: [after]}
    console.print(shots_table(rows))
    console.print(mean_class_table(rows))
    few, overall = (
        f"from {percent(before[name])} to {percent(after[name])} %" for name in ("few", "overall")
    )
    console.print(
        f"Removing the head's pull with alpha {strength:g}, from all but the background, moves the average precision "
        f"of rare digits {few} and of all {overall}, without training anything anew.",
        highlight=False,
        soft_wrap=True,
    )
    console.print("Drag alpha in the report to trade frequent for rare digits.", highlight=False)
