"""A student over its frozen teacher."""

import torch

from counterpoise.classifiers import LinearClassifier, SoftplusClassifier, Taught


def test_the_student_answers_and_the_teacher_is_frozen() -> None:
    taught = Taught(SoftplusClassifier(6, 4), LinearClassifier(6, 4))
    features = torch.randn(3, 6)
    assert torch.equal(taught(features), taught.student(features))
    trained = {name for name, parameter in taught.named_parameters() if parameter.requires_grad}
    assert trained == {name for name, _ in taught.named_parameters() if name.startswith("student.")}
    assert (taught.dim, taught.num_classes) == (6, 4)
