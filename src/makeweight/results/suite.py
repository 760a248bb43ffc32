"""The suite of many tables (benchmarks/suite.py): each way of balancing pooled over them, in points of macro-F1."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from makeweight.results.folders import read_json
from makeweight.results.values import Interval, interval_of

FILE = "suite"
RULE, BEST_SIMPLE, ENGINE = "decision_rule", "best_simple", "latent_flow"
CAREFUL = f"{ENGINE}_if_clearly_better"


@dataclass(frozen=True, slots=True)
class Difference:
    """One way less another, pooled over tables, in points."""

    points: Interval | None
    """None where tables of a single source were measured."""
    tables: int
    worse: float
    """Share of tables on which it is worse by more than half a point."""
    better: float
    chances: tuple[float, float, float]
    """How likely the next table is worse, equal and better by more than half a point."""
    truly_worse: Interval | None = None
    """Share of tables whose true difference is worse by more than half a point, without the noise of few splits."""


@dataclass(frozen=True, slots=True)
class SuiteArm:
    """One way of balancing: means over the tables in points, and the difference to the decision rule."""

    arm: str
    macro_f1: float
    """By the tuned rule; of `none` by the largest probability."""
    argmax_macro_f1: float
    average_precision: float
    less_rule: Difference | None
    """None for the rule itself."""


@dataclass(frozen=True)
class Suite:
    """All that the suite found."""

    tables: int
    sources: int
    splits: int
    few_rare_rows: int
    """Tables whose rarest class has at most 50 rows."""
    learners: str
    arms: tuple[SuiteArm, ...]
    """The best first."""
    less_rule: Difference | None
    """The engine's use, chosen out of fold, less the tuned rule."""
    engine_by_group: Mapping[str, Difference]
    """Which tables, learner or score -> the engine's use, chosen out of fold, less the best simple way."""
    careful: Difference | None
    """The same, where the engine is used only if it is better by more than a standard error out of fold, else the rule:
    so does the pipeline recommend."""
    careful_less_rule: Difference | None


GROUPS = {
    "all tables": "",
    "rarest class of at most 50 rows": ".few_rare_rows",
    "rarest class of more rows": ".more_rare_rows",
    "logistic regression": ".logistic",
    "boosted trees": ".boosting",
    "random forest": ".forest",
    "average precision": ".average_precision",
}


def read_suite(folder: Path) -> Suite | None:
    """What the suite left in the folder; None where it was not run."""
    path = folder / f"{FILE}.json"
    return suite_of(read_json(path)) if path.is_file() else None


def suite_of(numbers: Mapping[str, Any]) -> Suite:
    """The suite from its file."""
    ending = ".argmax_macro_f1"
    arms = [arm_of(numbers, name.removesuffix(ending)) for name in numbers if name.endswith(ending)]
    against_best = {group: difference_of(numbers, f"{ENGINE}.less_{BEST_SIMPLE}{end}") for group, end in GROUPS.items()}
    return Suite(
        int(numbers["tables"]),
        int(numbers["sources"]),
        int(numbers["splits"]),
        int(numbers["tables.few_rare_rows"]),
        str(numbers["learners"]),
        tuple(sorted(arms, key=lambda arm: (-arm.macro_f1, arm.arm))),
        difference_of(numbers, f"{ENGINE}.less_{RULE}"),
        {group: found for group, found in against_best.items() if found is not None},
        difference_of(numbers, f"{CAREFUL}.less_{BEST_SIMPLE}"),
        difference_of(numbers, f"{CAREFUL}.less_{RULE}"),
    )


def arm_of(numbers: Mapping[str, Any], arm: str) -> SuiteArm:
    """One way of balancing."""
    return SuiteArm(
        arm,
        float(numbers[f"{arm}.macro_f1"]),
        float(numbers[f"{arm}.argmax_macro_f1"]),
        float(numbers[f"{arm}.average_precision"]),
        difference_of(numbers, f"{arm}.less_{RULE}"),
    )


def difference_of(numbers: Mapping[str, Any], name: str) -> Difference | None:
    """A pooled difference; None where it was not measured."""
    if f"{name}.mean" not in numbers:
        return None
    worse, equal, better = (float(numbers[f"{name}.chance_{which}"]) for which in ("worse", "equal", "better"))
    shares = float(numbers[f"{name}.worse"]), float(numbers[f"{name}.better"])
    truth = interval_of(numbers, f"{name}.truly_worse")
    return Difference(
        interval_of(numbers, name), int(numbers[f"{name}.tables"]), *shares, (worse, equal, better), truth
    )
