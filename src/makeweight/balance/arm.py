"""An arm of the contest as a value: parsed once from its name, asked by everything else. It imports no library."""

import re
from collections.abc import Collection
from dataclasses import dataclass

from makeweight.core.errors import InputError

NONE = "none"
"""The arm that leaves the train split as it is; every other arm is compared with it."""

DECISION_RULE = "decision_rule"
"""The arm that trains as `none` does and decides by the tuned rule, as every other arm does too; `none` does not."""

CEILING = "all_real_rows"
"""The arm whose train split has the rows back that `split.imbalance` took out: what balancing could gain at most. It is
no contestant: other arms' gains are told as shares of its gain."""

REFIT = "refit"
MIXUP = "mixup"
CALIBRATION = "distribution_calibration"
FEATURE_FLOW = "feature_flow"

WEIGHT = "weight"
SOFT_LABELS = "soft_labels"
PRETRAIN = "pretrain"
BAND = "band"
ACCEPT = "accept"

SIMPLE = (
    DECISION_RULE,
    "class_weights",
    "logit_adjustment",
    "random_oversampling",
    "undersampling_ensemble",
    "smote",
    CALIBRATION,
    FEATURE_FLOW,
    "classic",
    "randaugment",
    MIXUP,
    REFIT,
)
"""Ways that need nothing but the train split."""

MODIFIERS = (WEIGHT, SOFT_LABELS, PRETRAIN, BAND, ACCEPT)
"""Parts that add no row: they say what is done with the synthetic rows of the parts before them. In a name, a weight
has a number: `weight_30` lets a synthetic row count for 30 % of a real one."""

NAMED_MODIFIERS = tuple(name for name in MODIFIERS if name != WEIGHT)

ADD_ROWS = ("random_oversampling", "smote", CALIBRATION, FEATURE_FLOW, "classic", "randaugment")
"""Simple ways that add rows, which count as synthetic."""

NOT_RANDOM = (NONE, DECISION_RULE, CEILING, "class_weights", "logit_adjustment", REFIT)
"""They give a learner the same rows, whatever the seed."""

PICTURES_ONLY = ("classic", "randaugment")
"""They repeat rows and change their pictures: without pictures they are random oversampling."""

IDLE_PARTS: dict[str, tuple[str, ...]] = {
    "text": (*PICTURES_ONLY, REFIT),
    "image": (REFIT,),
    "tabular": (*PICTURES_ONLY, REFIT),
    "trees": (*PICTURES_ONLY, MIXUP, REFIT, PRETRAIN),
    "mlp": PICTURES_ONLY,
}
"""View -> ways of balancing that change nothing in it. A linear model has one layer only, so that none of it can be
refitted; trees have none, and learn neither from mixed pairs nor from one set of rows after another: there an arm that
pre-trains is `decision_rule`."""

WHY_IDLE = {
    **dict.fromkeys(PICTURES_ONLY, "changes pictures, which no view of this run reads"),
    MIXUP: "mixes pairs of rows, from which trees do not learn",
    REFIT: "trains the last layer of a network once more, and no view of this run is learned by a network",
    PRETRAIN: "learns from synthetic rows before real ones, which trees cannot",
}

FILTERED = "_filtered"
"""Ends the name of an arm, and of the file in data/sample that it takes its rows from."""

ALL_CLASSES = "_all"
"""Before an amount: rows for every class, the largest too, in equal shares."""

NEAR = "_near"
"""Before an amount: rows that began as a real row, half noised; also ends the name of their file in data/sample."""

MASKED = "_masked"
"""Before an amount: real rows of which an engine filled in some columns; also ends the name of their file."""

FULL_BALANCE = 100
"""Per cent of the rows that bring every class to the size of the largest."""


@dataclass(frozen=True, slots=True)
class Part:
    """One part of an arm: a way of balancing, or an engine whose synthetic rows are added."""

    name: str
    is_engine: bool = False
    amount: int | None = None
    """Of an engine: synthetic rows in per cent of a full balance; None where the name states none. Of a weight: per
    cent of a real row's."""
    filtered: bool = False
    near: bool = False
    """Whether its rows began as real ones."""
    masked: bool = False
    """Whether its rows are real ones with some columns filled in."""
    all_classes: bool = False
    """Whether every class gets rows, `amount` per cent of the largest class's, and not the small ones only."""

    @classmethod
    def parse(cls, text: str) -> "Part":
        """The part that a piece of an arm's name stands for; what is no way of balancing is taken for an engine."""
        if text in (NONE, CEILING, *SIMPLE, *NAMED_MODIFIERS):
            return cls(text)
        if weight := re.fullmatch(rf"{WEIGHT}_(\d+)", text):
            return cls(WEIGHT, amount=int(weight[1]))
        if text.endswith(FILTERED):
            return cls(text.removesuffix(FILTERED), True, FULL_BALANCE, True)
        if numbered := re.fullmatch(rf"(.+?)({NEAR}|{MASKED})?({ALL_CLASSES})?_(\d+)", text):
            name, begun, everywhere, amount = numbered.groups()
            kind = {"near": begun == NEAR, "masked": begun == MASKED, "all_classes": everywhere is not None}
            return cls(name, True, int(amount), **kind)
        return cls(text, True)

    @property
    def source(self) -> str:
        """The name of the file in data/sample that an engine's rows are taken from."""
        kinds = {FILTERED: self.filtered, NEAR: self.near, MASKED: self.masked}
        return self.name + next((ending for ending, chosen in kinds.items() if chosen), "")

    @property
    def adds_rows(self) -> bool:
        """Whether it adds rows, repeated, interpolated or generated."""
        return self.is_engine or self.name in ADD_ROWS


@dataclass(frozen=True, slots=True)
class Arm:
    """One entry of the contest: one or more parts, joined by `+` in its name and applied one after the other.

    A part is a way of balancing (`smote`), or an engine with an amount (`latent_flow_50`: half of what a full balance
    needs), `<engine>_filtered` (a full balance of rows that passed the filter), `<engine>_near_50` (rows that began as
    real ones), `<engine>_masked_50` (real rows with some columns filled in), `<engine>_all_50` (rows for every class,
    the largest too), or beside another part an engine alone (`latent_flow+classic`: the amount that params.yaml names).
    An engine alone and without an amount is no arm that can be trained: `verdict` names its choice among the engine's
    arms so. A modifier says what is done with the synthetic rows of the parts before it (`latent_flow_50+weight_30`).
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
        self.check_modifiers()
        if CEILING in (part.name for part in self.parts) and not self.is_ceiling:
            raise InputError(f"params.yaml: `arms` has {self.name!r}: {CEILING} is joined with no other part")
        if self.is_engine_choice:
            raise InputError(
                f"params.yaml: `arms` has {self.name!r}: an engine needs an amount, as in {self.name}_100; "
                f"`verdict` chooses among its arms, none included, and calls its choice {self.name}"
            )
        return self

    def check_modifiers(self) -> None:
        """Check that every modifier has rows to modify.

        Raises:
            InputError: none come before it, a weight is no share, or the rows are not those that it needs.
        """
        for place, part in enumerate(self.parts):
            before = self.parts[:place]
            text, start = self.name.split("+")[place], f"params.yaml: `arms` has {self.name!r}: "
            if part.name not in MODIFIERS:
                continue
            if not any(other.adds_rows for other in before):
                raise InputError(f"{start}{text!r} needs synthetic rows before it, as in smote+{text}")
            if part.amount is not None and not 0 < part.amount <= 100:
                raise InputError(f"{start}{text!r} is no share of a real row's weight; right would be 1 to 100")
            if part.name == BAND and not any(other.is_engine for other in before):
                raise InputError(f"{start}{text!r} cleans the rows of an engine, and none comes before it")
            if part.name == PRETRAIN and not any(other.all_classes for other in before):
                engine = next((other.name for other in before if other.is_engine), "<engine>")
                raise InputError(f"{start}{text!r} needs rows of all classes, as in {engine}{ALL_CLASSES}_100+{text}")

    @property
    def engines(self) -> tuple[str, ...]:
        """The engines whose synthetic rows the arm uses, each once, in the order of the name."""
        return tuple(dict.fromkeys(part.name for part in self.parts if part.is_engine))

    @property
    def sources(self) -> tuple[str, ...]:
        """The names of the files in data/sample that the arm takes synthetic rows from, each once."""
        return tuple(dict.fromkeys(part.source for part in self.parts if part.is_engine))

    @property
    def is_ceiling(self) -> bool:
        """Whether this is no contestant, but what the others are measured by."""
        return self.name == CEILING

    @property
    def is_simple(self) -> bool:
        """Whether every part needs nothing but the train split; `none` is no way of balancing, and not simple."""
        return all(part.name in (*SIMPLE, *MODIFIERS) for part in self.parts)

    @property
    def is_random(self) -> bool:
        """Whether the rows or weights that a learner is given depend on the seed."""
        return any(part.name not in NOT_RANDOM for part in self.parts)

    @property
    def augments(self) -> bool:
        """Whether repeated pictures are changed at random."""
        return any(part.name in PICTURES_ONLY for part in self.parts)

    @property
    def band(self) -> bool:
        """Whether rows of engines are cleaned by their distance to the prototype of their class."""
        return any(part.name == BAND for part in self.parts)

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
        """The engine, where its rows are all that the arm adds, however they are learned from; None otherwise."""
        adding = [part for part in self.parts if part.name not in (NONE, REFIT, *MODIFIERS)]
        return adding[0].name if len(adding) == 1 and adding[0].is_engine else None

    @property
    def is_plain_amount(self) -> bool:
        """Whether the arm is an amount of one engine's unfiltered rows and nothing else: a point of a dose curve."""
        return (
            len(self.parts) == 1
            and self.amount is not None
            and self.parts[0] == Part(self.parts[0].name, True, self.amount)
        )

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
