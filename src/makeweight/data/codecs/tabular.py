"""Numbers and categories to vectors and back: numbers by quantile; frequent values and missing ones as states."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
import pandas as pd
from scipy.stats import norm

from makeweight.core import files
from makeweight.core.errors import InputError
from makeweight.core.params import Section
from makeweight.core.progress import say
from makeweight.core.random import RandomStream
from makeweight.data.codecs.spec import Block, Spec
from makeweight.data.samples import Samples

MAX_SCORE = 4.0
"""Normal scores are clipped to +-4: those of the quantiles 0 and 1 would be infinite."""

OTHER = "other"


class TabularParams(Section):
    """How columns of numbers and of categories are encoded."""

    quantiles: int
    """Quantiles kept per numeric column."""
    spike_share: float
    """A single value that at least this share of the rows has is encoded as a separate state (a spike)."""
    max_categories: int
    """Most categories kept per column; the others become "other"."""


@dataclass(frozen=True, slots=True)
class Number:
    """One numeric column: the quantiles of the values that are no spike, the spikes, and the number of decimals.

    The states, in this order, are "an ordinary value", each spike, and "missing"; they are one-hot in the vector if
    there is more than one.
    """

    column: str
    quantiles: tuple[float, ...]
    spikes: tuple[float, ...]
    missing: bool
    decimals: int

    @property
    def states(self) -> int:
        """The number of states."""
        return 1 + len(self.spikes) + self.missing

    @property
    def width(self) -> int:
        """The number of positions: one for the value, and one per state if there are several."""
        return 1 + (self.states if self.states > 1 else 0)

    def encode(self, values: np.ndarray) -> np.ndarray:
        """Encode float values `(n,)`, NaN for missing, as float32 `(n, width)`."""
        encoded = np.zeros((len(values), self.width), dtype=np.float32)
        absent = np.isnan(values)
        encoded[~absent, 0] = self.scores(values[~absent])
        if self.states > 1:
            state = np.zeros(len(values), dtype=int)
            for position, spike in enumerate(self.spikes, start=1):
                state[values == spike] = position
            # If no value was missing in train, there is no state for it: the median (score 0) is used instead.
            state[absent] = self.states - 1 if self.missing else 0
            encoded[np.arange(len(values)), 1 + state] = 1
        return encoded

    def scores(self, values: np.ndarray) -> np.ndarray:
        """Return the normal score of each value's quantile; equal quantiles take the middle of their run."""
        grid = np.linspace(0, 1, len(self.quantiles))
        known = np.asarray(self.quantiles)
        # Averaging the interpolation from both ends gives a run of equal quantiles its middle, as scikit-learn does.
        upward = np.interp(values, known, grid)
        downward = 1 - np.interp(-values, -known[::-1], grid)
        return np.clip(norm.ppf((upward + downward) / 2), -MAX_SCORE, MAX_SCORE)

    def decode(self, array: np.ndarray) -> np.ndarray:
        """Return the values `(n,)` of float vectors `(n, width)`."""
        grid = np.linspace(0, 1, len(self.quantiles))
        values = np.interp(norm.cdf(array[:, 0]), grid, self.quantiles)
        if self.states > 1:
            state = array[:, 1:].argmax(1)
            for position, spike in enumerate(self.spikes, start=1):
                values[state == position] = spike
            if self.missing:
                values[state == self.states - 1] = np.nan
        return np.round(values, self.decimals)


@dataclass(frozen=True, slots=True)
class Category:
    """One categorical column: the names kept, "other", and "missing" if train has missing values."""

    column: str
    names: tuple[str, ...]
    missing: bool

    @property
    def width(self) -> int:
        """The number of positions: the names, "other", and "missing" if train has missing values."""
        return len(self.names) + 1 + self.missing

    def encode(self, values: pd.Series) -> np.ndarray:
        """Encode strings `(n,)`, null for missing, as one-hot float32 `(n, width)`."""
        position = pd.Series(range(len(self.names)), index=list(self.names))
        state = values.map(position).fillna(len(self.names)).astype(int).to_numpy()
        if self.missing:
            state = np.where(values.isna(), self.width - 1, state)
        return np.eye(self.width, dtype=np.float32)[state]

    def decode(self, array: np.ndarray) -> np.ndarray:
        """Return the string of the largest position in each float vector `(n, width)`, None for missing."""
        names = np.array([*self.names, OTHER, *([None] if self.missing else [])], dtype=object)
        return names[array.argmax(1)]


@dataclass(frozen=True, slots=True)
class TabularCodec:
    """All numbers, then all categories. Lost: the detail between two quantiles, and the names of rare categories."""

    numbers: tuple[Number, ...]
    categories: tuple[Category, ...]

    params = TabularParams

    @classmethod
    def fit(cls, train: Samples, params: TabularParams, seed: int) -> Self:
        """Find quantiles, spikes and categories of the train rows."""
        numbers = tuple(fit_number(train.table[name], params) for name in train.roles.numeric)
        categories = tuple(fit_category(train.table[name], params) for name in train.roles.categorical)
        return cls(numbers, categories)

    @property
    def columns(self) -> tuple[Number | Category, ...]:
        """All columns in the order of the vector."""
        return (*self.numbers, *self.categories)

    @property
    def spec(self) -> Spec:
        """The layout: value and state blocks of each number, one choice block per category."""
        blocks: list[Block] = []
        start = 0
        for column in self.columns:
            if isinstance(column, Number):
                blocks.append(Block(column.column, "value", start, 1))
                if column.width > 1:
                    blocks.append(Block(column.column, "choice", start + 1, column.width - 1))
            else:
                blocks.append(Block(column.column, "choice", start, column.width))
            start += column.width
        return Spec("tabular", (start,), tuple(blocks))

    def encode(self, table: pd.DataFrame) -> np.ndarray:
        """Return float32 `(n, width)`."""
        parts = [number.encode(table[number.column].to_numpy(dtype=float)) for number in self.numbers]
        parts += [category.encode(table[category.column]) for category in self.categories]
        return np.concatenate(parts, axis=1)

    def decode(self, array: np.ndarray, stream: RandomStream | None = None) -> pd.DataFrame:
        """Return the columns of float vectors `(n, width)`; of each choice the largest position is taken."""
        decoded: dict[str, Any] = {}
        start = 0
        for column in self.columns:
            decoded[column.column] = column.decode(array[:, start : start + column.width])
            start += column.width
        return pd.DataFrame(decoded)

    def save(self, folder: Path) -> None:
        """Write codec.json."""
        columns = {"numbers": [asdict(n) for n in self.numbers], "categories": [asdict(c) for c in self.categories]}
        files.write_json(folder / "codec.json", columns)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what `save` wrote."""
        columns = json.loads((folder / "codec.json").read_text(encoding="utf-8"))
        return cls(
            tuple(Number(**with_tuples(number)) for number in columns["numbers"]),
            tuple(Category(**with_tuples(category)) for category in columns["categories"]),
        )


def with_tuples(values: dict[str, Any]) -> dict[str, Any]:
    """Return the values with JSON's lists as tuples."""
    return {name: tuple(value) if isinstance(value, list) else value for name, value in values.items()}


def fit_number(column: pd.Series, params: TabularParams) -> Number:
    """Find spikes (values of at least `spike_share` of the rows), the quantiles of the other values, and decimals.

    Raises:
        InputError: no number in train, or an infinite one; the message names the column.
    """
    name = str(column.name)
    values = column.to_numpy(dtype=float)
    present = values[~np.isnan(values)]
    if not len(present):
        raise InputError(f"column `{name}` has no number in the train split; take it out of the card's `numeric`")
    if not np.isfinite(present).all():
        raise InputError(f"column `{name}` has an infinite number; a finite number or an empty cell would be right")
    distinct, counts = np.unique(present, return_counts=True)
    spikes = distinct[counts >= max(2, params.spike_share * len(values))]
    ordinary = present[~np.isin(present, spikes)]
    # Fewer than two ordinary values have no quantiles: those of all values are used.
    ordinary = ordinary if len(ordinary) >= 2 else present
    quantiles = np.quantile(ordinary, np.linspace(0, 1, min(params.quantiles, len(ordinary))))
    if len(quantiles) < 2:
        quantiles = np.repeat(quantiles, 2)
    return Number(
        column=name,
        quantiles=tuple(float(q) for q in quantiles),
        spikes=tuple(float(s) for s in spikes),
        missing=bool(np.isnan(values).any()),
        decimals=decimals_of(present),
    )


def decimals_of(values: np.ndarray, most: int = 6) -> int:
    """Return the smallest number of decimals that writes every value exactly, at most `most`."""
    for decimals in range(most):
        if np.allclose(values, np.round(values, decimals), rtol=0, atol=10.0 ** -(most + 3)):
            return decimals
    return most


def fit_category(column: pd.Series, params: TabularParams) -> Category:
    """Keep the most frequent names, in sorted order.

    Raises:
        InputError: no category in train; the message names the column.
    """
    name = str(column.name)
    counts = column.dropna().value_counts()
    if not len(counts):
        raise InputError(f"column `{name}` has no category in the train split; take it out of the card's `categorical`")
    if len(counts) > params.max_categories:
        say(f"column `{name}` has {len(counts)} categories; the {params.max_categories} most frequent keep their name")
    # value_counts orders ties by first appearance; sorting by name first makes the cut independent of row order.
    kept = counts.sort_index().sort_values(ascending=False, kind="stable").index[: params.max_categories]
    return Category(column=name, names=tuple(sorted(map(str, kept))), missing=bool(column.isna().any()))
