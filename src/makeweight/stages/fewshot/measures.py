"""Measures beside the accuracy over episodes: eligible classes, verification, retrieval and embeddings."""

from collections.abc import Mapping

import numpy as np

from makeweight.stages.fewshot import episodes, scores
from makeweight.stages.fewshot.episodes import EpisodeParams
from makeweight.stages.fewshot.methods import EpisodeClassifier
from makeweight.stages.fewshot.picture_set import PictureSet


def count_eligible(novel: PictureSet, config: EpisodeParams) -> dict[str, float]:
    """`classes.<k>_shot.{eligible,skipped}`: novel classes with enough rows for episodes, and the others."""
    numbers: dict[str, float] = {}
    for shots in config.shots:
        pool = episodes.eligible_classes(novel.classes, novel.units, shots, config.queries)
        numbers |= {f"classes.{shots}_shot.eligible": len(pool), f"classes.{shots}_shot.skipped": pool.skipped}
    return numbers


def measure_verification(
    on_validation: Mapping[str, EpisodeClassifier],
    on_novel: Mapping[str, EpisodeClassifier],
    validation: PictureSet,
    novel: PictureSet,
    count: int,
    rng: np.random.Generator,
) -> dict[str, float]:
    """`<method>.verification.<score>` of `count` novel pairs; the threshold is chosen on validation pairs."""
    validation_pairs = scores.sample_pairs(validation.classes, validation.units, count, rng)
    novel_pairs = scores.sample_pairs(novel.classes, novel.units, count, rng)
    numbers: dict[str, float] = {}
    for method in on_novel:
        first, second, same = validation_pairs
        threshold = scores.best_threshold(on_validation[method].similarity[first, second], same)
        first, second, same = novel_pairs
        found = scores.verify(on_novel[method].similarity[first, second], same, threshold)
        numbers |= {f"{method}.verification.{name}": number for name, number in found.items()}
    return numbers


def measure_neighbourhoods(
    classifiers: Mapping[str, EpisodeClassifier],
    points: Mapping[str, np.ndarray],
    novel: PictureSet,
    depths: tuple[int, ...],
    neighbours: int,
) -> dict[str, float]:
    """`<method>.retrieval.precision_at_<depth>` of all, `<method>.embedding.{purity,silhouette}` of network methods."""
    numbers: dict[str, float] = {}
    for method, one in classifiers.items():
        precision = scores.precision_at(one.similarity, novel.classes, novel.units, (*depths, neighbours))
        numbers |= {f"{method}.retrieval.precision_at_{depth}": precision[depth] for depth in depths}
        if method in points:
            numbers[f"{method}.embedding.purity"] = precision[neighbours]
            numbers[f"{method}.embedding.silhouette"] = scores.silhouette(points[method], novel.classes)
    return numbers
