"""Every way of telling new classes apart behind one contract: fitted on base classes, it says how alike rows are."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from makeweight.core.params import Section
from makeweight.stages.fewshot import episodes, loop, losses
from makeweight.stages.fewshot.embedding import EmbeddingNetwork, embed
from makeweight.stages.fewshot.episodes import Episodes
from makeweight.stages.fewshot.loop import Collection, TrainingParams
from makeweight.stages.fewshot.losses import LossParams

Answer = Callable[[np.ndarray, Episodes], np.ndarray]


CENTRE_ROWS = 1000
"""At most so many base rows, evenly taken, say where the middle of a classifier's features is."""


class NetworkParams(Section):
    """The embedding network that all trained methods share."""

    size: int
    """Pictures are resized to this edge."""
    filters: int
    """Of the first convolution."""
    width: int
    """Coordinates of an embedding, 64 to 512."""


@dataclass(frozen=True)
class Alike:
    """What a method makes of a collection: similarities `(n, n)`, and how an episode is answered from them."""

    similarity: np.ndarray
    answer: Answer


@dataclass(frozen=True)
class Embedder:
    """A trained network with what is needed to compare its points."""

    network: nn.Module
    centre: Tensor | None = None
    """Subtracted from points before they are normalised; the mean of the base rows for a classifier's features."""
    head: nn.Module | None = None
    """Scores a pair of unit vectors; without one the inner product does."""

    def points(self, pictures: Tensor) -> Tensor:
        """Unit vectors `(n, width)`."""
        points = embed(self.network, pictures)
        return F.normalize(points if self.centre is None else points - self.centre)

    @torch.no_grad()
    def compare(self, points: Tensor) -> Alike:
        """Similarities of all pairs of unit vectors."""
        if self.head is None:
            return Alike((points @ points.T).cpu().numpy(), episodes.by_prototype)
        similarity = torch.cat([self.head(part[:, None], points[None]) for part in points.split(64)])
        return Alike(similarity.cpu().numpy(), episodes.by_mean_similarity)


LOSSES: Mapping[str, Callable[[LossParams, int, int], nn.Module]] = {
    "siamese": lambda config, width, classes: losses.SiameseLoss(width, config),
    "contrastive": lambda config, width, classes: losses.ContrastiveLoss(config),
    "triplet": lambda config, width, classes: losses.TripletLoss(config),
    "prototypical": lambda config, width, classes: losses.PrototypicalLoss(config),
    "cnn_prototype": lambda config, width, classes: losses.ClassifierLoss(width, classes),
}
"""Methods that train a network on the base classes."""


def start(shape: tuple[int, int, int], config: NetworkParams, seed: int) -> EmbeddingNetwork:
    """The untrained network; every method starts from the same weights."""
    torch.manual_seed(seed)
    return EmbeddingNetwork(shape, config.filters, config.width)


@dataclass(frozen=True)
class Trained:
    """What training leaves, in a form that can leave the process that trained."""

    state: dict[str, np.ndarray]
    history: list[dict[str, float]]


class Trainee(nn.Module):
    """A network and the loss that it is trained towards, with whatever weights the loss has of its own."""

    def __init__(
        self, method: str, shape: tuple[int, int, int], classes: int, config: NetworkParams, loss: LossParams, seed: int
    ) -> None:
        super().__init__()
        self.network = start(shape, config, seed)
        self.loss = LOSSES[method](loss, config.width, classes)

    def embedder(self, base: Collection) -> Embedder:
        """How rows are compared after training on `base`."""
        if isinstance(self.loss, losses.ClassifierLoss):
            rows = base.pictures[:: -(-len(base) // CENTRE_ROWS)]
            return Embedder(self.network, centre=embed(self.network, rows).mean(0))
        return Embedder(self.network, head=self.loss.head if isinstance(self.loss, losses.SiameseLoss) else None)


def fit(
    trainee: Trainee, base: Collection, validation: Collection, asked: Episodes, config: TrainingParams, seed: int
) -> Trained:
    """Train on the base rows; the weights that answer the validation episodes best are kept."""

    def validate() -> float:
        embedder = trainee.embedder(base)
        alike = embedder.compare(embedder.points(validation.pictures))
        return float(episodes.accuracy(alike.answer(alike.similarity, asked)).mean())

    history = list(loop.train(trainee.network, trainee.loss, base, validate, config, seed))
    return Trained({name: tensor.cpu().numpy() for name, tensor in trainee.state_dict().items()}, history)


def pixels(pictures: Tensor) -> np.ndarray:
    """Negative Euclidean distances between raw pictures."""
    flat = pictures.flatten(1).float() / 255
    return -torch.cdist(flat, flat).numpy()


def chance(rows: int, rng: np.random.Generator) -> np.ndarray:
    """Similarities that know nothing."""
    drawn = rng.random((rows, rows), dtype=np.float32)
    return np.minimum(drawn, drawn.T)
