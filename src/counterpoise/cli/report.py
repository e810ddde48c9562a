"""``counterpoise report RUN``: write a run's HTML page again."""

from pathlib import Path

from counterpoise.cli.parser import parser
from counterpoise.report.page import write_report


def main(argv: list[str]) -> int:
    """Run the command; the path of the page is printed."""
    made = parser("report", "Write the HTML page of a run again, from the files in its folder.")
    made.add_argument("run", type=str, help="run folder, or one below it where the run was measured")
    print(write_report(Path(made.parse_args(argv).run)))
    return 0
