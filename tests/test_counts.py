import pytest
import torch

from counterpoise.counts import class_prior, count_classes, uniform_prior
from counterpoise.errors import InputError


def test_counts_are_those_of_a_loop() -> None:
    labels = torch.randint(0, 7, (300,), generator=torch.Generator().manual_seed(0))
    counts = [0] * 9
    for label in labels.tolist():
        counts[label] += 1
    produced = count_classes(labels, 9)
    assert produced.dtype == torch.int64
    assert produced.tolist() == counts


def test_no_samples_count_zero() -> None:
    assert count_classes(torch.empty(0, dtype=torch.int64), 3).tolist() == [0, 0, 0]


@pytest.mark.parametrize(("labels", "came"), [([0, 3], "0 .. 3"), ([-1, 2], "-1 .. 2")])
def test_a_label_outside_the_classes_is_refused(labels: list[int], came: str) -> None:
    with pytest.raises(InputError, match=rf"labels must lie in 0 .. 2, but {came} came; renumber"):
        count_classes(torch.tensor(labels), 3)


def test_the_prior_is_the_share_of_each_class() -> None:
    prior = class_prior(torch.tensor([6, 3, 0, 1]))
    assert prior.dtype == torch.float32
    assert prior.tolist() == pytest.approx([0.6, 0.3, 0.0, 0.1])


def test_the_uniform_prior_sums_to_one() -> None:
    assert uniform_prior(4).tolist() == [0.25] * 4
    assert uniform_prior(1000).sum().item() == pytest.approx(1)
