"""The ways of balancing that need nothing but the train split, by the name that they have in `arms`."""

from collections.abc import Callable

from makeweight.balance.arm import (
    ACCEPT,
    BAND,
    CALIBRATION,
    CEILING,
    DECISION_RULE,
    FEATURE_FLOW,
    MIXUP,
    NONE,
    PRETRAIN,
    REFIT,
    SOFT_LABELS,
)
from makeweight.balance.calibration import DistributionCalibration
from makeweight.balance.feature_flow import FeatureFlow
from makeweight.balance.resampling import Augmented, RandomOversampling, UndersamplingEnsemble
from makeweight.balance.smote import Smote
from makeweight.balance.synthetic import Accept, Pretrain, SoftLabels
from makeweight.balance.train_split import Balancer
from makeweight.balance.weights import ClassWeights, LogitAdjustment, Mixup, Nothing, Refit

BALANCERS: dict[str, Callable[..., Balancer]] = {
    NONE: Nothing,
    DECISION_RULE: Nothing,
    # Its rows are put back into the train split before.
    CEILING: Nothing,
    "class_weights": ClassWeights,
    "logit_adjustment": LogitAdjustment,
    "random_oversampling": RandomOversampling,
    "undersampling_ensemble": UndersamplingEnsemble,
    "smote": Smote,
    CALIBRATION: DistributionCalibration,
    FEATURE_FLOW: FeatureFlow,
    "classic": lambda: Augmented("classic"),
    "randaugment": lambda: Augmented("randaugment"),
    MIXUP: lambda: Mixup(0.2),
    REFIT: Refit,
}
"""Name -> what makes the balancer; `arm.SIMPLE` names all of them but `none` and the ceiling."""

MODIFIERS: dict[str, Callable[..., Balancer]] = {
    SOFT_LABELS: SoftLabels,
    PRETRAIN: Pretrain,
    ACCEPT: Accept,
    # The rows of an engine are cleaned before any of them is taken.
    BAND: Nothing,
}
"""Name -> what changes the synthetic rows of the parts before it; a weight is made with its number."""
