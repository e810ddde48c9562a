"""``counterpoise data rooms``: pictures of made-up rooms, to learn their depth."""

from pathlib import Path

from counterpoise.cli.parser import parser
from counterpoise.data.rooms import MILLIMETRES, write_rooms

DESCRIPTION = """Draw rooms with furniture by casting rays, and write their pictures, their depth in
millimetres (16 bits) and a table of both. Far pixels are rare, so that depth is a target with a long tail."""


def main(argv: list[str]) -> int:
    """Run the command; what to do next is printed last."""
    made = parser("data rooms", DESCRIPTION)
    made.add_argument("--out", type=str, default="rooms", help="folder of the pictures, new or empty")
    made.add_argument("--images", type=int, default=600, help="how many rooms, at least 10")
    made.add_argument("--size", type=int, default=64, help="height and width of a picture in pixels")
    made.add_argument("--seed", type=int, default=0, help="another seed gives other rooms")
    options = made.parse_args(argv)
    table = write_rooms(Path(options.out), images=options.images, size=options.size, seed=options.seed)
    print(f"{options.images} rooms of {options.size} x {options.size} pixels with their depth: {table}")
    print(f"next: counterpoise train regression --data {table} --target depth --unit {1 / MILLIMETRES}")
    return 0
