"""``counterpoise data glt --data DATA --out DIR``: data with long tails of classes, of attributes, and of both."""

from pathlib import Path
from typing import Any, Literal

import torch
from torch import Tensor

from counterpoise.cli import glt_imagenet, glt_mscoco
from counterpoise.cli.glt_features import clustered, named_features
from counterpoise.cli.glt_pool import column, loaded
from counterpoise.cli.glt_written import print_next, write, write_page
from counterpoise.cli.parser import OneLineParser, parser
from counterpoise.data.data import Data, Split
from counterpoise.data.protocols import attribute_ranks
from counterpoise.data.protocols.plan import planned_splits
from counterpoise.data.protocols.tables import Drawn, protocol_positions, ranked, require_folder
from counterpoise.data.protocols.thumbnails import thumbnail_features
from counterpoise.data.sources.multi_label import in_order
from counterpoise.errors import InputError
from counterpoise.training.hardware import Device

DESCRIPTION = """Draw the splits of generalized long-tailed classification from the training images of any data, and
write them as tables: clt.csv has a long tail of classes, alt.csv of the attributes within each class, glt.csv of both.
Attributes are clusters of features within each class, or a column of a table. Rank 0 is the most frequent one.
A preset has the rules of a published benchmark: imagenet_glt draws from the folder of the training images of ILSVRC
2012, with features of a pretrained ResNet-50; mscoco_glt from COCO-Attributes (--data cocottributes.json) on the
pictures of COCO 2014 (--root, with annotations/, train2014/ and val2014/), or from a table whose column --attribute
lists several, such as red;wet. Presets write lt.csv, too, whose test images are distributed as those of training."""

TEST_SIZE = 20
PRESETS = {
    "imagenet_glt": (glt_imagenet.imagenet_glt, glt_imagenet.SETTLED),
    "mscoco_glt": (glt_mscoco.mscoco_glt, glt_mscoco.SETTLED),
}


def glt_parser() -> OneLineParser:
    """The options of the command."""
    made = parser("data glt", DESCRIPTION)
    made.add_argument("--data", type=str, required=True, help="folder, table or word, as for train")
    made.add_argument("--root", type=str | None, default=None, help="folder of images, as for train")
    made.add_argument("--image_size", type=int | None, default=None, help="as for train")
    made.add_argument("--out", type=str, required=True, help="folder of the tables, new or empty")
    made.add_argument(
        "--preset",
        type=Literal["imagenet_glt", "mscoco_glt"] | None,
        default=None,
        help="imagenet_glt or mscoco_glt: the rules of that benchmark, which settle most options below",
    )
    made.add_argument(
        "--features",
        type=str | None,
        default=None,
        help="what is clustered: an .npy or .npz file with one row for each training image, or the folder of a "
        "finished run, whose net encodes; by default thumbnails and colours, of imagenet_glt a pretrained ResNet-50",
    )
    made.add_argument("--attribute", type=str | None, default=None, help="column of the table, for clusters")
    made.add_argument("--clusters", type=int, default=6, help="of each class (ImageNet-GLT: 6)")
    made.add_argument(
        "--mix", type=int, nargs="+", default=[7, 2, 1], help="images of the attributes, beside each other"
    )
    made.add_argument(
        "--ratio", type=float, default=100.0, help="largest over smallest class of the long tail"
    )
    made.add_argument(
        "--test",
        type=int | None,
        default=None,
        help="most test images of each attribute of a class (default: 20), of mscoco_glt of each class (200)",
    )
    made.add_argument(
        "--val_share", type=float, default=0.2, help="share of the training images to validate on"
    )
    made.add_argument("--seed", type=int, default=0, help="of clusters and draws")
    made.add_argument("--device", type=Device, default="auto", help="where a net encodes")
    return made


def main(argv: list[str]) -> int:
    """Run the command; what to do next is printed last."""
    options = glt_parser().parse_args(argv)
    draw, settled = PRESETS.get(options.preset, (of_any_data, ()))
    require_settled(options, settled)
    require_folder(out := Path(options.out))
    draw(options, out)
    return 0


def require_settled(options: Any, settled: tuple[str, ...]) -> None:
    """Refuse options that have no meaning beside a preset."""
    defaults = glt_parser().get_defaults()
    given = [f"--{name.replace('_', '-')}" for name in settled if options[name] != defaults[name]]
    if given:
        raise InputError(f"--preset {options.preset} settles {', '.join(given)}; leave it out, or the preset")


def of_any_data(options: Any, out: Path) -> None:
    """Draw by our own sizes from any data, and write and show the tables."""
    data, places = loaded(options)
    pool, names = data.splits["train"], data.facts.class_names
    kinds, numbers, origin = labelled(options, pool) if options.attribute else found_in(options, data)
    attributes = attribute_ranks(pool.targets, numbers, groups=len(options.mix))
    wanted = TEST_SIZE if options.test is None else options.test
    how = {name: options[name] for name in ("mix", "ratio", "val_share", "seed")}
    planned = planned_splits(pool.targets, attributes, names, test_size=wanted, **how)
    drawn = Drawn(pool.targets, names, kinds, ranked(protocol_positions(planned), attributes))
    about = {"source": options.data, "fingerprint": data.facts.fingerprint, "images": len(pool)}
    recipe = {"data": about, "attributes": origin, **how, "test": planned.test_size}
    write(out, drawn, places=places, recipe=recipe)
    if planned.test_size < wanted:
        print(
            f"{planned.test_size} test images of each attribute of a class, as the rarest has no more to give"
        )
    write_page(out, pool, drawn, attributes)
    print_next(out)


def labelled(options: Any, pool: Split) -> tuple[list[str], Tensor, dict[str, Any]]:
    """Values of the attribute that the table knows, their numbers, and where they come from."""
    kinds = column(options, pool)
    values = in_order(set(kinds))
    if len(values) < len(options.mix):
        raise InputError(
            f"the column {options.attribute!r} has {len(values)} different values, but --mix {len(options.mix)} "
            "numbers; give at most one for each value"
        )
    number = {value: position for position, value in enumerate(values)}
    numbers = torch.tensor([number[kind] for kind in kinds])
    return kinds, numbers, {"column": options.attribute, "values": list(values)}


def found_in(options: Any, data: Data) -> tuple[list[str], Tensor, dict[str, Any]]:
    """Clusters of features as kinds and as numbers, and what was clustered."""
    pool = data.splits["train"]
    features = (
        thumbnail_features(pool.samples)
        if options.features is None
        else named_features(options.features, pool, options.device)
    )
    return clustered(features, pool.targets, data.facts.class_names, options, "thumbnails")
