"""``counterpoise recipes``: what there is."""

import sys
from itertools import groupby

from rich.console import Console
from rich.table import Table

from counterpoise.cli.parser import parser
from counterpoise.recipes.decorators import Word
from counterpoise.recipes.presets import PRESETS
from counterpoise.recipes.words import all_words
from counterpoise.training.stage import Claim


def main(argv: list[str]) -> int:
    """Run the command."""
    made = parser("recipes", "The recipes and modifiers there are, with their published numbers.")
    made.add_argument("--markdown", type=bool, default=False, help="a table by family, as in the README")
    if made.parse_args(argv).markdown:
        print(markdown(all_words()))
        return 0
    console = Console()
    console.print(overview(all_words()))
    console.print(f"presets (--preset): {', '.join(PRESETS)}", highlight=False)
    return 0


def overview(words: dict[str, Word]) -> Table:
    """One row for each word."""
    table = Table("word", "kind", "what it is", box=None)
    table.add_column("published: top-1 %, or as named", no_wrap=True)
    for word in words.values():
        claims = "\n".join(map(in_words, word.claim))
        table.add_row(word.name, word.role, word.summary, claims)
    return table


def in_words(claim: Claim) -> str:
    """A published number with its data, and its metric where it is not top-1."""
    metric = "" if claim.metric == "top-1" else f" {claim.metric}"
    return f"{claim.value:g}{metric}  {claim.data}"


def markdown(words: dict[str, Word]) -> str:
    """One row for each family, that is each module of recipes; the title is the first line of its docstring."""
    lines = ["| family | recipes | modifiers |", "|---|---|---|"]
    ordered = sorted(words.values(), key=lambda word: word.function.__module__)
    for module, family in groupby(ordered, key=lambda word: word.function.__module__):
        members = list(family)
        title = (sys.modules[module].__doc__ or "").partition("\n")[0].rstrip(".")
        lines.append(f"| {title} | {listed(members, 'recipe')} | {listed(members, 'modifier')} |")
    return "\n".join(lines)


def listed(words: list[Word], role: str) -> str:
    """The names of the words of a role, as code."""
    return " ".join(f"`{word.name}`" for word in words if word.role == role)
