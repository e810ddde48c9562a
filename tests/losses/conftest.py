import pytest
import torch


@pytest.fixture(autouse=True)
def seeded() -> None:
    """The same made-up numbers in every run."""
    torch.manual_seed(0)
