"""How new rows compare with the real rows of their class: marginals, pair trends, and how close they keep to them."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import ks_2samp
from sklearn.neighbors import NearestNeighbors

from makeweight.app.balance_table import Made
from makeweight.app.plan import Features
from makeweight.core.errors import InputError

BINS = 5
COMPARED = 2_000
"""Most new rows that take part in a comparison by distance; drawn at random where there are more."""


def agreement(real: np.ndarray, new: np.ndarray) -> float:
    """1 minus the total variation distance of two samples of codes (whole numbers from 0)."""
    width = int(max(real.max(), new.max())) + 1
    shares = [np.bincount(codes, minlength=width) / len(codes) for codes in (real, new)]
    return float(1 - np.abs(shares[0] - shares[1]).sum() / 2)


def number_agreement(real: np.ndarray, new: np.ndarray) -> float:
    """1 minus the Kolmogorov-Smirnov distance of the numbers there are, times the agreement of how many are missing."""
    present = 1 - abs(np.isnan(real).mean() - np.isnan(new).mean())
    real, new = real[~np.isnan(real)], new[~np.isnan(new)]
    if not len(real) or not len(new):
        return float(present)
    return float(present * (1 - ks_2samp(real, new).statistic))


def codes_of(real: pd.DataFrame, new: pd.DataFrame, numeric: tuple[str, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Both tables as whole numbers: categories by name, numbers by the real rows' quantiles; missing is a code too."""
    coded = [
        number_codes(real[name].to_numpy(), new[name].to_numpy())
        if name in numeric
        else category_codes(real[name], new[name])
        for name in real
    ]
    return np.column_stack([one for one, _ in coded]), np.column_stack([other for _, other in coded])


def number_codes(real: np.ndarray, new: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Which of the real rows' fifths each number falls into."""
    present = real[~np.isnan(real)]
    edges = np.unique(np.quantile(present, np.arange(1, BINS) / BINS)) if len(present) else present
    one, other = (np.where(np.isnan(x), BINS, np.searchsorted(edges, x, "right")) for x in (real, new))
    return one, other


def category_codes(real: pd.Series, new: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    """Categories numbered over both columns; missing is 0."""
    codes = pd.factorize(pd.concat([real, new]))[0] + 1
    return codes[: len(real)], codes[len(real) :]


def compare(
    real: pd.DataFrame, new: pd.DataFrame, numeric: tuple[str, ...]
) -> tuple[dict[str, float], dict[str, float]]:
    """Agreement of every column, and of every pair of columns, between real and new rows of one class; 1 is the best.

    A pair of numbers is judged by its Pearson correlation (1 - |difference| / 2), any other by its contingency table.
    """
    real_codes, new_codes = codes_of(real, new, numeric)
    names = [str(name) for name in real]
    columns: dict[str, float] = {}
    pairs: dict[str, float] = {}
    for position, name in enumerate(names):
        if name in numeric:
            columns[name] = number_agreement(real[name].to_numpy(), new[name].to_numpy())
        else:
            columns[name] = agreement(real_codes[:, position], new_codes[:, position])
    correlations = [table[list(numeric)].corr().to_numpy() for table in (real, new)]
    for first in range(len(names)):
        for second in range(first + 1, len(names)):
            if second < len(numeric):
                difference = abs(correlations[0][first, second] - correlations[1][first, second])
                if np.isnan(difference):  # one of the columns does not vary: there is no trend to keep
                    continue
                score = 1 - difference / 2
            else:
                width = int(max(real_codes[:, second].max(), new_codes[:, second].max())) + 1
                joint = [codes[:, first] * width + codes[:, second] for codes in (real_codes, new_codes)]
                score = agreement(*joint)
            pairs[f"{names[first]} × {names[second]}"] = float(score)
    return columns, pairs


def places(features: Features, tables: list[pd.DataFrame]) -> list[np.ndarray]:
    """Tables as points: numbers standardised by the real rows (missing: the mean), categories at distance 1."""
    numeric, categorical = features.roles
    values = features.table[list(numeric)].to_numpy(dtype=float)
    present = ~np.isnan(values)
    count = np.maximum(present.sum(axis=0), 1)
    centre = np.where(present, values, 0).sum(axis=0) / count
    spread = np.sqrt(np.where(present, (values - centre) ** 2, 0).sum(axis=0) / count)
    spread[spread == 0] = 1.0
    points = []
    for table in tables:
        parts = [np.nan_to_num((table[list(numeric)].to_numpy(dtype=float) - centre) / spread)]
        for name in categorical:
            known = np.unique(features.table[name].to_numpy(dtype=str))
            parts.append((table[name].to_numpy(dtype=str)[:, None] == known[None, :]) / np.sqrt(2))
        points.append(np.column_stack(parts))
    return points


def nearest(points: np.ndarray, among: np.ndarray) -> np.ndarray:
    """The distance of every point to the nearest of the others."""
    return NearestNeighbors(n_neighbors=1).fit(among).kneighbors(points)[0][:, 0]


def drawn(count: int, rng: np.random.Generator) -> np.ndarray:
    """Row numbers: all of them, or COMPARED at random."""
    return np.arange(count) if count <= COMPARED else rng.choice(count, COMPARED, replace=False)


def copies(features: Features, made: Made, rng: np.random.Generator) -> float:
    """The share of new rows that are equal to a real row in every used column."""
    rows = drawn(len(made.labels), rng)
    real, new = places(features, [features.table, made.table.iloc[rows]])
    return float((nearest(new, real) < 1e-9).mean())


def nearer_to_source(
    features: Features, remake: Callable[[Features, dict[str, int]], Made], rng: np.random.Generator
) -> float:
    """Make rows from one half of each class; the share that is nearer to that half than to the half left out.

    0.5 says that the rows keep no closer to what they were made from than to rows never seen; 1.0 that they tell where
    they come from. Classes with fewer than 4 rows cannot be halved and are left out; NaN where nothing can be said.
    """
    source = np.zeros(len(features.labels), dtype=bool)
    halved = {}
    for name, count in zip(*np.unique(features.labels, return_counts=True), strict=True):
        rows = rng.permutation(np.flatnonzero(features.labels == name))
        source[rows[: -(-count // 2)]] = True
        halved[str(name)] = int(count)
    needed = {name: min(count, COMPARED // len(halved)) for name, count in halved.items() if count >= 4}
    if not needed:
        return float("nan")
    try:
        made = remake(features.where(source), needed)
    except InputError:  # a column that has values in the other half only
        return float("nan")
    shares = []
    for name in needed:
        own = features.labels == name
        near, far, new = places(
            features, [features.table[own & source], features.table[own & ~source], made.table[made.labels == name]]
        )
        to_source, to_others = nearest(new, near[: len(far)]), nearest(new, far)
        shares.append(np.where(np.isclose(to_source, to_others), 0.5, to_source < to_others).mean())
    return float(np.mean(shares))


def report(
    features: Features, made: Made, remake: Callable[[Features, dict[str, int]], Made], seed: int
) -> dict[str, Any]:
    """The quality of new rows as plain numbers; beside each agreement stands what two halves of the real rows reach."""
    rng = np.random.default_rng(seed)
    names, counts = np.unique(made.labels, return_counts=True)
    weights = counts / counts.sum()
    scores: list[tuple[dict[str, float], dict[str, float]]] = []
    floor: list[tuple[dict[str, float], dict[str, float]]] = []
    for name in names:
        real = features.table[features.labels == name][features.columns]
        new = made.table[made.labels == name][features.columns]
        scores.append(compare(real, new, features.numeric))
        halves = rng.permutation(len(real))
        middle = max(1, len(real) // 2)
        other = real.iloc[halves[middle:]] if len(real) > 1 else real
        floor.append(compare(real.iloc[halves[:middle]], other, features.numeric))
    columns, pairs = (averaged([score[part] for score in scores], weights) for part in (0, 1))
    floor_columns, floor_pairs = (averaged([score[part] for score in floor], weights) for part in (0, 1))
    classes, real_counts = np.unique(features.labels, return_counts=True)
    return {
        "classes": {
            str(name): {"real": int(count), "new": int((made.labels == name).sum())}
            for name, count in zip(classes, real_counts, strict=True)
        },
        "columns": {name: {"new": columns[name], "real_halves": floor_columns[name]} for name in columns},
        "marginals": mean(columns),
        "marginals_of_real_halves": mean(floor_columns),
        "pair_trends": mean(pairs),
        "pair_trends_of_real_halves": mean(floor_pairs),
        "worst_pairs": dict(sorted(pairs.items(), key=lambda item: item[1])[:5]),
        "copies": copies(features, made, rng),
        "nearer_to_source": none_if_nan(nearer_to_source(features, remake, rng)),
        "warnings": made.warnings,
    }


def averaged(scores: list[dict[str, float]], weights: np.ndarray) -> dict[str, float]:
    """The mean over classes of every score, by their new rows; classes that lack a score are left out."""
    scored = pd.DataFrame(scores)
    shares = scored.notna().mul(weights, axis=0)
    return {str(name): float(value) for name, value in (scored.mul(weights, axis=0).sum() / shares.sum()).items()}


def mean(scores: dict[str, float]) -> float | None:
    """The plain mean, or None where there is nothing to average."""
    return float(np.mean(list(scores.values()))) if scores else None


def none_if_nan(value: float) -> float | None:
    """JSON has no NaN."""
    return None if np.isnan(value) else value
