from counterpoise.report.style import class_axis, count_axis, in_percent, paired_panels, run_colour


def test_every_count_shows_on_the_logarithmic_axis():
    for counts in ([1, 5000], [50, 5000], [100, 100], [0, 7]):
        low, high = count_axis("", counts)["range"]
        assert 10**low < min(count for count in counts if count)
        assert 10**high > max(counts)


def test_long_names_are_cut_before_they_are_escaped():
    labels = class_axis(["<" * 40, "cat"])["ticktext"]
    assert labels == ["&lt;" * 17 + "…", "cat"]


def test_percentages_keep_gaps():
    assert in_percent([0.12345, None]) == [12.35, None]


def test_six_runs_differ():
    assert len({run_colour(position) for position in range(7)}) == 6


def test_paired_panels_share_the_vertical_axis_and_have_titles():
    figure = paired_panels(300, ["train", "test"])
    assert figure.layout.yaxis2.matches == "y"
    assert [title.text for title in figure.layout.annotations] == ["train", "test"]
