"""Mean Teacher: the student agrees with its own running average about another view."""

from typing import final

from torch import Tensor

from counterpoise.losses import Loss, SoftmaxMSE
from counterpoise.net import Net
from counterpoise.ramps import ByEpoch, Ramped
from counterpoise.steps.added_term import AddedTerm
from counterpoise.steps.step import Seen
from counterpoise.steps.together import stream_features, stream_of
from counterpoise.trackers import MeanTeacher
from counterpoise.trackers.weight_average import take_modes

RELEASED_WEIGHT = Ramped(100.0, 5 / 180)


@final
class TeacherConsistency(AddedTerm):
    """Adds the cost between student and teacher (Tarvainen, Valpola, NeurIPS 2017) as the term "mean_teacher".

    The two streams are views of the same samples. The release compares labeled samples too: let the unlabeled stream
    hold them for that. It encodes all samples in one pass, see `EncodeTogether`; without that step the student reads
    the stream apart. The teacher is in the mode of the student, with batch-norm statistics of its own. After each
    optimizer step it moves; ``step.teacher.net`` is the net to predict with.

    Args:
        net: the student as it is at the start.
        weight: of the cost, from (epoch, epochs) (release on CIFAR: rises to 100 over 5 of 180 epochs;
            realistic-ssl: to 8).
        decay: of the teacher, see `counterpoise.trackers.MeanTeacher`.
        cost: takes logits of student and teacher; None is `SoftmaxMSE`, as in the release.
        student: name of the stream that the student reads.
        teacher: name of the stream that the teacher reads, the weaker one where the two differ.
    """

    name = "mean_teacher"

    def __init__(
        self,
        net: Net,
        *,
        weight: ByEpoch = RELEASED_WEIGHT,
        decay: float = 0.999,
        cost: Loss | None = None,
        student: str = "strong",
        teacher: str = "unlabeled",
    ) -> None:
        super().__init__(weight)
        self.teacher, self.cost = MeanTeacher(net, decay=decay), cost or SoftmaxMSE()
        self.reads = {"student": student, "teacher": teacher}

    def term(self, net: Net, seen: Seen) -> Tensor:
        """Mean cost over the samples, ()."""
        take_modes(self.teacher.net, net)
        taught = self.teacher(stream_of(seen, self.reads["teacher"]).inputs)
        return self.cost(net.classifier(stream_features(net, seen, self.reads["student"])), taught)

    def update(self, net: Net, seen: Seen) -> None:
        """Move the teacher."""
        self.teacher.update(net)
