import pytest
import torch

from counterpoise.data.data import Data
from counterpoise.errors import InputError
from counterpoise.metrics.shots import shot_groups
from counterpoise.training.groups import class_groups


def test_classes_are_grouped_by_their_counts(tiny: Data) -> None:
    found = class_groups(tiny, "inclusive")
    assert found.as_json() == shot_groups(tiny.class_counts, convention="inclusive").as_json()


def test_categories_of_objects_are_grouped_by_their_frequency(tiny_scenes: Data) -> None:
    found = class_groups(tiny_scenes, "auto")
    assert found.as_json()["groups"] == {"many": [0], "medium": [1], "few": [2, 3]}
    assert found.convention == "frequency"
    assert torch.stack(list(found.masks.values())).sum(dim=0).tolist() == [1, 1, 1, 1]


def test_another_grouping_of_categories_is_refused(tiny_scenes: Data) -> None:
    with pytest.raises(InputError, match="by the frequencies of made-up, but --shots strict came"):
        class_groups(tiny_scenes, "strict")
