"""What there is, as a list and as the table of the README."""

import re
from pathlib import Path

from counterpoise.cli.recipes import markdown, overview
from counterpoise.recipes.words import all_words

REPO = Path(__file__).parents[2]


def test_every_word_has_its_row() -> None:
    assert overview(all_words()).row_count == len(all_words())


def test_every_word_is_in_the_table_by_family_once() -> None:
    found = re.findall(r"`(\w+)`", markdown(all_words()))
    assert sorted(found) == sorted(all_words())


def test_the_table_of_the_readme_is_the_generated_one() -> None:
    """Mend it with ``counterpoise recipes --markdown``."""
    assert markdown(all_words()) in (REPO / "README.md").read_text()


def test_the_docs_name_every_word() -> None:
    code = re.findall(r"`([^`\n]+)`", (REPO / "docs" / "methods.md").read_text())
    assert all_words().keys() <= {word for text in code for word in re.findall(r"\w+", text)}
