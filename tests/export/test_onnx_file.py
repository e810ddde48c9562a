"""One predictor of every kind becomes a graph that onnxruntime runs with the same answers."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from torch import nn

from counterpoise.data.data import Data
from counterpoise.detection import Detector
from counterpoise.errors import InputError
from counterpoise.export import Onnx, TorchScript, onnx_file
from counterpoise.export.check import TOLERANCE
from counterpoise.export.served import expected
from counterpoise.net import Net
from counterpoise.predictors import TargetPrior
from counterpoise.recipes.words import all_words

Make = Callable[..., Any]
Kind = tuple[str, ...]

WORDS = {word.name: word.tasks[0] for word in all_words().values() if word.role == "recipe"}


def kind_of(predictor: Net) -> Kind:
    """The types of all parts of the classifier; of a detector, of what makes its probabilities."""
    if isinstance(predictor, Detector):
        return tuple(type(one).__name__ for one in predictor.classifiers.values())
    parts = [predictor.backbone, *predictor.classifier.modules()]
    return tuple(type(part).__name__ for part in parts)


@pytest.fixture(scope="module")
def written() -> set[Kind]:
    """The kinds that have been written already."""
    return set()


@pytest.mark.parametrize("word", WORDS)
def test_one_recipe_of_every_kind_is_written_and_the_others_recorded(
    word: str, written: set[Kind], tiny_of: dict[str, Data], make_predictor: Make
) -> None:
    made = make_predictor(tiny_of[WORDS[word]], [word])
    kind = kind_of(made.predictor)
    known, detects = kind in written, isinstance(made.predictor, Detector)
    written.add(kind)
    if not (known and detects):
        content, difference = (TorchScript() if known else Onnx()).exported(made.served())
        assert len(content) > 10_000
        assert 0 <= difference <= TOLERANCE


@pytest.mark.parametrize(
    ("words", "detector"),
    [
        (["deconfound_tde"], "auto"),
        (["detection_capsule_tde"], "faster_rcnn"),
        (["detection_deconfound_tde"], "cascade_mask_rcnn"),
    ],
)
def test_alpha_can_stay_an_input(
    words: list[str], detector: str, tiny: Data, tiny_scenes: Data, make_predictor: Make
) -> None:
    data = tiny_scenes if words[0].startswith("detection") else tiny
    served = make_predictor(data, words, detector=detector).served(alpha_input=True)
    content, difference = Onnx().exported(served)
    assert difference <= TOLERANCE
    session = onnxruntime.InferenceSession(content)
    assert [(one.name, one.type, one.shape) for one in session.get_inputs()][-1] == (
        "alpha",
        "tensor(float)",
        [],
    )


@pytest.mark.parametrize("kind", ["tiny_rows", "tiny_counts"])
def test_rows_and_maps_are_written(kind: str, request: pytest.FixtureRequest, make_predictor: Make) -> None:
    options = {} if kind == "tiny_rows" else {"backbone": "test_resnet"}
    served = make_predictor(request.getfixturevalue(kind), ["regression"], **options).served()
    _, difference = Onnx().exported(served)
    assert difference <= TOLERANCE


def test_a_routed_run_is_written_with_all_its_experts(tiny: Data, make_predictor: Make) -> None:
    _, difference = Onnx().exported(make_predictor(tiny, ["ride", "routing"]).served())
    assert difference <= TOLERANCE


def test_the_file_describes_itself_and_takes_any_batch(tiny: Data, make_predictor: Make) -> None:
    made = make_predictor(tiny, ["deconfound_tde"])
    wanted = torch.tensor([0.0, 1, 1, 2])
    answered = torch.full((4,), 0.25)
    moved = made.predictor.rewired(
        lambda _, inner: TargetPrior(inner, answered=answered, wanted=wanted)
    ).eval()
    content = Onnx().content(made._replace(predictor=moved).served())
    onnx.checker.check_model(onnx.load_from_string(content), full_check=True)
    session = onnxruntime.InferenceSession(content)
    assert json.loads(session.get_modelmeta().custom_metadata_map["counterpoise"]) == {"run": "made-up"}
    assert [one.name for one in session.get_outputs()] == ["logits", "probabilities"]
    for batch in (1, 2, 7):
        images = torch.randint(0, 256, (batch, 8, 8, 1), dtype=torch.uint8)
        logits, probabilities = session.run(None, {"images": images.numpy()})
        known = expected(moved, made.facts, (images,))
        np.testing.assert_allclose(probabilities, known[1], atol=TOLERANCE)
        assert np.isneginf(logits[:, 0]).all()
        assert (probabilities[:, 0] == 0).all()


def test_an_effect_costs_what_a_cosine_costs(tiny: Data, make_predictor: Make) -> None:
    cosine, effect = (
        [node.op_type.replace("Gemm", "MatMul") for node in onnx.load_from_string(content).graph.node]
        for content in (
            Onnx().content(make_predictor(tiny, [word]).served()) for word in ("cosine", "deconfound_tde")
        )
    )
    assert effect == cosine


class Deciding(nn.Module):
    """What no exporter can prove."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(B, 1, 8, 8) -> (B, 64)."""
        return x.flatten(1) if x.sum() > 0 else -x.flatten(1)


def test_a_net_that_cannot_be_written_is_refused_in_one_line(tiny: Data, make_predictor: Make) -> None:
    made = make_predictor(tiny, ["cross_entropy"])
    served = made._replace(predictor=Net(Deciding(), made.predictor.classifier)).served()
    with pytest.raises(InputError, match=r"this net cannot be written as ONNX: .*; take --format") as refused:
        Onnx().content(served)
    assert "\n" not in str(refused.value)


def test_a_net_that_is_too_large_is_refused(
    tiny: Data, make_predictor: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(onnx_file, "LARGEST", 100_000)
    with pytest.raises(InputError, match="too large for one ONNX file of 2 GiB; take --format torchscript"):
        Onnx().content(make_predictor(tiny, ["cross_entropy"]).served())


def test_a_wrong_answer_of_the_file_is_refused(tiny: Data, make_predictor: Make) -> None:
    made = make_predictor(tiny, ["cross_entropy"])
    other = make_predictor(tiny, ["balanced_softmax"])
    with torch.no_grad():
        next(other.predictor.classifier.parameters()).add_(0.01)
    with pytest.raises(InputError, match="differs from PyTorch by up to"):
        Onnx().exported(replace(made.served(), predictor=other.predictor))


def test_exporters_are_silent(capfd: pytest.CaptureFixture[str], tiny: Data, make_predictor: Make) -> None:
    Onnx().content(make_predictor(tiny, ["cross_entropy"]).served())
    assert capfd.readouterr() == ("", "")
