import pytest
import torch
from torch import Tensor
from torch.testing import assert_close

from counterpoise.errors import InputError
from counterpoise.metrics import binned_quantiles, central_intervals

EDGES = torch.tensor([0.0, 1.0, 3.0, 3.5, 10.0], dtype=torch.float64)
SHARES = torch.tensor([0.05, 0.25, 0.5, 0.9, 0.95])


@pytest.fixture
def probabilities() -> Tensor:
    return torch.randn(40, 4, dtype=torch.float64).softmax(dim=1)


def quantile(row: list[float], edges: list[float], share: float) -> float:
    """Bin after bin until the share is reached."""
    below = 0.0
    for mass, low, high in zip(row, edges, edges[1:], strict=False):
        if below + mass >= share:
            return low + (share - below) / mass * (high - low)
        below += mass
    return edges[-1]


def test_quantiles_are_those_of_a_loop(probabilities: Tensor) -> None:
    wanted = [[quantile(row, EDGES.tolist(), q) for q in SHARES.tolist()] for row in probabilities.tolist()]
    found = binned_quantiles(probabilities, EDGES, SHARES)
    assert_close(found, torch.tensor(wanted, dtype=torch.float64), rtol=1e-10, atol=1e-12)


def test_a_uniform_distribution_has_its_quantiles_where_they_are() -> None:
    edges = torch.linspace(0, 20, 6)
    assert_close(binned_quantiles(torch.ones(1, 5), edges, SHARES), 20 * SHARES.double().unsqueeze(0))


def test_bins_without_probability_hold_no_end() -> None:
    rows = torch.tensor([[0.0, 1.0, 0.0, 0.0], [0.5, 0.0, 0.0, 0.5], [0.0, 0.0, 0.0, 1.0]])
    low, high = central_intervals(rows, EDGES, torch.tensor([0.5]))
    assert low.flatten().tolist() == pytest.approx([1.5, 0.5, 3.5 + 6.5 / 4])
    assert high.flatten().tolist() == pytest.approx([2.5, 3.5 + 6.5 / 2, 10 - 6.5 / 4])


def test_wider_intervals_hold_narrower_ones(probabilities: Tensor) -> None:
    low, high = central_intervals(probabilities, EDGES, torch.tensor([0.1, 0.5, 0.9]))
    assert (low.diff(dim=1) < 0).all()
    assert (high.diff(dim=1) > 0).all()
    assert low.min() > 0
    assert high.max() < 10


def test_intervals_hold_what_they_say_of_samples_of_the_distribution() -> None:
    row, nominal = torch.tensor([0.2, 0.1, 0.6, 0.1]), torch.tensor([0.1, 0.5, 0.8])
    bins = torch.multinomial(row, 20_000, replacement=True)
    values = torch.lerp(EDGES[bins], EDGES[bins + 1], torch.rand(20_000, dtype=torch.float64))
    low, high = central_intervals(row.unsqueeze(0), EDGES, nominal)
    held = ((low <= values.unsqueeze(1)) & (values.unsqueeze(1) <= high)).double().mean(dim=0)
    assert held.tolist() == pytest.approx(nominal.tolist(), abs=0.015)


def test_nan_stays_in_its_row(probabilities: Tensor) -> None:
    probabilities[3, 1] = torch.nan
    unknown = binned_quantiles(probabilities, EDGES, SHARES).isnan()
    assert unknown[3].all()
    assert unknown.sum() == len(SHARES)


@pytest.mark.parametrize("shares", [torch.tensor([0.0]), torch.tensor([0.5, 1.0]), torch.tensor([torch.nan])])
def test_shares_that_are_none_are_refused(probabilities: Tensor, shares: Tensor) -> None:
    with pytest.raises(InputError, match="above 0 and below 1"):
        binned_quantiles(probabilities, EDGES, shares)


@pytest.mark.parametrize("edges", [EDGES[:-1], EDGES.unsqueeze(0)])
def test_edges_of_other_bins_are_refused(probabilities: Tensor, edges: Tensor) -> None:
    with pytest.raises(InputError, match=r"C \+ 1 edges"):
        binned_quantiles(probabilities, edges, SHARES)
