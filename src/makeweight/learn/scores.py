"""How good predictions are: accuracy, precision, recall and F1, per class and on average."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Scores:
    """Counts of predictions against labels, and what follows from them."""

    confusion: np.ndarray
    """int `(classes, classes)`: actual class in rows, predicted in columns."""

    @property
    def actual(self) -> np.ndarray:
        """Rows per class."""
        return self.confusion.sum(1)

    @property
    def precision(self) -> np.ndarray:
        """Share of what was called so and is; 0 where nothing was called so."""
        return share(np.diag(self.confusion), self.confusion.sum(0))

    @property
    def recall(self) -> np.ndarray:
        """Share of what is so and was called so; 0 for a class without a row."""
        return share(np.diag(self.confusion), self.actual)

    @property
    def f1(self) -> np.ndarray:
        """Harmonic mean of precision and recall."""
        return share(2 * np.diag(self.confusion), self.confusion.sum(0) + self.actual)

    @property
    def accuracy(self) -> float:
        """Share of rows that were called by their class."""
        return float(np.trace(self.confusion) / self.confusion.sum())

    @property
    def macro_f1(self) -> float:
        """Mean F1 over the classes that have rows."""
        return float(self.f1[self.actual > 0].mean())

    @property
    def weighted_f1(self) -> float:
        """Mean F1 over the rows' classes."""
        return float(np.average(self.f1, weights=self.actual))

    def recall_of(self, classes: np.ndarray) -> float:
        """Mean recall over some of the classes (a mask), of those that have rows; 0 where none has."""
        chosen = classes & (self.actual > 0)
        return float(self.recall[chosen].mean()) if chosen.any() else 0.0


def share(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """Quotient, 0 where the whole is 0."""
    return np.divide(part, whole, out=np.zeros(len(part)), where=whole > 0)


def score(labels: np.ndarray, predicted: np.ndarray, classes: Sequence[str] | int) -> Scores:
    """Scores of class indices `(n,)` against class indices `(n,)`."""
    count = classes if isinstance(classes, int) else len(classes)
    return Scores(np.bincount(labels * count + predicted, minlength=count * count).reshape(count, count))
