"""The defaults of what is asked."""

from counterpoise.data.data import Data
from counterpoise.net import Net
from counterpoise.training.asked import Asked
from counterpoise.training.encode import encode
from counterpoise.training.evaluate import evaluate


def test_without_a_known_prior_nothing_is_said_about_others(tiny: Data) -> None:
    from counterpoise.recipes import cross_entropy

    net: Net = cross_entropy(tiny).net()
    features = encode(net, tiny.splits["test"], tiny.facts)
    plain, _ = evaluate(net, tiny, "test", features)
    asked, _ = evaluate(net, tiny, "test", features, Asked("quantile", ("a sentence",)))
    assert plain["target_prior"] is None and asked["target_prior"] is None
    assert (plain["choices"], asked["choices"]) == ([], ["a sentence"])
    assert asked["shots"]["convention"] == "quantile"
