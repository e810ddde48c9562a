"""Published numbers of De-confound-TDE (Tang et al., NeurIPS 2020), as claims."""

from counterpoise.training.stage import Claim

CIFAR_COLUMNS = (
    "CIFAR-100-LT, ratio 100",
    "CIFAR-100-LT, ratio 50",
    "CIFAR-100-LT, ratio 10",
    "CIFAR-10-LT, ratio 100",
    "CIFAR-10-LT, ratio 50",
    "CIFAR-10-LT, ratio 10",
)


def imagenet_lt(row: str, accuracy: float) -> tuple[Claim, ...]:
    """A row of table 2: overall top-1 in percent on the ImageNet-LT test set, ResNeXt-50."""
    return (Claim("De-confound-TDE, table 2", row, "ImageNet-LT", "top-1", accuracy),)


def cifar(row: str, accuracies: tuple[float, ...]) -> tuple[Claim, ...]:
    """A row of table 3: top-1 in percent of the best epoch on the test set, in the order of `CIFAR_COLUMNS`."""
    return tuple(
        Claim("De-confound-TDE, table 3", row, column, "top-1", accuracy)
        for column, accuracy in zip(CIFAR_COLUMNS, accuracies, strict=True)
    )
