"""The groups of classes that an evaluation tells apart."""

from counterpoise.data.data import Data
from counterpoise.errors import InputError
from counterpoise.metrics.shots import Convention, ShotGroups, frequency_groups, shot_groups


def class_groups(data: Data, convention: Convention) -> ShotGroups:
    """Many-, medium- and few-shot classes by their training counts; of objects, frequent, common and rare categories.

    Args:
        data: counts, and the frequencies of categories.
        convention: see `shot_groups`.

    Raises:
        InputError: categories of objects are to be grouped otherwise than by frequency.
    """
    objects = data.facts.objects
    if objects is None:
        return shot_groups(data.class_counts, convention=convention)
    if convention != "auto":
        raise InputError(
            f"categories of objects are grouped by the frequencies of {data.facts.name}, but --shots {convention} "
            "came; leave it out"
        )
    return frequency_groups(objects.frequency)
