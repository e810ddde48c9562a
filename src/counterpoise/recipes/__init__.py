"""Recipes and modifiers: whole experiments as typed functions."""

from counterpoise.recipes.balanced_mse import (
    balanced_mse_bmc,
    balanced_mse_bni,
    balanced_mse_gai,
)
from counterpoise.recipes.bilateral import (
    bbn,
)
from counterpoise.recipes.consistency import (
    adsh,
    auxiliary_balanced,
    fixmatch,
    ict,
    mean_teacher,
    pi_model,
    saw,
    vat,
)
from counterpoise.recipes.deconfounding import (
    capsule,
    capsule_tde,
    cosine,
    cosine_tde,
    cross_entropy,
    deconfound,
    deconfound_tde,
    tde,
)
from counterpoise.recipes.decoupling import (
    crt,
    decouple_crt,
    decouple_joint,
    decouple_lws,
    decouple_ncm,
    decouple_tau,
    lws,
    ncm,
    tau_normalization,
)
from counterpoise.recipes.deferred import (
    ce_drs,
    ce_drw,
    deferred_reweighting,
    ldam_drw,
)
from counterpoise.recipes.experts import (
    distilled_experts,
    ride,
    routing,
    tade,
)
from counterpoise.recipes.failure import (
    learning_from_failure,
)
from counterpoise.recipes.hierarchical import (
    classification_for_regression,
    hca,
    hca_add,
    hca_d,
    hca_mul,
    hierarchy_product,
    hierarchy_sum,
    range_preserving_distillation,
    summation_distillation,
)
from counterpoise.recipes.invariant import (
    ifl,
    irm,
)
from counterpoise.recipes.losses import (
    balanced_softmax,
    class_balanced,
    class_balanced_focal,
    class_balanced_sigmoid,
    detached_focal,
    focal,
    generalized_cross_entropy,
    ldam,
    logit_adjustment,
    seesaw,
    softmax_equalization,
)
from counterpoise.recipes.mixing import (
    auto_augment,
    cutmix,
    mixup,
    rand_augment,
)
from counterpoise.recipes.multi_label import (
    binary_cross_entropy,
    sigmoid_class_balanced,
    sigmoid_equalization,
    sigmoid_focal,
)
from counterpoise.recipes.oltr import (
    decouple_oltr,
    oltr,
)
from counterpoise.recipes.post_hoc import (
    post_hoc_logit_adjustment,
    target_prior,
)
from counterpoise.recipes.pretext import (
    init,
    moco,
    rotation,
    simsiam,
)
from counterpoise.recipes.regression import (
    dc_regression,
    focal_regression,
    regression,
)
from counterpoise.recipes.sampling import (
    class_aware_sampling,
    class_balanced_sampling,
    deferred_resampling,
    effective_number_sampling,
    progressive_sampling,
    reversed_sampling,
    square_root_sampling,
)
from counterpoise.recipes.self_training import (
    self_training,
)
from counterpoise.recipes.smoothing import (
    dense_weight,
    fds,
    lds,
    ranksim,
)

__all__ = [
    "adsh",
    "auto_augment",
    "auxiliary_balanced",
    "balanced_mse_bmc",
    "balanced_mse_bni",
    "balanced_mse_gai",
    "balanced_softmax",
    "bbn",
    "binary_cross_entropy",
    "capsule",
    "capsule_tde",
    "ce_drs",
    "ce_drw",
    "class_aware_sampling",
    "class_balanced",
    "class_balanced_focal",
    "class_balanced_sampling",
    "class_balanced_sigmoid",
    "classification_for_regression",
    "cosine",
    "cosine_tde",
    "cross_entropy",
    "crt",
    "cutmix",
    "dc_regression",
    "deconfound",
    "deconfound_tde",
    "decouple_crt",
    "decouple_joint",
    "decouple_lws",
    "decouple_ncm",
    "decouple_oltr",
    "decouple_tau",
    "deferred_resampling",
    "deferred_reweighting",
    "dense_weight",
    "detached_focal",
    "distilled_experts",
    "effective_number_sampling",
    "fds",
    "fixmatch",
    "focal",
    "focal_regression",
    "generalized_cross_entropy",
    "hca",
    "hca_add",
    "hca_d",
    "hca_mul",
    "hierarchy_product",
    "hierarchy_sum",
    "ict",
    "ifl",
    "init",
    "irm",
    "ldam",
    "ldam_drw",
    "lds",
    "learning_from_failure",
    "logit_adjustment",
    "lws",
    "mean_teacher",
    "mixup",
    "moco",
    "ncm",
    "oltr",
    "pi_model",
    "post_hoc_logit_adjustment",
    "progressive_sampling",
    "rand_augment",
    "range_preserving_distillation",
    "ranksim",
    "regression",
    "reversed_sampling",
    "ride",
    "rotation",
    "routing",
    "saw",
    "seesaw",
    "self_training",
    "sigmoid_class_balanced",
    "sigmoid_equalization",
    "sigmoid_focal",
    "simsiam",
    "softmax_equalization",
    "square_root_sampling",
    "summation_distillation",
    "tade",
    "target_prior",
    "tau_normalization",
    "tde",
    "vat",
]
