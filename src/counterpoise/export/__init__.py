"""Export: one file that serves what a trained predictor does, checked against PyTorch before it is written."""

from counterpoise.export.cases import cases_of, made_up_inputs, real_inputs
from counterpoise.export.description import described
from counterpoise.export.folding import OpenEffect, folded, opened
from counterpoise.export.form import Form
from counterpoise.export.graph import Graph, ScoreGraph, WithAlpha
from counterpoise.export.onnx_file import Onnx
from counterpoise.export.pictures import ObjectGraph
from counterpoise.export.safetensors_file import Safetensors, load_predictor
from counterpoise.export.served import Served, graph_of
from counterpoise.export.torchscript_file import TorchScript

__all__ = [
    "Form",
    "Graph",
    "ObjectGraph",
    "Onnx",
    "OpenEffect",
    "Safetensors",
    "ScoreGraph",
    "Served",
    "TorchScript",
    "WithAlpha",
    "cases_of",
    "described",
    "folded",
    "graph_of",
    "load_predictor",
    "made_up_inputs",
    "opened",
    "real_inputs",
]
