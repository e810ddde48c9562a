"""ONNX: one graph for any runtime, with the description among its properties."""

import io
import json
import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, final

import torch
from torch.onnx.errors import OnnxExporterError

from counterpoise.errors import InputError
from counterpoise.export.check import Run
from counterpoise.export.description import KEY
from counterpoise.export.form import Form, needed
from counterpoise.export.graph import Graph, Results
from counterpoise.export.served import Case, Served

OPSET = 17
"""Of recorded graphs (from 16 on RoiAlign has torchvision's coordinates); others have what torch's exporter takes."""

LARGEST = 2**31 - 2**20
"""Bytes of tensors that a file can hold: ONNX ends at 2 GiB, of which the graph itself takes a part (ours: 1 MiB)."""


@final
class Onnx(Form):
    """ONNX, checked by onnxruntime.

    Images and rows are written by torch's exporter with dynamo, which proves the graph for every batch. What a detector
    computes depends on how many regions its data give, which cannot be proved, so it is recorded by the older exporter,
    for one picture of any size.
    """

    ending = ".onnx"
    packages = ("onnx", "onnxscript", "onnxruntime")

    def content(self, served: Served) -> bytes:
        """The file.

        Raises:
            InputError: the exporter does not know an operation of the net, or the file would be too large.
        """
        if sum(tensor.nbytes for tensor in served.graph.state_dict().values()) > LARGEST:
            raise InputError("this net is too large for one ONNX file of 2 GiB; take --format torchscript")
        write = recorded if served.graph.by_data else proved
        try:
            with silent():
                model = write(served.graph, served.cases[-1])
        except (OnnxExporterError, RuntimeError) as error:
            reason = " ".join(str(error.__cause__ or error).split())[:200]
            raise InputError(
                f"this net cannot be written as ONNX: {reason}; take --format torchscript or safetensors"
            ) from error
        needed("onnx").helper.set_model_props(model, {KEY: json.dumps(served.description)})
        return model.SerializeToString()

    def run(self, content: bytes, served: Served) -> Run:
        """Answers by onnxruntime on the CPU."""
        session = needed("onnxruntime").InferenceSession(content, providers=["CPUExecutionProvider"])
        names = [one.name for one in served.graph.inputs]

        def answers(case: Case) -> Results:
            given = {name: tensor.numpy() for name, tensor in zip(names, case, strict=True)}
            return tuple(torch.from_numpy(found) for found in session.run(None, given))

        return answers


def proved(graph: Graph, case: Case) -> Any:
    """The model of a graph for batches of any size."""
    batch = torch.export.Dim("batch", min=1)
    shapes = [{i: batch for i, side in enumerate(one.shape) if side == "batch"} for one in graph.inputs]
    program = torch.onnx.export(
        graph,
        case,
        dynamo=True,
        verbose=False,
        input_names=[one.name for one in graph.inputs],
        output_names=[one.name for one in graph.outputs],
        dynamic_shapes=tuple(shapes),
        custom_translation_table=missing(),
    )
    assert program is not None
    return program.model_proto


def recorded(graph: Graph, case: Case) -> Any:
    """The model of what a graph does with one case, its changing sides open."""
    both, buffer = (*graph.inputs, *graph.outputs), io.BytesIO()
    torch.onnx.export(
        graph,
        case,
        buffer,  # pyright: ignore[reportArgumentType]
        dynamo=False,
        opset_version=OPSET,
        input_names=[one.name for one in graph.inputs],
        output_names=[one.name for one in graph.outputs],
        dynamic_axes={
            one.name: {i: side for i, side in enumerate(one.shape) if isinstance(side, str)} for one in both
        },
    )
    return needed("onnx").load_from_string(buffer.getvalue())


@contextmanager
def silent() -> Iterator[None]:
    """Without the exporters' advice, which our users cannot act on."""
    logger = logging.getLogger("torch.onnx")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)


def missing() -> dict[Any, Any]:
    """What torch's exporter does not know: Euclidean `torch.cdist`, and products, of which `torch.cumprod` is made."""
    op = needed("onnxscript").opset18

    def distances(first: Any, second: Any, p: float, compute_mode: int | None) -> Any:
        one, two = op.Constant(value_ints=[1]), op.Constant(value_ints=[0])
        apart = op.Sub(op.Unsqueeze(first, one), op.Unsqueeze(second, two))
        return op.ReduceL2(apart, op.Constant(value_ints=[2]), keepdims=0)

    def product(factors: Any, dims: list[int], output_dtype: int | None = None) -> Any:
        return op.ReduceProd(factors, op.Constant(value_ints=dims), keepdims=0)

    return {torch.ops.aten._cdist_forward.default: distances, torch.ops.prims.prod.default: product}
