"""TorchScript: a module that torch alone can load, in Python or C++."""

import io
import json
import warnings
from typing import final

import torch

from counterpoise.errors import InputError
from counterpoise.export.check import Run
from counterpoise.export.description import KEY
from counterpoise.export.form import Form
from counterpoise.export.served import Served


@final
class TorchScript(Form):
    """A recorded module, checked by running it; the description is its extra file ``counterpoise``.

    Batches may have any size. Torch calls TorchScript deprecated, but no other form of its own serves without Python.
    Detectors are refused: of how many regions there are, a recording of torch knows one number only.
    """

    ending = ".pt"

    def content(self, served: Served) -> bytes:
        """The file.

        Raises:
            InputError: the predictor is a detector.
        """
        if served.graph.by_data:
            raise InputError("a detector cannot be written as torchscript; take --format onnx or safetensors")
        buffer, extra = io.BytesIO(), {KEY: json.dumps(served.description)}
        with warnings.catch_warnings(), torch.no_grad():
            warnings.simplefilter("ignore")
            module = torch.jit.trace(served.graph, served.cases[-1], check_trace=False)
            torch.jit.save(module, buffer, _extra_files=extra)  # pyright: ignore[reportArgumentType]
        return buffer.getvalue()

    def run(self, content: bytes, served: Served) -> Run:
        """Answers of the module."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            module = torch.jit.load(io.BytesIO(content))
        return torch.no_grad()(lambda case: module(*case))
