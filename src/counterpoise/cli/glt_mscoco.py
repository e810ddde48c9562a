"""``counterpoise data glt --preset mscoco_glt``: the rules of MSCOCO-GLT, for samples with several attributes each."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from torch import Tensor

from counterpoise.cli.glt_pool import column, loaded
from counterpoise.cli.glt_written import print_next, write
from counterpoise.data.crops import write_crops
from counterpoise.data.protocols.mscoco_glt import TEST_SIZE, attribute_thirds, mscoco_glt_splits
from counterpoise.data.protocols.plan import Planned
from counterpoise.data.protocols.tables import IMAGES, Drawn, Part, Places, Protocols, protocol_positions
from counterpoise.data.sources.coco_attributes import DescribedObjects, coco_attributes
from counterpoise.data.sources.multi_label import listed, targets_of
from counterpoise.errors import InputError

SETTLED = ("features", "clusters", "mix", "ratio", "val_share", "device")
RULES = (
    "MSCOCO-GLT (Tang et al., ECCV 2022) by its released script. The column attribute is the third of a split by how "
    "usual an image's attributes are among the training images of its class, 0 for the most usual."
)


class Described(NamedTuple):
    """N images with any number of attributes each.

    Attributes:
        targets: labels, (N,).
        class_names: C.
        marks: which attributes an image has, (N, A) bool.
        kinds: N lists of attributes in words.
        places: where the images lie.
        origin: facts about the data, for splits.json.
    """

    targets: Tensor
    class_names: Sequence[str]
    marks: Tensor
    kinds: Sequence[str]
    places: Places
    origin: dict[str, Any]


def mscoco_glt(options: Any, out: Path) -> None:
    """Draw splits by the rules of MSCOCO-GLT, and write and show their tables.

    The images are the objects of COCO-Attributes, cut out, or those of a table whose column ``--attribute`` lists the
    attributes of each.

    Raises:
        InputError: see `coco_attributes`, `loaded` and `mscoco_glt_splits`.
    """
    found = of_table(options) if options.attribute else of_coco(options)
    test_size = TEST_SIZE if options.test is None else options.test
    planned = mscoco_glt_splits(
        found.targets, found.marks, found.class_names, test_size=test_size, seed=options.seed
    )
    drawn = Drawn(found.targets, found.class_names, found.kinds, thirds(planned, found))
    recipe = {
        "preset": options.preset,
        "rules": RULES,
        "data": {"source": options.data, **found.origin},
        "test": test_size,
        "seed": options.seed,
    }
    write(out, drawn, places=found.places, recipe=recipe)
    print_next(out, "" if options.attribute else " --image-size 112")


def thirds(planned: Planned, found: Described) -> Protocols:
    """The tables with the rank of each image among those of its split; see `attribute_thirds`."""
    return {
        name: {
            split: Part(part, attribute_thirds(found.targets, found.marks, splits["train"], part))
            for split, part in splits.items()
        }
        for name, splits in protocol_positions(planned).items()
    }


def of_table(options: Any) -> Described:
    """The training images of a table with a column that lists attributes, such as ``red;wet``."""
    data, places = loaded(options)
    pool = data.splits["train"]
    cells = column(options, pool)
    marks = listed(cells)
    origin = {"fingerprint": data.facts.fingerprint, "column": options.attribute, "values": list(marks)}
    return Described(pool.targets, data.facts.class_names, targets_of(marks), cells, places, origin)


def of_coco(options: Any) -> Described:
    """The objects of COCO-Attributes; they are cut out and written when the tables are."""
    if options.root is None or options.image_size is not None:
        raise InputError(
            "--preset mscoco_glt reads --data cocottributes.json with --root, the folder of COCO 2014, and no "
            "--image-size; or a table with --attribute, a column that lists the attributes of each image"
        )
    objects = coco_attributes(Path(options.data).expanduser(), Path(options.root).expanduser())
    found = {"objects": len(objects.ids), "sha256": digest(objects)}
    return Described(
        objects.targets, objects.class_names, objects.marks, in_words(objects), cut_out(objects), found
    )


def in_words(objects: DescribedObjects) -> list[str]:
    """The attributes of each object, with semicolons between them."""
    return [
        ";".join(objects.attributes[i] for i in row.nonzero().flatten().tolist()) for row in objects.marks
    ]


def cut_out(objects: DescribedObjects) -> Places:
    """Objects that are written beside the tables, each as a picture named by its annotation."""

    def places(out: Path, used: Sequence[int]) -> dict[int, str]:
        (out / IMAGES).mkdir(parents=True, exist_ok=True)
        paths = {i: f"{IMAGES}/{objects.ids[i]}.jpg" for i in used}
        write_crops(objects.pictures, objects.boxes, {i: out / path for i, path in paths.items()})
        return paths

    return places


def digest(objects: DescribedObjects) -> str:
    """sha256 of the annotations, their classes, boxes and attributes."""
    rows = repr(
        (objects.ids, objects.boxes, objects.targets.tolist(), objects.class_names, objects.attributes)
    )
    return hashlib.sha256(rows.encode() + objects.marks.numpy().tobytes()).hexdigest()
