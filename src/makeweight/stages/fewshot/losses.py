"""Losses of embeddings. Points are the network's outputs as they are; metric losses scale them to unit length first."""

from collections.abc import Callable
from typing import Literal

import torch
from pytorch_metric_learning.distances import LpDistance
from pytorch_metric_learning.losses import TripletMarginLoss
from pytorch_metric_learning.miners import BatchHardMiner, TripletMarginMiner
from torch import Tensor, nn
from torch.nn import functional as F

from makeweight.core.params import Section
from makeweight.core.ranges import SomeWeight, Weight
from makeweight.stages.fewshot import samplers
from makeweight.stages.fewshot.embedding import DifferenceHead

PAIR_SAMPLERS = {"balanced": samplers.balanced_pairs, "random": samplers.random_pairs}


class LossParams(Section):
    """Parameters of the losses; margins are distances between unit vectors, which lie between 0 and 2."""

    pair_sampling: Literal["balanced", "random"]
    contrastive_margin: Weight
    triplet_margin: Weight
    mining: Literal["semi_hard", "batch_hard", "random"]
    temperature: SomeWeight
    """Squared distances to prototypes are divided by this before the softmax."""


class SiameseLoss(nn.Module):
    """Binary cross-entropy of "same class" from the absolute difference of two embeddings."""

    def __init__(self, width: int, config: LossParams) -> None:
        super().__init__()
        self.head = DifferenceHead(width)
        self.pairs = PAIR_SAMPLERS[config.pair_sampling]

    def forward(self, points: Tensor, classes: Tensor, rng: torch.Generator) -> Tensor:
        """Mean over the pairs of a batch."""
        first, second, same = self.pairs(classes.cpu(), rng)
        points = F.normalize(points)
        logits = self.head(points[first], points[second])
        return F.binary_cross_entropy_with_logits(logits, same.to(logits))


class ContrastiveLoss(nn.Module):
    """Pull pairs of one class together and push other pairs away from each other, up to a margin."""

    def __init__(self, config: LossParams) -> None:
        super().__init__()
        self.margin = config.contrastive_margin
        self.pairs = PAIR_SAMPLERS[config.pair_sampling]

    def forward(self, points: Tensor, classes: Tensor, rng: torch.Generator) -> Tensor:
        """Mean over the pairs of a batch."""
        first, second, same = self.pairs(classes.cpu(), rng)
        points = F.normalize(points)
        return contrastive(F.pairwise_distance(points[first], points[second]), same.to(points.device), self.margin)


def contrastive(distance: Tensor, same: Tensor, margin: float) -> Tensor:
    """Mean of d^2 over same pairs and (margin - d)+^2 over others (Hadsell et al. 2006, equation 4, less its half)."""
    return torch.where(same, distance.square(), (margin - distance).clamp(min=0).square()).mean()


class TripletLoss(nn.Module):
    """Hinge loss of d(anchor, positive) - d(anchor, negative) + margin over triplets mined from the batch."""

    def __init__(self, config: LossParams) -> None:
        super().__init__()
        distance = LpDistance(normalize_embeddings=True)
        self.hinge = TripletMarginLoss(margin=config.triplet_margin, distance=distance)
        self.mine = miner(config, distance)

    def forward(self, points: Tensor, classes: Tensor, rng: torch.Generator) -> Tensor:
        """Mean over the triplets that violate the margin; zero where none does."""
        return self.hinge(points, classes, self.mine(points, classes, rng))


Miner = Callable[[Tensor, Tensor, torch.Generator], tuple[Tensor, Tensor, Tensor]]


def miner(config: LossParams, distance: LpDistance) -> Miner:
    """The function that chooses a batch's triplets: anchors, positives, negatives.

    semi_hard: the negative is farther than the positive but within the margin (Schroff et al. 2015); batch_hard: each
    anchor with its farthest positive and nearest negative (Hermans et al. 2017); random: any negative.
    """
    if config.mining == "random":
        return lambda points, classes, rng: samplers.random_triplets(classes.cpu(), rng)
    if config.mining == "batch_hard":
        hard = BatchHardMiner(distance=distance)
        return lambda points, classes, rng: hard(points, classes)
    semi_hard = TripletMarginMiner(config.triplet_margin, type_of_triplets="semihard", distance=distance)
    return lambda points, classes, rng: semi_hard(points, classes)


class PrototypicalLoss(nn.Module):
    """Each batch is an episode: half of a class's rows are its supports, the other half its queries."""

    def __init__(self, config: LossParams) -> None:
        super().__init__()
        self.temperature = config.temperature

    def forward(self, points: Tensor, classes: Tensor, rng: torch.Generator) -> Tensor:
        """Mean over the queries; the batch must hold equally many rows of each class, class by class."""
        ways = len(torch.unique(classes))
        grouped = F.normalize(points).view(ways, -1, points.shape[1])
        shots = grouped.shape[1] // 2
        return prototypical(grouped[:, :shots], grouped[:, shots:], self.temperature)


def prototypical(support: Tensor, query: Tensor, temperature: float) -> Tensor:
    """Cross-entropy over negative squared distances to class means (Snell et al. 2017, equations 1 and 2).

    Args:
        support: `(ways, shots, width)`.
        query: `(ways, queries, width)`.
        temperature: divides the squared distances.
    """
    ways, queries, width = query.shape
    distance = torch.cdist(query.reshape(-1, width), support.mean(1)).square()
    targets = torch.arange(ways, device=query.device).repeat_interleave(queries)
    return F.cross_entropy(-distance / temperature, targets)


class ClassifierLoss(nn.Module):
    """Cross-entropy of a linear layer over the base classes: the points are the classifier's features."""

    def __init__(self, width: int, classes: int) -> None:
        super().__init__()
        self.linear = nn.Linear(width, classes)

    def forward(self, points: Tensor, classes: Tensor, rng: torch.Generator) -> Tensor:
        """Mean over the batch."""
        return F.cross_entropy(self.linear(points), classes)
