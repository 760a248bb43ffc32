"""Read every arm's predictions, choose on validation, compare on test, and say in words what came out."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from makeweight.balance.arm import CEILING, NONE, Arm
from makeweight.core import outputs, params, paths
from makeweight.core.errors import InputError
from makeweight.core.params import Section
from makeweight.core.progress import say, track
from makeweight.core.ranges import Count, PartShare
from makeweight.data import card, reserved, samples
from makeweight.learn.views import FUSION
from makeweight.stages.verdict.bootstrap import bootstrap
from makeweight.stages.verdict.headroom import measure_headroom, read_headroom, with_headroom
from makeweight.stages.verdict.judge import Verdict, arms_of_engines, dose_curves, judge
from makeweight.stages.verdict.measures import measure
from makeweight.stages.verdict.new_groups import lines_of, read_new_groups
from makeweight.stages.verdict.new_groups_told import measure_new_groups, with_new_groups
from makeweight.stages.verdict.plots import plot_class_changes
from makeweight.stages.verdict.predictions import (
    align,
    check_ids,
    minority_classes,
    read_decisions,
    read_left_out,
    read_predictions,
    unit_numbers,
)
from makeweight.stages.verdict.record import arm_of_rule, verdict_record
from makeweight.stages.verdict.tables import (
    arm_table,
    class_table,
    confusion_table,
    dose_table,
    interval_table,
    rule_table,
)


class Params(Section):
    """How often the test split is resampled, and the accepted chance that any word on a view is false."""

    bootstrap_samples: Count
    family_wise_alpha: PartShare


def judge_views(
    tables: Mapping[str, pd.DataFrame], arms: Mapping[str, Arm], split: samples.Samples, settings: Params, seed: int
) -> dict[str, Verdict]:
    """View -> verdict, for every view in which `none` has predictions for all seeds.

    Args:
        tables: the predictions of every arm.
        arms: the parsed arms by name.
        split: the samples, with their units.
        settings: of the bootstrap.
        seed: of the bootstrap.
    """
    classes, minority = samples.classes(split), minority_classes(split)
    units = unit_numbers(split)
    verdicts: dict[str, Verdict] = {}
    for view in track(sorted(set().union(*(table["view"].unique() for table in tables.values()))), "verdict"):
        both = [align(tables, view, name, units, classes) for name in ("validation", "test")]
        complete = [predictions for predictions in both if predictions is not None]
        if len(complete) < len(both):
            say(f"{view}: no verdict, since {NONE} has no predictions for some seed")
            continue
        validation, test = (
            bootstrap(predictions, minority, settings.bootstrap_samples, settings.family_wise_alpha, seed)
            for predictions in complete
        )
        verdicts[view] = judge(view, validation, test, arms_of_engines(arms[name] for name in test.arms))
    return verdicts


def write_plots(
    verdicts: Mapping[str, Verdict],
    headline: str,
    arms: Mapping[str, Arm],
    counts: Mapping[str, dict[str, int]],
    record: Mapping[str, Any],
    decisions: Mapping[str, Any],
) -> None:
    """Write all tables, the picture and the record with the sentences below plots/verdict.

    Args:
        verdicts: of all views.
        headline: the view that is reported in full.
        arms: the parsed arms by name.
        counts: split (train, test) -> rows by class.
        record: of the headline's verdict, and which arms were left out.
        decisions: rules of the arm whose numbers are to be used.
    """
    verdict = verdicts[headline]
    changes = class_table(verdict, sorted(counts["train"]))
    curves = dose_curves(arm for name, arm in arms.items() if name in verdict.arms)
    outputs.write_csv("verdict", "intervals.csv", interval_table(verdict))
    outputs.write_csv("verdict", "dose.csv", dose_table(verdict, curves))
    outputs.write_csv("verdict", "classes.csv", changes)
    outputs.write_csv("verdict", "arms.csv", arm_table(verdicts))
    outputs.write_csv("verdict", "rule.csv", rule_table(decisions))
    picture = plot_class_changes(changes, counts["train"], counts["test"])
    if picture is not None:
        outputs.write_png("verdict", "classes.png", picture)
    outputs.write_record("verdict", "verdict.json", record)


def with_further_readings(
    record: dict[str, Any],
    verdict: Verdict,
    tables: Mapping[str, pd.DataFrame],
    split: samples.Samples,
    bootstrap_samples: int,
    seed: int,
) -> tuple[dict[str, Any], dict[str, float]]:
    """The record with what new groups and the headroom say, where the data have them, and the numbers of both.

    Args:
        record: of the verdict.
        verdict: of the headline.
        tables: the predictions of every arm, the ceiling too.
        split: the samples with their units, and groups if there are some.
        bootstrap_samples: how many.
        seed: of the bootstrap.
    """
    numbers: dict[str, float] = {}
    if "group" in split.table:
        group = card.chosen().columns.group or "group"
        second = read_new_groups(verdict, tables, split, group, bootstrap_samples, seed)
        if second is not None:
            record = with_new_groups(record, second, verdict.choices.chosen)
            numbers |= measure_new_groups(second)
    if CEILING in tables:
        headroom = read_headroom(verdict, tables, split, bootstrap_samples, seed)
        if headroom is not None:
            record = with_headroom(record, headroom, lines_of(verdict))
            numbers |= measure_headroom(headroom)
    return record, numbers


def main() -> None:
    """Read all arms' predictions and the split's units; write words, numbers and pictures."""
    settings = params.load(Params, "verdict")
    engines = list(params.names("engines"))
    arms = {name: Arm.parse(name).check(engines) for name in params.names("arms")}
    if NONE not in arms:
        raise InputError(f"params.yaml: `arms` must have {NONE!r}, which every other arm is compared with")
    columns = ["id", "label", reserved.SPLIT, reserved.UNIT]
    split = samples.read(paths.SPLIT / "samples.parquet", columns, optional=["group"])
    left_out = read_left_out(list(arms))
    trained = [arm for arm in arms if arm not in left_out]
    tables, seed = read_predictions(trained), params.seed()
    check_ids(tables, split)
    contestants = {arm: table for arm, table in tables.items() if not arms[arm].is_ceiling}
    verdicts = judge_views(contestants, arms, split, settings, seed)
    if not verdicts:
        raise InputError(f"{paths.CONTEST}: {NONE} has no complete view; see its metrics for failed seeds")
    headline = FUSION if FUSION in verdicts else next(iter(verdicts))
    verdict = verdicts[headline]
    decisions = read_decisions(arm_of_rule(verdict))
    record = verdict_record(verdict, decisions["rules"].get(headline)) | {"left_out": left_out}
    numbers = measure(verdicts, headline)
    record, more = with_further_readings(record, verdict, tables, split, settings.bootstrap_samples, seed)
    numbers |= more
    outputs.write_metrics("verdict", numbers)
    counts = {name: split.split(name).table["label"].value_counts().to_dict() for name in ("train", "test")}
    write_plots(verdicts, headline, arms, counts, record, decisions)
    outputs.write_csv("verdict", "confusion.csv", confusion_table(tables, headline, [record["recommended"], NONE]))
    for arm, reason in left_out.items():
        say(f"{arm} is left out: {reason}")
    for sentence in record["sentences"].values():
        say(sentence)


if __name__ == "__main__":
    main()
