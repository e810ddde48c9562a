import torch

from counterpoise.classifiers import CosineClassifier, LinearClassifier
from counterpoise.detection import BoxClassifiers


def test_it_tells_the_size_of_its_classifiers_and_names_them_by_place() -> None:
    classifiers = BoxClassifiers({"box0": CosineClassifier(6, 4), "box1": LinearClassifier(6, 4)})
    assert (classifiers.dim, classifiers.num_classes) == (6, 4)
    assert set(classifiers.state_dict()) == {"box0.weight", "box1.linear.weight", "box1.linear.bias"}
    assert classifiers["box1"](torch.rand(2, 6)).shape == (2, 4)
