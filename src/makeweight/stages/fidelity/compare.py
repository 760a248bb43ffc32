"""All measures over all engines: synthetic rows, and held-out real rows as the mark that can be reached."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
import pandas as pd
import torch

from makeweight.core.errors import InputError
from makeweight.core.params import Section
from makeweight.core.progress import say
from makeweight.data.samples import Roles
from makeweight.stages.fidelity import wording
from makeweight.stages.fidelity.coherence import coherence
from makeweight.stages.fidelity.collapse import diversity_ratio
from makeweight.stages.fidelity.detection import detection_auc
from makeweight.stages.fidelity.fingerprints import FINGERPRINTS
from makeweight.stages.fidelity.frechet import frechet_distance
from makeweight.stages.fidelity.kernel import kernel_distance
from makeweight.stages.fidelity.manifold import manifold_scores
from makeweight.stages.fidelity.marginals import column_gaps
from makeweight.stages.fidelity.privacy import memory_scores
from makeweight.stages.fidelity.rows import Rows, draw, quotas
from makeweight.stages.fidelity.spaces import PictureNetworkParams, Space, fit_spaces
from makeweight.stages.fidelity.trends import pair_gap

REAL = "real"
"""The contestant made of held-out real rows."""

Numbers = dict[str, float]


class Params(Section):
    """How much is compared, and from when a class counts as collapsed."""

    rows: int
    """Most rows of one origin in a comparison."""
    neighbours: int
    """k of precision, recall, density and coverage."""
    smallest_class: int
    """A class with fewer rows on any side has no measures of its own."""
    collapse_below: float
    """A class is alarmed when its fakes are less diverse than this share of as many real rows."""
    diversity_rows: int
    """Most rows per class in the diversity measure."""
    ngrams: int
    """Longest run of words in distinct-n and self-BLEU."""
    detection_folds: int
    page_classes: int
    """Most classes on the page of nearest real neighbours."""
    page_per_class: int
    network: PictureNetworkParams


@dataclass(frozen=True, slots=True)
class Splits:
    """Real rows: what models learned from, and what they have never seen."""

    train: Rows
    validation: Rows
    test: Rows

    @property
    def held_out(self) -> Rows:
        """Validation and test together: every row that no model was fitted to. Rare classes have too few in one."""
        return self.validation.joined(self.test)


@dataclass(frozen=True, slots=True)
class Comparison:
    """What every measure needs to know: the splits, the contestants, and where rows are compared."""

    splits: Splits
    contestants: Mapping[str, Rows]
    """`real` (held-out rows) first, then each engine's synthetic rows."""
    spaces: Mapping[str, Space]
    roles: Roles
    classes: list[str]
    params: Params
    seed: int

    @classmethod
    def prepare(
        cls,
        splits: Splits,
        synthetic: Mapping[str, Rows],
        roles: Roles,
        classes: list[str],
        params: Params,
        seed: int,
        device: torch.device,
    ) -> Self:
        """Fit the spaces on the train split, and place all rows in them."""
        say("feature spaces of the train split")
        spaces = fit_spaces(splits.train, splits.validation, len(classes), params.network, seed, device)
        placed = Splits(*(place(rows, spaces, roles) for rows in (splits.train, splits.validation, splits.test)))
        contestants = {REAL: placed.held_out}
        contestants |= {engine: place(rows, spaces, roles) for engine, rows in synthetic.items()}
        return cls(placed, contestants, spaces, roles, classes, params, seed)

    @property
    def modalities(self) -> list[str]:
        """The modalities of the data, in name order."""
        return sorted(self.spaces)

    @property
    def engines(self) -> dict[str, Rows]:
        """The contestants that are synthetic."""
        return {name: rows for name, rows in self.contestants.items() if name != REAL}

    def draw(self, rows: Rows, quota: np.ndarray) -> Rows:
        """Rows by quota; the same seed for everyone, so that no measure depends on those before it."""
        return rows.take(draw(rows.labels, quota, np.random.default_rng(self.seed)))

    def quota(self, *origins: Rows) -> np.ndarray:
        """How many rows of each class all these origins have."""
        return quotas([rows.labels for rows in origins], len(self.classes), self.params.rows)


def place(rows: Rows, spaces: Mapping[str, Space], roles: Roles) -> Rows:
    """The rows with their features and fingerprints."""
    return replace(
        rows,
        features={modality: space.features(rows.codes[modality]) for modality, space in spaces.items()},
        fingerprints={modality: FINGERPRINTS[modality](rows, roles) for modality in spaces},
    )


def measure(comparison: Comparison) -> Numbers:
    """`<engine>.<modality>.<measure>` and `<engine>.<modality>.<measure>.<class>`, and the same under `real.`.

    Every contestant is compared with train rows, all with equally many of each class.
    `<engine>.text.copy_rate.<column>` has two marks: `real.…` (held-out rows, whose authors the train split lacks), and
    `train.text.repeat_rate.<column>` (train texts that stand on another train row: more by the same authors).
    """
    train, contestants = comparison.splits.train, comparison.contestants
    quota = comparison.quota(train, *contestants.values())
    if quota.sum() < 2:
        raise InputError(f"data/sample: no class has rows both in the splits and from each of {', '.join(contestants)}")
    reference = comparison.draw(train, quota)
    numbers: Numbers = {"rows.compared": int(quota.sum())}
    numbers |= prefixed("train.text", word_scores(comparison, reference) | repeat_scores(comparison, train))
    for name, rows in contestants.items():
        say(f"fidelity of {name}")
        drawn = comparison.draw(rows, quota)
        numbers |= prefixed(name, distances(comparison, reference, drawn))
        numbers |= prefixed(name, diversity(comparison, rows))
        numbers |= prefixed(f"{name}.tabular", column_scores(comparison, reference, drawn))
        numbers |= prefixed(f"{name}.text", word_scores(comparison, drawn) | copy_scores(comparison, drawn))
        numbers |= prefixed(name, memory(comparison, name))
    return numbers | joint_scores(comparison)


def distances(comparison: Comparison, reference: Rows, drawn: Rows) -> Numbers:
    """Frechet and kernel distance, the four manifold scores and detection, overall and per class."""
    params, scores = comparison.params, Numbers()
    for modality in comparison.modalities:
        real, fake = reference.features[modality], drawn.features[modality]
        scores |= prefixed(modality, cloud_scores(real, fake, params.neighbours))
        auc = detection_auc(real, fake, params.detection_folds, comparison.seed)
        if auc is not None:
            scores[f"{modality}.detection_auc"] = auc
        for index, name in enumerate(comparison.classes):
            of_class = reference.labels == index
            if of_class.sum() < max(2, params.smallest_class):
                continue
            parts = cloud_scores(real[of_class], fake[drawn.labels == index], params.neighbours)
            scores |= {f"{modality}.{measured}.{name}": value for measured, value in parts.items()}
    return scores


def cloud_scores(real: np.ndarray, fake: np.ndarray, neighbours: int) -> Numbers:
    """Every measure of two clouds of vectors."""
    return {
        "frechet": frechet_distance(real, fake),
        "kernel": kernel_distance(real, fake),
        **manifold_scores(real, fake, neighbours),
    }


def diversity(comparison: Comparison, rows: Rows) -> Numbers:
    """Diversity of each class against as many train rows, and the number of classes in alarm."""
    params, train = comparison.params, comparison.splits.train
    quota = np.minimum(comparison.quota(train, rows), params.diversity_rows)
    quota = np.where(quota < max(2, params.smallest_class), 0, quota)
    real, fake = comparison.draw(train, quota), comparison.draw(rows, quota)
    scores = Numbers()
    for modality in comparison.modalities:
        ratios = {
            comparison.classes[index]: diversity_ratio(
                real.features[modality][real.labels == index], fake.features[modality][fake.labels == index]
            )
            for index in np.flatnonzero(quota)
        }
        scores |= prefixed(f"{modality}.diversity", ratios)
        scores[f"{modality}.collapsed_classes"] = sum(ratio < params.collapse_below for ratio in ratios.values())
    return scores


def column_scores(comparison: Comparison, reference: Rows, drawn: Rows) -> Numbers:
    """Marginal of every column, their mean, and the pair trends; nothing for data without a table."""
    if "tabular" not in comparison.spaces:
        return {}
    columns = comparison.roles.numeric, comparison.roles.categorical
    gaps = column_gaps(reference.table, drawn.table, *columns)
    scores = {"marginal_gap": float(np.mean(list(gaps.values()))), **prefixed("marginal_gap_of", gaps)}
    pairs = pair_gap(reference.table, drawn.table, *columns)
    return scores if pairs is None else scores | {"pair_gap": pairs}


def word_scores(comparison: Comparison, rows: Rows) -> Numbers:
    """Variety of the words; nothing for data without text."""
    if "text" not in comparison.spaces:
        return {}
    ngrams = comparison.params.ngrams
    texts = [wording.words(text) for text in rows.table[list(comparison.roles.text)].fillna("").agg(" ".join, axis=1)]
    distinct = {f"distinct_{order}": wording.distinct(texts, order) for order in range(1, ngrams + 1)}
    return distinct | {"self_bleu": wording.self_bleu(texts, ngrams)}


def copy_scores(comparison: Comparison, rows: Rows) -> Numbers:
    """Share of the texts of each column that stand in train."""
    rates = {
        column: wording.copy_rate(rows.table[column], comparison.splits.train.table[column])
        for column in comparison.roles.text
        if "text" in comparison.spaces
    }
    return {f"copy_rate.{column}": rate for column, rate in rates.items() if rate is not None}


def repeat_scores(comparison: Comparison, rows: Rows) -> Numbers:
    """Share of the texts of each column that stand on another row as well."""
    rates = {
        column: wording.repeat_rate(rows.table[column])
        for column in comparison.roles.text
        if "text" in comparison.spaces
    }
    return {f"repeat_rate.{column}": rate for column, rate in rates.items() if rate is not None}


def memory(comparison: Comparison, name: str) -> Numbers:
    """Nearness to train rows and membership attack, in fingerprints that nobody learned.

    For the real mark the validation rows stand for the unseen and the test rows for the synthetic ones: what both
    measures say where nothing was memorised.
    """
    splits = comparison.splits
    unseen, fake = (splits.validation, splits.test) if name == REAL else (splits.held_out, comparison.contestants[name])
    quota = comparison.quota(splits.train, unseen)
    members, others = comparison.draw(splits.train, quota), comparison.draw(unseen, quota)
    scores = Numbers()
    if not (len(members) and len(fake)):
        return scores
    for modality in comparison.modalities:
        clouds = (rows.fingerprints[modality] for rows in (fake, members, others))
        scores |= prefixed(modality, memory_scores(*clouds))
    return scores


def joint_scores(comparison: Comparison) -> Numbers:
    """Coherence of every engine and its ratio to real test rows, over the classes that both have."""
    test, classes = comparison.splits.test, len(comparison.classes)
    counts, named = np.bincount(test.labels, minlength=classes), recognised(comparison, test)
    numbers = prefixed(f"{REAL}.joint", coherence(named, test.labels, counts)) if len(test) else Numbers()
    for engine, rows in comparison.engines.items():
        shares = np.where(np.bincount(rows.labels, minlength=classes) > 0, counts, 0)
        if not shares.sum():
            continue
        mark = coherence(named, test.labels, shares)
        scores = coherence(recognised(comparison, rows), rows.labels, shares)
        ratios = {
            f"{measured}_ratio": value / mark[measured]
            for measured, value in scores.items()
            if mark[measured] > 0 and measured != "all_if_independent"
        }
        numbers |= prefixed(f"{engine}.joint", scores | ratios)
    return numbers


def recognised(comparison: Comparison, rows: Rows) -> dict[str, np.ndarray]:
    """Modality -> the class that its classifier names."""
    return {modality: space.recognise(rows.features[modality]) for modality, space in comparison.spaces.items()}


def prefixed(prefix: str, numbers: Mapping[str, float]) -> Numbers:
    """The numbers under longer names."""
    return {f"{prefix}.{name}": value for name, value in numbers.items()}


def class_table(numbers: Numbers) -> pd.DataFrame:
    """One row per engine, modality and class that has measures of its own, one column per measure."""
    rows: dict[tuple[str, str, str], Numbers] = {}
    for name, value in numbers.items():
        engine, modality, measured, of_class = (*name.split(".", 3), "", "")[:4]
        if of_class and measured in CLASS_MEASURES:
            rows.setdefault((engine, modality, of_class), {})[measured] = value
    keys = pd.DataFrame(list(rows), columns=["engine", "modality", "class"])
    return keys.join(pd.DataFrame(list(rows.values()), columns=list(CLASS_MEASURES)))


CLASS_MEASURES = ("frechet", "kernel", "precision", "recall", "density", "coverage", "diversity")
