"""Cross-entropy in chunks: the same training with less memory."""

from pathlib import Path

import pytest
import torch

from counterpoise.data.data import Data
from counterpoise.recipes import balanced_softmax, cross_entropy, deconfound_tde, deferred_reweighting
from counterpoise.recipes.many_classes import chunked_logits
from counterpoise.training import Experiment, Training, run

from .finished import CPU, tensors

TRAINING = Training(epochs=2, batch_size=8)


@pytest.mark.parametrize("recipe", [balanced_softmax, deconfound_tde])
def test_training_ends_where_it_ends_without_chunks(recipe, tiny: Data, tmp_path: Path) -> None:
    plain: Experiment = recipe(tiny, training=TRAINING)
    run(plain, tmp_path / "plain", hardware=CPU)
    run(chunked_logits(plain), tmp_path / "chunked", hardware=CPU)
    found, expected = (tensors(tmp_path / name, "0-main") for name in ("chunked", "plain"))
    assert found.keys() == expected.keys()
    for name, value in expected.items():
        torch.testing.assert_close(found[name], value, atol=1e-4, rtol=1e-3)


def test_weights_of_samples_can_follow(tiny: Data) -> None:
    experiment = deferred_reweighting(chunked_logits(cross_entropy(tiny, training=TRAINING)))
    assert [call.word for call in experiment.calls] == [
        "cross_entropy",
        "chunked_logits",
        "deferred_reweighting",
    ]
