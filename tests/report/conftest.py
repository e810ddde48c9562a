"""Made-up evaluations and run folders, small and without any training."""

import json
from collections.abc import Callable, Sequence
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from plotly.offline import get_plotlyjs

from counterpoise.report import ComparedRun
from counterpoise.report.unlabeled_runs import Condition, Pool
from counterpoise.training.cost import Cost

NO_POOL = Pool()
ALPHAS = [round(-1 + 0.25 * step, 2) for step in range(21)]


def _mean(values: list[float]) -> float | None:
    return round(sum(values) / len(values), 4) if values else None


def _scores(per_class: list[float], groups: dict[str, list[int]]) -> dict[str, float | None]:
    means = {group: _mean([per_class[index] for index in members]) for group, members in groups.items()}
    return {"overall": _mean(per_class), "balanced": _mean(per_class), **means}


def _accuracy(index: int, num_classes: int, alpha: float) -> float:
    rarity = index / (num_classes - 1)
    return round(min(1.0, max(0.0, 0.9 - 0.5 * rarity + alpha * (0.2 * rarity - 0.06))), 4)


def evaluation_of(
    num_classes: int = 10, shift: float = 0.0, swept: bool = True, few: bool = True
) -> dict[str, Any]:
    first, second = num_classes * 2 // 5, num_classes * 7 // 10
    everyone = list(range(num_classes))
    groups = {"many": everyone[:first], "medium": everyone[first:second], "few": everyone[second:]}
    if not few:
        groups = {"many": everyone[: max(first, 1)], "medium": everyone[max(first, 1) :], "few": []}
    at = {alpha: [_accuracy(index, num_classes, alpha + shift) for index in everyone] for alpha in ALPHAS}
    curves = [_scores(at[alpha], groups) for alpha in ALPHAS]
    curve: dict[str, Any] = {name: [scores[name] for scores in curves] for name in curves[0]}
    curve |= {"alphas": list(ALPHAS), "per_class": [at[alpha] for alpha in ALPHAS]}
    return {
        "split": "test",
        "samples": 100 * num_classes,
        **_scores(at[1.0], groups),
        "shots": {
            "convention": "quantile",
            "rule": "thirds of the classes by training count",
            "groups": groups,
        },
        "class_names": [f"class {index:03d}" for index in everyone],
        "class_counts": [max(1, int(5000 * 0.01 ** (index / (num_classes - 1)))) for index in everyone],
        "test_counts": [100] * num_classes,
        "per_class": at[1.0],
        "confusion_by_shot": [[0.8, 0.15, 0.05], [0.2, 0.7, 0.1], [0.1, 0.2, 0.7] if few else [None] * 3],
        "feature_norms": [20.0 - index / num_classes for index in everyone],
        "alpha": {"value": 1.0, "how": "chosen on 500 validation images"} if swept else None,
        "alpha_curve": curve if swept else None,
    }


def detection_of(num_classes: int = 10, masks: bool = True, swept: bool = True) -> dict[str, Any]:
    """The evaluation of a detector: that of a classifier with the scores of boxes and masks beside it."""
    evaluation = evaluation_of(num_classes, swept=swept)
    for absent in ("confusion_by_shot", "feature_norms"):
        del evaluation[absent]
    scores = [evaluation[score] for score in ("overall", "many", "medium", "few")]
    mask = {"ap50": 0.7, "ap75": 0.5, "aps": None, "apm": 0.4, "apl": 0.6, "fixed_ap": 0.55}
    mask |= dict(zip(("ap", "apf", "apc", "apr"), scores, strict=True))
    box = {name: value and round(value - 0.02, 4) for name, value in mask.items()}
    return evaluation | {
        "task": "detection",
        "metric": f"mean average precision of {'masks' if masks else 'boxes'}",
        "box": box if masks else mask,
        "mask": mask if masks else None,
        "image_counts": [max(0, count // 20) for count in evaluation["class_counts"]],
        "alpha_curve": evaluation["alpha_curve"] and evaluation["alpha_curve"] | {"samples": 500},
    }


def run_of(evaluation: dict[str, Any]) -> dict[str, Any]:
    names, counts = evaluation["class_names"], evaluation["class_counts"]
    claim = {
        "table": "Table 3",
        "row": "De-confound-TDE",
        "data": "CIFAR-10-LT, ratio 100",
        "metric": "top-1",
    }
    return {
        "counterpoise": "0.1.0",
        "calls": [
            {"word": "deconfound", "arguments": {"groups": 2, "gamma": 0.03125}},
            {"word": "tde", "arguments": {"alpha": None}},
        ],
        "training": {"epochs": 3, "milestones": [0.6, 0.8]},
        "source": {"word": "cifar10", "arguments": {"ratio": 100.0}},
        "facts": {
            "name": "CIFAR-10-LT",
            "class_names": names,
            "class_counts": counts,
            "split_sizes": {"train": 400, "test": 100},
            "skipped": ["cat/7.jpg: cut"],
        },
        "seed": 7,
        "environment": {"torch": "2.15.0", "threads": 2},
        "claim": [{**claim, "value": 80.6}],
    }


METRICS = "stage,epoch,lr,loss\nmain,0,0.1,2.1\nmain,1,0.1,1.4\nmain,2,0.01,0.9\n"


@pytest.fixture
def make_evaluation() -> Callable[..., dict[str, Any]]:
    return evaluation_of


@pytest.fixture
def make_detection() -> Callable[..., dict[str, Any]]:
    return detection_of


@pytest.fixture
def make_folder(tmp_path: Path) -> Callable[..., Path]:
    """Write a run folder; ``run`` overrides entries of run.json."""

    def make(evaluation: dict[str, Any] | None = None, metrics: str = METRICS, **run: Any) -> Path:
        evaluation = evaluation or evaluation_of()
        (tmp_path / "evaluation.json").write_text(json.dumps(evaluation))
        (tmp_path / "run.json").write_text(json.dumps(run_of(evaluation) | run))
        (tmp_path / "metrics.csv").write_text(metrics)
        return tmp_path

    return make


class Page(HTMLParser):
    """What a browser would see of a page: its tags, its ids, its visible text and its figures."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.source = path.read_text(encoding="utf-8")
        self.own = self.source.replace(get_plotlyjs(), "")
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.figures: dict[str, dict[str, Any]] = {}
        self._pieces: list[str] = []
        self.feed(self.own)
        self.text = " ".join(" ".join(self._pieces).split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        tag, attributes = self.tags[-1] if self.tags else ("", {})
        if tag not in ("script", "style"):
            self._pieces.append(data)
        elif name := attributes.get("data-figure"):
            self.figures[name] = json.loads(data)

    def handle_endtag(self, tag: str) -> None:
        if tag in ("script", "style"):
            self.tags.append((f"/{tag}", {}))


@pytest.fixture
def read_page() -> Callable[[Path], Page]:
    return Page


def precisions(named: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Share of right answers among those that name each of 10 classes."""
    return np.array(
        [np.mean(truth[named == one] == one) if (named == one).any() else 0.0 for one in range(10)]
    )


def precision_of(named: np.ndarray, truth: np.ndarray, groups: dict[str, list[int]]) -> dict[str, Any]:
    """As in evaluation.json; every second image is dark, the others are light."""
    everyone = {**groups, "overall": list(range(10))}
    looks = {"dark": slice(0, None, 2), "light": slice(1, None, 2)}

    def scores(one: np.ndarray, true: np.ndarray, members: list[int]) -> dict[str, Any]:
        inside = np.isin(true, members)
        accuracy, precision = (one == true)[inside].mean(), precisions(one, true)[members].mean()
        return {"samples": int(inside.sum()), "accuracy": float(accuracy), "precision": float(precision)}

    return {
        "classes": {group: scores(named, truth, members) for group, members in everyone.items()},
        "attributes": {
            look: scores(named[some], truth[some], list(range(10))) for look, some in looks.items()
        },
    }


def compared(name: str, chance: np.random.Generator, skill: float, seeds: int = 3) -> ComparedRun:
    """A method that has each of 50 images per class right with a chance that falls from head to tail."""
    truth = np.repeat(np.arange(10), 50)
    right = chance.random((seeds, 500)) < skill - 0.03 * truth
    wrong = (truth + np.random.default_rng(0).integers(1, 10, right.shape)) % 10
    named, evaluations = np.where(right, truth, wrong), []
    for hits, answers in zip(right, named, strict=True):
        per_class = [float(hits[truth == index].mean()) for index in range(10)]
        evaluation = evaluation_of(swept=False)
        groups = evaluation["shots"]["groups"]
        means = {group: float(np.mean([per_class[i] for i in groups[group]])) for group in groups}
        scores: dict[str, Any] = {"overall": float(hits.mean()), "balanced": float(hits.mean()), **means}
        scores["precision"] = precision_of(answers, truth, groups)
        evaluations.append(evaluation | scores | {"per_class": per_class})
    costs = [Cost(60.0 + seed, 2**29, 1e-4) for seed in range(seeds)]
    folders = [Path(f"runs/{name}-seed{seed}") for seed in range(seeds)]
    calls, command = [{"word": name, "arguments": {}}], f"counterpoise train {name} --seed 0"
    return ComparedRun(name, evaluations, right, truth, costs, folders, calls, command, named)


@pytest.fixture
def three_runs() -> list[ComparedRun]:
    """A baseline, one method that is much better, and one that is as good as that."""
    chance = np.random.default_rng(1)
    skills = {"cross_entropy": 0.6, "good": 0.85, "as good": 0.84}
    return [compared(name, chance, skill) for name, skill in skills.items()]


@pytest.fixture
def made(make_evaluation: Callable[..., Any]) -> Callable[..., Condition]:
    """A condition of several seeds whose errors are given."""

    def make(
        words: str, pool: Pool = NO_POOL, errors: Sequence[float] = (0.3,), classes: int = 10
    ) -> Condition:
        evaluations = [make_evaluation(classes, swept=False) | {"overall": 1 - error} for error in errors]
        calls = [{"word": word, "arguments": {}} for word in words.split("+")]
        run = ComparedRun(words, evaluations, calls=calls)
        return Condition(run, pool, None if pool.source is None else 100, range(len(errors)))

    return make
