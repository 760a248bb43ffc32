"""The classifiers of all methods on one class set: trained networks and plain baselines."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial

import numpy as np
from torch import Tensor

from makeweight.stages.fewshot import episodes, methods, normalisation
from makeweight.stages.fewshot.class_split import TooLittleDataError
from makeweight.stages.fewshot.embedding import embed
from makeweight.stages.fewshot.episodes import EpisodeParams, Episodes
from makeweight.stages.fewshot.methods import Embedder, EpisodeClassifier
from makeweight.stages.fewshot.normalisation import Normalisation, NormalisationParams
from makeweight.stages.fewshot.picture_set import PictureSet

CNN = "cnn_prototype"
"""The prototype of a classifier's features."""

REFERENCE = "patch_prototype"
"""The prototype of patch features, without any training: the method that every other one is compared with."""

WHITENED = "patch_whitened"
"""The prototype of patch features in a space where the base classes have unit covariance."""

NEIGHBOUR_METHODS = ("knn", "cnn_knn")
"""Methods that vote among the nearest supports: on raw pixels, on a classifier's features."""

VALIDATION_SHOTS = (5, 1)
"""Weights are chosen at 5 shots, or at 1 where fewer than two validation classes are large enough for 5."""


def possible_episodes(
    rows: PictureSet, shots: int, ways: tuple[int, ...], config: EpisodeParams, count: int, rng: np.random.Generator
) -> list[Episodes]:
    """`count` episodes of every possible number of ways with these shots; empty where fewer than two classes do."""
    pool = episodes.eligible_classes(rows.classes, rows.units, shots, config.queries)
    return [episodes.sample_episodes(pool, way, count, rng) for way in episodes.possible_ways(ways, len(pool))]


def sample_validation_episodes(validation: PictureSet, config: EpisodeParams, rng: np.random.Generator) -> Episodes:
    """The episodes whose accuracy chooses the weights.

    Raises:
        TooLittleDataError: fewer than two classes have an example and the queries in different units.
    """
    for shots in VALIDATION_SHOTS:
        found = possible_episodes(validation, shots, (min(config.ways),), config, config.validation_count, rng)
        if found:
            return found[0]
    raise TooLittleDataError(
        f"fewer than two validation classes have {config.queries} queries and an example of other units"
    )


def sample_test_episodes(novel: PictureSet, config: EpisodeParams, rng: np.random.Generator) -> dict[str, Episodes]:
    """Setting (`5_way_1_shot`) -> the episodes over novel classes.

    Raises:
        TooLittleDataError: no setting is possible.
    """
    by_setting = {
        f"{one.ways}_way_{one.shots}_shot": one
        for shots in config.shots
        for one in possible_episodes(novel, shots, config.ways, config, config.count, rng)
    }
    if not by_setting:
        raise TooLittleDataError(
            f"fewer than two novel classes have {config.queries} queries and an example of other units"
        )
    return by_setting


def build_classifiers(
    embedders: Mapping[str, Embedder],
    rows: PictureSet,
    untrained: Mapping[str, Tensor],
    rng: np.random.Generator,
) -> tuple[dict[str, EpisodeClassifier], dict[str, np.ndarray]]:
    """Method -> its classifier of these rows, baselines last; and network method -> points of the rows.

    `untrained` holds points of the rows that no network gave, by method: patch features.
    """
    points = {method: embedder.points(rows.pictures) for method, embedder in embedders.items()}
    trained = {method: embedder.classifier(points[method]) for method, embedder in embedders.items()}
    nearest = partial(episodes.by_neighbours, k=1)
    baselines = {
        **{method: methods.prototype_classifier(points) for method, points in untrained.items()},
        "cnn_knn": replace(trained[CNN], rule=nearest),
        "knn": EpisodeClassifier(methods.pixel_similarity(rows.pictures), nearest),
        "naive": EpisodeClassifier(methods.random_similarity(len(rows), rng), partial(episodes.by_chance, rng=rng)),
    }
    return trained | baselines, {method: vectors.cpu().numpy() for method, vectors in points.items()}


def tune_neighbours(
    on_novel: Mapping[str, EpisodeClassifier],
    on_validation: Mapping[str, EpisodeClassifier],
    validation: PictureSet,
    config: EpisodeParams,
    rng: np.random.Generator,
) -> tuple[dict[str, EpisodeClassifier], dict[str, float]]:
    """The classifiers of novel rows, with each k chosen on validation rows; and `<method>.neighbours.<k>_shot`."""
    tuned, numbers = dict(on_novel), dict[str, float]()
    for method in NEIGHBOUR_METHODS:
        chosen = choose_neighbours(on_validation[method], validation, config, rng)
        tuned[method] = replace(on_novel[method], rule=partial(by_chosen_neighbours, neighbours=chosen))
        numbers |= {f"{method}.neighbours.{shots}_shot": k for shots, k in chosen.items()}
    return tuned, numbers


def choose_neighbours(
    classifier: EpisodeClassifier, validation: PictureSet, config: EpisodeParams, rng: np.random.Generator
) -> dict[int, int]:
    """Shots -> the k with the best accuracy on validation episodes; where there are none, that of fewer shots."""
    chosen, best = {}, min(config.neighbours)
    for shots in sorted(config.shots):
        found = possible_episodes(validation, shots, (min(config.ways),), config, config.validation_count, rng)
        if found:
            accuracies = {
                k: episodes.accuracy(episodes.by_neighbours(classifier.similarity, found[0], k)).mean()
                for k in sorted(config.neighbours)
            }
            best = max(accuracies, key=lambda k: accuracies[k])
        chosen[shots] = best
    return chosen


def by_chosen_neighbours(similarity: np.ndarray, sampled: Episodes, neighbours: dict[int, int]) -> np.ndarray:
    """Predictions by the k nearest supports, with the k chosen for the episodes' number of shots."""
    return episodes.by_neighbours(similarity, sampled, neighbours[sampled.shots])


def compare_normalisations(
    embedders: Mapping[str, Embedder],
    base: PictureSet,
    novel: PictureSet,
    patches: tuple[Tensor, Tensor],
    by_setting: Mapping[str, Episodes],
    config: NormalisationParams,
) -> dict[str, dict[str, dict[str, np.ndarray]]]:
    """Steps -> prototype method -> setting -> accuracy of each episode, for the settings with the fewest classes.

    Weights of networks were chosen with the normalisation of `config`.
    """
    raw = {REFERENCE: patches} | {
        method: (embed(one.network, base.pictures), embed(one.network, novel.pictures))
        for method, one in embedders.items()
        if one.head is None
    }
    fewest = min(sampled.ways for sampled in by_setting.values())
    found: dict[str, dict[str, dict[str, np.ndarray]]] = {}
    for steps, variant in normalisation.variants(config).items():
        for method, (on_base, on_novel) in raw.items():
            classifier = methods.prototype_classifier(Normalisation.fit(on_base, variant)(on_novel))
            found.setdefault(steps, {})[method] = {
                setting: episodes.accuracy(classifier.predict(sampled))
                for setting, sampled in by_setting.items()
                if sampled.ways == fewest
            }
    return found
