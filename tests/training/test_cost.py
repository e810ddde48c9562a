"""What a run cost, measured and read again."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import torch
from torch import nn

from counterpoise.backbones import SkippingExperts, expert_small_cnn
from counterpoise.classifiers import LinearClassifier, RoutedClassifier, cosine_experts
from counterpoise.data.data import Data
from counterpoise.data.scenes import SceneBatch
from counterpoise.net import Net
from counterpoise.training import cost
from counterpoise.training.cost import (
    Cost,
    PeakMemory,
    examples,
    operations_per_image,
    read_cost,
    seconds_per_image,
    write_cost,
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A run folder with the timings of two stages."""
    rows = [("pretext", 1, 2.0), ("main", 1, 1.0), ("main", 2, 0.5)]
    pd.DataFrame(rows, columns=["stage", "epoch", "seconds"]).to_csv(tmp_path / "timing.csv", index=False)
    return tmp_path


def test_a_cost_is_read_as_it_was_written(folder: Path) -> None:
    write_cost(folder, 2**30, 0.25)
    assert read_cost(folder) == Cost(3.5, 2**30, 0.25)


def test_of_other_runs_only_the_seconds_are_known(folder: Path, tmp_path: Path) -> None:
    assert read_cost(folder) == Cost(3.5, None, None)
    assert read_cost(tmp_path / "nowhere") == Cost(None, None, None)


@pytest.mark.skipif(not cost._REFERENCES.exists(), reason="the peak of a process is counted on Linux only")
def test_the_peak_is_that_since_the_start() -> None:
    peak = PeakMemory("cpu")
    before = peak.bytes()
    assert before is not None
    held = torch.ones(32 * 2**20)
    raised = peak.bytes()
    assert raised is not None
    assert 100 * 2**20 < raised - before < 200 * 2**20
    del held
    assert peak.bytes() == pytest.approx(raised, rel=0.02), "what was given back still counts"
    again = PeakMemory("cpu").bytes()
    assert again is not None
    assert again < raised - 100 * 2**20


def test_where_the_system_does_not_tell_there_is_no_peak(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cost, "_REFERENCES", Path("/nowhere/clear_refs"))
    assert PeakMemory("cpu").bytes() is None


class Slow(nn.Module):
    """Takes 32 ms for a batch."""

    def __init__(self, answer: Callable[[Any], Any]) -> None:
        super().__init__()
        self.answer = answer

    def forward(self, batch: Any) -> Any:
        time.sleep(0.032)
        return self.answer(batch)


def test_inference_is_timed_per_image() -> None:
    net = Slow(lambda images: images.flatten(1))
    found = seconds_per_image(net, torch.zeros(64, 1, 2, 2), "cpu")  # pyright: ignore
    assert found == pytest.approx(0.0005, rel=0.3)


def test_a_detector_is_timed_on_one_picture(tiny: Data, tiny_scenes: Data) -> None:
    images, scene = examples(tiny.facts), examples(tiny_scenes.facts)
    assert isinstance(images, torch.Tensor)
    assert images.shape == (64, *tiny.facts.shape)
    assert isinstance(scene, SceneBatch)
    assert [picture.shape for picture in scene.images] == [(3, 40, 48)]
    net = Slow(lambda batch: len(batch.images))
    assert seconds_per_image(net, scene, "cpu") == pytest.approx(0.032, rel=0.3)  # pyright: ignore


def test_operations_are_counted_by_hand() -> None:
    """A convolution of 3 to 5 channels and 9 places at 6 x 6 pixels, and 180 x 7 products."""
    net = Net(nn.Sequential(nn.Conv2d(3, 5, 3, padding=1), nn.Flatten()), LinearClassifier(180, 7))
    for images in (1, 4):
        found = operations_per_image(net, torch.rand(images, 3, 6, 6))
        assert found == 3 * 5 * 9 * 36 + 180 * 7


def test_routing_is_counted_as_it_happens() -> None:
    backbone = expert_small_cnn(experts=2)
    routed = RoutedClassifier(cosine_experts(backbone.num_features, 4, experts=2))
    net, images = Net(SkippingExperts(backbone, routed.asked), routed), torch.rand(8, 1, 8, 8)
    trunk, first, _ = (operations(part) for part in (backbone.trunk, *backbone.experts))
    found = []
    for score in (-100.0, 100.0):
        nn.init.constant_(routed.router.shared.bias, score)
        found.append(operations_per_image(net, images))
    assert found[1] - found[0] == first
    assert trunk < found[0] - first


def operations(part: nn.Module) -> int:
    """Of convolutions of 8 x 8 places, and of linear layers."""
    convolutions = sum(64 * one.weight.numel() for one in part.modules() if isinstance(one, nn.Conv2d))
    return convolutions + sum(one.weight.numel() for one in part.modules() if isinstance(one, nn.Linear))
