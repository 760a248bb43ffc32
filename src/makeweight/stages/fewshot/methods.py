"""Every few-shot method behind one interface: trained on base classes, it gives similarities between rows."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from makeweight.core.params import Section
from makeweight.core.ranges import Pixels, Size
from makeweight.stages.fewshot import episodes, losses, normalisation, training
from makeweight.stages.fewshot.embedding import EmbeddingNetwork, embed
from makeweight.stages.fewshot.episodes import Episodes
from makeweight.stages.fewshot.losses import LossParams
from makeweight.stages.fewshot.normalisation import Normalisation, NormalisationParams
from makeweight.stages.fewshot.picture_set import PictureSet
from makeweight.stages.fewshot.training import TrainingParams

Rule = Callable[[np.ndarray, Episodes], np.ndarray]
"""Similarities `(n, n)` and episodes -> predictions `(episodes, ways, queries)`."""

MAX_CENTRE_ROWS = 500
"""At most this many base rows, evenly spaced, give the mean that centring subtracts."""


class NetworkParams(Section):
    """The embedding network that all trained methods share."""

    picture_size: Pixels
    """Pictures are resized to this edge, in pixels."""
    filters: Size
    """Of the first convolution."""
    embedding_dim: Size


@dataclass(frozen=True)
class EpisodeClassifier:
    """A method's similarities `(n, n)` between the rows of a class set, and the rule that classifies queries."""

    similarity: np.ndarray
    rule: Rule

    def predict(self, sampled: Episodes) -> np.ndarray:
        """Predictions `(episodes, ways, queries)`: for each query the index of a way."""
        return self.rule(self.similarity, sampled)


@dataclass(frozen=True)
class Embedder:
    """A trained network with what is needed to compare its points."""

    network: nn.Module
    normalise: Normalisation
    head: nn.Module | None = None
    """Scores a pair of unit vectors; without one the inner product does."""

    def points(self, pictures: Tensor) -> Tensor:
        """Normalised points `(n, embedding_dim)`."""
        normalised: Tensor = self.normalise(embed(self.network, pictures))
        return normalised

    @torch.no_grad()
    def classifier(self, points: Tensor) -> EpisodeClassifier:
        """Similarities of all pairs of points, with the rule that fits them."""
        if self.head is None:
            return prototype_classifier(points)
        similarity = torch.cat([self.head(part[:, None], points[None]) for part in points.split(64)])
        return EpisodeClassifier(similarity.cpu().numpy(), episodes.by_mean_similarity)


def prototype_classifier(points: Tensor) -> EpisodeClassifier:
    """The nearest mean of the supports' points."""
    return EpisodeClassifier((points @ points.T).cpu().numpy(), episodes.by_prototype)


def build_embedder(
    network: nn.Module, base: PictureSet, config: NormalisationParams, head: nn.Module | None = None
) -> Embedder:
    """An embedder whose normalisation is fitted on base rows; a head was trained on unit vectors and gets these."""
    rows = base.pictures[:: -(-len(base) // MAX_CENTRE_ROWS)]
    config = config if head is None else normalisation.UNIT_LENGTH
    return Embedder(network, Normalisation.fit(embed(network, rows), config), head)


LOSSES: Mapping[str, Callable[[LossParams, int, int], nn.Module]] = {
    "siamese": lambda config, width, classes: losses.SiameseLoss(width, config),
    "contrastive": lambda config, width, classes: losses.ContrastiveLoss(config),
    "triplet": lambda config, width, classes: losses.TripletLoss(config),
    "prototypical": lambda config, width, classes: losses.PrototypicalLoss(config),
    "cnn_prototype": lambda config, width, classes: losses.ClassifierLoss(width, classes),
}
"""Methods that train a network on the base classes."""


def initial_network(shape: tuple[int, int, int], config: NetworkParams, seed: int) -> EmbeddingNetwork:
    """The untrained network; every method starts from the same weights."""
    torch.manual_seed(seed)
    return EmbeddingNetwork(shape, config.filters, config.embedding_dim)


@dataclass(frozen=True)
class TrainedState:
    """Weights and history of a trained method, in a form that can be sent from one process to another."""

    state: dict[str, np.ndarray]
    history: list[dict[str, float]]


class MetricLearner(nn.Module):
    """A network and the loss that it is trained with, which may have weights of its own."""

    def __init__(
        self, method: str, shape: tuple[int, int, int], classes: int, config: NetworkParams, loss: LossParams, seed: int
    ) -> None:
        super().__init__()
        self.network = initial_network(shape, config, seed)
        self.loss = LOSSES[method](loss, config.embedding_dim, classes)

    def embedder(self, base: PictureSet, config: NormalisationParams) -> Embedder:
        """The embedder of the current weights; `base` are the rows that these were trained on."""
        head = self.loss.head if isinstance(self.loss, losses.SiameseLoss) else None
        return build_embedder(self.network, base, config, head)


def train_method(
    learner: MetricLearner,
    base: PictureSet,
    validation: PictureSet,
    validation_episodes: Episodes,
    config: TrainingParams,
    normalised: NormalisationParams,
    seed: int,
) -> TrainedState:
    """Train on the base rows; the weights with the best accuracy on the validation episodes are kept."""

    def validate() -> float:
        embedder = learner.embedder(base, normalised)
        classifier = embedder.classifier(embedder.points(validation.pictures))
        return float(episodes.accuracy(classifier.predict(validation_episodes)).mean())

    history = list(training.train(learner.network, learner.loss, base, validate, config, seed))
    return TrainedState({name: tensor.cpu().numpy() for name, tensor in learner.state_dict().items()}, history)


def pixel_similarity(pictures: Tensor) -> np.ndarray:
    """Negative Euclidean distances between raw pictures, `(n, n)`."""
    flat = pictures.flatten(1).float() / 255
    return -torch.cdist(flat, flat).numpy()


def random_similarity(rows: int, rng: np.random.Generator) -> np.ndarray:
    """Symmetric random similarities `(rows, rows)`: the baseline at chance."""
    values = rng.random((rows, rows), dtype=np.float32)
    return np.minimum(values, values.T)
