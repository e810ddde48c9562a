from counterpoise.report.reliability import reliability


def bins(*counts: int) -> list[dict]:
    width = 1 / len(counts)
    places = [width * (place + 0.5) for place in range(len(counts))]
    return [
        {"confidence": at if n else None, "accuracy": at / 2 if n else None, "count": n}
        for at, n in zip(places, counts, strict=True)
    ]


def test_bins_with_samples_stand_over_their_counts():
    figure = reliability({"bins": bins(0, 4, 0, 16), "before": None})
    diagonal, points, counts = figure.data
    assert (diagonal.x, diagonal.y) == ((0, 100), (0, 100))
    assert list(points.x) == [37.5, 87.5]
    assert list(points.y) == [18.75, 43.75]
    assert list(points.customdata) == [4, 16]
    assert points.marker.size[0] < points.marker.size[1]
    assert list(counts.y) == [0, 4, 0, 16]
    assert list(counts.x) == [12.5, 37.5, 62.5, 87.5]


def test_before_the_temperature_is_pale_and_behind():
    _, before, after, _ = reliability({"bins": bins(1, 2), "before": {"bins": bins(2, 1)}}).data
    assert list(before.customdata) == [2, 1]
    assert list(after.customdata) == [1, 2]
    assert before.opacity < after.opacity


def test_a_split_without_samples_gives_an_empty_figure():
    assert len(reliability({"bins": bins(0, 0), "before": None}).data[1].x) == 0
