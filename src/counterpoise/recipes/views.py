"""What recipes for unlabeled images share: streams of several views of them, beside the labeled one."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from counterpoise.data.augmentation import Augmentation, Transformed, random_policy
from counterpoise.data.data import Data
from counterpoise.data.streams import Stream
from counterpoise.errors import InputError
from counterpoise.samplers import Repeated
from counterpoise.steps import EncodeTogether, Objective, Step
from counterpoise.training.stage import Experiment, Now, Stage

Look = Callable[[Augmentation], Augmentation]
"""The augmentation of a view, from that of the labeled images."""


def as_labeled(look: Augmentation) -> Augmentation:
    """The augmentation of the labeled images, drawn anew."""
    return look


def strongly(look: Augmentation) -> Augmentation:
    """RandAugment after it: two operations at a third of the full strength (ours; the papers draw from a pool)."""
    return Transformed(look, random_policy(2, 10))


LOOKS: Mapping[str, Look] = {"view": as_labeled, "strong": strongly}
"""Views of the images of the stream "unlabeled", by the name of the stream."""


def require_unlabeled(experiment: Experiment) -> None:
    """Refuse data without unlabeled images.

    Raises:
        InputError: there are none.
    """
    if not experiment.data.has("unlabeled"):
        raise InputError(
            f"{experiment.data.facts.name} has no unlabeled images beside its training split; name some with "
            "--unlabeled"
        )


def with_views(experiment: Experiment, names: tuple[str, ...], *, ratio: int) -> Experiment:
    """The same experiment whose main stage also reads unlabeled images, and views of them by the names of `LOOKS`.

    Args:
        experiment: has a stream "train".
        names: of the views beside the stream "unlabeled", which looks as the labeled one does.
        ratio: unlabeled images for each labeled one in a step; where some are read already it is theirs that holds.

    Raises:
        InputError: there are no unlabeled images, rows of numbers have no views, or the ratio is below 1.
    """
    require_unlabeled(experiment)
    if names and experiment.data.facts.has_rows:
        raise InputError(
            f"views are of images, but {experiment.data.facts.name} has {experiment.data.facts.noun}; take vat, ict or "
            "self_training"
        )
    if ratio < 1:
        raise InputError(
            f"expected at least 1 unlabeled image for each labeled one, but a ratio of {ratio} came"
        )

    def streams(
        before: Mapping[str, Stream], now: Now, objective: Objective, stage: Stage
    ) -> Mapping[str, Stream]:
        train = before["train"]
        weak = before["unlabeled"] if "unlabeled" in before else pool_stream(train, now.data, ratio)
        views = {
            name: replace(weak, augmentation=LOOKS[name](train.augmentation), follows="unlabeled")
            for name in names
        }
        return {**before, "unlabeled": weak, **views}

    return experiment.change(streams=streams)


def pool_stream(train: Stream, data: Data, ratio: int) -> Stream:
    """The unlabeled images as they come beside a labeled stream, for as many steps."""
    pool, size = data.splits["unlabeled"], ratio * min(train.batch_size, len(train.sampler))
    sampler = Repeated(len(pool), len(train) * size)
    return replace(train, split=pool, sampler=sampler, batch_size=size, labeled=False, drop_last=True)


def beside(objective: Objective, word: str, step: Step, together: tuple[str, ...] = ()) -> Objective:
    """The objective with a step for unlabeled images after "encode", which reads these streams in the same pass."""
    if together:
        objective = objective.wrap("encode", lambda encode: encoded_together(encode, together))
    return objective.after("encode", **{word: step})


def encoded_together(encode: Step, names: tuple[str, ...]) -> EncodeTogether:
    """A step that encodes these streams with the labeled batch, beside those that come along already."""
    if isinstance(encode, EncodeTogether):
        return EncodeTogether(encode.encode, dict.fromkeys([*encode.streams, *names]))
    return EncodeTogether(encode, names)
