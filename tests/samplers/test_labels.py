from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image
from torch.utils.data import ConcatDataset, Dataset, Subset, TensorDataset
from torchvision.datasets import ImageFolder

from counterpoise.errors import InputError
from counterpoise.samplers import labels_of


class Unread(Dataset):
    """A data set whose samples must not be read."""

    def __init__(self, **attributes: Any) -> None:
        self.__dict__.update(attributes)

    def __len__(self) -> int:
        return 5

    def __getitem__(self, index: int) -> None:
        raise AssertionError("a sample was read")


@pytest.mark.parametrize("name", ["targets", "labels"])
@pytest.mark.parametrize("kind", [list, torch.tensor, lambda values: torch.tensor(values).numpy()])
def test_labels_are_those_of_the_attribute(name: str, kind: Any) -> None:
    labels = labels_of(Unread(**{name: kind([3, 0, 0, 1, 2])}))
    assert labels.tolist() == [3, 0, 0, 1, 2]
    assert labels.dtype == torch.int64


def test_subsets_and_concatenations_are_followed() -> None:
    some, other = Unread(targets=[3, 0, 0, 1, 2]), TensorDataset(torch.rand(3, 2), torch.tensor([7, 8, 9]))
    both = ConcatDataset([Subset(some, [4, 0, 0]), other])
    assert labels_of(both).tolist() == [2, 3, 3, 7, 8, 9]
    assert labels_of(Subset(both, torch.tensor([5, 1]).tolist())).tolist() == [9, 3]
    assert labels_of(Subset(both, [])).tolist() == []


def test_an_image_folder_has_them(tmp_path: Path) -> None:
    for name, images in (("cat", 2), ("dog", 3)):
        (tmp_path / name).mkdir()
        for number in range(images):
            Image.new("L", (2, 2)).save(tmp_path / name / f"{number}.png")
    dataset = ImageFolder(str(tmp_path), loader=lambda path: pytest.fail("a picture was read"))
    assert labels_of(dataset).tolist() == [0, 0, 1, 1, 1]


@pytest.mark.parametrize(
    ("dataset", "message"),
    [
        (Unread(), "Unread has neither; set `targets`"),
        (TensorDataset(torch.rand(4, 2)), "TensorDataset has neither"),
        (
            Unread(targets=[0, 1]),
            r"\(5,\) whole numbers, one for each sample, but \(2,\) of torch.int64 came",
        ),
        (Unread(targets=[0.5] * 5), r"but \(5,\) of torch.float32 came"),
        (Unread(targets=[[0, 1]] * 5), r"but \(5, 2\) of torch.int64 came"),
        (Unread(targets=["cat"] * 5), "labels must be whole numbers, but they cannot be read as such"),
    ],
)
def test_other_data_sets_are_refused(dataset: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        labels_of(dataset)
