"""Formats and the packages that they need."""

import sys

import pytest

from counterpoise.errors import InputError
from counterpoise.export import Onnx, Safetensors, TorchScript
from counterpoise.export.form import needed


def test_a_package_is_imported() -> None:
    assert needed("json").dumps({}) == "{}"


def test_a_missing_package_is_named_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(InputError, match="needs the package onnxruntime, which is not here; install it with"):
        Onnx().require()
    TorchScript().require()
    Safetensors().require()


def test_every_format_has_its_ending() -> None:
    assert [form.ending for form in (Onnx(), TorchScript(), Safetensors())] == [
        ".onnx",
        ".pt",
        ".safetensors",
    ]
