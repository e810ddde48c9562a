"""Where the files of a data set in COCO's or LVIS's layout lie: annotations and pictures."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from counterpoise.data.sources.found import SPLITS
from counterpoise.errors import InputError

INNER = "annotations"
ONE_SET = re.compile(r"annotations\.json|instances\.json")
ONE_SPLIT = re.compile(r"((?:instances_|lvis_v[\d.]+_)?)(train|val|test)((?:20\d\d)?\.json)")
LAYOUT = "DIR/train.json (with val.json and test.json) or DIR/instances.json, and pictures in DIR/images"


def is_coco(path: Path) -> bool:
    """Whether a path is a .json file, or a folder with annotations by their names."""
    return path.suffix.lower() == ".json" if path.is_file() else any(_named(path))


def annotation_files(path: Path) -> dict[str, Path]:
    """The file of each split, train first; of the split "" where one file holds all pictures.

    Args:
        path: a folder, see `coco`, or one file. Files beside it that differ from it in the name of the split alone are
            the other splits.

    Raises:
        InputError: there is none, or a folder has several for one split.
    """
    found = [path] if path.is_file() else list(_named(path))
    if not found:
        raise InputError(f"found no annotations in {path}; expected {LAYOUT}")
    families = {_family(file) for file in found}
    if len(families) > 1:
        raise InputError(
            f"expected the annotations of one data set, {LAYOUT}, but {path} holds {found[0].name} and "
            f"{found[-1].name}; name one of the files"
        )
    (family,) = families
    splits = {split: file for split, file in family if file.is_file()}
    return splits if "train" in splits or path.is_dir() else {"": path}


def _named(folder: Path) -> Iterator[Path]:
    for place in (folder, folder / INNER):
        files = sorted(place.glob("*.json"))
        yield from (file for file in files if ONE_SET.fullmatch(file.name) or ONE_SPLIT.fullmatch(file.name))


def _family(file: Path) -> tuple[tuple[str, Path], ...]:
    """The file of each split, be it there or not, to which a file belongs."""
    found = ONE_SPLIT.fullmatch(file.name)
    if not found:
        return (("", file),)
    before, _, after = found.groups()
    return tuple((split, file.with_name(f"{before}{split}{after}")) for split in SPLITS)


def root_of(file: Path) -> Path:
    """The folder of pictures, or above their folders, where none is named: that of the annotations."""
    return file.parent.parent if file.parent.name == INNER else file.parent


def picture_files(files: Sequence[tuple[str, ...]], root: Path, split: str) -> list[str]:
    """The path of each picture, of which some names are known, the likeliest first.

    Pictures lie in ``images`` or beside it, there in a folder of their split such as ``train`` or ``train2017`` or not.

    Raises:
        InputError: a picture is missing; names the first of them and says how many there are.
    """
    inner = dict.fromkeys(("", split, f"{split}2017"))
    places = [root / outer / one for outer in ("images", "") for one in inner]
    found = [_file(names, places) for names in files]
    missing = [names[0] for names, path in zip(files, found, strict=True) if not path]
    if missing:
        raise InputError(
            f"cannot find the image {missing[0]} in {root} or its folder images ({len(missing)} of {len(files)} are "
            "missing); unpack the images there, or name their folder with --root"
        )
    return [path for path in found if path]


def _file(names: Sequence[str], places: Sequence[Path]) -> str | None:
    paths = (place / name for place in places for name in names)
    return next((str(path) for path in paths if path.is_file()), None)
