"""One line for each group, in its colour."""

from collections.abc import Iterator, Mapping, Sequence

import plotly.graph_objects as go

from counterpoise.report.evaluation import SCORES
from counterpoise.report.style import PAPER, group_colour


def group_lines(
    places: Sequence[float | None], heights: Mapping[str, Sequence[float | None]], wording: str
) -> Iterator[go.Scatter]:
    """Lines with points for many, medium, few and overall, the last a little thicker.

    Args:
        places: along the horizontal axis, the same for all.
        heights: of the points, by group; absent ones are not drawn.
        wording: what the pointer shows below the name of the group.
    """
    for score in SCORES:
        colour, width = group_colour(score), 2.6 if score == "overall" else 1.8
        yield go.Scatter(
            name=score.capitalize(),
            x=places,
            y=heights[score],
            mode="lines+markers",
            cliponaxis=False,
            line={"color": colour, "width": width},
            marker={"color": colour, "size": 7, "line": {"color": PAPER, "width": 1}},
            hovertemplate=f"<b>%{{fullData.name}}</b><br>{wording}<extra></extra>",
        )
