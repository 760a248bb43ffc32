"""The ways of balancing that need nothing but the train split, by the name that they have in `arms`."""

from collections.abc import Callable

from makeweight.balance.arm import DECISION_RULE, MIXUP, NONE, REFIT
from makeweight.balance.resampling import Augmented, RandomOversampling, UndersamplingEnsemble
from makeweight.balance.smote import Smote
from makeweight.balance.train_split import Balancer
from makeweight.balance.weights import ClassWeights, LogitAdjustment, Mixup, Nothing, Refit

BALANCERS: dict[str, Callable[..., Balancer]] = {
    NONE: Nothing,
    DECISION_RULE: Nothing,
    "class_weights": ClassWeights,
    "logit_adjustment": LogitAdjustment,
    "random_oversampling": RandomOversampling,
    "undersampling_ensemble": UndersamplingEnsemble,
    "smote": Smote,
    "classic": lambda: Augmented("classic"),
    "randaugment": lambda: Augmented("randaugment"),
    MIXUP: lambda: Mixup(0.2),
    REFIT: Refit,
}
"""Name -> what makes the balancer; `arm.SIMPLE` names all of them but `none`."""
