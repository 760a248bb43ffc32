"""How good predictions are: accuracy, precision, recall and F1, per class and averaged; the one definition of each.

Three scores judge probabilities, not a decision: average precision, log loss, and balanced accuracy after the prior is
corrected for.

The formulas on counts take any leading axes, so that one table of predictions and thousands of bootstrap samples go
through the same code. They are below `learn/` and need only numpy: the verdict scores predictions that were made
long before, and must not be computed again when the training of networks changes.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


def recall_per_class(hits: np.ndarray, actual: np.ndarray) -> np.ndarray:
    """Share of each class that was predicted as such, `(..., classes)`; NaN for a class without a row.

    Args:
        hits: rows of each class that were predicted right `(..., classes)`.
        actual: rows of each class, broadcast against `hits`.
    """
    return quotient(hits, actual, np.broadcast_to(actual > 0, hits.shape))


def f1_per_class(hits: np.ndarray, predicted: np.ndarray, actual: np.ndarray) -> np.ndarray:
    """Harmonic mean of precision and recall of each class `(..., classes)`; NaN for a class without a row.

    Args:
        hits: rows of each class that were predicted right `(..., classes)`.
        predicted: rows that each class was predicted for `(..., classes)`.
        actual: rows of each class, broadcast against `hits`.
    """
    return quotient(2 * hits, actual + predicted, np.broadcast_to(actual > 0, hits.shape))


def quotient(part: np.ndarray, whole: np.ndarray, where: np.ndarray) -> np.ndarray:
    """Part over whole where the mask is true, NaN elsewhere; float32 stays float32."""
    empty = np.full(part.shape, np.nan, dtype=np.result_type(part, np.float32))
    return np.divide(part, whole, out=empty, where=where)


def mean_over_classes(values: np.ndarray) -> np.ndarray:
    """Mean over the last axis of the classes that have rows (are not NaN), `(...)`; 0 where none has."""
    present = np.isfinite(values)
    return np.nan_to_num(values).sum(-1) / np.maximum(present.sum(-1), 1)


def macro_f1(hits: np.ndarray, predicted: np.ndarray, actual: np.ndarray) -> np.ndarray:
    """Mean F1 over the classes that have rows, `(...)`; arguments as in `f1_per_class`."""
    return mean_over_classes(f1_per_class(hits, predicted, actual))


def macro_f1_of(predicted: np.ndarray, labels: np.ndarray, classes: int) -> np.ndarray:
    """Macro-F1 of each row of predicted class indices `(candidates, n)`, float `(candidates,)`."""
    candidates = len(predicted)
    cells = predicted + classes * np.arange(candidates)[:, None]

    def count(which: np.ndarray) -> np.ndarray:
        return np.bincount(which, minlength=candidates * classes).reshape(candidates, classes)

    actual = np.bincount(labels, minlength=classes)
    return macro_f1(count(cells[predicted == labels]), count(cells.ravel()), actual)


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
    def predicted(self) -> np.ndarray:
        """Predictions per class."""
        return self.confusion.sum(0)

    @property
    def hits(self) -> np.ndarray:
        """Right predictions per class."""
        return np.diag(self.confusion)

    @property
    def precision(self) -> np.ndarray:
        """Share of each class's predictions that are right; 0 for a class that was never predicted."""
        return np.nan_to_num(quotient(self.hits, self.predicted, self.predicted > 0))

    @property
    def recall(self) -> np.ndarray:
        """Share of each class that was predicted as such; 0 for a class without a row."""
        return np.nan_to_num(recall_per_class(self.hits, self.actual))

    @property
    def f1(self) -> np.ndarray:
        """Harmonic mean of precision and recall; 0 for a class without a row."""
        return np.nan_to_num(f1_per_class(self.hits, self.predicted, self.actual))

    @property
    def accuracy(self) -> float:
        """Share of rows whose class was predicted."""
        return float(np.trace(self.confusion) / self.confusion.sum())

    @property
    def macro_f1(self) -> float:
        """Mean F1 over the classes that have rows."""
        return float(macro_f1(self.hits, self.predicted, self.actual))

    @property
    def macro_recall(self) -> float:
        """Mean recall over the classes that have rows (balanced accuracy)."""
        return float(mean_over_classes(recall_per_class(self.hits, self.actual)))

    @property
    def weighted_f1(self) -> float:
        """Mean F1 over the classes, weighted by their rows."""
        return float(np.average(self.f1, weights=self.actual))

    def recall_of(self, classes: np.ndarray) -> float:
        """Mean recall over some of the classes (a mask), of those that have rows; 0 where none has."""
        return float(mean_over_classes(recall_per_class(self.hits, self.actual)[classes]))


def score(labels: np.ndarray, predicted: np.ndarray, classes: Sequence[str] | int) -> Scores:
    """Scores of class indices `(n,)` against class indices `(n,)`."""
    count = classes if isinstance(classes, int) else len(classes)
    return Scores(np.bincount(labels * count + predicted, minlength=count * count).reshape(count, count))


SMALLEST_PROBABILITY = 1e-7
"""Probabilities are kept this far from 0 where their logarithm is taken."""


def average_precision(probabilities: np.ndarray, labels: np.ndarray) -> float:
    """Mean over the classes that have rows of their average precision, one class against the rest.

    That is the mean of the precision at each row of the class, of all rows that are ranked as high or higher. It
    depends on no threshold. Rows with equal probabilities share a rank, so that their order changes nothing.

    Args:
        probabilities: of each class `(n, classes)`.
        labels: class indices `(n,)`.
    """
    precisions = []
    for index in np.unique(labels):
        order = np.argsort(-probabilities[:, index], kind="stable")
        ranked, right = probabilities[order, index], np.cumsum(labels[order] == index)
        last = np.append(np.flatnonzero(np.diff(ranked)), len(ranked) - 1)
        gained = np.diff(right[last], prepend=0)
        precisions.append(float(np.sum(gained * right[last] / (last + 1)) / right[-1]))
    return float(np.mean(precisions)) if precisions else 0.0


def log_loss(probabilities: np.ndarray, labels: np.ndarray) -> float:
    """Mean negative natural logarithm of the probability of the right class, 0 at best; arguments as above."""
    if not len(labels):
        return 0.0
    own = probabilities[np.arange(len(labels)), labels].astype(np.float64)
    return float(-np.log(np.maximum(own, SMALLEST_PROBABILITY)).mean())


def prior_corrected(probabilities: np.ndarray, prior: np.ndarray) -> np.ndarray:
    """The class whose probability is highest above its prior, int `(n,)`: the best decision for balanced accuracy.

    Args:
        probabilities: of each class `(n, classes)`.
        prior: share of each class among the rows that were learned from `(classes,)`; a class without any is never
            predicted.
    """
    ratio = probabilities / np.maximum(prior, SMALLEST_PROBABILITY)
    return np.where(np.asarray(prior) > 0, ratio, -1.0).argmax(1)


def balanced_accuracy(probabilities: np.ndarray, labels: np.ndarray, prior: np.ndarray) -> float:
    """Mean recall over the classes that have rows, after the prior is corrected for; arguments as above."""
    return score(labels, prior_corrected(probabilities, prior), probabilities.shape[1]).macro_recall
