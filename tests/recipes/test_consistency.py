"""Methods for unlabeled images: each trains, adds its term, predicts with the right net, and goes on after a stop."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import torch

from counterpoise.data.data import Data
from counterpoise.errors import InputError
from counterpoise.recipes import (
    adsh,
    auxiliary_balanced,
    cross_entropy,
    crt,
    deconfound_tde,
    decouple_crt,
    fixmatch,
    ict,
    ldam,
    mean_teacher,
    mixup,
    pi_model,
    saw,
    vat,
)
from counterpoise.steps import EncodeTogether, FixMatch, Objective, Seen
from counterpoise.steps.added_term import AddedTerm
from counterpoise.trackers import AdaptiveWeights, EqualShareThresholds, FixedThreshold
from counterpoise.training import Experiment, Now, Training, run
from counterpoise.training.journal import LAST

from .finished import CPU, assert_recreated, below, differing, predicting, same, tensors

TRAINING = Training(epochs=2, batch_size=8, lr=0.05)
Word = Callable[..., Experiment]
TERMS = {
    mean_teacher: "mean_teacher",
    pi_model: "pi_model",
    vat: "vat",
    ict: "ict",
    fixmatch: "fixmatch",
    adsh: "fixmatch",
    saw: "fixmatch",
    auxiliary_balanced: "abc",
}
every_word = pytest.mark.parametrize("word", TERMS, ids=lambda word: word.word.name)


def applied(word: Word, data: Data, **options: Any) -> Experiment:
    return word(cross_entropy(data, training=TRAINING), **options)


def begun(experiment: Experiment) -> tuple[Now, Objective]:
    """What is true when the first stage starts, and its objective."""
    now = Now(experiment.data, experiment.net())
    return now, experiment.stages[0].objective(now)


def first_batch(experiment: Experiment) -> Seen:
    """What becomes of the first batch in the last epoch."""
    now, objective = begun(experiment)
    streams = experiment.stages[0].streams(now, objective)
    numbers = {name: (0, number) for number, name in enumerate(streams)}
    batches = {
        name: next(stream.batches(seed=numbers[name], order=numbers.get(stream.follows or "")))
        for name, stream in streams.items()
    }
    objective.set_epoch(1, 2)
    return objective(now.net, batches)


class Trained(NamedTuple):
    """A finished run of two epochs of two steps."""

    word: Word
    experiment: Experiment
    folder: Path


@pytest.fixture(scope="module", params=TERMS, ids=lambda word: word.word.name)
def trained(
    request: pytest.FixtureRequest, tiny_unlabeled: Data, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Trained]:
    """Each word over cross-entropy."""
    folder, experiment = tmp_path_factory.mktemp("run"), applied(request.param, tiny_unlabeled)
    run(experiment, folder, seed=3, hardware=CPU)
    yield Trained(request.param, experiment, folder)


def test_the_folder_alone_gives_the_same_predictor_to_the_bit(trained: Trained) -> None:
    assert_recreated(trained.folder, trained.experiment.data)


def test_a_stopped_run_goes_on_to_the_same_bits(
    trained: Trained, halting: Callable[..., Experiment], tmp_path: Path
) -> None:
    """Stopped in the middle of the second epoch."""
    with pytest.raises(KeyError, match="halted"):
        run(halting(trained.experiment, 3), tmp_path, seed=3, hardware=CPU, checkpoint_seconds=0)
    assert (tmp_path / LAST).exists()
    torch.rand(5)
    run(trained.experiment, tmp_path, seed=3, hardware=CPU, checkpoint_seconds=0)
    assert differing(trained.folder, tmp_path, "checkpoints/0-main.safetensors") == []


@every_word
def test_the_term_is_added_to_the_loss(word: Word, tiny_unlabeled: Data) -> None:
    options = {"threshold": 0.0} if TERMS[word] in ("fixmatch", "abc") else {}
    terms = first_batch(applied(word, tiny_unlabeled, **options)).terms
    assert terms.keys() == {"loss", TERMS[word]}
    assert terms[TERMS[word]].item() > 0


@every_word
def test_the_weight_is_that_of_the_option_at_the_end_of_its_ramp(word: Word, tiny_unlabeled: Data) -> None:
    _, objective = begun(applied(word, tiny_unlabeled, weight=3.5))
    objective.set_epoch(99, 100)
    (step,) = (step for step in objective.named.values() if isinstance(step, AddedTerm))
    assert step.weight == 3.5


@pytest.mark.parametrize("word", [mean_teacher, pi_model, ict])
def test_the_cost_rises_over_its_ramp(word: Word, tiny_unlabeled: Data) -> None:
    _, objective = begun(applied(word, tiny_unlabeled, weight=10.0, ramp=0.5))
    (step,) = (step for step in objective.named.values() if isinstance(step, AddedTerm))
    weights = []
    for epoch in (0, 25, 50, 75):
        objective.set_epoch(epoch, 100)
        weights.append(step.weight)
    assert weights[0] < weights[1] < weights[2] == weights[3] == 10


@pytest.mark.parametrize(
    ("word", "streams"),
    [
        (mean_teacher, ("view",)),
        (pi_model, ("unlabeled", "view")),
        (fixmatch, ("unlabeled", "strong")),
        (auxiliary_balanced, ("unlabeled", "strong")),
    ],
)
def test_streams_are_encoded_with_the_labeled_batch(
    word: Word, streams: tuple[str, ...], tiny_unlabeled: Data
) -> None:
    encode = begun(applied(word, tiny_unlabeled))[1]["encode"]
    assert isinstance(encode, EncodeTogether)
    assert encode.streams == streams


@pytest.mark.parametrize("word", [vat, ict])
def test_a_method_with_passes_of_its_own_leaves_the_encoding_alone(word: Word, tiny_unlabeled: Data) -> None:
    assert not isinstance(begun(applied(word, tiny_unlabeled))[1]["encode"], EncodeTogether)


@pytest.mark.parametrize(
    ("word", "trust"),
    [(fixmatch, FixedThreshold), (adsh, EqualShareThresholds), (saw, AdaptiveWeights)],
)
def test_each_kind_of_fixmatch_has_its_trust(word: Word, trust: type, tiny_unlabeled: Data) -> None:
    step = begun(applied(word, tiny_unlabeled, threshold=0.75))[1]["fixmatch"]
    assert isinstance(step, FixMatch)
    assert isinstance(step.trust, trust)
    assert step.trust.threshold == 0.75  # pyright: ignore[reportAttributeAccessIssue]


def test_the_teacher_predicts(tiny_unlabeled: Data, tmp_path: Path) -> None:
    run(applied(mean_teacher, tiny_unlabeled), tmp_path, hardware=CPU)
    predictor, end = predicting(tmp_path), tensors(tmp_path, "0-main")
    assert same(predictor, below(end, "objective/steps.mean_teacher.teacher.net."))
    assert not same(predictor, below(end, "net/"))


def test_the_teacher_predicts_by_the_rule_of_the_recipe(tiny_unlabeled: Data, tmp_path: Path) -> None:
    """TDE over the teacher's scores."""
    run(mean_teacher(deconfound_tde(tiny_unlabeled, training=TRAINING)), tmp_path, hardware=CPU)
    assert_recreated(tmp_path, tiny_unlabeled)
    predictor, end = tensors(tmp_path, "predictor"), tensors(tmp_path, "0-main")
    weight = predictor["predictor/classifier.classifier.classifier.weight"]
    assert torch.equal(weight, end["objective/steps.mean_teacher.teacher.net.classifier.weight"])


def test_the_auxiliary_classifier_predicts_over_the_backbone(tiny_unlabeled: Data, tmp_path: Path) -> None:
    experiment = auxiliary_balanced(applied(fixmatch, tiny_unlabeled))
    run(experiment, tmp_path, hardware=CPU)
    assert_recreated(tmp_path, tiny_unlabeled)
    predictor, end = predicting(tmp_path), tensors(tmp_path, "0-main")
    place = "objective/steps.auxiliary_balanced.classifier."
    assert same(below(predictor, "classifier."), below(end, place))
    assert same(below(predictor, "backbone."), below(end, "net/backbone."))
    assert not same(below(end, "net/classifier."), below(end, place))


def test_its_scores_answer_for_equally_likely_classes(tiny_unlabeled: Data) -> None:
    experiment = applied(auxiliary_balanced, tiny_unlabeled)
    assert experiment.prior(begun(experiment)[0]).tolist() == [0.25] * 4


def test_the_auxiliary_classifier_learns(tiny_unlabeled: Data) -> None:
    experiment = applied(auxiliary_balanced, tiny_unlabeled)
    now, objective = begun(experiment)
    (stage,) = experiment.stages
    batches = {
        name: next(stream.batches(seed=(0, 0))) for name, stream in stage.streams(now, objective).items()
    }
    objective(now.net, batches).terms["abc"].backward()
    step = objective["auxiliary_balanced"]
    gradients = [parameter.grad for parameter in step.parameters() if parameter.requires_grad]
    assert gradients and all(gradient is not None and gradient.any() for gradient in gradients)


@pytest.mark.parametrize("word", [mean_teacher, auxiliary_balanced])
def test_a_stage_that_the_predictor_would_leave_out_is_refused(word: Word, tiny_unlabeled: Data) -> None:
    recipe = decouple_crt(tiny_unlabeled, training=TRAINING)
    with pytest.raises(
        InputError, match=f"{word.__name__} predicts .* the stage 'crt' after it would have no"
    ):
        word(recipe)
    assert [stage.name for stage in fixmatch(recipe).stages] == ["main", "crt"]


def test_a_rule_that_the_predictor_would_leave_out_is_refused(tiny_unlabeled: Data) -> None:
    for experiment in (
        applied(mean_teacher, tiny_unlabeled),
        deconfound_tde(tiny_unlabeled, training=TRAINING),
    ):
        with pytest.raises(InputError, match="auxiliary_balanced predicts with a classifier of its own"):
            auxiliary_balanced(experiment)


def test_methods_go_together_and_over_any_loss(tiny_unlabeled: Data, tmp_path: Path) -> None:
    experiment = fixmatch(mean_teacher(mixup(ldam(tiny_unlabeled, training=TRAINING))), threshold=0.0)
    assert first_batch(experiment).terms.keys() == {"loss", "mean_teacher", "fixmatch"}
    run(experiment, tmp_path, hardware=CPU)
    assert_recreated(tmp_path, tiny_unlabeled)


def test_a_classifier_trained_after_fixmatch_is_the_one_that_predicts(
    tiny_unlabeled: Data, tmp_path: Path
) -> None:
    run(crt(applied(fixmatch, tiny_unlabeled)), tmp_path, hardware=CPU)
    assert same(predicting(tmp_path), below(tensors(tmp_path, "1-crt"), "net/"))


@every_word
def test_data_without_unlabeled_images_are_refused(word: Word, tiny: Data) -> None:
    with pytest.raises(InputError, match="has no unlabeled images beside its training split"):
        applied(word, tiny)
