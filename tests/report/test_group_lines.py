from counterpoise.report.group_lines import group_lines

HEIGHTS = {"many": [1.0, 2.0], "medium": [3.0, None], "few": [None, None], "overall": [2.0, 3.0]}


def test_each_group_has_its_colour_and_overall_is_thicker() -> None:
    lines = list(group_lines([1, 2], HEIGHTS, "error %{y}"))
    assert [line.name for line in lines] == ["Many", "Medium", "Few", "Overall"]
    assert [line.line.color for line in lines] == [
        "var(--many)",
        "var(--medium)",
        "var(--few)",
        "var(--overall)",
    ]
    assert lines[3].line.width > lines[0].line.width
    assert [list(line.y) for line in lines] == list(HEIGHTS.values())
    assert all("error %{y}" in line.hovertemplate for line in lines)
