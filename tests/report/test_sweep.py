import pytest

from counterpoise.errors import InputError
from counterpoise.report.sweep import (
    at_alpha,
    chosen_position,
    nearest,
    scores_at_zero,
    slider_data,
    swept_metric,
    zero_position,
)


def test_nearest():
    assert nearest([-1.0, 0.0, 0.5], 0.3) == 2
    assert nearest([-1.0, 0.0, 0.5], 99) == 2


def test_zero_is_a_point_of_the_sweep_or_absent(make_evaluation):
    evaluation = make_evaluation()
    zero = zero_position(evaluation)
    assert evaluation["alpha_curve"]["alphas"][zero] == 0.0
    assert scores_at_zero(evaluation)["few"] == evaluation["alpha_curve"]["few"][zero]
    evaluation["alpha_curve"]["alphas"][zero] = 0.01
    assert zero_position(evaluation) is None
    assert scores_at_zero(evaluation) == {} == scores_at_zero(make_evaluation(swept=False))


def test_the_slider_starts_at_the_chosen_alpha(make_evaluation):
    evaluation = make_evaluation()
    assert evaluation["alpha_curve"]["alphas"][chosen_position(evaluation)] == evaluation["alpha"]["value"]
    evaluation["alpha"] = None
    assert chosen_position(evaluation) == zero_position(evaluation)


def test_slider_data_orders_classes_head_to_tail(make_evaluation):
    evaluation = make_evaluation()
    evaluation["class_counts"].reverse()
    data = slider_data(evaluation)
    assert data["per_class"][3] == pytest.approx(evaluation["alpha_curve"]["per_class"][3][::-1])
    assert data["scores"]["many"] == pytest.approx(evaluation["alpha_curve"]["many"])


def test_at_alpha_is_the_evaluation_of_that_point(make_evaluation):
    evaluation = make_evaluation()
    same, zero = at_alpha(evaluation, 1.0), at_alpha(evaluation, 0.0)
    for name in ("overall", "balanced", "many", "medium", "few", "per_class", "class_counts", "shots"):
        assert same[name] == evaluation[name]
    assert zero["few"] == scores_at_zero(evaluation)["few"] != evaluation["few"]
    assert zero["alpha"]["value"] == 0.0
    assert zero["alpha_curve"] is None


def test_a_point_that_was_not_swept_is_refused(make_evaluation):
    for evaluation, alpha in ((make_evaluation(), 0.1), (make_evaluation(swept=False), 0.0)):
        with pytest.raises(InputError, match=f"a sweep with alpha {alpha:g}"):
            at_alpha(evaluation, alpha)


def test_the_sweep_of_a_detector_is_of_boxes(make_evaluation, make_detection):
    assert swept_metric(make_detection()) == "average precision of boxes"
    assert swept_metric(make_evaluation()) == "accuracy"


def test_a_detector_at_another_alpha_has_precisions_of_boxes_alone(make_detection) -> None:
    found = at_alpha(make_detection(), -0.5)
    assert found["metric"] == "mean average precision of boxes"
    assert (found["box"], found["mask"]) == (None, None)
