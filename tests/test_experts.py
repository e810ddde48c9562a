import pytest
import torch
from torch.testing import assert_close

from counterpoise.errors import InputError
from counterpoise.experts import running_means, unpacked


def test_logits_stand_expert_after_expert() -> None:
    experts = [torch.rand(4, 5) for _ in range(3)]
    assert torch.equal(unpacked(torch.cat(experts, dim=1), 3), torch.stack(experts, dim=1))


def test_what_the_first_experts_say_together_is_their_mean() -> None:
    logits = torch.rand(4, 3, 5)
    wanted = [logits[:, :number].mean(dim=1) for number in (1, 2, 3)]
    assert_close(running_means(logits), torch.stack(wanted, dim=1))


@pytest.mark.parametrize(("shape", "experts"), [((4, 10), 3), ((4, 10), 0), ((4, 3, 5), 3)])
def test_what_cannot_be_shared_out_is_refused(shape: tuple[int, ...], experts: int) -> None:
    with pytest.raises(InputError, match=rf"outputs of {experts} experts, .* came; train with a classifier"):
        unpacked(torch.rand(shape), experts)
