"""Read every arm's answers, choose on validation, compare on test, and say in words what came out."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from makeweight.balance.arm import NONE, Arm
from makeweight.balance.train_split import minority_mask
from makeweight.core import files, outputs, params, paths
from makeweight.core.errors import InputError
from makeweight.core.params import Section
from makeweight.core.progress import say, track
from makeweight.data import samples
from makeweight.stages.verdict import draw
from makeweight.stages.verdict.judge import SIGN, Verdict, doses, judge, sentences, uses
from makeweight.stages.verdict.paired import Answers, Interval

FUSION = "fusion"


class Params(Section):
    """How often the test split is resampled, and the accepted chance that any word on a view is false."""

    bootstrap_samples: int
    family_wise_alpha: float


def read_predictions(arms: Sequence[str]) -> dict[str, pd.DataFrame]:
    """Every arm's answers."""
    tables = {}
    for arm in arms:
        path = paths.CONTEST / arm / "predictions.parquet"
        if not path.is_file():
            raise InputError(f"{path}: no such file; run `dvc repro contest`")
        columns = ["seed", "view", "split", "id", "label", "predicted"]
        tables[arm] = pd.read_parquet(path, columns=columns)
    return tables


def gather(
    tables: Mapping[str, pd.DataFrame], view: str, split: str, units: pd.Series, classes: Sequence[str]
) -> Answers | None:
    """The answers of one view and split; an arm that lacks a seed which others have is left out, and said so."""
    chosen = {arm: table[(table["view"] == view) & (table["split"] == split)] for arm, table in tables.items()}
    seeds = sorted(set().union(*(rows["seed"].unique() for rows in chosen.values())))
    complete = {arm: rows for arm, rows in chosen.items() if sorted(rows["seed"].unique()) == seeds}
    for arm in chosen.keys() - complete.keys():
        say(f"{view}: {arm} has no answer for some seed and is left out")
    if NONE not in complete:
        return None
    position = {name: place for place, name in enumerate(classes)}
    order = complete[NONE].loc[complete[NONE]["seed"] == seeds[0], ["id", "label"]]
    predicted = [
        [
            rows.loc[rows["seed"] == seed]
            .set_index("id")["predicted"]
            .loc[order["id"]]
            .map(position)
            .to_numpy(dtype=int)
            for seed in seeds
        ]
        for rows in complete.values()
    ]
    return Answers(
        arms=tuple(complete),
        labels=order["label"].map(position).to_numpy(dtype=int),
        units=units.loc[order["id"]].to_numpy(dtype=int),
        predicted=np.array(predicted),
        classes=len(classes),
    )


def measure(verdicts: Mapping[str, Verdict], headline: str) -> dict[str, float]:
    """The headline view in full, the other views by their means and words: helps 1, inconclusive 0, hurts -1."""
    numbers: dict[str, float] = {}
    for view, verdict in verdicts.items():
        in_full = view == headline
        prefix = "" if in_full else f"{view}."
        for score in ("macro_f1", "minority_recall"):
            for arm, interval in verdict.draws.scores(score).items():
                told = told_of(f"{prefix}{arm}.{score}", interval)
                numbers |= told if in_full else {f"{prefix}{arm}.{score}.mean": interval.mean}
        for arm in verdict.arms:
            numbers[f"{prefix}{arm}.recommended"] = int(arm == verdict.choices.recommended)
            numbers |= measure_claims(verdict, arm, f"{prefix}{arm}", in_full)
    main = verdicts[headline]
    return numbers | told_of("recommended.macro_f1", main.draws.score(main.choices.recommended, "macro_f1"))


def measure_claims(verdict: Verdict, arm: str, name: str, in_full: bool) -> dict[str, float]:
    """The words about one arm as numbers, with intervals and chances for the headline."""
    numbers: dict[str, float] = {}
    for reference, claims in (("none", verdict.against_none), ("simple", verdict.against_simple)):
        if arm in claims:
            key = f"{name}.against_{reference}"
            numbers[f"{key}.word"] = SIGN[claims[arm].word]
            if in_full:
                numbers |= told_of(key, claims[arm].interval) | {f"{key}.p": claims[arm].interval.p}
    return numbers


def told_of(name: str, interval: Interval) -> dict[str, float]:
    """Mean, low and high."""
    return {f"{name}.mean": interval.mean, f"{name}.low": interval.low, f"{name}.high": interval.high}


def interval_table(verdict: Verdict) -> pd.DataFrame:
    """`arm, mean, low, high, verdict` and the same against the best simple arm, in points of macro-F1."""
    rows = []
    for arm, claim in verdict.against_none.items():
        points = claim.interval.points()
        row = {"arm": arm, "mean": points.mean, "low": points.low, "high": points.high, "verdict": claim.word}
        other = verdict.against_simple.get(arm)
        if other is not None:
            simple = other.interval.points()
            row |= {"simple_mean": simple.mean, "simple_low": simple.low, "simple_high": simple.high}
            row |= {"simple_verdict": other.word}
        rows.append(row)
    columns = ["arm", "mean", "low", "high", "verdict", "simple_mean", "simple_low", "simple_high", "simple_verdict"]
    return pd.DataFrame(rows, columns=columns)


def dose_table(verdict: Verdict, amounts: Mapping[str, Mapping[int, str]]) -> pd.DataFrame:
    """`engine, amount, mean, low, high` of macro-F1, `recall_...` of minority recall, in points."""
    rows = []
    f1, recall = (verdict.draws.scores(score) for score in ("macro_f1", "minority_recall"))
    for engine, arms in amounts.items():
        for amount, arm in arms.items():
            dose, caught = f1[arm].points(), recall[arm].points()
            row = {"engine": engine, "amount": amount, "mean": dose.mean, "low": dose.low, "high": dose.high}
            rows.append(row | {"recall_mean": caught.mean, "recall_low": caught.low, "recall_high": caught.high})
    columns = ["engine", "amount", "mean", "low", "high", "recall_mean", "recall_low", "recall_high"]
    return pd.DataFrame(rows, columns=columns)


def class_table(verdict: Verdict, classes: Sequence[str]) -> pd.DataFrame:
    """`label, arm, mean, low, high`: change of every class' recall against `none`, in points, for arms as trained."""
    rows = []
    for place, label in enumerate(classes):
        for arm, difference in verdict.draws.class_differences(NONE, place).items():
            if arm != NONE and arm not in verdict.choices.uses:
                change = difference.points()
                row = {"label": label, "arm": arm, "mean": change.mean, "low": change.low, "high": change.high}
                rows.append(row)
    return pd.DataFrame(rows, columns=["label", "arm", "mean", "low", "high"])


def arm_table(verdicts: Mapping[str, Verdict]) -> pd.DataFrame:
    """`view, arm, mean, low, high` of macro-F1 on the test split, in points."""
    rows = []
    for view, verdict in verdicts.items():
        for arm, interval in verdict.draws.scores("macro_f1").items():
            score = interval.points()
            rows.append({"view": view, "arm": arm, "mean": score.mean, "low": score.low, "high": score.high})
    return pd.DataFrame(rows)


def write_plots(
    verdicts: Mapping[str, Verdict],
    headline: str,
    amounts: Mapping[str, Mapping[int, str]],
    counts: dict[str, int],
    level: float,
) -> None:
    """All series and pictures below plots/verdict, and the sentences."""
    verdict = verdicts[headline]
    intervals, dosed = interval_table(verdict), dose_table(verdict, amounts)
    changes = class_table(verdict, sorted(counts))
    for name, series in (
        ("intervals", intervals),
        ("dose", dosed),
        ("classes", changes),
        ("arms", arm_table(verdicts)),
    ):
        outputs.write_csv("verdict", f"{name}.csv", series)
    pictures = {
        "intervals.png": draw.draw_arms(intervals, headline, level),
        "dose.png": draw.draw_doses(dosed),
        "classes.png": draw.draw_classes(changes, counts),
    }
    for name, picture in pictures.items():
        if picture is not None:
            outputs.write_png("verdict", name, picture)
    files.write_json(
        outputs.plot_path("verdict", "verdict.json"),
        {
            "view": headline,
            "recommended": verdict.choices.recommended,
            "best_simple": verdict.choices.best_simple,
            "uses": dict(verdict.choices.uses),
            "sentences": sentences(verdict),
        },
    )


def main() -> None:
    """Read all arms' answers and the split's units; write words, numbers and pictures."""
    settings = params.load(Params, "verdict")
    seed = int(params.value("seed"))
    engines = list(params.value("engines"))
    arms = {str(name): Arm.parse(str(name)).check(engines) for name in params.value("arms")}
    if NONE not in arms:
        raise InputError(f"params.yaml: `arms` must have {NONE!r}, which every other arm is compared with")
    split = samples.read(paths.SPLIT / "samples.parquet", columns=["id", "label", "split", "unit"])
    classes = samples.classes(split)
    train_labels = split.split("train").table["label"]
    few = minority_mask(train_labels.map(classes.index).to_numpy(), len(classes))
    units = pd.Series(pd.factorize(split.table["unit"])[0], index=split.table["id"])
    tables = read_predictions(list(arms))
    verdicts: dict[str, Verdict] = {}
    views = sorted(set().union(*(table["view"].unique() for table in tables.values())))
    for view in track(views, "verdict"):
        validation, test = (gather(tables, view, split, units, classes) for split in ("validation", "test"))
        if validation is None or test is None:
            say(f"{view}: no verdict, since {NONE} has no answer for some seed")
            continue
        there = [arms[name] for name in test.arms]
        verdicts[view] = judge(
            view, validation, test, few, uses(there), settings.bootstrap_samples, settings.family_wise_alpha, seed
        )
    if not verdicts:
        raise InputError(f"{paths.CONTEST}: {NONE} has no complete view; see its metrics for failed seeds")
    headline = FUSION if FUSION in verdicts else next(iter(verdicts))
    outputs.write_metrics("verdict", measure(verdicts, headline))
    there = [arm for name, arm in arms.items() if name in verdicts[headline].arms]
    write_plots(verdicts, headline, doses(there), train_labels.value_counts().to_dict(), settings.family_wise_alpha)
    for sentence in sentences(verdicts[headline]).values():
        say(sentence)


if __name__ == "__main__":
    main()
