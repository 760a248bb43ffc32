"""The distinct texts of a column with their counts, so that a long column is read once per text."""

from dataclasses import dataclass

import numpy as np
import pandas as pd


@dataclass(frozen=True, slots=True)
class DistinctTexts:
    """Texts in the order in which they appear."""

    texts: list[str]
    counts: np.ndarray
    """Cells per text, int64."""
    rows: np.ndarray
    """Positions of the text cells in the column, int64."""
    codes: np.ndarray
    """For each of these cells the position of its text in `texts`."""

    @classmethod
    def of_column(cls, cells: pd.Series) -> "DistinctTexts":
        """Return the texts of a column of strings."""
        codes, texts = pd.factorize(cells)
        rows = np.flatnonzero(codes >= 0)
        codes = codes if len(rows) == len(codes) else codes[rows]
        return cls([str(text) for text in texts], np.bincount(codes, minlength=len(texts)), rows, codes)

    @classmethod
    def of(cls, values: np.ndarray) -> "DistinctTexts":
        """Return the texts among the values of a column; other values are left out."""
        rows = np.fromiter((isinstance(value, str) for value in values), dtype=bool, count=len(values)).nonzero()[0]
        codes, texts = pd.factorize(values[rows])
        counts = np.bincount(codes, minlength=len(texts))
        return cls([str(text) for text in texts], counts, rows, codes)

    def spread(self, values: np.ndarray) -> np.ndarray:
        """Return for each cell the value of its text."""
        return values[self.codes]
