"""The long tail that ``--imbalance`` draws from the training split, and the unlabeled images beside it."""

from dataclasses import replace
from pathlib import Path

from torch import Tensor

from counterpoise.counts import count_classes
from counterpoise.data.data import Split
from counterpoise.data.profiles import draw_long_tail, exponential_counts, step_counts
from counterpoise.data.sources.found import UNLABELED, Found
from counterpoise.data.sources.source import EXTRA, REST, Source
from counterpoise.data.sources.unlabeled_pool import mixed, named_pool, wanted
from counterpoise.data.unlabeled_draw import LabeledUnlabeled, draw_disjoint, draw_labeled_and_unlabeled
from counterpoise.errors import InputError


def long_tailed(found: Found, origin: Tensor, source: Source) -> tuple[Found, Tensor]:
    """The data with the drawn training split, and its positions in the source's own one.

    Unlabeled images that are drawn too, of what is left or of a split of the source's own, are the split "unlabeled";
    notes tell of classes that gave fewer than wanted.

    Args:
        found: the data as they are.
        origin: positions of its training split in the source's own one.
        source: what is wanted; without ``imbalance`` everything stays as it is.

    Raises:
        InputError: for a ratio that leaves a class without images, data that have no classes, too few irrelevant
            images, or nothing left for unlabeled ones.
    """
    if source.imbalance == "none":
        return found, origin
    _require_one_class_each(found)
    train, counts = found.splits["train"], _counts(found, source)
    if source.unlabeled in (REST, EXTRA):
        return _with_unlabeled(found, origin, counts, source)
    drawn = draw_long_tail(train.targets, counts, seed=source.split_seed)
    return found.with_splits(train=train.subset(drawn)), origin[drawn]


def _require_one_class_each(found: Found) -> None:
    if found.task != "classification":
        has = "a number for each sample" if found.target else "images with any number of labels"
        raise InputError(
            f"--imbalance draws one class after the other, but {found.name} has {has}; leave --imbalance out and "
            "train on the data as they are"
        )


def _counts(found: Found, source: Source) -> Tensor:
    num_classes = len(found.class_names)
    profile = exponential_counts if source.imbalance == "exponential" else step_counts
    smallest = int(count_classes(found.splits["train"].targets, num_classes).min())
    head = source.largest or min(smallest, found.head or smallest)
    if head > smallest:
        raise InputError(
            f"--largest {head} came, but the smallest class has {smallest} training images; lower it"
        )
    counts = profile(num_classes * head, num_classes, source.ratio)
    if not counts.all():
        raise InputError(
            f"expected every class to keep at least 1 image, but with {int(counts.max())} images in the largest "
            f"of {num_classes} classes a ratio of {source.ratio:g} leaves {int((counts == 0).sum())} without; "
            "lower the ratio"
        )
    return found.by_class(counts)


def _with_unlabeled(found: Found, origin: Tensor, counts: Tensor, source: Source) -> tuple[Found, Tensor]:
    train = found.splits["train"]
    pool = train if source.unlabeled == REST else _extra(found)
    ranked, irrelevant = wanted(
        int(counts.sum()),
        len(counts),
        amount=source.unlabeled_amount,
        ratio=source.unlabeled_ratio or source.ratio,
        relevance=source.relevance,
    )
    drawn = _drawn(train, pool, counts, found.by_class(ranked), source)
    if not len(drawn.unlabeled):
        raise InputError(
            f"nothing of {found.name} is left over for unlabeled images; raise --ratio, or name others with "
            "--unlabeled"
        )
    unlabeled = pool.subset(drawn.unlabeled)
    if source.irrelevant is not None:
        others = _named(source.irrelevant, train, source)
        unlabeled = mixed(unlabeled, others, irrelevant, seed=source.split_seed)
    changed = found.with_splits(train=train.subset(drawn.labeled), unlabeled=unlabeled)
    notes = (*found.notes, *filter(None, [drawn.shortfall]))
    return replace(changed, notes=notes), origin[drawn.labeled]


def _drawn(train: Split, pool: Split, counts: Tensor, unlabeled: Tensor, source: Source) -> LabeledUnlabeled:
    if pool is train:
        return draw_disjoint(train.targets, counts, unlabeled, seed=source.split_seed)
    return draw_labeled_and_unlabeled(train.targets, counts, pool.targets, unlabeled, seed=source.split_seed)


def beside(found: Found, source: Source) -> Found:
    """The data with the unlabeled images that the user names, where none were drawn with the long tail.

    Raises:
        InputError: the data are not for classification, or see `named_pool`.
    """
    if source.unlabeled is None or UNLABELED in found.splits:
        return found
    if found.task != "classification":
        raise InputError(f"--unlabeled is for images of one class each, but {found.name} is for {found.task}")
    if source.unlabeled == EXTRA:
        return found.with_splits(unlabeled=_extra(found))
    return found.with_splits(unlabeled=_named(source.unlabeled, found.splits["train"], source))


def _named(place: str, train: Split, source: Source) -> Split:
    root = Path(source.root).expanduser() if source.root else None
    return named_pool(Path(place).expanduser(), train.samples.shape, root=root)


def _extra(found: Found) -> Split:
    if found.extra is None:
        raise InputError(
            f"--unlabeled extra is a split of svhn, which {found.name} does not have; for a folder of that name write "
            "./extra"
        )
    return found.extra()
