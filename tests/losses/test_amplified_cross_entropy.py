import pytest
import torch
from torch.testing import assert_close

from counterpoise.errors import InputError
from counterpoise.losses import AmplifiedCrossEntropy, CrossEntropy, GeneralizedCrossEntropy

LOGITS = torch.tensor([[2.0, -1.0, 0.5], [0.1, 0.2, -3.0]], dtype=torch.float64)
TARGETS = torch.tensor([0, 2])


def test_the_loss_is_cross_entropy_times_a_power_of_the_probability() -> None:
    ce = CrossEntropy().per_sample(LOGITS, TARGETS)
    wanted = 0.7 * (-ce).exp() ** 0.7 * ce
    assert_close(AmplifiedCrossEntropy().per_sample(LOGITS, TARGETS), wanted)


@pytest.mark.parametrize("q", [0.1, 0.7, 1.0])
def test_the_gradient_is_q_times_that_of_generalized_cross_entropy(q: float) -> None:
    gradients = []
    for loss in (AmplifiedCrossEntropy(q=q), GeneralizedCrossEntropy(q=q)):
        logits = LOGITS.clone().requires_grad_()
        gradients.append(torch.autograd.grad(loss(logits, TARGETS), logits)[0])
    assert_close(gradients[0], q * gradients[1])


@pytest.mark.parametrize("q", [0.0, 1.1, float("nan")])
def test_a_power_that_cannot_be_is_refused(q: float) -> None:
    with pytest.raises(InputError, match="q must lie in 0 < q <= 1"):
        AmplifiedCrossEntropy(q=q)
