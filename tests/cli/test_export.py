"""Where an exported file may lie."""

from pathlib import Path

import pytest

from counterpoise.cli.export import beside, form_of, place_of, write
from counterpoise.errors import InputError
from counterpoise.export import Onnx, Safetensors, TorchScript


def test_formats_by_name() -> None:
    found = [type(form_of(name)) for name in ("onnx", "torchscript", "safetensors")]
    assert found == [Onnx, TorchScript, Safetensors]


def test_a_file_lies_in_the_run_folder_unless_it_is_named(tmp_path: Path) -> None:
    assert place_of(None, tmp_path, TorchScript()) == tmp_path / "predictor.pt"
    assert place_of(str(tmp_path / "new" / "x.onnx"), tmp_path, Onnx()) == tmp_path / "new" / "x.onnx"


def test_another_ending_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"--out must end in \.onnx for this --format, but x\.pt came"):
        place_of("x.pt", tmp_path, Onnx())


@pytest.mark.parametrize("name", ["x.onnx", "x.onnx.json"])
def test_what_is_there_is_not_written_over(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text("mine")
    with pytest.raises(InputError, match=f"there is a file {tmp_path / name} already; remove it"):
        place_of(str(tmp_path / "x.onnx"), tmp_path, Onnx())


def test_below_a_file_nothing_can_be_written(tmp_path: Path) -> None:
    (tmp_path / "plain").write_text("a file")
    with pytest.raises(InputError, match="plain is no folder that can be written to; name another --out"):
        place_of(str(tmp_path / "plain" / "deep" / "x.onnx"), tmp_path, Onnx())


def test_file_and_description_are_written_together_or_not_at_all(tmp_path: Path) -> None:
    out = tmp_path / "x.onnx"
    write(out, b"graph", {"run": "r"})
    assert (out.read_bytes(), beside(out).read_text()) == (b"graph", '{\n "run": "r"\n}\n')
    (tmp_path / "y.onnx").mkdir()
    with pytest.raises(InputError, match="cannot write"):
        write(tmp_path / "y.onnx", b"graph", {"run": "r"})
    assert not (tmp_path / "y.onnx.json").exists()
