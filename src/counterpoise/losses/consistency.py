"""Consistency: a student shall say what a teacher says about another view of the same sample."""

from torch import Tensor

from counterpoise.losses.closed_form import at_least_float32
from counterpoise.losses.hierarchical_distillation import divergence
from counterpoise.losses.loss import Loss


class SoftmaxMSE(Loss):
    """Squared distance of two softmaxes, divided by C; the cost of Mean Teacher (Tarvainen, Valpola, NeurIPS 2017).

    Takes the teacher's logits, (B, C), in place of labels; they get no gradient. The released code sums over the batch
    and divides by its size later, which is the mean here. Training and inference compute the same.
    """

    def per_sample(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Cost of each sample; student (B, C), teacher (B, C) -> (B,)."""
        student, teacher = (at_least_float32(each).softmax(dim=1) for each in (logits, targets.detach()))
        return (student - teacher).square().mean(dim=1)


class SoftmaxKL(Loss):
    """Divergence ``KL(softmax(teacher) || softmax(student))``, the other cost of the released Mean Teacher.

    Takes the teacher's logits, (B, C), in place of labels; they get no gradient. The Kullback-Leibler divergence
    of virtual adversarial training is the same one. Training and inference compute the same.
    """

    def per_sample(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Cost of each sample; student (B, C), teacher (B, C) -> (B,)."""
        student, teacher = at_least_float32(logits), at_least_float32(targets.detach())
        return divergence(teacher.softmax(dim=1), student.log_softmax(dim=1))


class LogitDistance(Loss):
    """Squared distance of two sets of logits, divided by C; both get a gradient.

    It keeps two classifiers of one student together, of which one learns from labels and the other from the
    teacher (released Mean Teacher: weight 0.01 on CIFAR). Training and inference compute the same.
    """

    def per_sample(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Cost of each sample; (B, C), (B, C) -> (B,)."""
        return (at_least_float32(logits) - at_least_float32(targets)).square().mean(dim=1)


def entropy(logits: Tensor) -> Tensor:
    """Entropy of the softmax of each row in nats, with gradient; (B, C) -> (B,).

    As a term of the objective it makes predictions on unlabeled samples more certain (Grandvalet, Bengio, NeurIPS
    2004).
    """
    logs = at_least_float32(logits).log_softmax(dim=1)
    return -(logs.exp() * logs).sum(dim=1)
