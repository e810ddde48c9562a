from counterpoise.report import figures
from counterpoise.report.words import percent


def test_rules_span_their_groups(make_evaluation):
    evaluation = make_evaluation()
    _, _, *rules = figures.class_curve(evaluation).data
    assert [tuple(rule.x) for rule in rules] == [(0.6, 4.4), (4.6, 7.4), (7.6, 10.4)]
    assert [round(rule.y[0], 1) for rule in rules] == [
        round(100 * evaluation[group], 1) for group in ("many", "medium", "few")
    ]


def test_the_total_effect_stands_beside_the_direct_effect(make_evaluation):
    evaluation = make_evaluation()
    before, after = figures.group_bars(evaluation).data
    assert before.text[2] == percent(evaluation["alpha_curve"]["few"][4])
    assert after.text[2] == percent(evaluation["few"])
    assert len(figures.group_bars(make_evaluation(swept=False)).data) == 1


def test_the_slider_moves_the_last_trace_and_the_last_line(make_evaluation):
    evaluation = make_evaluation()
    curves = figures.alpha_curves(evaluation)
    assert list(curves.data[-1].x) == [1.0] * 4
    assert curves.layout.shapes[-1].x0 == evaluation["alpha"]["value"]
    assert sorted({shape.x0 for shape in curves.layout.shapes}) == [0.0, 1.0]
    assert curves.data[-1].marker.color == tuple(trace.line.color for trace in curves.data[:4])
    classes = figures.alpha_classes(evaluation).data
    assert [round(y / 100, 4) for y in classes[-1].y] == evaluation["per_class"]


def test_stages_are_marked_where_they_begin():
    epochs = [{"stage": stage, "epoch": 0, "lr": 0.1, "loss": 1.0} for stage in ("pretext", "main", "main")]
    figure = figures.training_curves(epochs)
    assert [(note.text, note.x) for note in figure.layout.annotations] == [("pretext", 0.5), ("main", 1.5)]
    assert list(figure.data[0].x) == [1, None, 2, 3]
    assert not figures.training_curves(epochs[1:]).layout.annotations


def test_terms_of_the_loss_are_named():
    figure = figures.training_curves([{"stage": "main", "epoch": 0, "lr": 0.1, "loss": 1.0, "centre": 0.2}])
    assert [trace.name for trace in figure.data] == ["centre", "loss", "lr"]
    assert figure.layout.showlegend
