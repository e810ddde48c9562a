"""Every recipe trains two steps, is measured, and is rebuilt from its folder to the same bits."""

import json
import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
import pytest
import torch

from counterpoise.data.data import Data
from counterpoise.errors import InputError
from counterpoise.net import Net
from counterpoise.recipes.compose import compose, recreate
from counterpoise.recipes.words import all_words
from counterpoise.training import Call, Experiment, Hardware, Training, run
from counterpoise.training.checkpoint import load_tensors

RECIPES = {word.name for word in all_words().values() if word.role == "recipe"}
COMPOSITIONS = {name: [name] for name in sorted(RECIPES - {"light_fine_tuning"})}
"""All recipes but that which keeps the weights of its backbone; see test_adapters.py."""
COMPOSITIONS |= {"cosine + tde": ["cosine", "tde"], "deconfound + tde": ["deconfound", "tde"]}


class Trained(NamedTuple):
    """A finished run."""

    data: Data
    folder: Path
    evaluation: dict[str, Any]


@pytest.fixture(scope="module", params=COMPOSITIONS)
def trained(
    request: pytest.FixtureRequest, tiny_of: dict[str, Data], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Trained]:
    """Two steps of a composition."""
    folder = tmp_path_factory.mktemp("run")
    data = tiny_of[all_words()[COMPOSITIONS[request.param][0]].tasks[0]]
    training = Training(epochs=1, batch_size=8, lr=0.05)
    experiment = compose(data, training, [Call(word, {}) for word in COMPOSITIONS[request.param]])
    yield Trained(data, folder, run(experiment, folder, seed=3, hardware=Hardware("cpu", "32")))


def numbers(value: Any) -> Iterator[float]:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for part in value:
            yield from numbers(part)
    elif isinstance(value, int | float):
        yield value


def test_two_steps_give_a_finite_evaluation(trained: Trained) -> None:
    evaluation = trained.evaluation
    assert all(math.isfinite(number) for number in numbers(evaluation))
    assert (evaluation["split"], evaluation["samples"]) == ("test", 8)
    highest = 100 if evaluation.get("better") == "lower" else 1
    assert 0 <= evaluation["overall"] == evaluation["balanced"] <= highest
    assert all(evaluation[group] is not None for group in ("many", "medium", "few"))
    assert json.loads((trained.folder / "evaluation.json").read_text()) == evaluation


def test_two_steps_move_the_weights(trained: Trained) -> None:
    metrics = pd.read_csv(trained.folder / "metrics.csv")
    assert metrics.loss.gt(0).all()
    tensors, _ = load_tensors(trained.folder / "checkpoints" / "0-main.safetensors")
    experiment, _ = recreate(trained.folder)
    assert len(metrics) == len(experiment.stages)
    torch.manual_seed(3)
    fresh = dict(experiment.net().named_parameters())
    assert not any(torch.equal(tensors[f"net/{name}"], weight) for name, weight in fresh.items())


def test_the_folder_alone_gives_the_same_predictor_to_the_bit(trained: Trained) -> None:
    _, predictor = recreate(trained.folder)
    tensors, _ = load_tensors(trained.folder / "checkpoints" / "predictor.safetensors")
    state = predictor.state_dict()
    assert state.keys() == {name.removeprefix("predictor/") for name in tensors}
    assert all(torch.equal(tensors[f"predictor/{name}"], value) for name, value in state.items())


def test_the_recreated_predictor_repeats_the_written_predictions(trained: Trained) -> None:
    experiment, predictor = recreate(trained.folder)
    found = predictions(experiment, predictor, trained.data)
    written = pd.read_parquet(trained.folder / "predictions.parquet")
    pd.testing.assert_frame_equal(found, written, check_exact=True)


def predictions(experiment: Experiment, predictor: Net, data: Data) -> pd.DataFrame:
    split, reading = data.splits["test"], experiment.reading
    looked = reading.look(predictor, split, data.facts)
    _, found = reading.measure(predictor.cpu(), data, "test", looked)
    return reading.table(split.names, data.facts, found, split.targets)


def test_a_folder_without_a_predictor_is_not_recreated(trained: Trained, tmp_path: Path) -> None:
    (tmp_path / "run.json").write_bytes((trained.folder / "run.json").read_bytes())
    with pytest.raises(InputError, match="has no trained predictor yet; repeat its train command"):
        recreate(tmp_path)


def test_bits_do_not_depend_on_what_ran_before(make_data: Callable[..., Data], tmp_path: Path) -> None:
    data = make_data((6, 3, 2))
    training = Training(epochs=1, batch_size=4)
    experiment = compose(data, training, [Call("deconfound_tde", {})])
    run(experiment, tmp_path / "first")
    torch.manual_seed(99)
    torch.rand(7)
    run(experiment, tmp_path / "second")
    for name in (
        "metrics.csv",
        "evaluation.json",
        "checkpoints/predictor.safetensors",
        "predictions.parquet",
    ):
        assert (tmp_path / "first" / name).read_bytes() == (tmp_path / "second" / name).read_bytes(), name
