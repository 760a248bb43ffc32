"""Make the train split imbalanced on purpose."""

from typing import Literal

import numpy as np
import pandas as pd

from makeweight.core import params
from makeweight.core.errors import InputError
from makeweight.core.params import Section
from makeweight.core.ranges import Factor, Share
from makeweight.data import reserved
from makeweight.data.samples import UNUSED


class Imbalance(Section):
    """Make the train split imbalanced on purpose; validation and test stay as they are."""

    kind: Literal["none", "classes", "long_tail"]
    """`classes`: the named classes keep a share of their rows; `long_tail`: class sizes fall geometrically."""
    classes: tuple[str, ...]
    kept_share: Share
    """`classes`: the share of its train rows that each named class keeps."""
    imbalance_factor: Factor
    """`long_tail`: the size of the largest class over that of the smallest (Cui et al. 2019, section 5)."""


def imbalanced(table: pd.DataFrame, config: Imbalance, seed: int) -> pd.Series:
    """Return the split of each row after random train rows are moved to `unused` as `config` asks.

    Raises:
        InputError: a class that does not exist, or one that would have no train row left.
    """
    split = table[reserved.SPLIT].copy()
    train = table.loc[split == "train", "label"]
    rng = np.random.default_rng(seed)
    for label, keep in kept_rows(train.value_counts(), config).items():
        if keep < 1:
            raise InputError(f"{params.FILE}: `split.imbalance` leaves class {label!r} without a train sample")
        rows = train.index[train == label].to_numpy()
        split.loc[rng.permutation(rows)[keep:]] = UNUSED
    return split


def kept_rows(sizes: pd.Series, config: Imbalance) -> dict[str, int]:
    """Return how many train rows each class keeps, in the order of the names; classes that keep all may be left out."""
    if config.kind == "none":
        return {}
    if config.kind == "classes":
        for label in config.classes:
            if label not in sizes:
                known = ", ".join(sorted(sizes.index))
                raise InputError(f"{params.FILE}: `split.imbalance.classes` names {label!r}; classes are {known}")
        return {label: round(sizes[label] * config.kept_share) for label in sorted(config.classes)}
    ranked = sorted(sizes.index, key=lambda label: (-sizes[label], label))
    steps = max(1, len(ranked) - 1)
    largest = sizes.max()
    tail = {label: round(largest * config.imbalance_factor ** (-rank / steps)) for rank, label in enumerate(ranked)}
    return {label: min(int(sizes[label]), tail[label]) for label in sorted(ranked)}
