"""From one file of tensors and JSON the predictor is built again, to the bit."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file

from counterpoise.data.data import Data
from counterpoise.errors import InputError
from counterpoise.export import Safetensors, load_predictor
from counterpoise.predictors import TargetPrior

Make = Callable[..., Any]


@pytest.mark.parametrize("words", [["deconfound_tde"], ["ride"], ["detection_deconfound_tde"], ["hca_d"]])
def test_a_predictor_comes_back_to_the_bit(
    words: list[str], tiny_of: dict[str, Data], make_predictor: Make, tmp_path: Path
) -> None:
    task = (
        "detection" if "detection" in words[0] else "regression" if words == ["hca_d"] else "classification"
    )
    made = make_predictor(tiny_of[task], words)
    content, difference = Safetensors().exported(made.served())
    assert difference == 0
    (tmp_path / "p.safetensors").write_bytes(content)
    predictor, description = load_predictor(tmp_path / "p.safetensors")
    assert description["run"] == "made-up"
    assert not predictor.training
    state, known = predictor.state_dict(), made.predictor.state_dict()
    assert state.keys() == known.keys()
    assert all(torch.equal(state[name], tensor) for name, tensor in known.items())


def test_another_class_prior_stays(tiny: Data, make_predictor: Make, tmp_path: Path) -> None:
    made, wanted = make_predictor(tiny, ["cosine_tde"]), torch.tensor([0.0, 1, 1, 2])
    prior = torch.full((4,), 0.25)
    moved = made.predictor.rewired(lambda _, inner: TargetPrior(inner, answered=prior, wanted=wanted)).eval()
    content, difference = Safetensors().exported(made._replace(predictor=moved).served())
    (tmp_path / "p.safetensors").write_bytes(content)
    predictor, _ = load_predictor(tmp_path / "p.safetensors")
    images = torch.randn(3, 1, 8, 8)
    assert difference == 0
    assert torch.equal(predictor(images), moved(images))


def test_alpha_is_no_input_of_tensors(tiny: Data, make_predictor: Make) -> None:
    with pytest.raises(InputError, match="--alpha-input makes an input of a graph, and safetensors has none"):
        Safetensors().content(make_predictor(tiny, ["cosine_tde"]).served(alpha_input=True))


def test_other_files_are_refused(tmp_path: Path) -> None:
    save_file({"a": torch.zeros(1)}, tmp_path / "other.safetensors")
    with pytest.raises(InputError, match=r"other\.safetensors was not written by counterpoise export"):
        load_predictor(tmp_path / "other.safetensors")
    with pytest.raises(InputError, match="cannot read the weights"):
        load_predictor(tmp_path / "gone.safetensors")
