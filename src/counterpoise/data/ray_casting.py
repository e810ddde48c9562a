"""Casting rays into a room of boxes and balls: the picture and the depth that a camera has of it."""

import math
from dataclasses import dataclass
from typing import NamedTuple, Protocol, final

import numpy as np

HALF_VIEW = math.tan(math.radians(30))
RAYS = 3
"""Rays along the side of a pixel; the middle one has its depth, all of them its colour."""

SKY, LAMP, TORCH, FADING = 0.3, 0.45, 0.5, 3.0
"""Strength of the three lights, and the distance in metres at which that of the camera has lost half."""

Array = np.ndarray


class View(NamedTuple):
    """A picture, (S, S, 3) uint8, and its depth along the axis of the camera, (S, S) float32 in metres."""

    picture: Array
    depth: Array


class Skin(NamedTuple):
    """Tiles of a colour; for what faces up, to the side and down: colours, (3, 3), and how much tiles differ, (3,).

    ``tile`` has the two sides of a tile in metres, of which the net can learn what is near: it is the same everywhere.
    """

    colours: Array
    contrasts: Array
    tile: tuple[float, float]


class Thing(Protocol):
    """What a ray can hit; points and directions are (3, R), x to the right, y up, z away."""

    @property
    def skin(self) -> Skin:
        """How it looks."""
        ...

    def reach(self, eye: Array, rays: Array) -> Array:
        """How many times its length each ray goes until it hits; (R,), inf for a miss."""
        ...

    def own(self, points: Array) -> Array:
        """Points as seen from its centre and along its sides."""
        ...

    def normals(self, own: Array) -> Array:
        """Directions that point out of its surface, along its sides too."""
        ...


@final
@dataclass(frozen=True)
class Box:
    """A piece of furniture, turned about the vertical by an angle; ``half`` has half its sides."""

    centre: Array
    half: Array
    angle: float
    skin: Skin

    def reach(self, eye: Array, rays: Array) -> Array:
        """Where a ray enters."""
        near, far = _crossings(self.own(eye), _turned(rays, self.angle), self.half)
        return np.where((near < far) & (near > 0), near, np.inf)

    def own(self, points: Array) -> Array:
        """Moved and turned."""
        return _turned(points - self.centre, self.angle)

    def normals(self, own: Array) -> Array:
        """Of the nearest side."""
        return _side(own / self.half)


@final
@dataclass(frozen=True)
class Walls:
    """The box in which the camera stands: floor, ceiling and four walls."""

    centre: Array
    half: Array
    skin: Skin

    def reach(self, eye: Array, rays: Array) -> Array:
        """Where a ray would leave."""
        return _crossings(self.own(eye), rays, self.half)[1]

    def own(self, points: Array) -> Array:
        """Moved."""
        return points - self.centre

    def normals(self, own: Array) -> Array:
        """Into the room."""
        return -_side(own / self.half)


@final
@dataclass(frozen=True)
class Ball:
    """A sphere."""

    centre: Array
    radius: float
    skin: Skin

    def reach(self, eye: Array, rays: Array) -> Array:
        """Where a ray enters: the smaller root of its quadratic equation."""
        start, square = self.own(eye), (rays**2).sum(axis=0)
        middle = -(start * rays).sum(axis=0) / square
        within = middle**2 - ((start**2).sum() - self.radius**2) / square
        entry = middle - np.sqrt(within.clip(min=0))
        return np.where((within > 0) & (entry > 0), entry, np.inf)

    def own(self, points: Array) -> Array:
        """Moved."""
        return points - self.centre

    def normals(self, own: Array) -> Array:
        """Away from the centre."""
        return own / self.radius


class Room(NamedTuple):
    """Things, the first of which are the walls; where camera and lamp are, and right, up and ahead of the camera."""

    things: list[Thing]
    eye: Array
    lamp: Array
    axes: Array


def _crossings(eye: Array, rays: Array, half: Array) -> tuple[Array, Array]:
    """Where rays enter and leave a box around 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        ends = (-half - eye) / rays, (half - eye) / rays
    return np.minimum(*ends).max(axis=0), np.maximum(*ends).min(axis=0)


def _turned(vectors: Array, angle: float) -> Array:
    x, y, z = vectors
    cosine, sine = np.float32(math.cos(angle)), np.float32(math.sin(angle))
    return np.stack([cosine * x - sine * z, y, sine * x + cosine * z])


def _side(scaled: Array) -> Array:
    """The direction of the largest coordinate; (3, R) -> (3, R)."""
    axis = np.abs(scaled).argmax(axis=0)
    return np.where(np.arange(3)[:, None] == axis, np.sign(scaled), 0).astype(np.float32)


def view(room: Room, size: int) -> View:
    """What the camera of a room sees, in ``size`` x ``size`` pixels; 60 degrees from edge to edge."""
    rays = _rays(room.axes, size * RAYS)
    reaches = np.stack([thing.reach(room.eye, rays) for thing in room.things])
    depth, hit = reaches.min(axis=0), reaches.argmin(axis=0)
    colours = np.empty_like(rays)
    for number, thing in enumerate(room.things):
        seen = hit == number
        colours[:, seen] = _shaded(thing, room, rays[:, seen], depth[seen])
    fine = colours.reshape(3, size, RAYS, size, RAYS).mean(axis=(2, 4))
    picture = (255 * fine.clip(0, 1)).round().astype(np.uint8).transpose(1, 2, 0)
    middle = slice(RAYS // 2, None, RAYS)
    return View(picture, depth.reshape(size * RAYS, size * RAYS)[middle, middle].astype(np.float32))


def _rays(axes: Array, count: int) -> Array:
    """Directions through the middle of count x count squares, of length 1 along the axis of the camera; (3, R)."""
    steps = HALF_VIEW * ((np.arange(count, dtype=np.float32) + 0.5) * 2 / count - 1)
    down, right = (grid.ravel() for grid in np.meshgrid(steps, steps, indexing="ij"))
    return axes.T @ np.stack([right, -down, np.ones_like(down)])


def _shaded(thing: Thing, room: Room, rays: Array, depth: Array) -> Array:
    """Colours by light of the sky, of the lamp at the ceiling and of one at the camera, which fades with distance."""
    own, eye, lamp = (thing.own(points) for points in (room.eye + rays * depth, room.eye, room.lamp))
    normals = thing.normals(own)
    fading = 1 / (1 + (depth / FADING) ** 2)
    light = SKY + LAMP * _lambert(normals, lamp - own) + TORCH * fading * _lambert(normals, eye - own)
    return light * _tiled(thing.skin, own, normals)


def _lambert(normals: Array, towards: Array) -> Array:
    return (normals * towards).sum(axis=0).clip(min=0) / np.sqrt((towards**2).sum(axis=0))


def _tiled(skin: Skin, own: Array, normals: Array) -> Array:
    """Colours of the tiles, each a little darker than the skin by a number that only depends on its place."""
    axis = np.abs(normals).argmax(axis=0)
    facing = np.where(axis == 1, 1 - np.sign(normals[1]), 1).astype(int)
    across = np.floor(np.where(axis == 0, own[2], own[0]) / skin.tile[0])
    along = np.floor(np.where(axis == 1, own[2], own[1]) / skin.tile[1])
    chance = (np.sin(12.9898 * across + 78.233 * along) * 43758.5453) % 1
    return skin.colours[facing].T * (1 - skin.contrasts[facing] * chance).astype(np.float32)
