import torch
from torch.testing import assert_close

from counterpoise.classifiers import LinearClassifier


def test_logits_are_those_of_a_loop() -> None:
    torch.manual_seed(0)
    classifier = LinearClassifier(4, 3).double()
    assert classifier.bias is not None
    features = torch.randn(5, 4, dtype=torch.float64)
    looped = [
        [
            sum(float(w) * float(x) for w, x in zip(weight, row, strict=True)) + float(bias)
            for weight, bias in zip(classifier.weight.detach(), classifier.bias.detach(), strict=True)
        ]
        for row in features
    ]
    assert_close(classifier(features), torch.tensor(looped, dtype=torch.float64), rtol=1e-12, atol=1e-14)


def test_without_bias_a_zero_feature_scores_zero() -> None:
    classifier = LinearClassifier(4, 3, bias=False)
    assert classifier.bias is None
    assert classifier(torch.zeros(2, 4)).count_nonzero() == 0


def test_it_starts_like_torchs_linear_layer() -> None:
    torch.manual_seed(3)
    wanted = torch.nn.Linear(4, 3)
    torch.manual_seed(3)
    classifier = LinearClassifier(4, 3)
    assert torch.equal(classifier.weight, wanted.weight)
    assert torch.equal(classifier.linear.bias, wanted.bias)


def test_fresh_weights_differ() -> None:
    classifier = LinearClassifier(4, 3)
    before = classifier.weight.clone()
    classifier.reset_parameters()
    assert not torch.equal(classifier.weight, before)


def test_an_empty_batch_gives_no_logits() -> None:
    assert LinearClassifier(4, 3)(torch.empty(0, 4)).shape == (0, 3)
