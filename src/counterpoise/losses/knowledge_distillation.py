"""Knowledge distillation: a student learns the softened answers of a teacher."""

from torch import Tensor

from counterpoise.errors import InputError
from counterpoise.losses.closed_form import at_least_float32
from counterpoise.losses.consistency import SoftmaxKL
from counterpoise.losses.loss import Loss


class KnowledgeDistillation(Loss):
    """Divergence of a student's softened answers from a teacher's; Hinton et al., 2015.

    ``T^2 * KL(softmax(teacher / T) || softmax(student / T))``. In place of labels there are the
    teacher's logits, (B, C), which get no gradient. RIDE (Wang et al., ICLR 2021) learns from a RIDE of six experts in
    this way, beside its own loss: `Collaborative` over it takes the outputs of all experts. Training and inference
    compute the same.

    Args:
        temperature: T (released with RIDE: 1.5).

    Raises:
        InputError: a temperature that is not above 0.
    """

    def __init__(self, *, temperature: float = 1.5) -> None:
        super().__init__()
        if not temperature > 0:
            raise InputError(
                f"temperature must be above 0, but {temperature} came; the release of RIDE has 1.5"
            )
        self.temperature, self.divergence = temperature, SoftmaxKL()

    def per_sample(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Loss of each sample; student (B, C), teacher (B, C) -> (B,)."""
        said, taught = (at_least_float32(each) / self.temperature for each in (logits, targets))
        return self.temperature**2 * self.divergence.per_sample(said, taught)
