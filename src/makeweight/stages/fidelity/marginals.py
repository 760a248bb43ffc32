"""Marginals: does each column have the distribution of the real one, missing values included?"""

from collections.abc import Sequence

import numpy as np
import pandas as pd


def column_gaps(
    real: pd.DataFrame, synthetic: pd.DataFrame, numeric: Sequence[str], categorical: Sequence[str]
) -> dict[str, float]:
    """Column -> distance in [0, 1]: Kolmogorov-Smirnov for numbers, total variation for categories."""
    gaps = {column: number_gap(real[column], synthetic[column]) for column in numeric}
    return gaps | {column: category_gap(real[column], synthetic[column]) for column in categorical}


def number_gap(real: pd.Series, synthetic: pd.Series) -> float:
    """Largest gap between the distribution functions of the present values, or between the missing shares if larger."""
    missing = abs(float(real.isna().mean()) - float(synthetic.isna().mean()))
    present_real, present_synthetic = real.dropna(), synthetic.dropna()
    if present_real.empty or present_synthetic.empty:
        return missing
    return max(missing, largest_step(present_real.to_numpy(), present_synthetic.to_numpy()))


def largest_step(first: np.ndarray, second: np.ndarray) -> float:
    """Return the Kolmogorov-Smirnov statistic of two samples, of any size: SciPy's p-value warns of single values."""
    points = np.concatenate([first, second])
    shares = [np.searchsorted(np.sort(one), points, side="right") / len(one) for one in (first, second)]
    return float(np.abs(shares[0] - shares[1]).max())


def category_gap(real: pd.Series, synthetic: pd.Series) -> float:
    """Half the sum of the differences in share, "missing" being one more category."""
    shares = pd.concat([shares_of(real), shares_of(synthetic)], axis=1).fillna(0.0).to_numpy()
    return float(np.abs(shares[:, 0] - shares[:, 1]).sum() / 2)


def shares_of(column: pd.Series) -> pd.Series:
    """Category -> share of rows, missing as a category of its own."""
    present = column.dropna().astype(str).value_counts()
    counts = pd.concat([present, pd.Series({None: int(column.isna().sum())}, dtype="int64")])
    return counts / len(column)
