"""Do synthetic rows improve the prototypes of novel classes? Only for classes that the generator knows.

The generators are conditional on `label`, so they can make rows of the classes of the coarse labeling and of no other.
They were trained on the train rows of every label: what they add to K examples is knowledge of more than K examples,
and the question is whether synthetic rows carry that knowledge. Queries are rows outside the train split, which no
generator has seen.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from makeweight.learn import augment
from makeweight.learn.training import as_picture
from makeweight.stages.fewshot import episodes
from makeweight.stages.fewshot.episodes import EpisodeParams, Episodes
from makeweight.stages.fewshot.methods import Embedder
from makeweight.stages.fewshot.picture_set import PictureSet

WEIGHTS = (0.0, 0.25, 0.5, 0.75, 1.0)
"""Weights of synthetic rows in a prototype; 0 uses none. Chosen on the validation classes."""

AUGMENTED_COPIES = 6
"""Augmented copies of each example in the arm that uses augmentation instead of a generator."""

REFERENCE = "examples"
"""The arm whose prototypes are means of the K examples alone."""


@dataclass(frozen=True)
class SyntheticPictures:
    """An engine's synthetic rows."""

    pictures: Tensor
    """uint8 `(n, channels, size, size)`."""
    names: np.ndarray
    """`(n,)` the class that each row was generated for."""

    def class_indices(self, names: Sequence[str]) -> np.ndarray:
        """Index of each row's class among the names, -1 for other classes."""
        index = {name: number for number, name in enumerate(names)}
        return np.array([index.get(name, -1) for name in self.names], dtype=np.int64)


def add_synthetic(base: PictureSet, synthetic: SyntheticPictures) -> PictureSet:
    """The base rows, then at most as many synthetic rows per class; each synthetic row is a unit of its own."""
    classes = synthetic.class_indices(base.names)
    sizes = np.bincount(base.classes, minlength=len(base.names))
    rows = np.concatenate([np.flatnonzero(classes == one)[:size] for one, size in enumerate(sizes)])
    return PictureSet(
        torch.cat([base.pictures, synthetic.pictures[rows]]),
        np.concatenate([base.classes, classes[rows]]),
        np.concatenate([base.units, base.units.max() + 1 + np.arange(len(rows))]),
        base.names,
        np.concatenate([base.held_out, np.zeros(len(rows), dtype=bool)]),
    )


@dataclass(frozen=True)
class EmbeddedSet:
    """The unit vectors of a class set, and what may take the place of further examples."""

    points: np.ndarray
    """`(n, embedding_dim)`."""
    classes: np.ndarray
    augmented: np.ndarray
    """`(n, embedding_dim)` mean of each row and its augmented copies."""
    synthetic: dict[str, np.ndarray]
    """Engine -> mean of its rows per class `(classes, embedding_dim)`; NaN for a class without any."""


def embed_set(
    embedder: Embedder, rows: PictureSet, synthetic: Mapping[str, SyntheticPictures], rng: torch.Generator
) -> EmbeddedSet:
    """Embed the rows, their augmented copies and the synthetic rows of their classes."""
    means = {engine: mean_synthetic(embedder, pictures, rows.names) for engine, pictures in synthetic.items()}
    points = embedder.points(rows.pictures)
    augmented = mean_augmented(embedder, rows.pictures, points, rng)
    return EmbeddedSet(points.cpu().numpy(), rows.classes, augmented, means)


def mean_synthetic(embedder: Embedder, synthetic: SyntheticPictures, names: Sequence[str]) -> np.ndarray:
    """Mean unit vector of each class's synthetic rows, `(classes, embedding_dim)`; NaN for a class without any."""
    classes, points = synthetic.class_indices(names), embedder.points(synthetic.pictures).cpu().numpy()
    members = [classes == one for one in range(len(names))]
    return np.stack([points[rows].mean(0) if rows.any() else np.full(points.shape[1], np.nan) for rows in members])


def mean_augmented(embedder: Embedder, pictures: Tensor, points: Tensor, rng: torch.Generator) -> np.ndarray:
    """Mean of each row's unit vector and those of its augmented copies, scaled to unit length, `(n, embedding_dim)`."""
    scaled = as_picture(pictures)
    total = points.clone()
    for _ in range(AUGMENTED_COPIES):
        copies = augment.classic_pictures(scaled, rng).add(1).mul(127.5).round().byte()
        total += embedder.points(copies)
    return F.normalize(total).cpu().numpy()


def compare_prototypes(
    embedder: Embedder,
    validation: PictureSet,
    novel: PictureSet,
    synthetic: Mapping[str, SyntheticPictures],
    config: EpisodeParams,
    rng: np.random.Generator,
) -> tuple[dict[str, dict[str, np.ndarray]], dict[str, float]]:
    """Arm -> setting -> accuracy of each episode, the same ones for every arm; and the chosen weights as metrics."""
    torch_rng = torch.Generator().manual_seed(int(rng.integers(2**31)))
    on_validation, on_novel = (embed_set(embedder, rows, synthetic, torch_rng) for rows in (validation, novel))
    accuracies: dict[str, dict[str, np.ndarray]] = {}
    numbers: dict[str, float] = {}
    for shots in config.shots:
        trials = held_out_episodes(validation, shots, config, config.validation_count, rng)
        for sampled in held_out_episodes(novel, shots, config, config.count, rng):
            setting = f"{sampled.ways}_way_{shots}_shot_unseen"
            arms = {
                REFERENCE: predict(on_novel, sampled, on_novel.points),
                "examples_with_augmentation": predict(on_novel, sampled, on_novel.augmented),
            }
            for engine in synthetic:
                weight = choose_weight(on_validation, trials, engine)
                numbers[f"examples_with_{engine}.weight.{shots}_shot"] = weight
                arms[f"examples_with_{engine}"] = predict(on_novel, sampled, on_novel.points, engine, weight)
            for arm, predictions in arms.items():
                accuracies.setdefault(arm, {})[setting] = episodes.accuracy(predictions)
    return accuracies, numbers


def held_out_episodes(
    rows: PictureSet, shots: int, config: EpisodeParams, count: int, rng: np.random.Generator
) -> list[Episodes]:
    """Episodes whose queries are outside the train split, so that no generator has seen them."""
    pool = episodes.eligible_classes(rows.classes, rows.units, shots, config.queries, rows.held_out)
    return [episodes.sample_episodes(pool, ways, count, rng) for ways in episodes.possible_ways(config.ways, len(pool))]


def choose_weight(validation: EmbeddedSet, trials: list[Episodes], engine: str) -> float:
    """The weight with the best accuracy on validation episodes, the smaller in a tie; 0 where there are no episodes."""
    if not trials:
        return WEIGHTS[0]
    accuracies = [
        episodes.accuracy(predict(validation, trials[0], validation.points, engine, weight)).mean()
        for weight in WEIGHTS
    ]
    return WEIGHTS[int(np.argmax(accuracies))]


def predict(
    rows: EmbeddedSet, sampled: Episodes, examples: np.ndarray, engine: str | None = None, weight: float = 0.0
) -> np.ndarray:
    """Predictions `(episodes, ways, queries)` by prototypes.

    Args:
        rows: the class set that the episodes index.
        sampled: the episodes.
        examples: vectors of the supports, `rows.points` or `rows.augmented`.
        engine: whose synthetic rows are mixed into the prototypes.
        weight: of the synthetic rows in a prototype.
    """
    prototype = examples[sampled.support].mean(2)
    if engine is not None:
        of_class = rows.synthetic[engine][rows.classes[sampled.support[:, :, 0]]]
        of_class = np.where(np.isnan(of_class), prototype, of_class)
        prototype = (1 - weight) * prototype + weight * of_class
    nearness = np.einsum("eaqd,ewd->eaqw", rows.points[sampled.query], prototype, optimize=True)
    predictions: np.ndarray = (2 * nearness - np.square(prototype).sum(-1)[:, None, None, :]).argmax(-1)
    return predictions
