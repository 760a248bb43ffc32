"""Generated rows for few shots: each example lends its class the spread of the nearest base classes.

Distribution calibration, Yang, Liu and Xu 2021, "Free lunch for few-shot learning": the distribution of a novel class
around an example is a Gaussian whose mean lies between the example and the means of its nearest base classes, with the
covariance of these classes. Rows are sampled from it and a logistic regression is fitted on examples and rows.
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from makeweight.core.params import Section
from makeweight.core.ranges import Count, Share, Size, SomeWeight, Weight
from makeweight.stages.fewshot import episodes
from makeweight.stages.fewshot.episodes import Episodes

SMALLEST_VARIANCE = 1e-9


class CalibrationParams(Section):
    """The whitened space, the lent distribution, and the logistic regression."""

    dimensions: Size
    """Of the space: directions with the largest variance within base classes."""
    shrinkage: Weight
    """Added to every direction's variance before whitening, in multiples of the mean variance."""
    base_classes: Count
    """How many of the nearest base classes lend mean and covariance."""
    base_weight: Share
    """Weight of their mean in the mean of the distribution; the rest is the example's."""
    rows: Count
    """Generated rows per class, divided among its examples."""
    strength: SomeWeight
    """C of the logistic regression: the weight of the rows against the penalty."""
    steps: Count
    """Of accelerated gradient descent."""


@dataclass(frozen=True)
class Whitening:
    """A linear map to a space in which base classes have about unit covariance."""

    mean: Tensor
    directions: Tensor
    """`(width, dimensions)`."""

    @classmethod
    def fit(cls, base: Tensor, classes: np.ndarray, config: CalibrationParams) -> "Whitening":
        """Fit on the normalised points `(n, width)` of base rows, by their differences to their class means."""
        labels = torch.from_numpy(classes).long()
        residuals = base - class_means(base, labels)[labels]
        _, values, directions = torch.linalg.svd(residuals, full_matrices=False)
        variances = values.square()[: config.dimensions] / len(base)
        # Base classes whose rows are all alike have no variance: then every direction counts the same.
        scales = (variances + config.shrinkage * variances.mean()).clamp(min=SMALLEST_VARIANCE).rsqrt()
        return cls(base.mean(0), directions[: config.dimensions].T * scales)

    def __call__(self, points: Tensor) -> Tensor:
        """Unit vectors `(n, dimensions)`."""
        return F.normalize((points - self.mean) @ self.directions)


def class_means(points: Tensor, labels: Tensor) -> Tensor:
    """Mean point of each class, `(classes, width)`; every class has a row."""
    return torch.stack([points[labels == one].mean(0) for one in range(int(labels.max()) + 1)])


def generate_rows(
    points: Tensor, base: Tensor, classes: np.ndarray, config: CalibrationParams, rng: torch.Generator
) -> Tensor:
    """Rows sampled around each point, as an example of a novel class, `(n, rows, width)`."""
    labels = torch.from_numpy(classes).long()
    means = class_means(base, labels)
    residuals = base - means[labels]
    nearest = torch.cdist(points, means).argsort(1)[:, : config.base_classes]
    generated = torch.empty(len(points), config.rows, points.shape[1])
    for row, lenders in enumerate(nearest):
        lent = residuals[torch.isin(labels, lenders)]
        mean = (1 - config.base_weight) * points[row] + config.base_weight * means[lenders].mean(0)
        # A product with normal numbers has the residuals' covariance, without a decomposition of it.
        normal = torch.randn(config.rows, len(lent), generator=rng)
        generated[row] = mean + normal @ lent / len(lent) ** 0.5
    return generated


def by_logistic_regression(
    points: Tensor, generated: Tensor | None, sampled: Episodes, config: CalibrationParams
) -> np.ndarray:
    """Predictions `(episodes, ways, queries)` of a logistic regression on each episode's examples.

    Args:
        points: of all rows that the episodes index, `(n, width)`.
        generated: rows around each of them `(n, rows, width)`, which are added to the examples; None adds nothing.
        sampled: the episodes.
        config: how many generated rows a class gets, and the regression.
    """
    per_example = 0 if generated is None else max(1, config.rows // sampled.shots)
    labels = torch.arange(sampled.ways).repeat_interleave(sampled.shots * (1 + per_example))
    predictions = []
    for support, query in episodes.batches(sampled):
        rows = points[torch.from_numpy(support)][:, :, :, None]
        if generated is not None:
            rows = torch.cat([rows, generated[torch.from_numpy(support), :per_example]], 3)
        rows = rows.flatten(1, 3)
        queries = points[torch.from_numpy(query.reshape(len(query), -1))]
        scores = logistic_scores(rows, labels, queries, config.strength, config.steps)
        predictions.append(scores.argmax(2).numpy().reshape(query.shape))
    return np.concatenate(predictions)


def logistic_scores(rows: Tensor, labels: Tensor, queries: Tensor, strength: float, steps: int) -> Tensor:
    """Class scores of queries by multinomial logistic regressions that are fitted at once, `(fits, queries, classes)`.

    Nesterov's accelerated gradient descent; the loss is scikit-learn's, mean cross-entropy plus |W|^2 / (2 C n).

    Args:
        rows: `(fits, n, width)`.
        labels: `(n,)`, the same for every fit.
        queries: `(fits, queries, width)`.
        strength: C.
        steps: of the descent.
    """
    fits, count, width = rows.shape
    targets = F.one_hot(labels).float()
    decay = 1 / (strength * count)
    # The largest curvature is at most half the mean squared length of a row (with the intercept's 1), plus the penalty.
    rate = 1 / (0.5 * (rows.square().sum(2).mean(1) + 1) + decay)[:, None, None]
    weights = before = torch.zeros(fits, width, targets.shape[1])
    intercepts = intercepts_before = torch.zeros(fits, 1, targets.shape[1])
    for step in range(steps):
        momentum = step / (step + 3)
        ahead = weights + momentum * (weights - before)
        intercepts_ahead = intercepts + momentum * (intercepts - intercepts_before)
        error = (torch.softmax(rows @ ahead + intercepts_ahead, 2) - targets) / count
        before, intercepts_before = weights, intercepts
        weights = ahead - rate * (rows.transpose(1, 2) @ error + decay * ahead)
        intercepts = intercepts_ahead - rate * error.sum(1, keepdim=True)
    return queries @ weights + intercepts
