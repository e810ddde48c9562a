"""Two processes find what one finds, in the order of the pictures."""

from pathlib import Path
from typing import Any

import pytest
import torch

SCRIPT = Path(__file__).parent / "detections_together.py"


@pytest.mark.parametrize("masks", [False, True])
@pytest.mark.parametrize("total", [1, 2, 5])
def test_all_processes_have_all_that_was_found(
    total: int, masks: bool, alone: dict[Any, Any], both: list[dict[Any, Any]]
) -> None:
    wanted = alone[total, masks]
    counts = [2 * image % 5 for image in range(total)]
    assert wanted["images"].tolist() == [i for i, count in enumerate(counts) for _ in range(count)]
    for every in both:
        found = every[total, masks]
        for name in ("images", "labels", "scores", "boxes"):
            assert torch.equal(found[name], wanted[name]), name
        assert (found["masks"] is None) == (wanted["masks"] is None) == (not masks)
        if masks:
            assert len(found["masks"]) == sum(counts)
            assert all(map(torch.equal, found["masks"], wanted["masks"]))
