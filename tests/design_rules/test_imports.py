"""Imports go down only."""

import ast

import pytest

from .source import File, files

LAYERS = (
    {
        "batch_norms",
        "bins",
        "counts",
        "dense_weight",
        "distributed",
        "errors",
        "experts",
        "factors",
        "files",
        "hierarchy",
        "memory",
        "net",
        "pooling",
        "pseudo_labels",
        "ramps",
        "recall",
        "relevance",
        "reliability",
        "seeds",
        "smoothing",
        "softmax_groups",
        "theory",
        "version",
    },
    {
        "backbones",
        "classifiers",
        "data",
        "detection",
        "losses",
        "metrics",
        "predictors",
        "regularizers",
        "samplers",
        "trackers",
    },
    {"steps"},
    {"training"},
    {"estimators", "recipes", "report"},
    {"export"},
    {"cli"},
    {"__main__"},
)
LEVEL = {room: level for level, rooms in enumerate(LAYERS) for room in rooms}

SIDEWAYS = {
    "data": {"metrics", "samplers"},
    "detection": {"backbones", "data", "predictors"},
    "predictors": {"classifiers"},
    "trackers": {"classifiers"},
}
"""The parts that use other parts."""

FRONT_DOOR = "__init__"
every_file = pytest.mark.parametrize("file", files(), ids=lambda file: file.name)


@every_file
def test_a_file_imports_only_from_below(file: File) -> None:
    level = LEVEL.get(file.room, 0)
    assert not {room for room in file.rooms if LEVEL[room] > level}
    if level:
        assert {room for room in file.rooms if LEVEL[room] == level} <= SIDEWAYS.get(file.room, set())


def test_importing_the_package_imports_no_more_than_its_version() -> None:
    (front_door,) = (file for file in files() if file.room == FRONT_DOOR)
    assert front_door.rooms <= {"version"}


def test_every_room_has_its_level() -> None:
    assert {file.room for file in files()} - {FRONT_DOOR} <= LEVEL.keys()


def test_every_way_sideways_is_used_and_none_goes_both_ways() -> None:
    used = {(file.room, room) for file in files() for room in file.rooms}
    allowed = {(room, other) for room, others in SIDEWAYS.items() for other in others}
    assert allowed <= used
    assert not allowed & {(other, room) for room, other in allowed}


def test_the_ground_has_no_circles() -> None:
    below: dict[str, set[str]] = {file.room: file.rooms for file in files() if file.room in LAYERS[0]}
    while below:
        free = {room for room, others in below.items() if not others & below.keys()}
        assert free, f"these import each other: {sorted(below)}"
        below = {room: others for room, others in below.items() if room not in free}


@every_file
def test_only_one_file_talks_to_other_processes(file: File) -> None:
    imported = {name for name in file.imports if name.startswith("torch.distributed")}
    reached = [ast.unparse(node) for node in file.nodes if isinstance(node, ast.Attribute)]
    if file.name == "distributed.py":
        assert imported
    else:
        assert not imported
        assert "torch.distributed" not in reached
