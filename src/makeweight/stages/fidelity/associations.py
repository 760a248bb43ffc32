"""Associations: are pairs of columns related as they are in real rows?"""

from collections.abc import Sequence
from itertools import combinations

import numpy as np
import pandas as pd


def pair_gap(
    real: pd.DataFrame, synthetic: pd.DataFrame, numeric: Sequence[str], categorical: Sequence[str]
) -> float | None:
    """Mean absolute difference in association over all pairs of columns; None with fewer than two columns.

    Spearman's rank correlation for two numbers, the correlation ratio for a number and a category, Cramer's V for two
    categories; missing numbers take the column's median, missing categories are one more category.
    """
    pairs = list(combinations([*numeric, *categorical], 2))
    if not pairs:
        return None
    gaps = [abs(association(real, pair, categorical) - association(synthetic, pair, categorical)) for pair in pairs]
    return float(np.mean(gaps))


def association(table: pd.DataFrame, pair: tuple[str, str], categorical: Sequence[str]) -> float:
    """Strength of association of two columns: [-1, 1] for two numbers, else [0, 1]; 0 where one is constant."""
    first, second = (column_codes(table[column], column in categorical) for column in pair)
    is_category = [column in categorical for column in pair]
    if all(is_category):
        return cramers_v(first, second)
    if not any(is_category):
        return correlation(first, second)
    return correlation_ratio(second, first) if is_category[1] else correlation_ratio(first, second)


def column_codes(column: pd.Series, is_category: bool) -> np.ndarray:
    """Ranks of numbers (ties share their mean), or the index of each row's category."""
    if is_category:
        return column.astype("string").fillna("").astype("category").cat.codes.to_numpy()
    return column.fillna(column.median()).rank().to_numpy()


def correlation(first: np.ndarray, second: np.ndarray) -> float:
    """Pearson's correlation; of ranks it is Spearman's."""
    if np.ptp(first) == 0 or np.ptp(second) == 0:
        return 0.0
    return float(np.corrcoef(first, second)[0, 1])


def correlation_ratio(category: np.ndarray, number: np.ndarray) -> float:
    """Root of the share of the number's variance that lies between the categories."""
    total = float(((number - number.mean()) ** 2).sum())
    if total == 0:
        return 0.0
    means = pd.Series(number).groupby(category).transform("mean").to_numpy()
    return float(np.sqrt(((means - number.mean()) ** 2).sum() / total))


def cramers_v(first: np.ndarray, second: np.ndarray) -> float:
    """Root of chi-squared over its largest possible value."""
    counts = pd.crosstab(first, second).to_numpy().astype(np.float64)
    smaller = min(counts.shape) - 1
    if smaller == 0:
        return 0.0
    expected = counts.sum(1, keepdims=True) * counts.sum(0, keepdims=True) / counts.sum()
    return float(np.sqrt(((counts - expected) ** 2 / expected).sum() / counts.sum() / smaller))
