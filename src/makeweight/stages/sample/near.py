"""The real train rows at which synthetic ones begin, so that they come out near a class's edge."""

import numpy as np

CONFUSABLE_CLASSES = 3
"""A row begins in one of so many classes whose rows look most like its own class."""
OWN_SHARE = 0.5
"""Of the rows of a class, those that begin at a row of the class itself."""


def starting_rows(
    labels: np.ndarray, train: np.ndarray, probabilities: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """The number of the train row at which each new row begins, int `(n,)`.

    Every second row of a class begins at a row of the class, the others at a row of a confusable class: one whose rows
    a classifier finds like the class. A class without a train row has confusable ones only; one that is alone begins
    at its own rows only.

    Args:
        labels: class index of each new row.
        train: class index of each train row.
        probabilities: of a classifier for the train rows `(rows, classes)`, best those of rows that it did not learn.
        rng: which rows.
    """
    counts = np.bincount(train, minlength=probabilities.shape[1])
    prior = np.maximum(counts, 1) / len(train)
    # A rare class is seldom thought of: what counts is how often compared with its share.
    shares = probabilities / prior
    shares = shares / shares.sum(1, keepdims=True)
    begin = np.empty(len(labels), dtype=int)
    rows_of = [np.flatnonzero(train == name) for name in range(len(counts))]
    for name in np.unique(labels):
        members, own = np.flatnonzero(labels == name), rows_of[name]
        others = most_confusable(int(name), train, shares, counts)
        at_own = np.arange(len(members)) % round(1 / OWN_SHARE) == 0
        if not len(own) or not len(others):
            at_own[:] = bool(len(own))
        begin[members[at_own]] = rng.choice(own, at_own.sum()) if at_own.any() else 0
        sources = rng.choice(others, (~at_own).sum()) if len(others) else []
        begin[members[~at_own]] = [rng.choice(rows_of[source]) for source in sources]
    return begin


def most_confusable(name: int, train: np.ndarray, shares: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """The classes with train rows whose rows look most like the class, the most alike first."""
    others = np.flatnonzero(counts)
    others = others[others != name]
    alike = np.array([shares[train == other, name].mean() for other in others])
    return others[np.argsort(-alike, kind="stable")[:CONFUSABLE_CLASSES]]
