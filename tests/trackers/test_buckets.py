import pytest
import torch

from counterpoise.errors import InputError
from counterpoise.trackers import clamped_buckets, published_buckets

AGES = torch.tensor([0.0, 3.0, 4.7, 9.0, 12.0])


def test_targets_outside_are_clamped() -> None:
    assert clamped_buckets(AGES, start=3, stop=10).tolist() == [0, 0, 1, 6, 6]
    assert clamped_buckets(AGES.long(), start=0, stop=100).tolist() == [0, 3, 4, 9, 12]


@pytest.mark.parametrize(
    ("ages", "wanted"),
    [
        ([0.0, 3.0, 9.0, 12.0], [0, 0, 6, 6]),
        ([0.0, 4.0, 9.0, 12.0], [-1, 1, 6, 6]),
        ([0.0, 3.0, 8.0, 12.0], [0, 0, 5, -1]),
        ([0.0, 12.0], [-1, -1]),
    ],
)
def test_the_published_rule_needs_a_target_on_the_edge(ages: list[float], wanted: list[int]) -> None:
    assert published_buckets(torch.tensor(ages), start=3, stop=10).tolist() == wanted


def test_no_targets_have_no_buckets() -> None:
    assert published_buckets(torch.empty(0), start=3, stop=10).tolist() == []


@pytest.mark.parametrize("bucket", [clamped_buckets, published_buckets])
def test_no_bucket_at_all_is_refused(bucket) -> None:
    with pytest.raises(InputError, match="from start up to stop, but 5 and 5 came"):
        bucket(AGES, start=5, stop=5)
