"""Rooms that were never built, with the depth of every pixel: data with a long tail of distances, made in seconds."""

import math
from pathlib import Path

import numpy as np
from numpy.random import Generator

from counterpoise.data.pictures import save_picture
from counterpoise.data.ray_casting import Array, Ball, Box, Room, Skin, View, Walls, view
from counterpoise.errors import InputError
from counterpoise.files import require_empty, write_text

NEAREST, FARTHEST = 0.7, 10.0
"""Metres, as in NYUD2."""

FEWEST, SIZES = 10, (8, 1024)
MILLIMETRES = 1000


def draw_room(generator: Generator) -> Room:
    """A room with 1 to 5 boxes and up to 2 balls, whose camera looks along it, a little down and to one side.

    Its length is log-normal, most often 3 to 5 metres, so that far walls are rare, as in houses.
    """
    length = float(np.clip(4.0 * math.exp(0.4 * generator.standard_normal()), 2.6, 9.6))
    sides = np.array([generator.uniform(2.8, 5.5), generator.uniform(2.3, 3.0), length])
    eye = np.array(
        [generator.uniform(1, sides[0] - 1), generator.uniform(1.2, 1.7), generator.uniform(0.2, 0.5)]
    )
    lamp = np.array(
        [generator.uniform(1, sides[0] - 1), sides[1] - 0.1, generator.uniform(0.4, 0.9) * length]
    )
    walls = Walls(_column(sides / 2), _column(sides / 2), _skin(generator, walls=True))
    boxes = [_box(generator, sides) for _ in range(generator.integers(1, 6))]
    balls = [_ball(generator, sides) for _ in range(generator.integers(0, 3))]
    yaw, pitch = math.radians(generator.uniform(-22, 22)), math.radians(generator.uniform(-18, 2))
    return Room([walls, *boxes, *balls], _column(eye), _column(lamp), _axes(yaw, pitch))


def _box(generator: Generator, sides: Array) -> Box:
    """On the floor, mostly along a wall."""
    half = generator.uniform((0.15, 0.2, 0.15), (0.6, 0.95, 0.6))
    by_wall = generator.choice([half[0], sides[0] - half[0], generator.uniform(0, sides[0])])
    centre = np.array([by_wall, half[1], generator.uniform(1.3, max(1.5, sides[2] - half[2]))])
    angle = generator.choice([0.0, generator.uniform(-0.8, 0.8)])
    return Box(_column(centre), _column(half), float(angle), _skin(generator, walls=False))


def _ball(generator: Generator, sides: Array) -> Ball:
    radius = generator.uniform(0.12, 0.4)
    centre = generator.uniform((radius, radius, 1.5), (sides[0] - radius, radius + 0.6, sides[2]))
    return Ball(_column(centre), float(radius), _skin(generator, walls=False))


def _skin(generator: Generator, *, walls: bool) -> Skin:
    """Planks on the floor, stripes on walls and a bright ceiling; things have a colour of their own and small tiles."""
    if walls:
        colours = generator.uniform((0.35, 0.6, 0.8), (0.75, 1.0, 1.0), (3, 3)).T * generator.uniform(
            0.8, 1, 3
        )
        return Skin(colours.astype(np.float32), np.array([0.45, 0.14, 0.04]), (0.25, 0.75))
    colours = np.tile(generator.uniform(0.15, 1, 3), (3, 1))
    return Skin(colours.astype(np.float32), np.full(3, generator.uniform(0, 0.3)), (0.2, 0.2))


def _column(numbers: Array) -> Array:
    return numbers.astype(np.float32)[:, None]


def _axes(yaw: float, pitch: float) -> Array:
    """Right, up and ahead of a camera, in rows."""
    ahead = [math.sin(yaw) * math.cos(pitch), math.sin(pitch), math.cos(yaw) * math.cos(pitch)]
    up = [-math.sin(yaw) * math.sin(pitch), math.cos(pitch), -math.cos(yaw) * math.sin(pitch)]
    return np.array([[math.cos(yaw), 0, -math.sin(yaw)], up, ahead], dtype=np.float32)


def draw_view(generator: Generator, size: int) -> View:
    """The first view of rooms drawn one after the other that has all depths from 0.7 to 10 metres."""
    while True:
        found = view(draw_room(generator), size)
        if found.depth.min() >= NEAREST and found.depth.max() <= FARTHEST:
            return found


def write_rooms(folder: Path, *, images: int, size: int, seed: int) -> Path:
    """Write pictures of rooms, their depth in millimetres, and the table that names them; -> path of the table.

    ``images/0000.jpg``, ``depth/0000.png`` (16 bits) and so on; ``table.csv``, written last, has the columns path,
    depth and split. Of 10 rooms, 7 are to train, 1 to validate and 2 to test. A picture depends on the seed and its
    number alone.

    Args:
        folder: is made; one that exists must be empty.
        images: how many, at least 10.
        size: height and width of a picture in pixels, 8 to 1024.
        seed: 0 or more.

    Raises:
        InputError: a number outside its range, the folder is not empty, or the disk is full.
    """
    _check(folder, images, size, seed)
    lines, digits = ["path,depth,split"], max(4, len(str(images - 1)))
    for number in range(images):
        found, name = draw_view(np.random.default_rng([seed, number]), size), f"{number:0{digits}}"
        millimetres = (found.depth * MILLIMETRES).round().astype(np.uint16)
        save_picture(found.picture, folder / "images" / f"{name}.jpg")
        save_picture(millimetres, folder / "depth" / f"{name}.png")
        lines.append(f"images/{name}.jpg,depth/{name}.png,{_split(number, images)}")
    write_text(folder / "table.csv", "\n".join(lines) + "\n")
    return folder / "table.csv"


def _split(number: int, images: int) -> str:
    return "train" if number < round(0.7 * images) else "val" if number < round(0.8 * images) else "test"


def _check(folder: Path, images: int, size: int, seed: int) -> None:
    if images < FEWEST or not SIZES[0] <= size <= SIZES[1] or seed < 0:
        raise InputError(
            f"expected at least {FEWEST} images of {SIZES[0]} to {SIZES[1]} pixels and a seed of 0 or more, but "
            f"{images} images of {size} pixels and the seed {seed} came"
        )
    require_empty(folder, "the rooms")
