"""An arm of the contest as a value: parsed once from its name, asked by everything else. It imports no library."""

import re
from collections.abc import Collection
from dataclasses import dataclass

from makeweight.core.errors import InputError

NONE = "none"
"""The arm that leaves the train split as it is; every other arm is compared with it."""

DECISION_RULE = "decision_rule"
"""The arm that trains as `none` does and decides by the tuned rule, as every other arm does too; `none` does not."""

REFIT = "refit"
MIXUP = "mixup"

SIMPLE = (
    DECISION_RULE,
    "class_weights",
    "logit_adjustment",
    "random_oversampling",
    "undersampling_ensemble",
    "smote",
    "classic",
    "randaugment",
    MIXUP,
    REFIT,
)
"""Ways that need nothing but the train split."""

NOT_RANDOM = (NONE, DECISION_RULE, "class_weights", "logit_adjustment", REFIT)
"""They give a learner the same rows, whatever the seed."""

PICTURES_ONLY = ("classic", "randaugment")
"""They repeat rows and change their pictures: without pictures they are random oversampling."""

IDLE_PARTS: dict[str, tuple[str, ...]] = {
    "text": (*PICTURES_ONLY, REFIT),
    "image": (REFIT,),
    "tabular": (*PICTURES_ONLY, REFIT),
    "trees": (*PICTURES_ONLY, MIXUP, REFIT),
    "mlp": PICTURES_ONLY,
}
"""View -> ways of balancing that change nothing in it. A linear model has one layer only, so that none of it can be
refitted; trees have none, and learn from no mixed pairs."""

WHY_IDLE = {
    **dict.fromkeys(PICTURES_ONLY, "changes pictures, which no view of this run reads"),
    MIXUP: "mixes pairs of rows, from which trees do not learn",
    REFIT: "trains the last layer of a network once more, and no view of this run is learned by a network",
}

FILTERED = "_filtered"
"""Ends the name of an arm, and of the file in data/sample that it takes its rows from."""

FULL_BALANCE = 100
"""Per cent of the rows that bring every class to the size of the largest."""


@dataclass(frozen=True, slots=True)
class Part:
    """One part of an arm: a way of balancing, or an engine whose synthetic rows are added."""

    name: str
    is_engine: bool = False
    amount: int | None = None
    """Of an engine: synthetic rows in per cent of a full balance; None where the name states none."""
    filtered: bool = False

    @classmethod
    def parse(cls, text: str) -> "Part":
        """The part that a piece of an arm's name stands for; what is no way of balancing is taken for an engine."""
        if text in (NONE, *SIMPLE):
            return cls(text)
        if text.endswith(FILTERED):
            return cls(text.removesuffix(FILTERED), True, FULL_BALANCE, True)
        if numbered := re.fullmatch(r"(.+)_(\d+)", text):
            return cls(numbered[1], True, int(numbered[2]))
        return cls(text, True)

    @property
    def source(self) -> str:
        """The name of the file in data/sample that an engine's rows are taken from."""
        return f"{self.name}{FILTERED}" if self.filtered else self.name


@dataclass(frozen=True, slots=True)
class Arm:
    """One entry of the contest: one or more parts, joined by `+` in its name and applied one after the other.

    A part is a way of balancing (`smote`), or an engine with an amount (`latent_flow_50`: half of what a full balance
    needs), `<engine>_filtered` (a full balance of rows that passed the filter), or beside another part an engine alone
    (`latent_flow+classic`: the amount that params.yaml names). An engine alone and without an amount is no arm that can
    be trained: `verdict` names its choice among the engine's arms so.
    """

    name: str
    parts: tuple[Part, ...]

    @classmethod
    def parse(cls, name: str) -> "Arm":
        """The arm of this name. Any name can be read: that the engines exist is for `check` to say."""
        return cls(name, tuple(Part.parse(text) for text in name.split("+")))

    def check(self, engines: Collection[str]) -> "Arm":
        """The arm itself.

        Raises:
            InputError: a part is neither a way of balancing nor one of these engines with an amount.
        """
        for text, part in zip(self.name.split("+"), self.parts, strict=True):
            if part.is_engine and part.name not in engines:
                raise InputError(
                    f"params.yaml: `arms` has {self.name!r}: {text!r} is no way of balancing; right would be "
                    f"{', '.join((NONE, *SIMPLE))}, or an engine ({', '.join(engines)}) with an amount or {FILTERED}, "
                    "joined by +"
                )
        if self.is_engine_choice:
            raise InputError(
                f"params.yaml: `arms` has {self.name!r}: an engine needs an amount, as in {self.name}_100; "
                f"`verdict` chooses among its arms, none included, and calls its choice {self.name}"
            )
        return self

    @property
    def engines(self) -> tuple[str, ...]:
        """The engines whose synthetic rows the arm uses, each once, in the order of the name."""
        return tuple(dict.fromkeys(part.name for part in self.parts if part.is_engine))

    @property
    def sources(self) -> tuple[str, ...]:
        """The names of the files in data/sample that the arm takes synthetic rows from, each once."""
        return tuple(dict.fromkeys(part.source for part in self.parts if part.is_engine))

    @property
    def is_simple(self) -> bool:
        """Whether every part needs nothing but the train split; `none` is no way of balancing, and not simple."""
        return all(part.name in SIMPLE for part in self.parts)

    @property
    def is_random(self) -> bool:
        """Whether the rows or weights that a learner is given depend on the seed."""
        return any(part.name not in NOT_RANDOM for part in self.parts)

    @property
    def augments(self) -> bool:
        """Whether repeated pictures are changed at random."""
        return any(part.name in PICTURES_ONLY for part in self.parts)

    @property
    def filtered(self) -> bool:
        """Whether some of its synthetic rows are those that passed the filter."""
        return any(part.filtered for part in self.parts)

    @property
    def refit(self) -> bool:
        """Whether the networks' last layers are trained once more, on real rows with all classes equally likely."""
        return any(part.name == REFIT for part in self.parts)

    @property
    def amount(self) -> int | None:
        """Per cent of a full balance that the arm's one engine fills; None: no engine, several, or not stated."""
        amounts = [part.amount for part in self.parts if part.is_engine]
        return amounts[0] if len(amounts) == 1 else None

    @property
    def only_engine(self) -> str | None:
        """The engine, where its rows are all that the arm adds (refitted or not); None for every other arm."""
        adding = [part for part in self.parts if part.name not in (NONE, REFIT)]
        return adding[0].name if len(adding) == 1 and adding[0].is_engine else None

    @property
    def is_plain_amount(self) -> bool:
        """Whether the arm is an amount of one engine's unfiltered rows and nothing else: a point of a dose curve."""
        return len(self.parts) == 1 and self.amount is not None and not self.filtered

    @property
    def is_engine_choice(self) -> bool:
        """Whether this is the name of an engine alone, by which `verdict` calls its choice among the engine's arms."""
        return len(self.parts) == 1 and self.parts[0].is_engine and self.parts[0].amount is None

    def idle_in(self, view: str) -> tuple[str, ...]:
        """The parts that change nothing in a view: there the arm is one without them."""
        return tuple(part.name for part in self.parts if part.name in IDLE_PARTS.get(view, ()))

    def why_idle(self, views: Collection[str]) -> str | None:
        """Why this arm is another one in all of these views: a part of it changes nothing; None where all parts do."""
        idle_everywhere = set(self.idle_in(next(iter(views)))).intersection(*(self.idle_in(view) for view in views))
        reasons = [f"{name} {WHY_IDLE[name]}" for name in sorted(idle_everywhere)]
        return "; ".join(reasons) or None

    @property
    def readable(self) -> str:
        """The name as words: `latent flow 50 + refit`."""
        return self.name.replace("_", " ").replace("+", " + ")
