"""Every word on embeddings: it trains a classifier on them, or is refused in one line."""

from pathlib import Path

import numpy as np
import pytest

from counterpoise.backbones import Unchanged
from counterpoise.data.data import Data
from counterpoise.data.sources import Source, load
from counterpoise.errors import InputError
from counterpoise.recipes.compose import compose
from counterpoise.recipes.words import all_words
from counterpoise.training import Training, run
from counterpoise.training.hardware import Hardware
from counterpoise.training.stage import Call

TRAINING = Training(epochs=2, batch_size=16)
RECIPES = [
    word.name for word in all_words().values() if "classification" in word.tasks and word.role == "recipe"
]
MODIFIERS = [
    word.name for word in all_words().values() if "classification" in word.tasks and word.role == "modifier"
]
REFUSED = {
    **dict.fromkeys(
        ("bbn", "oltr", "decouple_oltr", "moco", "simsiam", "rotation"), "is for whole images, but e has"
    ),
    **dict.fromkeys(
        ("ride", "tade"), "experts share the first layers of a net for images, but e has embeddings"
    ),
    **dict.fromkeys(("auto_augment", "rand_augment"), "what changes pictures is for images"),
    **dict.fromkeys(
        ("adsh", "auxiliary_balanced", "fixmatch", "mean_teacher", "pi_model", "saw"), "views are of images"
    ),
    **dict.fromkeys(("low_rank_adapters", "light_fine_tuning"), "adapters"),
    "cutmix": "expects images as",
    "routing": "needs a classifier of two experts",
    "tde": "needs a classifier that normalises its features",
    "init": "needs a file of weights",
    "distilled_experts": "needs a trained teacher",
    "class_name_init": "needs a file of class embeddings",
}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Data:
    """Three clouds in 8 dimensions with a long tail, and unlabeled points beside them."""
    chance, folder = np.random.default_rng(0), tmp_path_factory.mktemp("arrays")
    labels = np.arange(180) % 3
    features = (chance.normal(0, 1, (3, 8))[labels] + chance.normal(0, 0.3, (180, 8))).astype(np.float16)
    np.savez(folder / "e.npz", features=features, labels=labels)
    source = Source(
        str(folder / "e.npz"), imbalance="exponential", ratio=4, unlabeled="rest", unlabeled_amount=1.0
    )
    return load(source)


def calls(name: str) -> list[Call]:
    return [Call(name, {})] if name in RECIPES else [Call("cross_entropy", {}), Call(name, {})]


@pytest.mark.parametrize("name", [name for name in (*RECIPES, *MODIFIERS) if name not in REFUSED])
def test_a_word_trains_on_embeddings(name: str, data: Data, tmp_path: Path) -> None:
    experiment = compose(data, TRAINING, calls(name))
    assert isinstance(experiment.net().backbone, Unchanged)
    found = run(experiment, tmp_path, hardware=Hardware(device="cpu", precision="32"))
    assert found["balanced"] > 0.4


@pytest.mark.parametrize("name", REFUSED)
def test_what_needs_images_is_refused(name: str, data: Data) -> None:
    with pytest.raises(InputError, match=REFUSED[name]) as error:
        compose(data, TRAINING, calls(name))
    assert "\n" not in str(error.value)


def test_an_mlp_stands_before_the_classifier_where_it_is_named(data: Data) -> None:
    net = compose(data, Training(backbone="mlp"), calls("cross_entropy")).net()
    assert net.classifier.dim == 128


def test_embeddings_have_no_augmentation(data: Data) -> None:
    with pytest.raises(InputError, match="embeddings have no augmentation, but crop_flip came"):
        compose(data, Training(augmentation="crop_flip"), calls("cross_entropy"))
