"""The scores of several splits as one table, and pooled: one hypothesis per engine, and every arm beside it."""

import math
from typing import Any

import pandas as pd

from makeweight.balance.arm import DECISION_RULE, NONE
from makeweight.results.resampled_t import SINGLE_ALPHA, Pooled, pool
from makeweight.results.run import Run
from makeweight.results.verdict import HELPS, HURTS, INCONCLUSIVE

BEST_SIMPLE = "best_simple"
COLUMNS = ["repeat", "view", "line", "arm", "macro_f1", "argmax_macro_f1", "train_rows", "test_rows"]

Numbers = dict[str, float | int | str]


def scores_of(repeat: int, run: Run) -> pd.DataFrame:
    """One row per arm, one for the best simple arm and one per engine, as validation chose them, in points.

    An engine of which validation chose to add nothing is the decision rule (`none` where that is no arm).

    Args:
        repeat: the number of the split.
        run: what the split came to, with a verdict.
    """
    verdict, sizes = run.verdict, run.split_sizes
    assert verdict is not None and sizes is not None
    zero = DECISION_RULE if verdict.has_rule else NONE
    lines = {arm: arm for arm in verdict.arm_names} | {BEST_SIMPLE: verdict.best_simple} | dict(verdict.chosen)
    rows = []
    for line, arm in lines.items():
        scored = zero if line in verdict.chosen and arm == NONE else arm
        score = run.score(scored).macro_f1
        assert score is not None
        own: dict[str, Any] = {"repeat": repeat, "view": verdict.view, "line": line, "arm": arm, "macro_f1": score.mean}
        own |= {"argmax_macro_f1": run.scores_beside(scored, verdict.view).argmax_macro_f1}
        rows.append(own | {"train_rows": sizes.train, "test_rows": sizes.test})
    return pd.DataFrame(rows, columns=COLUMNS)


def pooled(scores: pd.DataFrame, engines: list[str], family_wise_alpha: float) -> Numbers:
    """Dotted names and numbers of the result file; scores and differences in points.

    `<engine>.less_best_simple` are the hypotheses, one per engine: their intervals hold together (Bonferroni). Names
    that begin with `exploratory` are about each arm by itself, each with a 95 % interval of its own.

    Args:
        scores: what `scores_of` returned, of all splits.
        engines: the engines' names.
        family_wise_alpha: the accepted chance that any word on an engine is false.
    """
    sizes = scores.groupby("repeat")[["train_rows", "test_rows"]].first()
    test_by_train = float((sizes["test_rows"] / sizes["train_rows"]).mean())
    by_line = scores.pivot(index="repeat", columns="line", values="macro_f1")
    results: Numbers = {
        "splits": len(by_line),
        "view": ", ".join(sorted(scores["view"].unique())),
        "train_rows": rounded(sizes["train_rows"].mean()),
        "test_rows": rounded(sizes["test_rows"].mean()),
        "family_wise_alpha": family_wise_alpha,
        f"{BEST_SIMPLE}.macro_f1": rounded(by_line[BEST_SIMPLE].mean()),
    }
    for engine in engines:
        chosen = scores.loc[scores["line"] == engine, "arm"]
        difference = (by_line[engine] - by_line[BEST_SIMPLE]).dropna()
        found = pool(difference, test_by_train, family_wise_alpha / len(engines))
        results |= {
            f"{engine}.macro_f1": rounded(by_line[engine].mean()),
            f"{engine}.used": int((chosen != NONE).sum()),
        }
        results |= told(f"{engine}.less_{BEST_SIMPLE}", found)
    for arm in [name for name in scores["line"].unique() if name not in (BEST_SIMPLE, *engines)]:
        results[f"exploratory.{arm}.macro_f1"] = rounded(by_line[arm].mean())
        for reference in (NONE, DECISION_RULE, BEST_SIMPLE):
            if reference in by_line and reference != arm:
                difference = (by_line[arm] - by_line[reference]).dropna()
                found = pool(difference, test_by_train, SINGLE_ALPHA)
                results |= told(f"exploratory.{arm}.less_{reference}", found)
    return results


def told(name: str, found: Pooled) -> Numbers:
    """The numbers of a pooled difference; a single split has a mean only."""
    numbers = {"mean": found.mean, "low": found.low, "high": found.high, "p": found.p, "std": found.std}
    numbers["detectable"] = found.detectable
    known: Numbers = {f"{name}.{key}": rounded(value) for key, value in numbers.items() if math.isfinite(value)}
    known[f"{name}.splits"] = found.splits
    if math.isfinite(found.low):
        known[f"{name}.word"] = HELPS if found.low > 0 else HURTS if found.high < 0 else INCONCLUSIVE
    return known


def rounded(value: float) -> float:
    """The number with four decimals, never a negative zero."""
    return round(float(value), 4) + 0.0


def sentences(results: Numbers, engines: list[str]) -> list[str]:
    """What was found for each engine."""
    said = []
    for engine in engines:
        name = f"{engine}.less_{BEST_SIMPLE}"
        start = f"{engine}, as validation chose to use it, against the best simple way"
        if f"{name}.word" not in results:
            said.append(f"{start}: {results[f'{name}.mean']:+.1f} points on one split, which says nothing about others")
            continue
        ends = f"{results[f'{name}.mean']:+.1f} points, {results[f'{name}.low']:+.1f} to {results[f'{name}.high']:+.1f}"
        word, detectable = results[f"{name}.word"], float(results[f"{name}.detectable"])
        found = f"; a true gain of {detectable:.1f} would be found four times in five" if detectable else ""
        end = found if word == INCONCLUSIVE else ""
        said.append(f"{start}, on {results[f'{name}.splits']} splits: {word} ({ends}{end})")
    return said
