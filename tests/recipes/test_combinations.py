"""Every modifier over every recipe: it runs, or is refused with a reason before training."""

import functools
import json
from dataclasses import replace

import pytest
import torch

from counterpoise.data.data import Data, Facts
from counterpoise.errors import InputError
from counterpoise.recipes import cosine, cross_entropy, deconfound, tde
from counterpoise.recipes.compose import compose
from counterpoise.recipes.words import all_words, find
from counterpoise.training import Call, Experiment, Now, Training

TASK = "classification"
WORDS = [word for word in all_words().values() if TASK in word.tasks]
RECIPES = {word.name for word in WORDS if word.role == "recipe"}
MODIFIERS = {word.name for word in WORDS if word.role == "modifier"}

TDE = {"capsule_tde", "cosine_tde", "deconfound_tde"}
OLTR = {"decouple_oltr", "oltr"}
EXPERTS = {"ride", "tade"}
NORMALISED = {"capsule", "cosine", "deconfound", "ldam", "ldam_drw", "light_fine_tuning"}
AT_INFERENCE = {"decouple_ncm", "decouple_tau"}
NATURAL = NORMALISED - {"ldam_drw", "light_fine_tuning"}
NATURAL |= {"cross_entropy", "decouple_joint", "detached_focal", "focal", "generalized_cross_entropy"}
NATURAL |= {"learning_from_failure"}
NEED_PEFT = {"light_fine_tuning", "low_rank_adapters"}
SAMPLING = {name for name in MODIFIERS if name.endswith("sampling")}

ONE_ENCODING = "no step 'encode' here"
ONE_STREAM = "environments divide the one labelled stream of a stage"
UNMIXED = "leave mixup and cutmix out"
ONE_SAMPLER = "already has a DeferredSampler, and a stream has one sampler"
SEVERAL_EXPERTS = "here several experts have their own"
NOT_HEARD = "trains what does not predict here"
NOT_IN_CHUNKS = "need cross-entropy, balanced softmax or logit adjustment as the loss"
ONE_PREDICTS = "so the stage '.*' after it would have no effect"
OWN_CLASSIFIER = "predicts with a classifier of its own"
NOT_LINEAR = "TauNormalized needs a classifier whose logits are x W"
LATER_STAGE = OLTR | {"decouple_crt", "decouple_lws"}
BESIDE_ENCODING = {"adsh", "fixmatch", "ict", "pi_model", "saw", "vat"}
REFUSED: dict[str, dict[str, set[str]]] = {
    **{modifier: {ONE_ENCODING: {"bbn"}} for modifier in BESIDE_ENCODING},
    "auxiliary_balanced": {
        ONE_ENCODING: {"bbn"},
        ONE_PREDICTS: LATER_STAGE,
        OWN_CLASSIFIER: TDE | AT_INFERENCE,
    },
    "chunked_logits": {
        NOT_IN_CHUNKS: {
            "ce_drw",
            "class_balanced",
            "class_balanced_focal",
            "class_balanced_sigmoid",
            "detached_focal",
        }
        | {"focal", "generalized_cross_entropy", "ldam", "ldam_drw", "seesaw", "softmax_equalization"}
        | EXPERTS,
        "no step 'loss' here": {"learning_from_failure"},
    },
    "class_name_init": {"needs a file of class embeddings": RECIPES},
    "crt": {NOT_HEARD: {"decouple_ncm"}},
    "cutmix": {ONE_ENCODING: {"bbn"}, UNMIXED: {"learning_from_failure"}},
    "deferred_reweighting": {"no step 'loss' here": {"learning_from_failure"}},
    "distilled_experts": {"needs a trained teacher; name its run folder": RECIPES},
    "mixup": {ONE_ENCODING: {"bbn"}, UNMIXED: {"learning_from_failure"}},
    "ifl": {ONE_SAMPLER: {"ce_drs"}, ONE_STREAM: {"bbn"}},
    "irm": {ONE_SAMPLER: {"ce_drs"}, ONE_STREAM: {"bbn"}, SEVERAL_EXPERTS: EXPERTS},
    "init": {"needs a file of weights": RECIPES},
    "low_rank_adapters": {
        "the stage memory trains it again": OLTR,
        "the stage main does not train it": {"light_fine_tuning"},
    },
    "lws": {NOT_LINEAR: {"decouple_tau"}, NOT_HEARD: {"decouple_ncm"}},
    "mean_teacher": {ONE_ENCODING: {"bbn"}, ONE_PREDICTS: LATER_STAGE},
    "ncm": {NOT_HEARD: {"decouple_crt", "decouple_lws"}},
    "post_hoc_logit_adjustment": {"would count it twice": RECIPES - NATURAL},
    "routing": {"RoutedClassifier needs a classifier of two experts or more": RECIPES - EXPERTS},
    "tau_normalization": {NOT_LINEAR: TDE | OLTR | EXPERTS | NORMALISED | AT_INFERENCE | {"decouple_lws"}},
    "tde": {
        "already a step 'track'": TDE,
        "needs a classifier that normalises its features": RECIPES - TDE - NORMALISED,
    },
    **{modifier: {ONE_SAMPLER: {"ce_drs"}} for modifier in SAMPLING},
}
"""Modifier -> reason -> recipes over which it makes no sense."""
TRAINING = Training(epochs=2, batch_size=8)


def reason(recipe: str, modifier: str) -> str | None:
    """Why the pair is refused; None where it is not."""
    return next((why for why, recipes in REFUSED.get(modifier, {}).items() if recipe in recipes), None)


def test_the_table_of_refusals_names_words_that_exist() -> None:
    assert REFUSED.keys() <= MODIFIERS
    assert {recipe for table in REFUSED.values() for group in table.values() for recipe in group} <= RECIPES


@pytest.mark.parametrize("modifier", sorted(MODIFIERS))
@pytest.mark.parametrize("recipe", sorted(RECIPES))
def test_a_modifier_over_a_recipe_is_built_or_refused(
    recipe: str, modifier: str, tiny_unlabeled: Data
) -> None:
    if {recipe, modifier} & NEED_PEFT:
        pytest.importorskip("peft", reason="low-rank adapters need peft, which is not installed")
    built, over, why = (
        bare(recipe, tiny_unlabeled),
        find(modifier, "modifier").function,
        reason(recipe, modifier),
    )
    if why is not None:
        with pytest.raises(InputError, match=why):
            over(built)
    else:
        assert [call.word for call in over(built).calls] == [recipe, modifier]


@functools.cache
def bare(recipe: str, data: Data) -> Experiment:
    """A recipe without modifiers, built once for all of them."""
    return compose(data, TRAINING, [Call(recipe, {})])


def test_a_modifier_twice_is_refused(tiny: Data) -> None:
    with pytest.raises(InputError, match="tde was applied twice"):
        tde(tde(cosine(tiny, training=TRAINING)))


def test_calls_hold_all_arguments_and_survive_json(tiny: Data) -> None:
    experiment = compose(tiny, TRAINING, [Call("cosine", {"groups": 2}), Call("tde", {"alpha": 1.5})])
    written = json.dumps([[call.word, dict(call.arguments)] for call in experiment.calls])
    again = compose(tiny, TRAINING, [Call(word, arguments) for word, arguments in json.loads(written)])
    assert again.calls == experiment.calls
    assert experiment.calls == (
        Call("cosine", {"tau": 16.0, "groups": 2}),
        Call("tde", {"alpha": 1.5, "direction_momentum": 0.9}),
    )


def test_a_named_combination_is_one_call_with_its_own_claim(tiny: Data) -> None:
    named = compose(tiny, TRAINING, [Call("cosine_tde", {})])
    stacked = tde(cosine(tiny, training=TRAINING, groups=2))
    assert [call.word for call in named.calls] == ["cosine_tde"]
    assert [claim.value for claim in named.claim] == [50.5]
    assert stacked.claim == ()


def test_tde_answers_for_the_uniform_prior(tiny: Data) -> None:
    plain = cosine(tiny, training=TRAINING)
    repaired = tde(plain)
    now = Now(tiny, plain.net())
    assert plain.prior(now).tolist() == pytest.approx([8 / 16, 5 / 16, 2 / 16, 1 / 16])
    assert repaired.prior(now).tolist() == [0.25] * 4


def test_data_of_another_task_are_refused(tiny: Data) -> None:
    other = replace(tiny, facts=replace(tiny.facts, task="regression", name="ages"))
    with pytest.raises(InputError, match="cosine is for classification, but ages is data for regression"):
        cosine(other, training=TRAINING)


def test_an_unknown_option_is_refused(tiny: Data) -> None:
    with pytest.raises(InputError, match="deconfound has no option 'grups'"):
        deconfound(tiny, training=TRAINING, grups=2)


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"groups": 3}, "groups=3 for 64 features"),
        ({"groups": 0}, "groups=0 for 64 features"),
        ({"tau": 0.0}, "tau must be positive, but 0.0 came"),
        ({"gamma": -1.0}, "gamma must not be negative, but -1.0 came"),
    ],
)
def test_options_that_cannot_work_are_refused_when_built(options: dict, reason: str, tiny: Data) -> None:
    with pytest.raises(InputError, match=reason):
        deconfound(tiny, training=TRAINING, **options)


@pytest.mark.parametrize("momentum", [-0.1, 1.5])
def test_a_direction_momentum_out_of_range_is_refused(momentum: float, tiny: Data) -> None:
    with pytest.raises(InputError, match=r"momentum must lie in 0 \.\. 1"):
        tde(cosine(tiny, training=TRAINING), direction_momentum=momentum)


def test_building_neither_reads_nor_moves_the_global_randomness(tiny: Data) -> None:
    before = torch.get_rng_state()
    tde(deconfound(tiny, training=TRAINING))
    assert torch.equal(torch.get_rng_state(), before)


def test_an_experiment_can_be_built_without_samples(tiny: Data) -> None:
    without = Data(Facts.from_json(tiny.facts.as_json()))
    experiment = cross_entropy(without, training=TRAINING)
    assert experiment.net().classifier.num_classes == 4
