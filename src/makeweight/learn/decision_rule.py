"""The decision rule: which class to predict, given class probabilities, so that macro-F1 is high.

A model that learned from imbalanced rows gives rare classes small probabilities. The class with the largest one is
right for accuracy, not for macro-F1. The rule adds one number per class to the log-probabilities first: less `tau`
times the log of the class's prior (Menon et al. 2021), then a correction per class, found by coordinate ascent on
macro-F1. Both come from predictions of rows that the model has not learned from (out-of-fold predictions of the train
split). The corrections are the mean of searches on parts of the rows, shrunk by what each search was worth on the part
that it had not seen. Nothing in it is the winner of one comparison, which another seed or processor would turn over:
`tau`, the corrections and the share that is kept of them are means.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from makeweight.data.scores import macro_f1, macro_f1_of
from makeweight.learn.fusion import SMALLEST, softmax

TAUS = np.array(sorted(np.linspace(-1.0, 1.5, 26).round(6), key=abs))
"""Nearest to argmax first, since the first of equals is taken. Below 0, the prior is given back to a model that learned
from balanced rows: the best macro-F1 lies between its decision and that of the most probable class."""
CORRECTIONS = np.linspace(-2.0, 2.0, 41)
"""What a class's correction may be, in natural logarithms: at most a factor of 7.4."""
SHARES = np.linspace(0.0, 1.0, 5)
"""Of the corrections, those that may be kept: 0 is the rule of `tau` alone."""
PARTS, REPEATS, SWEEPS = 5, 3, 3
"""Parts of the rows, times that they are split into parts, and rounds over the classes within one search."""
DRAWS = 30
"""Bootstrap draws of the rows, for each time that they are split into parts; each names the best share to keep."""


@dataclass(frozen=True)
class DecisionRule:
    """What is added to log-probabilities before the largest is taken."""

    tau: float
    """How much of the log of the prior is taken from the log-probabilities: 0 nothing, 1 all of it; below 0: added."""
    biases: np.ndarray
    """float64 `(classes,)`: what is added to the log-probabilities in all, that of `tau` included."""
    kept: float = 0.0
    """Share of the corrections per class that was worth keeping, from 0 to 1; 0: `tau` alone."""
    warnings: Mapping[str, int] = field(default_factory=dict)
    """What was amiss with the rows that the rule was chosen on -> how often; empty where nothing was."""

    @classmethod
    def argmax(cls, classes: int) -> "DecisionRule":
        """The rule that changes nothing: the class with the largest probability."""
        return cls(0.0, np.zeros(classes))

    @classmethod
    def from_record(cls, record: Mapping, classes: Sequence[str]) -> "DecisionRule":
        """The rule that `as_record` wrote, with its numbers in the order of these classes."""
        biases = np.array([float(record["biases"][name]) for name in classes])
        return cls(float(record["tau"]), biases, float(record["kept"]), dict(record["warnings"]))

    def as_record(self, classes: Sequence[str]) -> dict:
        """The rule for a JSON file, its numbers under the names of the classes."""
        return {
            "tau": self.tau,
            "kept": self.kept,
            "biases": dict(zip(classes, map(float, self.biases), strict=True)),
            "threshold": self.threshold(),
            "warnings": dict(self.warnings),
        }

    def decide(self, probabilities: np.ndarray) -> np.ndarray:
        """The class index of every row, int `(n,)`, of probabilities `(n, classes)`."""
        return (logarithms(probabilities) + self.biases).argmax(1)

    def adjusted(self, probabilities: np.ndarray) -> np.ndarray:
        """Probabilities after the rule, float64 `(n, classes)`: the largest is the class that it decides for."""
        return softmax(logarithms(probabilities) + self.biases)

    def threshold(self) -> float | None:
        """Of two classes: the second is predicted where its probability is above this; None for more classes."""
        if len(self.biases) != 2:
            return None
        return float(1 / (1 + np.exp(self.biases[1] - self.biases[0])))


def favoured(threshold: float) -> tuple[int, float]:
    """Of two classes: the index of the one that a rule favours, and the probability above which that is predicted.

    Args:
        threshold: of the second class's probability, as `DecisionRule.threshold` returns it.
    """
    # The class that the rule favours is the one to look for.
    return (1, threshold) if threshold <= 0.5 else (0, 1 - threshold)


def choose_rule(
    probabilities: np.ndarray, labels: np.ndarray, prior: np.ndarray | None = None, seed: int = 0
) -> DecisionRule:
    """The rule with the highest macro-F1 that these rows can be trusted to show.

    Args:
        probabilities: class probabilities of rows that the model has not learned from `(n, classes)`.
        labels: class indices of these rows `(n,)`.
        prior: share of each class among the rows that the model learned from `(classes,)`; None: among these rows.
        seed: of the parts that the rows are split into.
    """
    logs, counts = logarithms(probabilities), np.bincount(labels, minlength=probabilities.shape[1])
    present = counts > 0
    warnings = {"few_rows": int((counts == 1).sum()), "absent_classes": int((~present).sum())}
    constant = len(logs) == 0 or bool(np.ptp(logs, axis=0).max() < SMALLEST)
    if constant or present.sum() < 2:
        rule = DecisionRule.argmax(len(counts))
        warnings["constant_probabilities"] = int(constant)
    else:
        prior = counts / len(labels) if prior is None else prior
        # A prior of 0 would make the biases of all other classes incomparable; such a class gets the mean below.
        steps = -np.log(np.maximum(prior, SMALLEST))
        tau, corrections, kept = search(logs, labels, steps, np.random.default_rng(seed))
        biases = tau * steps + kept * corrections
        biases[~present] = biases[present].mean()
        rule = DecisionRule(tau, biases, kept)
    decided = np.bincount(rule.decide(probabilities), minlength=len(counts))
    warnings["classes_given_nothing"] = int((present & (decided == 0)).sum())
    return DecisionRule(rule.tau, rule.biases, rule.kept, {name: n for name, n in warnings.items() if n})


def search(
    logs: np.ndarray, labels: np.ndarray, steps: np.ndarray, rng: np.random.Generator
) -> tuple[float, np.ndarray, float]:
    """The mean `tau` and corrections `(classes,)` of searches without one part of the rows each, and the share to keep.

    Args:
        logs: log-probabilities `(n, classes)`.
        labels: class indices `(n,)`.
        steps: what a `tau` of 1 adds to the log-probabilities `(classes,)`.
        rng: splits the rows into parts.
    """
    by_tau = np.stack([(logs + tau * steps).argmax(1) for tau in TAUS])
    taus, corrections, shares = [], [], []
    for _ in range(REPEATS):
        parts = stratified_parts(labels, rng)
        unseen = np.empty((len(SHARES), len(labels)), dtype=int)
        for part in range(PARTS):
            seen, left = parts != part, parts == part
            tau = TAUS[macro_f1_of(by_tau[:, seen], labels[seen], len(steps)).argmax()]
            found = ascend(logs[seen], labels[seen], tau * steps)
            for index, share in enumerate(SHARES):
                unseen[index, left] = (logs[left] + tau * steps + share * found).argmax(1)
            taus.append(tau)
            corrections.append(found)
        shares.append(share_to_keep(unseen, labels, len(steps), rng))
    return float(np.mean(taus)), np.mean(corrections, axis=0), float(np.mean(shares))


def share_to_keep(unseen: np.ndarray, labels: np.ndarray, classes: int, rng: np.random.Generator) -> float:
    """The share of the corrections with the highest macro-F1 on rows that they have not seen, as a mean over draws.

    The best share of one sample is often best by a single row; over bootstrap draws of the rows it moves by little
    when probabilities do.

    Args:
        unseen: class indices decided with each of `SHARES`, `(len(SHARES), n)`.
        labels: class indices `(n,)`.
        classes: number of classes.
        rng: draws the rows.
    """
    best = []
    for _ in range(DRAWS):
        drawn = rng.integers(len(labels), size=len(labels))
        # The first of equals: where corrections change nothing on rows that they have not seen, none is kept.
        best.append(SHARES[macro_f1_of(unseen[:, drawn], labels[drawn], classes).argmax()])
    return float(np.mean(best))


def stratified_parts(labels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A part of every row, int `(n,)`, at random, the rows of each class spread over the parts as evenly as can be."""
    order = rng.permutation(len(labels))
    order = order[np.argsort(labels[order], kind="stable")]
    parts = np.empty(len(labels), dtype=int)
    parts[order] = (np.arange(len(labels)) + rng.integers(PARTS)) % PARTS
    return parts


def ascend(logs: np.ndarray, labels: np.ndarray, start: np.ndarray) -> np.ndarray:
    """Corrections `(classes,)` on top of the start that raise macro-F1 on these rows, one class at a time.

    Args:
        logs: log-probabilities `(n, classes)`.
        labels: class indices `(n,)`.
        start: what the corrections are added to `(classes,)`.
    """
    scores = np.ascontiguousarray((logs + start).T)
    actual = np.bincount(labels, minlength=len(scores))
    corrections = np.zeros(len(scores))
    for _ in range(SWEEPS):
        before = corrections.copy()
        for index in np.flatnonzero(actual):
            own = scores[index] - corrections[index]
            scores[index] = -np.inf
            corrections[index] = best_correction(own, scores, labels, actual, int(index))
            scores[index] = own + corrections[index]
        if (corrections == before).all():
            break
    return corrections


def best_correction(own: np.ndarray, others: np.ndarray, labels: np.ndarray, actual: np.ndarray, index: int) -> float:
    """The correction of one class with the highest macro-F1, the smallest of equals.

    With all other classes fixed, a row goes to this class once the correction is above the lead of its best rival. So
    counts for all candidates are sums along the grid of candidates: no row is scored twice.

    Args:
        own: scores of the class without a correction `(n,)`.
        others: scores of all classes, those of this one -inf `(classes, n)`.
        labels: class indices `(n,)`.
        actual: rows per class `(classes,)`.
        index: which class.
    """
    classes, grid = len(actual), len(CORRECTIONS)
    rival = others.argmax(0)
    lead = np.take_along_axis(others, rival[None], axis=0)[0] - own
    # The first candidate that wins the row; past the grid where none does. A lead of its size leaves the row there.
    first = np.searchsorted(CORRECTIONS, lead, side="right")

    def won(rows: np.ndarray) -> np.ndarray:
        cells = np.bincount(first[rows] * classes + rival[rows], minlength=(grid + 1) * classes)
        return cells.reshape(grid + 1, classes)[:grid].cumsum(0)

    right = rival == labels
    lost_predictions, lost_hits = won(np.ones_like(right)), won(right)
    predicted = np.bincount(rival, minlength=classes) - lost_predictions
    hits = np.bincount(rival[right], minlength=classes) - lost_hits
    predicted[:, index] = lost_predictions.sum(1)
    hits[:, index] = won(labels == index).sum(1)
    worth = macro_f1(hits, predicted, actual)
    best = np.flatnonzero(worth >= worth.max() - 1e-12)
    return float(CORRECTIONS[best[np.abs(CORRECTIONS[best]).argmin()]])


def logarithms(probabilities: np.ndarray) -> np.ndarray:
    """Natural logarithms, float64, of probabilities kept above 0."""
    return np.log(np.maximum(probabilities.astype(np.float64), SMALLEST))
