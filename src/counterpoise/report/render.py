"""From a template to one file of HTML that needs nothing else."""

import json
from functools import cache
from typing import Any

import plotly.graph_objects as go
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from plotly.offline import get_plotlyjs

from counterpoise.report import words
from counterpoise.report.evaluation import (
    GROUPS,
    PRECISIONS,
    SCORES,
    class_metric,
    counted_noun,
    counts_images,
    detects,
    group_metric,
    group_name,
    kinds,
    metric,
    noun,
    sample_noun,
    score_name,
)
from counterpoise.report.scale import scale_of
from counterpoise.report.style import run_colour
from counterpoise.training.sample_pictures import SURE
from counterpoise.version import __version__


def render(template: str, **content: Any) -> str:
    """Fill a template of ``report/templates``; every text is escaped, style and scripts are put inside."""
    return _environment().get_template(template).render(content)


@cache
def _environment() -> Environment:
    loader = PackageLoader("counterpoise.report")
    environment = Environment(loader=loader, autoescape=True, undefined=StrictUndefined)

    def part(name: str) -> Markup:
        return Markup(loader.get_source(environment, name)[0])

    environment.policies["json.dumps_kwargs"] = {"sort_keys": False}
    environment.filters |= {"percent": words.percent, "number": words.number, "plain": _plain}
    environment.globals |= {"part": part, "plotly": lambda: Markup(get_plotlyjs()), "version": __version__}
    environment.globals |= {"difference": words.difference, "counted": words.counted, "metric": metric}
    environment.globals |= {
        "class_metric": class_metric,
        "group_metric": group_metric,
        "score_name": score_name,
        "group_name": group_name,
        "kinds": kinds,
        "scale_of": scale_of,
        "noun": noun,
        "sample_noun": sample_noun,
        "counted_noun": counted_noun,
        "detects": detects,
        "counts_images": counts_images,
        "precisions": PRECISIONS,
        "sure": SURE,
    }
    environment.globals |= {"groups": GROUPS, "scores": SCORES, "run_colour": run_colour}
    return environment


def _plain(figure: go.Figure) -> dict[str, Any]:
    return json.loads(figure.to_json() or "{}")
