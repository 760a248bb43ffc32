"""One repeat of the experiment: train on base classes, choose on validation classes, ask about novel ones."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from types import MappingProxyType
from typing import Literal

import numpy as np
import pandas as pd
import torch

from makeweight.core import progress, workers
from makeweight.core.params import Section
from makeweight.stages.fewshot import episodes, generated, methods, scores
from makeweight.stages.fewshot.division import DivisionParams, TooFewError
from makeweight.stages.fewshot.episodes import EpisodeParams, Episodes
from makeweight.stages.fewshot.generated import Made
from makeweight.stages.fewshot.loop import Collection, TrainingParams
from makeweight.stages.fewshot.losses import LossParams
from makeweight.stages.fewshot.methods import Alike, Embedder, NetworkParams, Trained, Trainee

REFERENCE = "cnn_prototype"
"""The plain prototype of a classifier's features: what every other method has to beat."""

VALIDATION_SHOTS = (5, 1)
"""Weights are chosen at 5 shots, or at 1 where no two validation classes are large enough."""


class MapParams(Section):
    """The picture of the novel classes before and after training."""

    method: Literal["siamese", "contrastive", "triplet", "prototypical", "cnn_prototype"]
    """Whose network is drawn, and answers the episode that is drawn."""
    perplexity: float
    neighbours: int
    """Of the kNN purity."""


class Params(Section):
    """The whole stage."""

    repeats: int
    """How often classes are dealt and networks trained anew."""
    division: DivisionParams
    network: NetworkParams
    training: TrainingParams
    losses: LossParams
    episodes: EpisodeParams
    pairs: int
    """Of the verification."""
    retrieval_depths: tuple[int, ...]
    map: MapParams


@dataclass(frozen=True)
class Outcome:
    """What one repeat found."""

    accuracies: dict[str, dict[str, np.ndarray]]
    """Method -> setting (`5_way_1_shot`) -> accuracy of each episode; every method answers the same episodes."""
    helped: dict[str, dict[str, np.ndarray]]
    """The same of prototypes that a generator helps, on episodes whose queries it never saw; empty without one."""
    numbers: dict[str, float]
    """Everything else, flat."""
    history: pd.DataFrame
    asked: dict[str, Episodes]
    """Setting -> the episodes."""
    alike: dict[str, Alike]
    """Method -> similarities of the novel rows."""
    embedders: dict[str, Embedder]
    points: dict[str, np.ndarray]
    """Method with a network -> unit vectors of the novel rows."""


def run(
    base: Collection,
    validation: Collection,
    novel: Collection,
    config: Params,
    seed: int,
    device: torch.device,
    made: Mapping[str, Made] = MappingProxyType({}),
) -> Outcome:
    """Train every method on the base rows and ask all of them the same questions about the novel rows.

    `made` holds the rows of each engine that knows the classes: the classifier is trained once more with them for each.
    """
    rng = np.random.default_rng(seed)
    chooser = validation_episodes(validation, config.episodes, rng)
    shape = base.shape

    jobs = {method: Job(method, base) for method in methods.LOSSES}
    jobs |= {f"{REFERENCE}_{engine}": Job(REFERENCE, generated.extend(base, rows)) for engine, rows in made.items()}

    def trainee(job: Job) -> Trainee:
        return Trainee(job.method, shape, len(base.names), config.network, config.losses, seed).to(device)

    def train(job: Job) -> Trained:
        return methods.fit(trainee(job), job.base, validation, chooser, config.training, seed)

    progress.say(f"training {', '.join(jobs)}: {config.training.steps} steps each")
    embedders = {"untrained": Embedder(methods.start(shape, config.network, seed).to(device))}
    history = []
    for (method, job), trained in zip(jobs.items(), workers.run_all(train, list(jobs.values()), device), strict=True):
        built = trainee(job)
        built.load_state_dict({name: torch.from_numpy(array) for name, array in trained.state.items()})
        embedders[method] = built.embedder(job.base)
        history += [{"method": method, **record} for record in trained.history]
    asked = {
        f"{one.ways}_way_{one.shots}_shot": one
        for shots in config.episodes.shots
        for one in possible_episodes(novel, shots, config.episodes.ways, config.episodes, config.episodes.count, rng)
    }
    if not asked:
        raise TooFewError(f"fewer than two novel classes have {config.episodes.queries} queries and an example apart")
    seen, _ = compare(embedders, validation, rng)
    alike, points = compare(embedders, novel, rng)
    chosen = {method: choose_neighbours(seen[method], validation, config.episodes, rng) for method in NEIGHBOURS}
    for method, neighbours in chosen.items():
        alike[method] = replace(alike[method], answer=partial(answer_by_chosen, neighbours=neighbours))
    accuracies = {
        method: {setting: episodes.accuracy(one.answer(one.similarity, ask)) for setting, ask in asked.items()}
        for method, one in alike.items()
    }
    numbers = {
        **{f"{method}.neighbours.{shots}_shot": k for method, ks in chosen.items() for shots, k in ks.items()},
        **count_eligible(novel, config.episodes),
        **measure_pairs(seen, alike, validation, novel, config.pairs, rng),
        **measure_map(alike, points, novel, config.retrieval_depths, config.map.neighbours),
    }
    helped: dict[str, dict[str, np.ndarray]] = {}
    if made:
        helped, weights = generated.help_out(embedders[REFERENCE], validation, novel, made, config.episodes, rng)
        numbers |= weights
    return Outcome(accuracies, helped, numbers, pd.DataFrame(history), asked, alike, embedders, points)


@dataclass(frozen=True)
class Job:
    """A network to train."""

    method: str
    base: Collection


NEIGHBOURS = ("knn", "cnn_knn")
"""Methods that vote among the nearest supports: on raw pixels, on a classifier's features."""


def possible_episodes(
    side: Collection, shots: int, ways: tuple[int, ...], config: EpisodeParams, count: int, rng: np.random.Generator
) -> list[Episodes]:
    """Episodes of every possible number of ways at these shots."""
    pool = episodes.eligible(side.classes, side.units, shots, config.queries)
    return [episodes.draw(pool, possible, count, rng) for possible in episodes.possible_ways(ways, len(pool))]


def validation_episodes(side: Collection, config: EpisodeParams, rng: np.random.Generator) -> Episodes:
    """The episodes that choose the weights.

    Raises:
        TooFewError: the side has no two classes of which one example and the queries could be taken.
    """
    for shots in VALIDATION_SHOTS:
        found = possible_episodes(side, shots, (min(config.ways),), config, config.validation_count, rng)
        if found:
            return found[0]
    raise TooFewError(f"fewer than two validation classes have {config.queries} queries and an example of other units")


def compare(
    embedders: dict[str, Embedder], side: Collection, rng: np.random.Generator
) -> tuple[dict[str, Alike], dict[str, np.ndarray]]:
    """Every method's similarities between the rows of one side, baselines last; the unit vectors of the networks."""
    points = {method: embedder.points(side.pictures) for method, embedder in embedders.items()}
    alike = {method: embedder.compare(points[method]) for method, embedder in embedders.items()}
    nearest = partial(episodes.by_neighbours, k=1)
    baselines = {
        "cnn_knn": replace(alike[REFERENCE], answer=nearest),
        "knn": Alike(methods.pixels(side.pictures), nearest),
        "naive": Alike(methods.chance(len(side), rng), partial(episodes.by_chance, rng=rng)),
    }
    return alike | baselines, {method: found.cpu().numpy() for method, found in points.items()}


def choose_neighbours(
    alike: Alike, validation: Collection, config: EpisodeParams, rng: np.random.Generator
) -> dict[int, int]:
    """Shots -> the k that answers most validation episodes; where there are none, as for the shots before."""
    chosen, k = {}, min(config.neighbours)
    for shots in sorted(config.shots):
        found = possible_episodes(validation, shots, (min(config.ways),), config, config.validation_count, rng)
        if found:
            right = {
                one: episodes.accuracy(episodes.by_neighbours(alike.similarity, found[0], one)).mean()
                for one in sorted(config.neighbours)
            }
            k = max(right, key=lambda one: right[one])
        chosen[shots] = k
    return chosen


def answer_by_chosen(similarity: np.ndarray, asked: Episodes, neighbours: dict[int, int]) -> np.ndarray:
    """By the k that was chosen for so many shots."""
    return episodes.by_neighbours(similarity, asked, neighbours[asked.shots])


def count_eligible(novel: Collection, config: EpisodeParams) -> dict[str, float]:
    """How many novel classes are large enough for each number of shots, and how many are skipped."""
    numbers: dict[str, float] = {}
    for shots in config.shots:
        pool = episodes.eligible(novel.classes, novel.units, shots, config.queries)
        numbers |= {f"classes.{shots}_shot.eligible": len(pool), f"classes.{shots}_shot.skipped": pool.skipped}
    return numbers


def measure_pairs(
    seen: dict[str, Alike],
    alike: dict[str, Alike],
    validation: Collection,
    novel: Collection,
    count: int,
    rng: np.random.Generator,
) -> dict[str, float]:
    """Verification of novel pairs, half of them of one class; the threshold comes from validation pairs."""
    known = scores.draw_pairs(validation.classes, validation.units, count, rng)
    asked = scores.draw_pairs(novel.classes, novel.units, count, rng)
    numbers: dict[str, float] = {}
    for method in alike:
        threshold = scores.best_threshold(seen[method].similarity[known[0], known[1]], known[2])
        found = scores.verify(alike[method].similarity[asked[0], asked[1]], asked[2], threshold)
        numbers |= {f"{method}.verification.{name}": number for name, number in found.items()}
    return numbers


def measure_map(
    alike: dict[str, Alike],
    points: dict[str, np.ndarray],
    novel: Collection,
    depths: tuple[int, ...],
    neighbours: int,
) -> dict[str, float]:
    """Retrieval among the novel rows, silhouette of the novel classes and purity of the neighbourhoods."""
    numbers: dict[str, float] = {}
    for method, one in alike.items():
        found = scores.precision_at(one.similarity, novel.classes, novel.units, (*depths, neighbours))
        numbers |= {f"{method}.retrieval.precision_at_{depth}": found[depth] for depth in depths}
        if method in points:
            numbers[f"{method}.map.purity"] = found[neighbours]
            numbers[f"{method}.map.silhouette"] = scores.silhouette(points[method], novel.classes)
    return numbers
