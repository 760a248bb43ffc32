"""The quality of synthetic rows beside the real rows of their class: marginals, pair trends, copies and privacy."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from sklearn.neighbors import NearestNeighbors

from makeweight.app.balance_table import SyntheticRows
from makeweight.app.plan import Features
from makeweight.core.errors import InputError
from makeweight.stages.fidelity.marginals import column_gaps

BINS = 5
MAX_COMPARED = 2_000
"""Most synthetic rows in a comparison by distance; sampled where there are more."""


def agreement(real: np.ndarray, synthetic: np.ndarray) -> float:
    """Return 1 minus the total variation distance of two samples of codes (whole numbers from 0)."""
    width = int(max(real.max(), synthetic.max())) + 1
    shares = [np.bincount(codes, minlength=width) / len(codes) for codes in (real, synthetic)]
    return float(1 - np.abs(shares[0] - shares[1]).sum() / 2)


def codes_of(real: pd.DataFrame, synthetic: pd.DataFrame, numeric: tuple[str, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Code both tables as whole numbers: categories by name, numbers by quantiles of the real rows; missing too."""
    coded = [
        number_codes(real[name].to_numpy(), synthetic[name].to_numpy())
        if name in numeric
        else category_codes(real[name], synthetic[name])
        for name in real
    ]
    return np.column_stack([one for one, _ in coded]), np.column_stack([other for _, other in coded])


def number_codes(real: np.ndarray, synthetic: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Code each number by the fifth of the real numbers that it falls into."""
    present = real[~np.isnan(real)]
    edges = np.unique(np.quantile(present, np.arange(1, BINS) / BINS)) if len(present) else present
    one, other = (np.where(np.isnan(x), BINS, np.searchsorted(edges, x, "right")) for x in (real, synthetic))
    return one, other


def category_codes(real: pd.Series, synthetic: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    """Number the categories of both columns; missing is 0."""
    codes = pd.factorize(pd.concat([real, synthetic]))[0] + 1
    return codes[: len(real)], codes[len(real) :]


def compare(
    real: pd.DataFrame, synthetic: pd.DataFrame, numeric: tuple[str, ...]
) -> tuple[dict[str, float], dict[str, float]]:
    """Agreement of every column and of every pair of columns between real and synthetic rows of one class; 1 is best.

    A column scores 1 minus its gap in the marginals of the stage `fidelity`. Two numeric columns are compared by their
    Pearson correlation (1 - |difference| / 2), other pairs by their contingency table.
    """
    real_codes, synthetic_codes = codes_of(real, synthetic, numeric)
    names = [str(name) for name in real]
    gaps = column_gaps(real, synthetic, numeric, [name for name in names if name not in numeric])
    columns = {name: 1 - gaps[name] for name in names}
    pairs: dict[str, float] = {}
    powers = powers_of_two(real, numeric)
    correlations = [pd.DataFrame(scaled(table, numeric, powers)).corr().to_numpy() for table in (real, synthetic)]
    for first in range(len(names)):
        for second in range(first + 1, len(names)):
            if second < len(numeric):
                difference = abs(correlations[0][first, second] - correlations[1][first, second])
                if np.isnan(difference):  # one of the columns is constant: the pair has no trend
                    continue
                score = 1 - difference / 2
            else:
                width = int(max(real_codes[:, second].max(), synthetic_codes[:, second].max())) + 1
                joint = [codes[:, first] * width + codes[:, second] for codes in (real_codes, synthetic_codes)]
                score = agreement(*joint)
            pairs[f"{names[first]} × {names[second]}"] = float(score)
    return columns, pairs


def powers_of_two(table: pd.DataFrame, numeric: tuple[str, ...]) -> np.ndarray:
    """Return for each number column the power of two above its largest number."""
    return np.frexp(np.nanmax(np.abs(table[list(numeric)].to_numpy(dtype=float)), axis=0, initial=0.0))[1]


def scaled(table: pd.DataFrame, numeric: tuple[str, ...], powers: np.ndarray) -> np.ndarray:
    """Return the numbers within -1 and 1, to the last bit: squares of 1e300 are infinite, those of 1e-300 are zero."""
    return np.ldexp(table[list(numeric)].to_numpy(dtype=float), -powers)


def as_points(features: Features, tables: list[pd.DataFrame]) -> list[np.ndarray]:
    """Turn tables into points: numbers standardised by the real rows (missing: the mean), categories at distance 1."""
    numeric, categorical = features.roles
    powers = powers_of_two(features.table, numeric)
    values = scaled(features.table, numeric, powers)
    present = ~np.isnan(values)
    count = np.maximum(present.sum(axis=0), 1)
    centre = np.where(present, values, 0).sum(axis=0) / count
    std = np.sqrt(np.where(present, (values - centre) ** 2, 0).sum(axis=0) / count)
    std[std == 0] = 1.0
    points = []
    for table in tables:
        parts = [np.nan_to_num((scaled(table, numeric, powers) - centre) / std)]
        for name in categorical:
            known = np.unique(features.table[name].to_numpy(dtype=str))
            parts.append((table[name].to_numpy(dtype=str)[:, None] == known[None, :]) / np.sqrt(2))
        points.append(np.column_stack(parts))
    return points


def nearest(points: np.ndarray, among: np.ndarray) -> np.ndarray:
    """Return the distance of every point to its nearest neighbour `among` others."""
    return NearestNeighbors(n_neighbors=1).fit(among).kneighbors(points)[0][:, 0]


def subsample(count: int, rng: np.random.Generator) -> np.ndarray:
    """Return all row numbers, or MAX_COMPARED of them at random."""
    return np.arange(count) if count <= MAX_COMPARED else rng.choice(count, MAX_COMPARED, replace=False)


def copies(features: Features, synthetic: SyntheticRows, rng: np.random.Generator) -> float:
    """Return the share of synthetic rows that equal a real row in every used column."""
    rows = subsample(len(synthetic.labels), rng)
    real_points, points = as_points(features, [features.table, synthetic.table.iloc[rows]])
    return float((nearest(points, real_points) < 1e-9).mean())


def nearer_to_source(
    features: Features, regenerate: Callable[[Features, dict[str, int]], SyntheticRows], rng: np.random.Generator
) -> float:
    """Make rows from one half of each class; return the share that is nearer to that half than to the other half.

    0.5: the rows are no closer to their source than to rows never seen; 1.0: they reveal their source. Classes with
    fewer than 4 rows cannot be halved and are left out; NaN where no class remains.
    """
    source = np.zeros(len(features.labels), dtype=bool)
    halved = {}
    for name, count in zip(*np.unique(features.labels, return_counts=True), strict=True):
        rows = rng.permutation(np.flatnonzero(features.labels == name))
        source[rows[: -(-count // 2)]] = True
        halved[str(name)] = int(count)
    needed = {name: min(count, MAX_COMPARED // len(halved)) for name, count in halved.items() if count >= 4}
    if not needed:
        return float("nan")
    try:
        synthetic = regenerate(features.where(source), needed)
    except InputError:  # a column that has values in the other half only
        return float("nan")
    shares = []
    for name in needed:
        own = features.labels == name
        source_points, other_points, points = as_points(
            features,
            [features.table[own & source], features.table[own & ~source], synthetic.table[synthetic.labels == name]],
        )
        to_source, to_others = nearest(points, source_points[: len(other_points)]), nearest(points, other_points)
        shares.append(np.where(np.isclose(to_source, to_others), 0.5, to_source < to_others).mean())
    return float(np.mean(shares))


def report(
    features: Features,
    synthetic: SyntheticRows,
    regenerate: Callable[[Features, dict[str, int]], SyntheticRows],
    seed: int,
) -> dict[str, Any]:
    """Report the quality of synthetic rows; beside each agreement is that of two halves of the real rows."""
    rng = np.random.default_rng(seed)
    names, counts = np.unique(synthetic.labels, return_counts=True)
    weights = counts / counts.sum()
    scores: list[tuple[dict[str, float], dict[str, float]]] = []
    baseline: list[tuple[dict[str, float], dict[str, float]]] = []
    for name in names:
        real = features.table[features.labels == name][features.columns]
        own = synthetic.table[synthetic.labels == name][features.columns]
        scores.append(compare(real, own, features.numeric))
        halves = rng.permutation(len(real))
        half = max(1, len(real) // 2)
        other = real.iloc[halves[half:]] if len(real) > 1 else real
        baseline.append(compare(real.iloc[halves[:half]], other, features.numeric))
    columns, pairs = (averaged([score[part] for score in scores], weights) for part in (0, 1))
    baseline_columns, baseline_pairs = (averaged([score[part] for score in baseline], weights) for part in (0, 1))
    classes, real_counts = np.unique(features.labels, return_counts=True)
    return {
        "classes": {
            str(name): {"real": int(count), "synthetic": int((synthetic.labels == name).sum())}
            for name, count in zip(classes, real_counts, strict=True)
        },
        "columns": {name: {"synthetic": columns[name], "real_halves": baseline_columns[name]} for name in columns},
        "marginals": mean(columns),
        "marginals_of_real_halves": mean(baseline_columns),
        "pair_trends": mean(pairs),
        "pair_trends_of_real_halves": mean(baseline_pairs),
        "worst_pairs": dict(sorted(pairs.items(), key=lambda item: item[1])[:5]),
        "copies": copies(features, synthetic, rng),
        "nearer_to_source": none_if_nan(nearer_to_source(features, regenerate, rng)),
        "warnings": synthetic.warnings,
    }


def averaged(scores: list[dict[str, float]], weights: np.ndarray) -> dict[str, float]:
    """Average every score over the classes, weighted by synthetic rows; a class without the score is left out."""
    scored = pd.DataFrame(scores)
    shares = scored.notna().mul(weights, axis=0)
    return {str(name): float(value) for name, value in (scored.mul(weights, axis=0).sum() / shares.sum()).items()}


def mean(scores: dict[str, float]) -> float | None:
    """Return the mean, or None where there is no score."""
    return float(np.mean(list(scores.values()))) if scores else None


def none_if_nan(value: float) -> float | None:
    """Replace NaN by None, since JSON has no NaN."""
    return None if np.isnan(value) else value
