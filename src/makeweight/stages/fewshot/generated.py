"""Does a generator help to tell novel classes apart? Only where it knows the class, and only with rows it never saw.

The generators are conditional on `label`, so they can make rows of the classes of the coarse labeling and of no other.
They were trained on the train rows of every label: what they add to K examples is knowledge of more than K examples,
and the question is whether that knowledge survives the way through made rows. Queries are rows outside the train split,
which no generator has seen.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from makeweight.learn import augment
from makeweight.stages.fewshot import episodes
from makeweight.stages.fewshot.episodes import EpisodeParams, Episodes
from makeweight.stages.fewshot.loop import Collection
from makeweight.stages.fewshot.methods import Embedder

WEIGHTS = (0.0, 0.25, 0.5, 0.75, 1.0)
"""Shares of a prototype that may come from made rows; 0 is no help. Chosen on the validation classes."""

VIEWS = 6
"""Augmented copies of an example in the arm that helps itself without a generator."""


REFERENCE = "examples"
"""The arm without help: K examples make the prototype."""


@dataclass(frozen=True)
class Made:
    """Rows that a generator made."""

    pictures: Tensor
    """uint8 `(n, channels, size, size)`."""
    names: np.ndarray
    """`(n,)` the class that each row was asked to be."""

    def of(self, names: Sequence[str]) -> np.ndarray:
        """Class position of each row among the names, -1 for other classes."""
        place = {name: number for number, name in enumerate(names)}
        return np.array([place.get(name, -1) for name in self.names], dtype=np.int64)


def extend(base: Collection, made: Made) -> Collection:
    """Base rows with at most as many made rows per class; each made row is a unit of its own."""
    classes = made.of(base.names)
    sizes = np.bincount(base.classes, minlength=len(base.names))
    rows = np.concatenate([np.flatnonzero(classes == one)[:size] for one, size in enumerate(sizes)])
    return Collection(
        torch.cat([base.pictures, made.pictures[rows]]),
        np.concatenate([base.classes, classes[rows]]),
        np.concatenate([base.units, base.units.max() + 1 + np.arange(len(rows))]),
        base.names,
        np.concatenate([base.held_out, np.zeros(len(rows), dtype=bool)]),
    )


@dataclass(frozen=True)
class Helpers:
    """One side's unit vectors, and what could stand in for further examples."""

    points: np.ndarray
    """`(n, width)`."""
    classes: np.ndarray
    views: np.ndarray
    """`(n, width)` mean of each row and its augmented copies."""
    made: dict[str, np.ndarray]
    """Engine -> mean of its rows per class `(classes, width)`; NaN where it made none."""


def prepare(embedder: Embedder, side: Collection, made: Mapping[str, Made], rng: torch.Generator) -> Helpers:
    """Embed the side, its augmented copies and the made rows of its classes."""
    means = {engine: average_made(embedder, rows, side.names) for engine, rows in made.items()}
    points = embedder.points(side.pictures)
    return Helpers(points.cpu().numpy(), side.classes, average_views(embedder, side.pictures, points, rng), means)


def average_made(embedder: Embedder, made: Made, names: Sequence[str]) -> np.ndarray:
    """Mean unit vector of each class' made rows, `(classes, width)`; NaN for a class of which none was made."""
    classes, points = made.of(names), embedder.points(made.pictures).cpu().numpy()
    members = [classes == one for one in range(len(names))]
    return np.stack([points[rows].mean(0) if rows.any() else np.full(points.shape[1], np.nan) for rows in members])


def average_views(embedder: Embedder, pictures: Tensor, points: Tensor, rng: torch.Generator) -> np.ndarray:
    """Mean of each row's unit vector and those of its augmented copies, `(n, width)`."""
    scaled = pictures.float().div(127.5).sub(1)
    total = points.clone()
    for _ in range(VIEWS):
        copies = augment.classic_pictures(scaled, rng).add(1).mul(127.5).round().byte()
        total += embedder.points(copies)
    return F.normalize(total).cpu().numpy()


def help_out(
    embedder: Embedder,
    validation: Collection,
    novel: Collection,
    made: Mapping[str, Made],
    config: EpisodeParams,
    rng: np.random.Generator,
) -> tuple[dict[str, dict[str, np.ndarray]], dict[str, float]]:
    """Arm -> setting -> accuracies per episode, every arm on the same episodes; and the weights that were chosen."""
    torch_rng = torch.Generator().manual_seed(int(rng.integers(2**31)))
    known, asked_side = (prepare(embedder, side, made, torch_rng) for side in (validation, novel))
    accuracies: dict[str, dict[str, np.ndarray]] = {}
    numbers: dict[str, float] = {}
    for shots in config.shots:
        trials = unseen_episodes(validation, shots, config, config.validation_count, rng)
        for asked in unseen_episodes(novel, shots, config, config.count, rng):
            setting = f"{asked.ways}_way_{shots}_shot_unseen"
            arms = {
                REFERENCE: answer(asked_side, asked, asked_side.points),
                "examples_with_views": answer(asked_side, asked, asked_side.views),
            }
            for engine in made:
                weight = choose_weight(known, trials, engine)
                numbers[f"examples_with_{engine}.weight.{shots}_shot"] = weight
                arms[f"examples_with_{engine}"] = answer(asked_side, asked, asked_side.points, engine, weight)
            for arm, answers in arms.items():
                accuracies.setdefault(arm, {})[setting] = episodes.accuracy(answers)
    return accuracies, numbers


def unseen_episodes(
    side: Collection, shots: int, config: EpisodeParams, count: int, rng: np.random.Generator
) -> list[Episodes]:
    """Episodes whose queries no generator has seen."""
    pool = episodes.eligible(side.classes, side.units, shots, config.queries, side.held_out)
    return [episodes.draw(pool, ways, count, rng) for ways in episodes.possible_ways(config.ways, len(pool))]


def choose_weight(known: Helpers, trials: list[Episodes], engine: str) -> float:
    """The weight that answers most validation episodes; no help where there are none, or where it is as good."""
    if not trials:
        return WEIGHTS[0]
    right = [episodes.accuracy(answer(known, trials[0], known.points, engine, weight)).mean() for weight in WEIGHTS]
    return WEIGHTS[int(np.argmax(right))]


def answer(
    side: Helpers, asked: Episodes, examples: np.ndarray, engine: str | None = None, weight: float = 0.0
) -> np.ndarray:
    """Answers `(episodes, ways, queries)` by prototypes, of which the share `weight` comes from an engine's rows.

    `examples` says what stands for a row that supports: `side.points` or `side.views`.
    """
    prototype = examples[asked.support].mean(2)
    if engine is not None:
        of_class = side.made[engine][side.classes[asked.support[:, :, 0]]]
        of_class = np.where(np.isnan(of_class), prototype, of_class)
        prototype = (1 - weight) * prototype + weight * of_class
    nearness = np.einsum("eaqd,ewd->eaqw", side.points[asked.query], prototype, optimize=True)
    answers: np.ndarray = (2 * nearness - np.square(prototype).sum(-1)[:, None, None, :]).argmax(-1)
    return answers
