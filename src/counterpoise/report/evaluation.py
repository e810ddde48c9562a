"""What an evaluation holds, and the views of it that pages and tables share."""

from collections.abc import Mapping, Sequence
from typing import Any

from counterpoise.data.data import DETECTION
from counterpoise.errors import InputError

Evaluation = Mapping[str, Any]
"""One evaluated split in plain numbers, as in ``evaluation.json``.

Accuracies are fractions, and None where a group or a class has no test sample. ``per_class``,
``class_names``, ``class_counts``, ``test_counts`` and ``feature_norms`` have one entry per class, in the
order of the labels; ``shots["groups"]`` holds the classes of each group; ``alpha_curve`` holds the same
accuracies for A values of alpha, with ``per_class`` as (A, C). Where there is a ``metric``, such as "mean average
precision", it stands in the place of the accuracy. Where ``better`` is "lower" it is an error in units of the
``target``, whose bins are the classes, in the order of their values. Where the ``task`` is detection, samples are
images, counts are of objects, and scores are average precisions: those of frequent, common and rare classes stand under
many, medium and few, and those of all kinds under ``box`` and ``mask``.
"""

GROUPS = ("many", "medium", "few")
SCORES = (*GROUPS, "overall")

CLASS_PRECISIONS = tuple(f"precision_{score}" for score in SCORES)
"""Names of the mean precisions of the classes of each group, and of all classes."""

DETECTED = {"many": "APf", "medium": "APc", "few": "APr", "overall": "AP"}
"""What the scores are called where objects are detected, as LVIS names them."""

PRECISIONS = {
    **{name: name.lower() for name in ("AP", "AP50", "AP75", "APs", "APm", "APl", "APf", "APc", "APr")},
    "Fixed AP": "fixed_ap",
}
"""Names of the average precisions of boxes, or of masks, and the keys under which they stand."""

FREQUENCIES = {"many": "frequent", "medium": "common", "few": "rare"}
"""What the groups are called there."""

_NEEDED = ("split", "samples", "balanced", "shots", "class_names", "class_counts", "test_counts", "per_class")


def checked(evaluation: Evaluation, origin: str) -> Evaluation:
    """Return ``evaluation`` as it came, if it holds what a report shows.

    Raises:
        InputError: a key is missing, or the entries per class differ in number; ``origin`` names the source.
    """
    missing = [key for key in (*SCORES, *_NEEDED) if key not in evaluation]
    if missing:
        raise InputError(f"{origin} should hold {', '.join(missing)}, but does not; evaluate the run again")
    lengths = {key: len(evaluation[key]) for key in ("class_names", "class_counts", "per_class")}
    if len(set(lengths.values())) > 1:
        found = ", ".join(f"{length} {key}" for key, length in lengths.items())
        raise InputError(f"{origin} should hold one entry per class, but has {found}; evaluate the run again")
    return evaluation


def score_of(evaluation: Evaluation, score: str) -> float | None:
    """One score by its name, be it an accuracy or one of `CLASS_PRECISIONS`."""
    group = score.removeprefix("precision_")
    return evaluation[score] if group == score else evaluation["precision"]["classes"][group]["precision"]


def metric(evaluation: Evaluation) -> str:
    """What the number of a group is: accuracy, unless the evaluation says otherwise."""
    return evaluation.get("metric", "accuracy")


def class_metric(evaluation: Evaluation) -> str:
    """What the number of a class is."""
    return metric(evaluation).removeprefix("balanced ").removeprefix("mean ")


def noun(evaluation: Evaluation) -> str:
    """What a class is: a class, or the bin of a continuous target."""
    return "bin" if evaluation.get("target") else "class"


def counts_images(evaluation: Evaluation) -> bool:
    """Whether samples are images whose blocks were counted; the groups are then of blocks."""
    return bool(evaluation.get("grid", {}).get("counts"))


def sample_noun(evaluation: Evaluation) -> str:
    """What one sample of the scores of all samples is: the value of a place or of one of several targets, or itself."""
    if counts_images(evaluation) or detects(evaluation):
        return "image"
    return "place" if "grid" in evaluation else "value" if "outputs" in evaluation else "sample"


def weighs_classes(evaluation: Evaluation) -> bool:
    """Whether the overall score is a mean over classes, as that of each group is; else all samples count alike."""
    return metric(evaluation).startswith("balanced")


def detects(evaluation: Evaluation) -> bool:
    """Whether objects were looked for in images."""
    return evaluation.get("task") == DETECTION


def counted_noun(evaluation: Evaluation) -> str:
    """What the counts of a class are of: samples, or objects in images."""
    return "object" if detects(evaluation) else "sample"


def group_name(evaluation: Evaluation, group: str | None) -> str | None:
    """What a group of classes is called: many, or frequent where objects are detected; None for no group."""
    return FREQUENCIES[group] if group and detects(evaluation) else group


def group_metric(evaluation: Evaluation, group: str) -> str:
    """The score of a group in words: "many-shot accuracy", "average precision of masks, frequent classes"."""
    what = class_metric(evaluation)
    return f"{what}, {FREQUENCIES[group]} classes" if detects(evaluation) else f"{group}-shot {what}"


def score_name(evaluation: Evaluation, score: str) -> str:
    """The name of a score as a heading: "Many", "MAE", "APf"."""
    return DETECTED.get(score, in_words(score)) if detects(evaluation) else in_words(score)


def in_words(score: str) -> str:
    """The name of a score as a heading where classes are only named: "Many", "MAE"; of a precision its group."""
    return score.upper() if score == "mae" else score.removeprefix("precision_").capitalize()


def in_row(evaluation: Evaluation) -> list[int]:
    """Class indices as they are shown in a row: head to tail, bins of a continuous target by their values."""
    counts = evaluation["class_counts"]
    return list(range(len(counts))) if evaluation.get("target") else head_to_tail(counts)


def head_to_tail(class_counts: Sequence[int]) -> list[int]:
    """Class indices from the most to the least frequent; classes of equal count keep their order."""
    return sorted(range(len(class_counts)), key=lambda index: -class_counts[index])


def precision_rows(evaluation: Evaluation) -> list[tuple[str, Mapping[str, Any]]]:
    """Samples, accuracy and precision of each group of classes and of each attribute, under their names."""
    found = evaluation["precision"]
    classes = [(in_words(group), own) for group, own in found["classes"].items()]
    return [*classes, *((f"Attribute {value}", own) for value, own in found["attributes"].items())]


def kinds(evaluation: Evaluation) -> dict[str, Mapping[str, float | None]]:
    """The average precisions of boxes, and of masks where there are any, under these names."""
    found = {"boxes": evaluation["box"], "masks": evaluation["mask"]}
    return {name: scores for name, scores in found.items() if scores}


def group_of_class(shots: Mapping[str, Any], num_classes: int) -> list[str | None]:
    """Name of the group (many, medium or few) of each class; None for a class that no group claims."""
    member = {index: group for group in GROUPS for index in shots["groups"].get(group, ())}
    return [member.get(index) for index in range(num_classes)]
