"""How exactly a column's numbers are written: generated numbers are written no more exactly."""

from dataclasses import dataclass

import numpy as np

from makeweight.data.values.number_format import decimals_of, round_to

FIXED_DECIMALS = 6
"""Up to so many decimals a column counts as written with a fixed number of them, whatever the size of its numbers."""
EXACT_POWER = 22
"""Up to this power ten is exact as a float, and so is rounding to as many decimals."""
MOST_DIGITS = 17
"""Significant digits that write every float exactly."""


@dataclass(frozen=True, slots=True)
class Precision:
    """Decimals, and where numbers of very different magnitude are written with many of them, significant digits."""

    decimals: int = 0
    digits: int = MOST_DIGITS

    def rounded(self, values: np.ndarray) -> np.ndarray:
        """Return the numbers with the decimals and significant digits of the column; NaN stays NaN."""
        values = round_to(values, self.decimals)
        if self.digits >= MOST_DIGITS and self.decimals <= EXACT_POWER:
            return values
        return np.array([float(f"{value:.{self.digits - 1}e}") for value in values.tolist()])


def find_precision(values: np.ndarray) -> Precision:
    """Return the precision that writes each of the finite numbers exactly."""
    decimals = decimals_of(values)
    if decimals <= FIXED_DECIMALS and np.abs(values).max(initial=0) < 1e15:
        return Precision(decimals)
    return Precision(decimals, max(significant_digits(value) for value in np.unique(values).tolist()))


def significant_digits(value: float) -> int:
    """Return the digits of the shortest text that gives the number back, without zeros at either end."""
    return max(1, len(repr(abs(value)).lower().partition("e")[0].replace(".", "").strip("0")))
