from counterpoise.report.detection_figures import detection_figures, kind_bars, precision_over_images
from counterpoise.report.words import percent


def test_masks_stand_beside_boxes(make_detection):
    evaluation = make_detection()
    boxes, masks = kind_bars(evaluation).data
    assert (boxes.name, masks.name) == ("boxes", "masks")
    assert list(masks.x) == ["APf", "APc", "APr", "AP"]
    assert list(masks.text) == [percent(evaluation["mask"][key]) for key in ("apf", "apc", "apr", "ap")]
    assert list(boxes.text) == [percent(evaluation["box"][key]) for key in ("apf", "apc", "apr", "ap")]
    assert boxes.marker.opacity < masks.marker.opacity == 1


def test_boxes_alone_are_drawn_in_full(make_detection):
    (boxes,) = kind_bars(make_detection(masks=False)).data
    assert (boxes.name, boxes.marker.opacity) == ("boxes", 1)


def test_axes_end_above_what_is_drawn(make_detection):
    evaluation = make_detection()
    highest = 100 * max(evaluation["mask"][key] for key in ("apf", "apc", "apr", "ap"))
    assert highest < kind_bars(evaluation).layout.yaxis.range[1] < 1.2 * highest


def test_every_class_stands_over_its_training_images(make_detection):
    evaluation = make_detection(4) | {"image_counts": [0, 7, 300, 20], "per_class": [None, 0.25, 0.5, 0.125]}
    (points,) = precision_over_images(evaluation).data
    at = dict(zip(points.x, points.y, strict=True))
    assert (at[7], at[300], at[20]) == (25, 50, 12.5)
    assert min(at) < 0.5, "a class without training images is left of all others"


def test_all_figures_come_by_name(make_detection):
    names = {"class_curve", "kind_bars", "precision_over_images"}
    assert detection_figures(make_detection()).keys() == names
