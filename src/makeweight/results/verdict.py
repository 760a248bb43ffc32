"""What the stage `verdict` decided: the recommended arm, and every arm with its intervals and words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from makeweight.balance.arm import DECISION_RULE, NONE
from makeweight.results.decisions import ViewRule, known, only_view, read_rules
from makeweight.results.folders import Folders, naming_files
from makeweight.results.further_readings import Headroom, NewGroups, headroom_of, new_groups_of
from makeweight.results.values import Interval, interval_of, records

HELPS, INCONCLUSIVE, HURTS = "helps", "inconclusive", "hurts"
POINTS = 100
"""The verdict is read in points; metrics are shares."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A difference of macro-F1 between two arms, in points, and the word for it."""

    word: str
    difference: Interval
    detectable: float | None = None
    """The smallest true difference that would have been found four times in five; None where not known."""


@dataclass(frozen=True, slots=True)
class ArmResult:
    """One arm against `none`, the best simple arm and the decision rule (None for an arm against itself)."""

    arm: str
    against_none: Claim
    against_simple: Claim | None
    against_rule: Claim | None = None
    """None in runs without the arm `decision_rule`, too."""


@dataclass(frozen=True, slots=True)
class Group:
    """Arms that help and of which none is shown to be better than another, the best first."""

    arms: tuple[str, ...]
    worse: tuple[str, ...]
    """Arms that help too, but by less."""
    cheapest: str
    gain: float
    """The middle one of their gains over `none`, in points."""


@dataclass(frozen=True, slots=True)
class Share:
    """What an arm gains over `none`, and what the decision rule by itself gains, in points."""

    gain: float
    rule: float


@dataclass(frozen=True, slots=True)
class ArmScore:
    """An arm's own scores in the headline view on the test split, in points; None where not known."""

    macro_f1: Interval | None
    minority_recall: Interval | None


@dataclass(frozen=True, slots=True)
class ViewScore:
    """Macro-F1 of an arm in one view (a modality, `trees`, or `fusion`), in points."""

    view: str
    arm: str
    macro_f1: Interval


@dataclass(frozen=True, slots=True)
class Dose:
    """Scores with one amount of an engine's synthetic rows (in percent of a full balance), in points."""

    engine: str
    amount: float
    macro_f1: Interval
    minority_recall: Interval | None


@dataclass(frozen=True, slots=True)
class ClassChange:
    """The change of one class's recall under an arm, against `none`, in points."""

    label: str
    arm: str
    change: Interval


@dataclass(frozen=True)
class Verdict:
    """The decision in the headline view."""

    view: str
    recommended: str
    preferred: str
    """What validation alone chose; recommended only where the test split shows that it helps."""
    best_simple: str
    chosen: Mapping[str, str]
    """Engine -> the arm that validation chose among those with its rows."""
    sentences: Mapping[str, str]
    results: tuple[ArmResult, ...]
    """Every arm but `none`, and a line for each engine that repeats that of its chosen arm."""
    left_out: Mapping[str, str] = field(default_factory=dict)
    """Arm -> why it means nothing for these data, and was not trained."""
    line: str = ""
    """The line of `results` that the recommendation rests on."""
    group: Group | None = None
    shares: Mapping[str, Share] = field(default_factory=dict)
    """Arms that are shown to gain -> how much of it is the decision rule's."""
    rules: tuple[ViewRule, ...] = ()
    """Of the recommended arm, by view; of `decision_rule` where that is `none`."""
    new_groups: NewGroups | None = None
    """The second reading; None where all rows of a group stay in one split, and where groups are not known."""
    headroom: Headroom | None = None
    """None where the arm that it is measured by was not trained."""

    @property
    def arms(self) -> tuple[ArmResult, ...]:
        """The arms as they were run, without the lines of whole engines."""
        return tuple(result for result in self.results if result.arm not in self.chosen)

    @property
    def arm_names(self) -> list[str]:
        """Every arm of the contest in its order, `none` first."""
        return [NONE, *(result.arm for result in self.arms)]

    @property
    def has_rule(self) -> bool:
        """Whether the decision rule was an arm of its own."""
        return any(result.arm == DECISION_RULE for result in self.results)

    @property
    def threshold(self) -> str:
        """`predict yes where its probability is above 0.250`, where one view decides; empty where it takes more."""
        rule = only_view(self.rules)
        return "" if rule is None else f"predict {rule.label} where its probability is above {rule.threshold:.3f}"

    def result(self, arm: str) -> ArmResult | None:
        """The line of an arm or engine; None for `none`, which is not compared with itself."""
        return next((result for result in self.results if result.arm == arm), None)


@naming_files
def read_verdict(folders: Folders) -> Verdict | None:
    """The verdict, where it has been made."""
    record, arms = folders.record("verdict", "verdict.json"), folders.series("verdict", "intervals.csv")
    if record is None or arms is None:
        return None
    results = tuple(arm_result(row) for row in arms.to_dict("records"))
    return Verdict(
        record["view"],
        record["recommended"],
        record.get("preferred", record["recommended"]),
        record["best_simple"],
        record["chosen"],
        record["sentences"],
        results,
        record.get("left_out", {}),
        record.get("line", record["recommended"]),
        group_of(record.get("group")),
        {arm: Share(share["gain"], share["rule"]) for arm, share in record.get("shares", {}).items()},
        read_rules(folders),
        new_groups_of(record.get("new_groups")),
        headroom_of(record.get("headroom")),
    )


def group_of(record: Mapping[str, Any] | None) -> Group | None:
    """The arms that are level; None where no arm helps, and in runs of an earlier version."""
    if record is None:
        return None
    return Group(tuple(record["arms"]), tuple(record["worse"]), record["cheapest"], record["gain"])


def arm_result(row: Mapping[Any, Any]) -> ArmResult:
    """One line of intervals.csv."""
    against_none = claim_of(row, "")
    if against_none is None:
        raise ValueError(f"{row['arm']} is not compared with none")
    return ArmResult(str(row["arm"]), against_none, claim_of(row, "simple_"), claim_of(row, "rule_"))


def claim_of(row: Mapping[Any, Any], prefix: str) -> Claim | None:
    """The claim whose columns begin with the prefix; None where the arm is not compared with that reference."""
    word, detectable = row.get(f"{prefix}verdict"), known(row.get(f"{prefix}detectable"))
    if not isinstance(word, str):
        return None
    return Claim(word, Interval(row[f"{prefix}mean"], row[f"{prefix}low"], row[f"{prefix}high"]), detectable or None)


@naming_files
def read_score(folders: Folders, arm: str) -> ArmScore:
    """An arm's scores in the headline view."""
    numbers = folders.numbers("verdict") or {}
    scores = (interval_of(numbers, f"{arm}.{score}", POINTS) for score in ("macro_f1", "minority_recall"))
    return ArmScore(*scores)


@naming_files
def read_views(folders: Folders) -> tuple[ViewScore, ...]:
    """Every arm in every view, in the order of the file."""
    rows = records(folders.series("verdict", "arms.csv"))
    return tuple(ViewScore(row["view"], row["arm"], Interval(row["mean"], row["low"], row["high"])) for row in rows)


@naming_files
def read_doses(folders: Folders) -> tuple[Dose, ...]:
    """Engines with several amounts, by engine and amount."""
    found = []
    for row in records(folders.series("verdict", "dose.csv")):
        recall = None
        if "recall_mean" in row:
            recall = Interval(row["recall_mean"], row["recall_low"], row["recall_high"])
        score = Interval(row["mean"], row["low"], row["high"])
        found.append(Dose(str(row["engine"]), float(row["amount"]), score, recall))
    return tuple(sorted(found, key=lambda dose: (dose.engine, dose.amount)))


@naming_files
def read_class_changes(folders: Folders) -> tuple[ClassChange, ...]:
    """Every class under every arm, in the order of the file."""
    rows = records(folders.series("verdict", "classes.csv"))
    return tuple(
        ClassChange(str(row["label"]), str(row["arm"]), Interval(row["mean"], row["low"], row["high"])) for row in rows
    )
