"""Balancing with repeated or augmented rows, and by several ways one after the other."""

from dataclasses import dataclass, replace

import numpy as np

from makeweight.balance.train_split import TrainSplit


@dataclass(frozen=True)
class RandomOversampling:
    """Repeat rows of the small classes."""

    def balance(self, train: TrainSplit, target: np.ndarray, rng: np.random.Generator) -> TrainSplit:
        """Sample rows with replacement until every class has its target."""
        return train.with_rows(train.rows.take(sample_repeats(train, target, rng)))


def sample_repeats(train: TrainSplit, target: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Row numbers to repeat, class by class; a class without a row stays without."""
    missing = train.missing(target)
    repeats = [
        rng.choice(members, missing[name], replace=True)
        for name in range(train.classes)
        if missing[name] and len(members := np.flatnonzero(train.rows.labels == name))
    ]
    return np.concatenate(repeats) if repeats else np.zeros(0, dtype=int)


@dataclass(frozen=True)
class Augmented:
    """Repeat rows of the small classes, and augment every picture differently each time that it is seen."""

    augmentation: str

    def balance(self, train: TrainSplit, target: np.ndarray, rng: np.random.Generator) -> TrainSplit:
        """Random oversampling plus the named augmentation; vectors are repeated as they are."""
        oversampled = RandomOversampling().balance(train, target, rng)
        return replace(oversampled, augmentations=(*oversampled.augmentations, self.augmentation))


@dataclass(frozen=True)
class UndersamplingEnsemble:
    """Several splits in which every class has as many rows as the smallest; predictions are averaged (Liu et al. 2009).

    Many rows of large classes are left out of each split, but few of all.
    """

    members: int = 10

    def balance(self, train: TrainSplit, target: np.ndarray, rng: np.random.Generator) -> TrainSplit:
        """The same rows, with the row numbers of each smaller split."""
        from imblearn.under_sampling import RandomUnderSampler

        numbers = np.arange(len(train.rows))[:, None]
        seeds = rng.integers(2**31, size=self.members)
        bags = [
            RandomUnderSampler(random_state=int(seed)).fit_resample(numbers, train.rows.labels)[0][:, 0]
            for seed in seeds
        ]
        return replace(train, bags=tuple(bags))


@dataclass(frozen=True)
class Chain:
    """Several ways of balancing one after the other; each fills what is still missing after the ones before it."""

    links: tuple

    def balance(self, train: TrainSplit, target: np.ndarray, rng: np.random.Generator) -> TrainSplit:
        """Apply every link to the split that the one before it returned."""
        for link in self.links:
            train = link.balance(train, target, rng)
        return train
