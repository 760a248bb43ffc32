"""All measures of all candidates, as flat metrics."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from makeweight.core.errors import InputError
from makeweight.core.progress import say
from makeweight.stages.fidelity import text_metrics
from makeweight.stages.fidelity.associations import pair_gap
from makeweight.stages.fidelity.coherence import coherence
from makeweight.stages.fidelity.comparison import REAL, Comparison
from makeweight.stages.fidelity.detection import detection_auc, picture_detection_accuracy
from makeweight.stages.fidelity.diversity import diversity_ratio
from makeweight.stages.fidelity.frechet import frechet_distance
from makeweight.stages.fidelity.kernel import kernel_distance
from makeweight.stages.fidelity.manifold import manifold_scores
from makeweight.stages.fidelity.marginals import column_gaps
from makeweight.stages.fidelity.memorisation import memorisation_scores
from makeweight.stages.fidelity.rows import Rows
from makeweight.stages.fidelity.sharpness import sharpness_scores

Numbers = dict[str, float]

CLASS_MEASURES = ("frechet", "kernel", "precision", "recall", "density", "coverage", "diversity")
"""Measures that are also taken class by class."""


def measure(comparison: Comparison) -> Numbers:
    """`<engine>.<modality>.<measure>` and `<engine>.<modality>.<measure>.<class>`, and the same under `real.`.

    Every candidate is compared with train rows, all with equally many rows of each class.
    `<engine>.text.copy_rate.<column>` has two references: `real.…` (held-out rows, whose authors the train split
    lacks), and `train.text.repeat_rate.<column>` (train texts that another train row has too: by the same authors).

    Raises:
        InputError: no class has rows in the splits and from every engine.
    """
    train, candidates = comparison.splits.train, comparison.candidates
    counts = comparison.common_counts(train, *candidates.values())
    if counts.sum() < 2:
        raise InputError(f"data/sample: no class has rows both in the splits and from each of {', '.join(candidates)}")
    reference = comparison.sample(train, counts)
    numbers: Numbers = {"rows.compared": int(counts.sum())}
    numbers |= prefixed("train.text", variety_scores(comparison, reference) | repeat_scores(comparison, train))
    for name, rows in candidates.items():
        say(f"fidelity of {name}")
        sampled = comparison.sample(rows, counts)
        numbers |= prefixed(name, distance_scores(comparison, reference, sampled))
        numbers |= prefixed(name, diversity_scores(comparison, rows))
        numbers |= prefixed(f"{name}.image", picture_scores(comparison, reference, sampled))
        numbers |= prefixed(f"{name}.tabular", column_scores(comparison, reference, sampled))
        numbers |= prefixed(f"{name}.text", variety_scores(comparison, sampled) | copy_scores(comparison, sampled))
        numbers |= prefixed(name, privacy_scores(comparison, name))
    return numbers | joint_scores(comparison)


def distance_scores(comparison: Comparison, reference: Rows, sampled: Rows) -> Numbers:
    """Frechet and kernel distance, the four manifold scores and detection, overall and per class."""
    params, scores = comparison.params, Numbers()
    for modality in comparison.modalities:
        real, synthetic = reference.features[modality], sampled.features[modality]
        scores |= prefixed(modality, feature_scores(real, synthetic, params.neighbours))
        auc = detection_auc(real, synthetic, params.detection_folds, comparison.seed)
        if auc is not None:
            scores[f"{modality}.detection_auc"] = auc
        for index, name in enumerate(comparison.classes):
            of_class = reference.labels == index
            if of_class.sum() < max(2, params.min_class_rows):
                continue
            own = feature_scores(real[of_class], synthetic[sampled.labels == index], params.neighbours)
            scores |= {f"{modality}.{key}.{name}": value for key, value in own.items()}
    return scores


def feature_scores(real: np.ndarray, synthetic: np.ndarray, neighbours: int) -> Numbers:
    """Frechet and kernel distance and the four manifold scores between two sets of feature vectors `(n, d)`."""
    return {
        "frechet": frechet_distance(real, synthetic),
        "kernel": kernel_distance(real, synthetic),
        **manifold_scores(real, synthetic, neighbours),
    }


def picture_scores(comparison: Comparison, reference: Rows, sampled: Rows) -> Numbers:
    """How sharp pictures are, and how well a network tells them from real ones; empty without pictures."""
    if "image" not in comparison.spaces:
        return {}
    real, synthetic, params = reference.encoded["image"], sampled.encoded["image"], comparison.params
    scores = sharpness_scores(real, synthetic)
    detector, seed = params.picture_detector, comparison.seed
    accuracy = picture_detection_accuracy(real, synthetic, detector, seed, comparison.device)
    return scores if accuracy is None else scores | {"detection_accuracy": accuracy}


def diversity_scores(comparison: Comparison, rows: Rows) -> Numbers:
    """Diversity of each class relative to as many train rows, and the number of classes that have collapsed."""
    params, train = comparison.params, comparison.splits.train
    counts = np.minimum(comparison.common_counts(train, rows), params.max_diversity_rows)
    counts = np.where(counts < max(2, params.min_class_rows), 0, counts)
    real, candidate = comparison.sample(train, counts), comparison.sample(rows, counts)
    scores = Numbers()
    for modality in comparison.modalities:
        ratios = {
            comparison.classes[index]: diversity_ratio(
                real.features[modality][real.labels == index], candidate.features[modality][candidate.labels == index]
            )
            for index in np.flatnonzero(counts)
        }
        scores |= prefixed(f"{modality}.diversity", ratios)
        scores[f"{modality}.collapsed_classes"] = sum(ratio < params.collapse_threshold for ratio in ratios.values())
    return scores


def column_scores(comparison: Comparison, reference: Rows, sampled: Rows) -> Numbers:
    """Gap of every column's distribution, their mean, and the gap of the associations; empty without a table."""
    if "tabular" not in comparison.spaces:
        return {}
    roles = comparison.roles
    columns = roles.quantities, roles.categorical
    real, synthetic = roles.with_numbers(reference.table), roles.with_numbers(sampled.table)
    gaps = column_gaps(real, synthetic, *columns)
    scores = {"marginal_gap": float(np.mean(list(gaps.values()))), **prefixed("marginal_gap_of", gaps)}
    pairs = pair_gap(real, synthetic, *columns)
    return scores if pairs is None else scores | {"pair_gap": pairs}


def variety_scores(comparison: Comparison, rows: Rows) -> Numbers:
    """Distinct-n and self-BLEU of the texts; empty without text."""
    if "text" not in comparison.spaces:
        return {}
    longest = comparison.params.max_ngram
    joined = rows.table[list(comparison.roles.text)].fillna("").agg(" ".join, axis=1)
    texts = [text_metrics.tokens(text) for text in joined]
    distinct = {f"distinct_{order}": text_metrics.distinct_n(texts, order) for order in range(1, longest + 1)}
    return distinct | {"self_bleu": text_metrics.self_bleu(texts, longest)}


def copy_scores(comparison: Comparison, rows: Rows) -> Numbers:
    """Shares of the texts of each column, and of their words, that the train split contains; empty without text."""
    train = comparison.splits.train.table
    rates = {
        f"{measure}.{column}": rate(rows.table[column], train[column])
        for measure, rate in (("copy_rate", text_metrics.copy_rate), ("known_words", text_metrics.known_word_rate))
        for column in comparison.roles.text
        if "text" in comparison.spaces
    }
    return {name: rate for name, rate in rates.items() if rate is not None}


def repeat_scores(comparison: Comparison, rows: Rows) -> Numbers:
    """Share of the texts of each column that another row has too; empty without text."""
    rates = {
        column: text_metrics.repeat_rate(rows.table[column])
        for column in comparison.roles.text
        if "text" in comparison.spaces
    }
    return {f"repeat_rate.{column}": rate for column, rate in rates.items() if rate is not None}


def privacy_scores(comparison: Comparison, name: str) -> Numbers:
    """Nearness to train rows and the membership attack, on fingerprints that nothing was fitted for.

    For `real`, test rows take the part of the synthetic rows and validation rows that of the unseen ones: this is what
    both measures give where nothing was memorised.
    """
    splits = comparison.splits
    unseen, candidate = (
        (splits.validation, splits.test) if name == REAL else (splits.held_out, comparison.candidates[name])
    )
    counts = comparison.common_counts(splits.train, unseen)
    members, non_members = comparison.sample(splits.train, counts), comparison.sample(unseen, counts)
    scores = Numbers()
    if not (len(members) and len(candidate)):
        return scores
    for modality in comparison.modalities:
        vectors = (rows.fingerprints[modality] for rows in (candidate, members, non_members))
        scores |= prefixed(modality, memorisation_scores(*vectors))
    return scores


def joint_scores(comparison: Comparison) -> Numbers:
    """Coherence of every engine and its ratio to that of real test rows, over the classes that both have."""
    test, classes = comparison.splits.test, len(comparison.classes)
    counts, test_predictions = np.bincount(test.labels, minlength=classes), predictions(comparison, test)
    numbers = prefixed(f"{REAL}.joint", coherence(test_predictions, test.labels, counts)) if len(test) else Numbers()
    for engine, rows in comparison.engines.items():
        shares = np.where(np.bincount(rows.labels, minlength=classes) > 0, counts, 0)
        if not shares.sum():
            continue
        real = coherence(test_predictions, test.labels, shares)
        scores = coherence(predictions(comparison, rows), rows.labels, shares)
        ratios = {
            f"{key}_ratio": value / real[key]
            for key, value in scores.items()
            if real[key] > 0 and key != "all_if_independent"
        }
        numbers |= prefixed(f"{engine}.joint", scores | ratios)
    return numbers


def predictions(comparison: Comparison, rows: Rows) -> dict[str, np.ndarray]:
    """Modality -> the class index `(n,)` that its classifier predicts."""
    return {modality: space.predict(rows.features[modality]) for modality, space in comparison.spaces.items()}


def prefixed(prefix: str, numbers: Mapping[str, float]) -> Numbers:
    """The numbers with `<prefix>.` before their names."""
    return {f"{prefix}.{name}": value for name, value in numbers.items()}


def class_table(numbers: Numbers) -> pd.DataFrame:
    """One row per candidate, modality and class that has measures of its own, one column per measure."""
    rows: dict[tuple[str, str, str], Numbers] = {}
    for name, value in numbers.items():
        engine, modality, key, of_class = (*name.split(".", 3), "", "")[:4]
        if of_class and key in CLASS_MEASURES:
            rows.setdefault((engine, modality, of_class), {})[key] = value
    keys = pd.DataFrame(list(rows), columns=["engine", "modality", "class"])
    return keys.join(pd.DataFrame(list(rows.values()), columns=list(CLASS_MEASURES)))
