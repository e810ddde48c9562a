"""The options of ``compare``, its rows, and the folder of its runs."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from counterpoise.cli import compare
from counterpoise.cli.compare import (
    compare_parser,
    composed,
    default_folder,
    leading,
    main,
    rows_of,
)
from counterpoise.cli.parser import instance
from counterpoise.data.data import Data
from counterpoise.data.sources import Source
from counterpoise.errors import InputError
from counterpoise.recipes.presets import PRESETS
from counterpoise.training import Training

ROWS = ["cosine", "deconfound+tde", "deconfound"]


def test_words_stand_before_the_options() -> None:
    assert leading(["a", "b+c", "--data", "x"]) == (["a", "b+c"], ["--data", "x"])
    assert leading(["--help"]) == ([], ["--help"])


@pytest.mark.parametrize("names", [ROWS, [*ROWS, "cross_entropy"]])
def test_the_baseline_stands_in_front(names: list[str]) -> None:
    rows = rows_of(names)
    assert [row.name for row in rows] == ["cross_entropy", *ROWS]
    assert [word.name for word in rows[2].words] == ["deconfound", "tde"]


def test_the_baseline_is_the_plain_recipe_of_the_task() -> None:
    rows = rows_of(["sigmoid_focal+mixup"])
    assert [row.name for row in rows] == ["binary_cross_entropy", "sigmoid_focal+mixup"]


@pytest.mark.parametrize(
    ("names", "reason"),
    [
        (["cosinus"], "unknown recipe 'cosinus'; did you mean cosine"),
        (["cosine+tdf"], "unknown modifier 'tdf'; did you mean tde"),
        (["tde"], "'tde' is a modifier, not a recipe"),
        (["cosine+deconfound"], "'deconfound' is a recipe, not a modifier"),
        (["cosine", "tde", "cosine"], "compare names cosine twice; name it once"),
        (["cosine+"], "unknown modifier ''"),
    ],
)
def test_rows_that_cannot_be_meant_are_refused(names: list[str], reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        rows_of(names)


def test_an_option_reaches_every_row_that_has_its_word(make_data: Callable[..., Data]) -> None:
    rows = rows_of(["cosine+tde", "deconfound+tde"])
    argv = ["--data", "x", "--tde.alpha", "0.5", "--deconfound.gamma", "0.25", "--epochs", "2"]
    options = compare_parser(rows, None).parse_args(argv)
    data = make_data((4, 2))
    found = {row.name: composed(row, data, options) for row in rows}
    assert {e.training.epochs for e in found.values()} == {2}
    assert found["cosine+tde"].calls[1].arguments["alpha"] == 0.5
    assert found["deconfound+tde"].calls[1].arguments["alpha"] == 0.5
    assert found["deconfound+tde"].calls[0].arguments["gamma"] == 0.25


def test_a_preset_gives_defaults() -> None:
    rows = rows_of(["deconfound+tde"])
    options = compare_parser(rows, "cifar100_lt").parse_args(["--data", "x", "--lr", "0.3"])
    assert instance(Training, options) == replace(PRESETS["cifar100_lt"].training, lr=0.3)
    assert options["tde"].alpha == 1.5
    assert options["cross_entropy"].bias is False


def test_help_shows_the_options_of_all_rows(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(["cosine", "deconfound+tde", "--help"])
    assert end.value.code == 0
    shown = capsys.readouterr().out
    for option in ("--seeds", "--tde.alpha", "--deconfound.gamma", "--cosine.tau", "--json", "--out"):
        assert option in shown
    assert "--tde CONFIG" not in shown


@pytest.mark.parametrize(
    ("argv", "reason"),
    [
        (["--data", "digits"], "compare expects recipes first"),
        ([], "compare expects recipes first"),
        (["cosine", "--data", "digits", "--seeds", "0"], "expected at least 1 seed, but --seeds 0 came"),
        (["cosine", "--data", "digits", "--preset", "x"], "unknown preset 'x'"),
    ],
)
def test_bad_requests_are_refused_before_the_data_are_read(
    argv: list[str], reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compare, "load", lambda source: pytest.fail("the data were read"))
    with pytest.raises(InputError, match=reason):
        main(argv)


def test_a_further_row_finds_the_folder_of_the_others(make_data: Callable[..., Data]) -> None:
    data, source = make_data((4, 2)), Source("x")

    def folder(names: list[str], *argv: str, of: Source = source) -> str:
        rows = rows_of(names)
        options = compare_parser(rows, None).parse_args(["--data", "x", *argv])
        return default_folder([composed(row, data, options) for row in rows], of)

    first = folder(["cosine"])
    assert first.startswith("runs/compare-made-up-")
    assert folder(["cosine", "deconfound+tde"]) == folder(["cross_entropy"]) == first
    others = [
        folder(["cosine"], "--epochs", "7"),
        folder(["cosine"], "--cosine.tau", "8"),
        folder(["cosine"], of=Source("x", ratio=5)),
    ]
    assert len({first, *others}) == 4


def test_scores_are_compared_for_another_class_mix(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The remedy and the baseline, both moved to the same mix, are written beside what they gave before."""
    argv = ["logit_adjustment", "--data", "digits", "--imbalance", "step", "--ratio", "20", "--epochs", "3"]
    argv += ["--seeds", "1", "--device", "cpu", "--out", str(tmp_path)]
    main([*argv, "--json"])
    plain = json.loads(capsys.readouterr().out)
    main([*argv, "--json", "--target_prior", "train"])
    moved = json.loads(capsys.readouterr().out)
    assert (plain["target_prior"], moved["target_prior"]) == (None, "train")
    written = tmp_path / "logit_adjustment-seed0"
    found = json.loads((written / "target_prior-train" / "evaluation.json").read_text())
    before = json.loads((written / "evaluation.json").read_text())
    assert (before["target_prior"]["answered"], found["target_prior"]["answered"]) == ("uniform", "train")
    assert found["overall"] == before["target_prior"]["overall_with_train_prior"]


def test_a_class_mix_that_cannot_be_read_is_refused_before_training(tmp_path: Path) -> None:
    argv = ["cosine", "--data", "digits", "--out", str(tmp_path / "new"), "--target_prior", "skewed"]
    with pytest.raises(
        InputError, match="expected uniform, train or a file as target prior, but skewed is neither"
    ):
        main(argv)
    assert not (tmp_path / "new").exists()
