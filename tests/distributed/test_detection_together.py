"""Two processes compute what one does for detectors: losses of regions, and the head direction of each stage."""

from pathlib import Path
from typing import Any

from torch.testing import assert_close

SCRIPT = Path(__file__).parent / "detection_together.py"
STAGES = ("box0", "box1", "box2")


def test_the_head_direction_of_each_stage_is_that_of_all_foreground(
    alone: dict[str, Any], both: list[dict[str, Any]]
) -> None:
    """Also where a process has no foreground at all."""
    for sharing, wanted in enumerate(alone["looked"]):
        for place in STAGES:
            assert wanted[place].abs().max() > 1e-3
            for found in both:
                assert_close(found["looked"][sharing][place], wanted[place], rtol=1e-5, atol=1e-7)
    assert [stage[1] for stage in both[1]["looked"][2]["mine"].tolist()] == [0, 0, 0]


def test_a_region_counts_the_same_in_whichever_process(
    alone: dict[str, Any], both: list[dict[str, Any]]
) -> None:
    for sharing, wanted in enumerate(alone["looked"]):
        for found in both:
            for name in ("rows", "value", "gradient"):
                assert_close(found["looked"][sharing][name], wanted[name], rtol=1e-5, atol=1e-7)


def test_losses_of_regions_look_at_the_whole_batch(alone: dict[str, Any], both: list[dict[str, Any]]) -> None:
    for sharing, wanted in enumerate(alone["supervising"]):
        assert wanted["gradient"].abs().max() > 1e-3
        for name, tensor in wanted.items():
            for found in both:
                assert_close(found["supervising"][sharing][name], tensor, rtol=1e-10, atol=1e-13)
