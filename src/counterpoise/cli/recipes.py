"""``counterpoise recipes``: what there is."""

from rich.console import Console
from rich.table import Table

from counterpoise.cli.parser import parser
from counterpoise.recipes.presets import PRESETS
from counterpoise.recipes.words import all_words


def main(argv: list[str]) -> int:
    """Run the command."""
    parser("recipes", "The recipes and modifiers there are, with their published numbers.").parse_args(argv)
    table = Table("word", "kind", "what it is", box=None)
    table.add_column("published top-1 %", no_wrap=True)
    for word in all_words().values():
        claims = "\n".join(f"{claim.value:g}  {claim.data}" for claim in word.claim)
        table.add_row(word.name, word.role, word.summary, claims)
    console = Console()
    console.print(table)
    console.print(f"presets (--preset): {', '.join(PRESETS)}", highlight=False)
    return 0
