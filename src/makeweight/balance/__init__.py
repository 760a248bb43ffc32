"""Ways of balancing a train split, all behind `balance(train, target, rng) -> train`, and names of combinations.

The name of an arm is one or more parts joined by `+`: a way of balancing (`smote`), or an engine with an amount
(`latent_flow_50`: half of what a full balance needs), `<engine>_filtered` (a full balance of rows that passed the
filter), or beside another part an engine alone (`latent_flow+classic`: the amount that the parameters name).
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from makeweight.balance.resampling import Augmented, Chain, Generated, RandomOversampling
from makeweight.balance.smote import Smote
from makeweight.balance.train_split import Balancer, TrainSplit, full_balance, minority, real_split
from makeweight.balance.weights import ClassWeights, LogitAdjustment, Mixup, Nothing, Refit
from makeweight.core.errors import InputError

REFIT = "refit"

BALANCERS: dict[str, Callable[..., Balancer]] = {
    "none": Nothing,
    "class_weights": ClassWeights,
    "logit_adjustment": LogitAdjustment,
    "random_oversampling": RandomOversampling,
    "smote": Smote,
    "classic": lambda: Augmented("classic"),
    "randaugment": lambda: Augmented("randaugment"),
    "mixup": lambda: Mixup(0.2),
    REFIT: Refit,
}
"""Ways that need nothing but the train split."""

SIMPLE = tuple(name for name in BALANCERS if name != "none")

FILTERED = "_filtered"
"""Ends the name of an arm, and of the file in data/sample that it takes its rows from."""


@dataclass(frozen=True)
class Part:
    """One link of an arm: a way of balancing, or an engine with the percentage of a full balance that it makes."""

    name: str
    engine: bool = False
    amount: int = 0
    filtered: bool = False


def parse_arm(arm: str, engines: Sequence[str], mixed_amount: int) -> list[Part]:
    """The parts of an arm's name.

    Raises:
        InputError: a part is neither a way of balancing nor a known engine with an amount.
    """
    return [parse_part(part, engines, mixed_amount if "+" in arm else None, arm) for part in arm.split("+")]


def parse_part(part: str, engines: Sequence[str], amount: int | None, arm: str) -> Part:
    """One part; `amount` is that of an engine that names none."""
    if part in BALANCERS:
        return Part(part)
    if part.removesuffix(FILTERED) in engines and part.endswith(FILTERED):
        return Part(part.removesuffix(FILTERED), True, 100, True)
    if (numbered := re.fullmatch(r"(.+)_(\d+)", part)) and numbered[1] in engines:
        return Part(numbered[1], True, int(numbered[2]))
    if part in engines and amount is not None:
        return Part(part, True, amount)
    if part in engines:
        raise InputError(
            f"params.yaml: `arms` has {arm!r}: an engine needs an amount, as in {part}_100; "
            f"`verdict` chooses among its arms, none included, and calls its choice {part}"
        )
    raise InputError(
        f"params.yaml: `arms` has {arm!r}: {part!r} is no way of balancing; right would be {', '.join(BALANCERS)}, "
        f"or an engine ({', '.join(engines)}) with an amount or {FILTERED}, joined by +"
    )


__all__ = [
    "BALANCERS",
    "FILTERED",
    "REFIT",
    "SIMPLE",
    "Augmented",
    "Balancer",
    "Chain",
    "ClassWeights",
    "Generated",
    "LogitAdjustment",
    "Mixup",
    "Nothing",
    "Part",
    "RandomOversampling",
    "Refit",
    "Smote",
    "TrainSplit",
    "full_balance",
    "minority",
    "parse_arm",
    "real_split",
]
