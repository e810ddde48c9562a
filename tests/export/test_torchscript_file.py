"""A recorded module answers as the predictor does, for any batch, without this library."""

import io
import json
from collections.abc import Callable
from typing import Any

import pytest
import torch

from counterpoise.data.data import Data
from counterpoise.errors import InputError
from counterpoise.export import TorchScript
from counterpoise.export.check import TOLERANCE
from counterpoise.export.served import expected

Make = Callable[..., Any]


@torch.no_grad()
@pytest.mark.filterwarnings("ignore:`torch.jit.load` is deprecated")
def test_the_module_takes_any_batch_and_any_alpha(tiny: Data, make_predictor: Make) -> None:
    made = make_predictor(tiny, ["capsule_tde"])
    content, difference = TorchScript().exported(made.served(alpha_input=True))
    assert difference <= TOLERANCE
    extra = {"counterpoise": ""}
    module = torch.jit.load(io.BytesIO(content), _extra_files=extra)
    assert json.loads(extra["counterpoise"]) == {"run": "made-up"}
    for batch, alpha in ((1, 0.0), (7, 2.5)):
        case = (torch.randint(0, 256, (batch, 8, 8, 1), dtype=torch.uint8), torch.tensor(alpha))
        known = expected(made.predictor, made.facts, case)
        torch.testing.assert_close(module(*case), known, rtol=1e-5, atol=1e-5)


def test_rows_are_recorded(tiny_rows: Data, make_predictor: Make) -> None:
    _, difference = TorchScript().exported(make_predictor(tiny_rows, ["hca_mul"]).served())
    assert difference <= TOLERANCE


def test_a_detector_is_refused(tiny_scenes: Data, make_predictor: Make) -> None:
    with pytest.raises(InputError, match="a detector cannot be written as torchscript; take --format onnx"):
        TorchScript().content(make_predictor(tiny_scenes, ["detection_cosine"]).served())
