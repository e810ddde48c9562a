"""``counterpoise data scenes``: pictures of scattered digits, to learn to detect them."""

from collections import Counter
from pathlib import Path

from counterpoise.cli.parser import parser
from counterpoise.data.drawn_scenes import write_scenes

IMAGES, SIZE, RATIO = 400, 128, 100.0

DESCRIPTION = """Scatter handwritten digits over pictures, one on top of the other, and write the pictures and
annotations in LVIS's format: boxes, masks, and rare, common and frequent categories. Three of four pictures are to
train, with a long tail of digits, and one to validate, with as many of each."""


def main(argv: list[str]) -> int:
    """Run the command; what to do next is printed last."""
    made = parser("data scenes", DESCRIPTION)
    made.add_argument("--out", type=str, default="scenes", help="folder of the data set, new or empty")
    made.add_argument("--images", type=int, default=IMAGES, help="how many pictures, at least 20")
    made.add_argument("--size", type=int, default=SIZE, help="height and width of a picture in pixels")
    made.add_argument(
        "--ratio", type=float, default=RATIO, help="most frequent over rarest digit in training"
    )
    made.add_argument("--seed", type=int, default=0, help="another seed gives other pictures")
    options = made.parse_args(argv)
    categories = write_scenes(
        Path(options.out), images=options.images, size=options.size, ratio=options.ratio, seed=options.seed
    )
    digits = sum(one.instance_count for one in categories)
    kinds = Counter(one.frequency for one in categories)
    print(
        f"{options.images} pictures of {options.size} x {options.size} pixels in {options.out}; {digits} digits to "
        f"train on, of {kinds['f']} frequent, {kinds['c']} common and {kinds['r']} rare kinds"
    )
    print(f"next: counterpoise train detection_deconfound_tde --data {options.out}")
    return 0
