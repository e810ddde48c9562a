from counterpoise.report.class_row import ClassRow


def test_everything_follows_the_order_head_to_tail(make_evaluation):
    evaluation = make_evaluation(4) | {"class_counts": [10, 40, 20, 30], "class_names": list("abcd")}
    evaluation["shots"]["groups"] = {"many": [1], "medium": [3], "few": [0]}
    row = ClassRow(evaluation)
    assert (row.names, row.counts) == (["b", "d", "c", "a"], [40, 30, 20, 10])
    assert row.groups == ["many", "medium", None, "few"]
    assert row.colours == ["var(--many)", "var(--medium)", "var(--muted)", "var(--few)"]
    assert row.pick([0, 1, 2, 3]) == [1, 3, 2, 0]


def test_counts_are_written_on_the_bars_only_where_there_is_room(make_evaluation):
    assert ClassRow(make_evaluation(20)).bars().text[0] == "5,000"
    assert ClassRow(make_evaluation(21)).bars().text is None
