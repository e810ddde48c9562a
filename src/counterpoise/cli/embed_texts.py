"""``counterpoise embed --data DATA --text COLUMN [COLUMN] --out DIR``: texts as the feature columns of a table."""

from pathlib import Path

import pandas as pd

from counterpoise.cli.parser import OneLineParser, instance, parser
from counterpoise.data.sources.sentences import Sentences, sentences
from counterpoise.data.text import TextEmbedding, TextSettings, as_bytes, fitted, read_embedding
from counterpoise.errors import InputError
from counterpoise.files import write_bytes, write_text
from counterpoise.report.words import counted

TABLE, EMBEDDING = "table.csv", "embedding.safetensors"


def embed_parser() -> OneLineParser:
    """The options of the command."""
    made = parser(
        "embed",
        "Turn the texts of a table into columns of features, to train and predict on. Images are embedded with "
        "--backbone NAME; counterpoise embed --backbone NAME --help tells more.",
    )
    made.add_argument(
        "--data",
        type=str,
        required=True,
        help="a .csv table (quoted as usual), a .tsv table (without quoting), or a folder with train*.tsv, dev*.tsv "
        "and test*.tsv",
    )
    made.add_argument("--text", type=str, nargs="+", default=[], help="one text column, or two to compare")
    made.add_argument(
        "--like",
        type=str | None,
        default=None,
        help="embed with what was fitted for the table in this folder",
    )
    made.add_argument("--out", type=str, required=True, help="folder for table.csv and what was fitted")
    made.add_class_arguments(TextSettings, as_group=True)
    return made


def main(argv: list[str]) -> int:
    """Run the command; the table is written last, and its path is the last that is printed."""
    options = embed_parser().parse_args(argv)
    settings, out = instance(TextSettings, options), Path(options.out)
    if options.like:
        require_only_like(options.text, settings, Path(options.like), out)
        embedding = read_embedding(Path(options.like) / EMBEDDING)
        found = sentences(Path(options.data).expanduser(), embedding.columns)
        table = table_of(embedding, found)
    else:
        found = sentences(Path(options.data).expanduser(), options.text)
        embedding = fitted(found.to_fit_on(), settings, rows_fitted_on(found))
        table = table_of(embedding, found)
        write_once(out / EMBEDDING, as_bytes(embedding))
    write_text(out / TABLE, table.to_csv(index=False, float_format="%.7g"))
    show(embedding, found)
    print(out / TABLE)
    return 0


def require_only_like(text: list[str], settings: TextSettings, like: Path, out: Path) -> None:
    """Refuse what ``--like`` already settles, and to write over the table that it names."""
    if text or settings != TextSettings():
        raise InputError("--like settles --text, --pieces, --dim and --seed; leave them out")
    if out.resolve() == like.resolve():
        raise InputError(
            f"--out {out} holds the table that --like names; choose another folder for the new one"
        )


def rows_fitted_on(found: Sentences) -> str:
    """The rows that an embedding is fitted on, in words."""
    rows = counted(len(found.to_fit_on()), "row")
    return f"{rows} of train" if found.has_splits else f"all {rows}, for want of a column split"


def table_of(embedding: TextEmbedding, found: Sentences) -> pd.DataFrame:
    """The features, then the other columns of numbers, and the split.

    Raises:
        InputError: a column has the name of a feature.
    """
    table = pd.concat([embedding.features(found.texts), found.others], axis=1)
    twice = table.columns[table.columns.duplicated()]
    if len(twice):
        raise InputError(f"a column of {found.origin} has the name of the feature {twice[0]!r}; rename it")
    return table


def write_once(path: Path, content: bytes) -> None:
    """Write a file, or leave it if it is the same.

    Raises:
        InputError: there is another one, by which a run may have been trained.
    """
    if path.exists() and path.read_bytes() != content:
        raise InputError(f"{path.parent} holds another embedding; choose another --out, or remove the folder")
    write_bytes(path, content)


def show(embedding: TextEmbedding, found: Sentences) -> None:
    """Print what was fitted on what, and which columns the table has beside the features."""
    (dim, terms), names = embedding.directions.shape, " and ".join(embedding.columns)
    pieces = f"{terms} different pieces ({embedding.pieces})"
    print(f"{names}: {pieces} on {dim} directions, fitted on {embedding.fitted_on}")
    print(f"{counted(len(found.texts), 'row')}; other columns: {', '.join(found.others) or 'none'}")
    if found.left_out:
        print(f"left out, as they hold no numbers: {', '.join(found.left_out)}")
