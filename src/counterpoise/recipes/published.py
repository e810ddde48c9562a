"""Published numbers as claims: of De-confound-TDE, the value of labels, a port, on ages and generalized long tails."""

from collections.abc import Mapping, Sequence

from counterpoise.training.stage import Claim

CIFAR_COLUMNS = (
    "CIFAR-100-LT, ratio 100",
    "CIFAR-100-LT, ratio 50",
    "CIFAR-100-LT, ratio 10",
    "CIFAR-10-LT, ratio 100",
    "CIFAR-10-LT, ratio 50",
    "CIFAR-10-LT, ratio 10",
)

Pair = tuple[float, float]
"""Accuracy and precision in percent."""
Protocols = tuple[Pair, Pair, Pair]
"""Under CLT, GLT and ALT."""


def imagenet_lt(row: str, accuracy: float) -> tuple[Claim, ...]:
    """A row of table 2: overall top-1 in percent on the ImageNet-LT test set, ResNeXt-50."""
    return (Claim("De-confound-TDE, table 2", row, "ImageNet-LT", "top-1", accuracy),)


def cifar(row: str, accuracies: tuple[float, ...]) -> tuple[Claim, ...]:
    """A row of table 3: top-1 in percent of the best epoch on the test set, in the order of `CIFAR_COLUMNS`."""
    return tuple(
        Claim("De-confound-TDE, table 3", row, column, "top-1", accuracy)
        for column, accuracy in zip(CIFAR_COLUMNS, accuracies, strict=True)
    )


def value_of_labels(
    row: str, cifar10: tuple[float, float, float], cifar100: tuple[float, float, float]
) -> tuple[Claim, ...]:
    """A row of table 2 of the value-of-labels paper, given there as top-1 error for the ratios 100, 50, 10."""
    columns = {"CIFAR-10-LT": cifar10, "CIFAR-100-LT": cifar100}
    return tuple(
        Claim("Value of labels, table 2", row, f"{name}, ratio {ratio}", "top-1", round(100 - error, 2))
        for name, errors in columns.items()
        for ratio, error in zip((100, 50, 10), errors, strict=True)
    )


def logit_adjustment_port(cifar10: float, cifar100: float) -> tuple[Claim, ...]:
    """Top-1 in percent that a public PyTorch port of logit adjustment reports, ratio 100."""
    return tuple(
        Claim("Logit adjustment, a public port", "logit adjustment", f"{name}, ratio 100", "top-1", accuracy)
        for name, accuracy in (("CIFAR-10-LT", cifar10), ("CIFAR-100-LT", cifar100))
    )


def released_experts(method: str, accuracies: Mapping[str, float]) -> tuple[Claim, ...]:
    """Top-1 in percent by data set that the release of RIDE or SADE reports for three experts.

    The nets are ResNet-32 on CIFAR, ResNeXt-50 on ImageNet-LT, ResNet-50 on iNaturalist and ResNet-152 on Places-LT.
    """
    return tuple(
        Claim(f"{method}, release", f"{method}, 3 experts", name, "top-1", accuracy)
        for name, accuracy in accuracies.items()
    )


def imbalanced_ages(
    row: str, imdb_wiki: tuple[float, float], agedb: tuple[float, float]
) -> tuple[Claim, ...]:
    """A row of tables 7 and 8 of hierarchical classification adjustment: bMAE and MAE in years, ResNet-50."""
    tables = {"7": ("IMDB-WIKI-DIR", imdb_wiki), "8": ("AgeDB-DIR", agedb)}
    return tuple(
        Claim(f"Hierarchical classification adjustment, table {table}", row, data, metric, error)
        for table, (data, errors) in tables.items()
        for metric, error in zip(("bMAE", "MAE"), errors, strict=True)
    )


def lvis(row: str, version: str, scores: Sequence[float]) -> tuple[Claim, ...]:
    """A row of table 4: average precision in percent of masks, and last of boxes, on the val split, R101-FPN."""
    metrics = ("AP", "AP50", "AP75", "APr", "APc", "APf", "AP of boxes")
    return tuple(
        Claim("De-confound-TDE, table 4", row, f"LVIS {version}", metric, score)
        for metric, score in zip(metrics, scores, strict=True)
    )


def generalized(row: str, imagenet: Protocols, mscoco: Protocols) -> tuple[Claim, ...]:
    """A row of tables 1 to 3 of invariant feature learning: ImageNet-GLT (ResNeXt-50) and MSCOCO-GLT, over all."""
    return (
        *_protocols(row, "ImageNet-GLT", imagenet, ("1", "1", "2")),
        *_protocols(row, "MSCOCO-GLT", mscoco, ("3", "3", "3")),
    )


def generalized_ablation(row: str, imagenet: Protocols) -> tuple[Claim, ...]:
    """A row of table 4 of invariant feature learning: ImageNet-GLT, over all."""
    return _protocols(row, "ImageNet-GLT", imagenet, ("4", "4", "4"))


def _protocols(row: str, data: str, scores: Protocols, tables: tuple[str, str, str]) -> tuple[Claim, ...]:
    return tuple(
        Claim(f"Invariant feature learning, table {table}", row, f"{data}, {protocol}", metric, value)
        for protocol, table, pair in zip(("CLT", "GLT", "ALT"), tables, scores, strict=True)
        for metric, value in zip(("accuracy", "precision"), pair, strict=True)
    )
