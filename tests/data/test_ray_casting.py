"""Rays into rooms whose depths are known."""

import math

import numpy as np
import pytest

from counterpoise.data.ray_casting import Ball, Box, Room, Skin, Thing, Walls, view

GREY = Skin(np.full((3, 3), 0.5, dtype=np.float32), np.zeros(3), (1.0, 1.0))
EDGE = math.tan(math.radians(30))


def column(*numbers: float) -> np.ndarray:
    return np.array(numbers, dtype=np.float32)[:, None]


def room(*things: Thing) -> Room:
    """4 m wide, 3 m high and 6 m long; the camera looks straight ahead from the middle of the near wall."""
    walls = Walls(column(2, 1.5, 3), column(2, 1.5, 3), GREY)
    return Room([walls, *things], column(2, 1.5, 0), column(2, 2.9, 3), np.eye(3, dtype=np.float32))


def steps(size: int) -> np.ndarray:
    """Where the middle of a pixel lies on a plane at 1 m."""
    return EDGE * ((np.arange(size) + 0.5) * 2 / size - 1)


def test_the_depth_of_an_empty_room_is_that_of_its_nearest_plane() -> None:
    depth = view(room(), 32).depth
    across, down = np.meshgrid(steps(32), steps(32))
    wanted = np.minimum(np.minimum(2 / np.abs(across), 1.5 / np.abs(down)), 6)
    assert (depth.shape, depth.dtype) == ((32, 32), np.float32)
    assert np.allclose(depth, wanted, rtol=1e-5)


def test_a_box_hides_what_is_behind_it() -> None:
    depth = view(room(Box(column(2, 1.5, 3), column(0.5, 0.25, 1), 0.0, GREY)), 64).depth
    across, down = np.meshgrid(steps(64) * 2, steps(64) * 2)
    front = (np.abs(across) < 0.5) & (np.abs(down) < 0.25)
    assert front.any()
    assert np.allclose(depth[front], 2, atol=1e-5)
    assert (depth[~front] >= 2).all()


@pytest.mark.parametrize("angle", [math.pi / 2, -math.pi / 2])
def test_a_quarter_turn_swaps_the_sides_of_a_box(angle: float) -> None:
    turned = view(room(Box(column(2.2, 1, 3), column(0.5, 0.25, 1), angle, GREY)), 32)
    straight = view(room(Box(column(2.2, 1, 3), column(1, 0.25, 0.5), 0.0, GREY)), 32)
    assert np.allclose(turned.depth, straight.depth, atol=1e-4)
    assert np.abs(turned.picture.astype(int) - straight.picture).max() <= 1


def test_a_turned_box_shows_its_edge() -> None:
    depth = view(room(Box(column(2, 1.5, 3), column(0.5, 0.5, 0.5), math.pi / 4, GREY)), 65).depth
    assert depth[32, 32] == pytest.approx(3 - math.sqrt(0.5), abs=1e-4)


def test_a_ball_is_round() -> None:
    depth = view(room(Ball(column(2, 1.5, 3), 0.5, GREY)), 65).depth
    assert depth[32, 32] == pytest.approx(2.5, abs=1e-5)
    place = steps(65)[36]
    square, middle = 1 + place**2, 3 / (1 + place**2)
    assert depth[32, 36] == pytest.approx(middle - math.sqrt(middle**2 - (9 - 0.25) / square), abs=1e-4)
    assert np.allclose(depth, depth[::-1], atol=1e-4)
    assert np.allclose(depth, depth[:, ::-1], atol=1e-4)


def test_what_is_behind_the_camera_is_not_seen() -> None:
    behind = view(
        room(Ball(column(2, 1.5, -3), 0.5, GREY), Box(column(2, 1, -2), column(1, 1, 1), 0, GREY)), 16
    )
    assert (behind.depth == view(room(), 16).depth).all()


def test_light_falls_off_with_distance_and_angle() -> None:
    things = [], [Box(column(2, 1.5, 2), column(3, 3, 0.5), 0.0, GREY)]
    far, near = (view(room(*one)._replace(lamp=column(2, 1.5, 0)), 33).picture for one in things)
    assert (far.shape, far.dtype) == ((33, 33, 3), np.uint8)
    assert near[16, 16, 0] > far[16, 16, 0]
    assert near[16, 16, 0] > near[0, 0, 0]


def test_the_side_that_faces_the_lamp_is_brighter() -> None:
    left, right = (
        view(room(Box(column(2, 1, 3), column(0.4, 0.4, 0.4), 0.8, GREY))._replace(lamp=column(x, 1, 2)), 65)
        for x in (0.5, 3.5)
    )
    sides = slice(30, 36)
    assert left.picture[38, sides, 0].mean() != right.picture[38, sides, 0].mean()
    assert left.picture[38, 30, 0] > right.picture[38, 30, 0]
    assert left.picture[38, 35, 0] < right.picture[38, 35, 0]


def test_tiles_are_as_large_everywhere() -> None:
    skin = Skin(np.full((3, 3), 0.5, dtype=np.float32), np.full(3, 0.9), (1.0, 10.0))
    walls = Walls(column(2, 1.5, 3), column(2, 1.5, 3), skin)
    row = view(room()._replace(things=[walls]), 300).picture[150, :, 0].astype(int)
    ahead = np.abs(steps(300)) < 2 / 6
    jumps = np.flatnonzero(np.abs(np.diff(row[ahead])) > 6)
    places = (steps(300)[ahead] * 6)[jumps]
    assert len(jumps) >= 3
    assert np.abs(places - places.round()).max() < 0.06
