"""One split of one table: every learner with every way of balancing, its rule chosen out of fold, scores on test."""

import warnings
import zlib
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import average_precision_score, log_loss
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold, train_test_split

from makeweight.core.progress import say
from makeweight.data.scores import score
from makeweight.learn.decision_rule import choose_rule
from makeweight.trial.repeats import split_rows
from suite_arms import ENGINE, NONE, STRENGTHS, Contestant
from suite_sets import MAX_ROWS, TableSet

FOLDS = 3
RESAMPLES = 200
"""Bootstrap samples of the out-of-fold rows, for the standard error of a gain."""

Probabilities = dict[str, np.ndarray]


def split_of(table: TableSet, split: int) -> tuple[np.ndarray, np.ndarray]:
    """Return positions of train and test rows: stratified, groups kept together, at most `MAX_ROWS` in all."""
    seed = zlib.crc32(f"{table.name} {split}".encode()) % 2**31
    rows, labels, groups = np.arange(len(table.frame)), table.target, table.groups
    if groups is not None:
        # Whole groups, until there are rows enough.
        order = np.random.default_rng(seed).permutation(np.unique(groups))
        rank = dict(zip(order, range(len(order)), strict=True))
        rows = np.array(sorted(rows, key=lambda row: rank[groups[row]]))[:MAX_ROWS]
    elif len(rows) > MAX_ROWS:
        rows, _ = train_test_split(rows, train_size=MAX_ROWS, stratify=labels, random_state=seed)
    train, test = split_rows(labels[rows], None if groups is None else groups[rows], seed)
    return rows[train], rows[test]


def folds_of(labels: np.ndarray, groups: np.ndarray | None, seed: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield positions to learn from and to predict; every row is predicted once."""
    kind = StratifiedKFold if groups is None else StratifiedGroupKFold
    return kind(FOLDS, shuffle=True, random_state=seed).split(np.zeros(len(labels)), labels, groups)


def run_split(table: TableSet, split: int, learners: Sequence[str]) -> list[dict[str, float | int | str]]:
    """Return a row of scores per learner and way of balancing; a way that failed has none, and a line tells why."""
    train, test = split_of(table, split)
    names, target = np.unique(table.target, return_inverse=True)
    features, labels = table.features, target[train]
    seed = 1000 * split
    groups = None if table.groups is None else table.groups[train]

    def contestant(seen: np.ndarray, unseen: np.ndarray, fold: int) -> Contestant:
        return Contestant.of(
            features.iloc[seen].reset_index(drop=True),
            target[seen],
            features.iloc[unseen],
            table.categorical,
            len(names),
            seed + fold,
        )

    with warnings.catch_warnings():
        # Of few rows and of columns with one value: told by the number of rare rows, and the same for every way.
        warnings.simplefilter("ignore", UserWarning)
        warnings.simplefilter("ignore", ConvergenceWarning)
        warnings.simplefilter("ignore", RuntimeWarning)
        folds = list(folds_of(labels, groups, seed))
        within = [contestant(train[seen], train[unseen], fold) for fold, (seen, unseen) in enumerate(folds)]
        strength = best_strength(within, folds, labels) if "logistic" in learners else 1.0
        held_out: Probabilities = {}
        for one, (_, unseen) in zip(within, folds, strict=True):
            for cell, found in predictions(one, learners, strength).items():
                held_out.setdefault(cell, np.full((len(labels), len(names)), np.nan))[unseen] = found
        tested = predictions(contestant(train, test, FOLDS), learners, strength)
    complete = [cell for cell in tested if cell in held_out and not np.isnan(held_out[cell]).any()]
    return [
        {"table": table.name, "split": split, "learner": learner, "arm": arm, "strength": strength}
        | {"train_rows": len(train), "test_rows": len(test)}
        | scores
        for learner in learners
        for arm, scores in scores_of(learner, complete, held_out, tested, labels, target[test], seed)
    ]


def best_strength(within: Sequence[Contestant], folds: Sequence[tuple[np.ndarray, ...]], labels: np.ndarray) -> float:
    """Return the strength of the logistic regression with the smallest log loss out of fold, as the rows are."""
    losses = []
    for strength in STRENGTHS:
        found = np.empty((len(labels), within[0].classes))
        for one, (_, unseen) in zip(within, folds, strict=True):
            found[unseen] = one.probabilities("logistic", one.as_it_is, strength)
        losses.append(log_loss(labels, found, labels=np.arange(found.shape[1])))
    return STRENGTHS[int(np.argmin(losses))]


def predictions(one: Contestant, learners: Sequence[str], strength: float) -> Probabilities:
    """Return `learner arm` -> class probabilities of the unseen rows, as if learned from the train rows as they are.

    Every way's probabilities are brought to the train rows' prior first: then the rule is chosen in the same way, and
    from the same candidates, whatever share of the classes a learner saw.
    """
    found: Probabilities = {}
    prior = np.bincount(one.labels, minlength=one.classes) / len(one.labels)
    for arm, make in one.ways().items():
        try:
            data = make()
            for learner in learners:
                raw = one.probabilities(learner, data, strength)
                found |= {f"{learner} {arm}": raw, f"{learner} {arm} corrected": corrected(raw, data.prior, prior)}
        except Exception as error:  # a way that fails must not end the others
            say(f"{arm} is left out: {type(error).__name__}: {str(error)[:150]}")
    return found


def corrected(probabilities: np.ndarray, seen: np.ndarray, prior: np.ndarray) -> np.ndarray:
    """Return probabilities under another prior than the one that the learner saw; 0 for classes that it did not see."""
    ratio = np.divide(prior, seen, out=np.zeros(len(prior)), where=seen > 0)
    weighted = probabilities * ratio
    return weighted / np.maximum(weighted.sum(1, keepdims=True), 1e-12)


def scores_of(
    learner: str,
    complete: Sequence[str],
    held_out: Probabilities,
    tested: Probabilities,
    labels: np.ndarray,
    test_labels: np.ndarray,
    seed: int,
) -> Iterator[tuple[str, Mapping[str, float]]]:
    """Yield each arm of a learner with its scores, from 0 to 1."""
    prior = np.bincount(labels, minlength=held_out[f"{learner} {NONE}"].shape[1]) / len(labels)
    plain: np.ndarray | None = None
    for cell in complete:
        name, arm, *rest = cell.split(" ")
        if name != learner or rest:
            continue
        own = f"{cell} corrected"
        rule = choose_rule(held_out[own], labels, prior, seed)
        decided = rule.decide(held_out[own])
        plain = decided if arm == NONE else plain
        yield (
            arm,
            {
                "macro_f1": macro_f1(test_labels, rule.decide(tested[own])),
                "argmax_macro_f1": macro_f1(test_labels, tested[cell].argmax(1)),
                "average_precision": precision(test_labels, tested[cell]),
                "held_out_macro_f1": macro_f1(labels, decided),
                "held_out_average_precision": precision(labels, held_out[cell]),
                "held_out_gain_error": gain_error(labels, decided, plain, seed) if arm.startswith(ENGINE) else 0.0,
            },
        )


def macro_f1(labels: np.ndarray, predicted: np.ndarray) -> float:
    """Return the mean F1 of the classes that the labels have."""
    return score(labels, predicted, int(max(labels.max(), predicted.max())) + 1).macro_f1


def precision(labels: np.ndarray, probabilities: np.ndarray) -> float:
    """Return the average precision: of the rarer of two classes, else the mean of all that the labels have."""
    counts = np.bincount(labels, minlength=probabilities.shape[1])
    classes = np.flatnonzero(counts)
    chosen = [counts.argmin()] if len(counts) == 2 else classes
    return float(np.mean([average_precision_score(labels == label, probabilities[:, label]) for label in chosen]))


def gain_error(labels: np.ndarray, decided: np.ndarray, plain: np.ndarray | None, seed: int) -> float:
    """Return the standard error of a difference of macro-F1 on the same rows, by bootstrap of the rows."""
    if plain is None:
        return 0.0
    rng = np.random.default_rng(seed)
    gains = []
    for _ in range(RESAMPLES):
        rows = rng.integers(len(labels), size=len(labels))
        gains.append(macro_f1(labels[rows], decided[rows]) - macro_f1(labels[rows], plain[rows]))
    return float(np.std(gains, ddof=1))
