"""Scores of an embedding: intervals over episodes, verification of pairs, retrieval, cluster quality."""

from collections.abc import Mapping

import numpy as np
from scipy import stats
from sklearn.metrics import roc_auc_score, roc_curve, silhouette_score

CONFIDENCE = 0.95


def interval(scores: np.ndarray) -> dict[str, float]:
    """Mean with a 95 % interval of scores `(repeats, episodes)`.

    One repeat: over its episodes, so it holds for this network and these classes. Several: over the repeats' means
    (Student's t), so that it holds for other classes and trainings too.
    """
    sample = scores[0] if len(scores) == 1 else scores.mean(1)
    mean = float(sample.mean())
    standard_error = float(sample.std(ddof=1)) / len(sample) ** 0.5
    half = standard_error * float(stats.t.ppf((1 + CONFIDENCE) / 2, len(sample) - 1))
    return {"mean": mean, "low": mean - half, "high": mean + half}


def sample_pairs(
    classes: np.ndarray, units: np.ndarray, count: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """At most `count` random pairs of rows of different units, half of one class: first row, second row, same."""
    first, second = np.triu_indices(len(classes), k=1)
    allowed = units[first] != units[second]
    first, second = first[allowed], second[allowed]
    same = classes[first] == classes[second]
    half = min(count // 2, int(same.sum()), int((~same).sum()))
    kept = np.concatenate([rng.permutation(np.flatnonzero(kind))[:half] for kind in (same, ~same)])
    return first[kept], second[kept], same[kept]


def best_threshold(similarity: np.ndarray, same: np.ndarray) -> float:
    """The threshold of "same" with the best mean of the two kinds' accuracies."""
    false_accepts, true_accepts, thresholds = roc_curve(same, similarity, drop_intermediate=False)
    return float(thresholds[(true_accepts - false_accepts).argmax()])


def verify(similarity: np.ndarray, same: np.ndarray, threshold: float) -> dict[str, float]:
    """Accuracy at a threshold chosen elsewhere, area under the ROC curve, equal error rate."""
    false_accepts, true_accepts, _ = roc_curve(same, similarity, drop_intermediate=False)
    return {
        "accuracy": float(((similarity >= threshold) == same).mean()),
        "roc_auc": float(roc_auc_score(same, similarity)),
        "eer": equal_error_rate(false_accepts, 1 - true_accepts),
    }


def equal_error_rate(false_accepts: np.ndarray, false_rejects: np.ndarray) -> float:
    """Where the rates cross, on the straight line between the two nearest thresholds."""
    gap = false_accepts - false_rejects
    after = int(np.argmax(gap >= 0))
    if after == 0:
        return float(false_accepts[0])
    share = -gap[after - 1] / (gap[after] - gap[after - 1])
    return float(false_accepts[after - 1] + share * (false_accepts[after] - false_accepts[after - 1]))


def precision_at(
    similarity: np.ndarray, classes: np.ndarray, units: np.ndarray, depths: tuple[int, ...]
) -> Mapping[int, float]:
    """Depth k -> share of the query's class among the k most similar rows of other units; mean over classes."""
    other = np.where(units[:, None] == units[None, :], -np.inf, similarity)
    deepest = max(depths)
    order = np.argpartition(-other, min(deepest, len(classes) - 1), axis=1)[:, : deepest + 1]
    order = np.take_along_axis(order, (-np.take_along_axis(other, order, 1)).argsort(1, kind="stable"), 1)
    right = classes[order] == classes[:, None]
    found = {depth: right[:, :depth].mean(1) for depth in depths}
    members = [classes == one for one in np.unique(classes)]
    return {depth: float(np.mean([hit[rows].mean() for rows in members])) for depth, hit in found.items()}


def silhouette(points: np.ndarray, classes: np.ndarray) -> float:
    """Silhouette coefficient, -1 to 1: how much nearer rows are to their own class than to the next; mean over rows."""
    return float(silhouette_score(points, classes))
