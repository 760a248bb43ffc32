"""Pool the suite's scores over tables: differences in points, intervals, a Bayesian test, and a table to print.

A difference is paired: the same split, the same learner, then the mean over learners. Tables made of one source share
rows, so the interval of a pooled mean takes sources, not tables, as independent (a cluster-robust standard error). The
interval of one table knows that its splits overlap (Nadeau and Bengio 2003). The Bayesian signed-rank test (Benavoli et
al. 2014) says how likely the next table is worse, equal or better by more than half a point. Of the uses of the engine
suite_noise.py says besides on how many tables they are truly worse.
"""

import numpy as np
import pandas as pd
from scipy import stats

from makeweight.results.resampled_t import pool
from suite_arms import AMOUNTS, ENGINE, NONE
from suite_noise import Measured, summary_of_truth

RULE, BEST_SIMPLE, CAREFUL = "decision_rule", "best_simple", f"{ENGINE}_if_clearly_better"
SIMPLE = (RULE, "class_weights", "undersampling_ensemble", "random_oversampling", "smote")
USES = (RULE, *(f"{ENGINE}_{amount}" for amount in AMOUNTS))
"""What the engine is used for: nothing, or an amount."""
EQUAL = 0.5
"""Points: smaller differences are of no practical importance."""
FEW_RARE_ROWS = 50
POINTS = 100
SCORES = ["macro_f1", "argmax_macro_f1", "average_precision"]
SAMPLES = 20_000
CELL = ["table", "split", "learner"]

Numbers = dict[str, float | int | str]


def pooled(scores: pd.DataFrame) -> Numbers:
    """Return the dotted names and values of the result file, scores and differences in points."""
    tables = scores.drop_duplicates("table").set_index("table")
    cells = by_arm(scores)
    results: Numbers = {
        "tables": len(tables),
        "sources": tables["family"].nunique(),
        "tables.few_rare_rows": int((tables["rare_rows"] <= FEW_RARE_ROWS).sum()),
        "splits": int(scores.drop_duplicates(["table", "split"]).shape[0]),
        "learners": ", ".join(sorted(scores["learner"].unique())),
        "engine_steps": int(scores["steps"].iloc[0]),
        "commit": ", ".join(sorted(scores["commit"].unique())),
    }
    for arm, found in cells.items():
        means = found.groupby("table").mean(numeric_only=True).mean()
        results |= {f"{arm}.{name}": rounded(means[name]) for name in SCORES}
    results |= contrasts(cells, tables) | truths(cells, tables)
    return results | one_table_each(cells, tables)


def by_arm(scores: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Return arm -> its scores in points per table, split and learner; also `none` and what is chosen out of fold.

    `none` is the largest probability of models that learned from the rows as they are; `decision_rule` is the same
    models with the rule.
    """
    held_out = ["held_out_macro_f1", "held_out_average_precision", "held_out_gain_error"]
    own = ["test_rows", "train_rows"]
    scaled = scores.assign(**{name: scores[name] * POINTS for name in SCORES + held_out})
    arms = {
        str(RULE if arm == NONE else arm): rows.set_index(CELL)[SCORES + held_out + own].sort_index()
        for arm, rows in scaled.groupby("arm")
    }
    plain = arms[RULE].assign(macro_f1=arms[RULE]["argmax_macro_f1"])
    simple = chosen(arms, SIMPLE)
    return {NONE: plain, **arms, BEST_SIMPLE: simple, ENGINE: chosen(arms, USES), CAREFUL: chosen(arms, USES, True)}


def chosen(arms: dict[str, pd.DataFrame], names: tuple[str, ...], careful: bool = False) -> pd.DataFrame:
    """Return the scores of the arm that is best out of fold, cell by cell; the first of equals.

    Average precision is that of the arm with the best average precision out of fold. `careful` takes an arm other than
    the first only where it is better by more than a standard error of the difference.
    """
    names = tuple(name for name in names if name in arms)
    index = arms[names[0]].index

    def column(name: str) -> np.ndarray:
        return np.stack([arms[arm].reindex(index)[name].to_numpy(float) for arm in names], axis=1)

    result = arms[names[0]].copy()
    for target, measured in (
        ("macro_f1", "held_out_macro_f1"),
        ("argmax_macro_f1", "held_out_macro_f1"),
        ("average_precision", "held_out_average_precision"),
    ):
        worth = column(measured)
        if careful:
            clear = worth - worth[:, :1] > column("held_out_gain_error")
            clear[:, 0] = True
            worth = np.where(clear, worth, -np.inf)
        best = np.nan_to_num(worth, nan=-np.inf).argmax(1)
        result[target] = column(target)[np.arange(len(best)), best]
        if target == "macro_f1":
            result["used"] = (best > 0).astype(float)
    return result


def contrasts(cells: dict[str, pd.DataFrame], tables: pd.DataFrame) -> Numbers:
    """Return every pooled difference: each arm less the rule, and the engine's use less the best simple way."""
    results: Numbers = {f"{arm}.used": rounded(cells[arm]["used"].mean(), 3) for arm in (ENGINE, CAREFUL)}
    for arm in cells:
        if arm != RULE:
            results |= summary(f"{arm}.less_{RULE}", table_means(cells[arm], cells[RULE], "macro_f1"), tables)
    few = tables["rare_rows"] <= FEW_RARE_ROWS
    for arm in (ENGINE, CAREFUL):
        name, one, two = f"{arm}.less_{BEST_SIMPLE}", cells[arm], cells[BEST_SIMPLE]
        per_table = table_means(one, two, "macro_f1")
        results |= summary(name, per_table, tables)
        for group, which in (("few_rare_rows", few), ("more_rare_rows", ~few)):
            results |= summary(f"{name}.{group}", per_table[per_table.index.isin(tables.index[which])], tables)
        for learner in one.index.unique("learner"):
            both = (each.xs(learner, level="learner", drop_level=False) for each in (one, two))
            results |= summary(f"{name}.{learner}", table_means(*both, "macro_f1"), tables)
    precision = table_means(cells[ENGINE], cells[BEST_SIMPLE], "average_precision")
    return results | summary(f"{ENGINE}.less_{BEST_SIMPLE}.average_precision", precision, tables)


def truths(cells: dict[str, pd.DataFrame], tables: pd.DataFrame) -> Numbers:
    """Return on how many tables the engine's use is truly worse than the best simple way, and than the rule."""
    sizes = cells[RULE].groupby("table")[["test_rows", "train_rows"]].mean()
    results: Numbers = {}
    for arm in (ENGINE, CAREFUL):
        for other in (BEST_SIMPLE, RULE):
            differences = split_differences(cells[arm], cells[other], "macro_f1")
            measured = Measured.of(differences, sizes["test_rows"] / sizes["train_rows"], tables)
            results |= summary_of_truth(f"{arm}.less_{other}", measured, EQUAL)
    return results


def split_differences(one: pd.DataFrame, two: pd.DataFrame, name: str) -> pd.Series:
    """Return the difference per table and split, the mean over learners; splits without one of the two are left out."""
    return (one[name] - two[name]).groupby(["table", "split"]).mean().dropna()


def table_means(one: pd.DataFrame, two: pd.DataFrame, name: str) -> pd.Series:
    """Return the mean difference per table."""
    return split_differences(one, two, name).groupby("table").mean()


def summary(name: str, per_table: pd.Series, tables: pd.DataFrame) -> Numbers:
    """Return mean, 95 % interval, shares of tables worse and better, and the Bayesian test; nothing without tables."""
    if per_table.empty:
        return {}
    mean, low, high = interval(per_table.to_numpy(), tables["family"].reindex(per_table.index).to_numpy())
    worse, equal, better = signed_rank(per_table.to_numpy())
    numbers = {"mean": mean, "low": low, "high": high, "tables": len(per_table)}
    numbers |= {"worse": (per_table < -EQUAL).mean(), "better": (per_table > EQUAL).mean()}
    numbers |= {"chance_worse": worse, "chance_equal": equal, "chance_better": better}
    return {f"{name}.{each}": rounded(value, 3) for each, value in numbers.items() if np.isfinite(value)}


def interval(values: np.ndarray, families: np.ndarray) -> tuple[float, float, float]:
    """Return mean and the ends of its 95 % interval, with families as independent; NaN ends for a single family."""
    mean = float(values.mean())
    names, codes = np.unique(families, return_inverse=True)
    if len(names) < 2:
        return mean, float("nan"), float("nan")
    sums = np.bincount(codes, weights=values - mean)
    error = np.sqrt((sums**2).sum() * len(names) / (len(names) - 1)) / len(values)
    margin = float(stats.t.ppf(0.975, len(names) - 1) * error)
    return mean, mean - margin, mean + margin


def overlapping(values: np.ndarray, test_by_train: float) -> tuple[float, float, float]:
    """Return mean and 95 % interval of one table's splits, whose train rows overlap (Nadeau and Bengio 2003)."""
    found = pool(values, test_by_train)
    return found.mean, found.low, found.high


def signed_rank(values: np.ndarray, seed: int = 0) -> tuple[float, float, float]:
    """Return how likely a difference is below, within and above half a point: the Bayesian signed-rank test.

    Weights of the tables, and of one table without a difference (the prior, of weight one half), are drawn from a
    Dirichlet distribution. A sample is for the region in which most pairs of tables, so weighted, have their mean.
    """
    values = np.append(values, 0.0)
    pairs = values[:, None] + values[None, :]
    below, above = (pairs < -2 * EQUAL).astype(float), (pairs > 2 * EQUAL).astype(float)
    strength = np.append(np.ones(len(values) - 1), 0.5)
    weights = np.random.default_rng(seed).dirichlet(strength, SAMPLES)
    masses = np.stack([((weights @ inside) * weights).sum(1) for inside in (below, above)], axis=1)
    regions = np.stack([masses[:, 0], 1 - masses.sum(1), masses[:, 1]], axis=1)
    worse, equal, better = np.bincount(regions.argmax(1), minlength=3) / SAMPLES
    return float(worse), float(equal), float(better)


def one_table_each(cells: dict[str, pd.DataFrame], tables: pd.DataFrame) -> Numbers:
    """Return what was found on each table, in the order of names."""
    results: Numbers = {}
    differences = split_differences(cells[ENGINE], cells[BEST_SIMPLE], "macro_f1")
    sizes = cells[RULE].groupby("table")[["test_rows", "train_rows"]].mean()
    for table in sorted(differences.index.unique("table")):
        own = differences.xs(table, level="table").to_numpy()
        mean, low, high = overlapping(own, sizes.loc[table, "test_rows"] / sizes.loc[table, "train_rows"])
        found: Numbers = {name: int(tables.loc[table, name]) for name in ("rows", "rare_rows")} | {"splits": len(own)}
        for arm in (NONE, RULE, BEST_SIMPLE, ENGINE):
            found[f"{arm}.macro_f1"] = rounded(cells[arm]["macro_f1"].xs(table).mean())
        ends = {"difference": mean, "difference.low": low, "difference.high": high}
        found |= {name: rounded(value) for name, value in ends.items() if np.isfinite(value)}
        results |= {f"table.{table}.{name}": value for name, value in found.items()}
    return results


def rounded(value: float, digits: int = 2) -> float:
    """Return a plain rounded number, never a negative zero."""
    return round(float(value), digits) + 0.0


def table_text(results: Numbers) -> str:
    """Return the pooled differences as lines of text: points, shares of tables, and chances."""
    heads = ("mean", "low", "high", "worse", "better", "chance_worse", "chance_equal", "chance_better")
    names = [name.removesuffix(".mean") for name in results if name.endswith(".mean") and ".truly_" not in name]
    width = max(len(name) for name in names)
    lines = [" " * width + "".join(f"{head:>14}" for head in heads)]
    for name in names:
        values = [results.get(f"{name}.{head}") for head in heads]
        lines.append(f"{name:{width}}" + "".join(" " * 14 if value is None else f"{value:14.2f}" for value in values))
    return "\n".join(lines)
