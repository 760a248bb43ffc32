"""The columns of a table as the codec of tables knows them: numbers (dates among them) and categories."""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from scipy.stats import norm

from makeweight.core.random import RandomStream
from makeweight.data.codecs.precision import Precision
from makeweight.data.values.dates import DateFormat

MAX_SCORE = 4.0
"""Normal scores are clipped to +-4: those of the quantiles 0 and 1 would be infinite."""
GOLDEN_RATIO = (5**0.5 - 1) / 2
"""Multiples of it, without their whole part, are spread evenly over the unit interval, however many there are."""


@dataclass(frozen=True, slots=True)
class Number:
    """One column of numbers or dates: the quantiles of the values that are no spike, the spikes, and the precision.

    The states, in this order, are "an ordinary value", each spike, and "missing"; they are one-hot in the vector if
    there is more than one.
    """

    column: str
    quantiles: tuple[float, ...]
    spikes: tuple[float, ...]
    missing: bool
    precision: Precision = field(default_factory=Precision)
    date: DateFormat | None = None
    """How the dates are written; None for numbers."""

    @property
    def states(self) -> int:
        """The number of states."""
        return 1 + len(self.spikes) + self.missing

    @property
    def width(self) -> int:
        """The number of positions: one for the value, and one per state if there are several."""
        return 1 + (self.states if self.states > 1 else 0)

    def encode(self, cells: pd.Series) -> np.ndarray:
        """Encode numbers or dates `(n,)` as float32 `(n, width)`."""
        values = self.date.to_numbers(cells) if self.date else cells.to_numpy(dtype=float, na_value=np.nan)
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

    def decode(self, array: np.ndarray, stream: RandomStream | None = None) -> pd.Series:
        """Return the numbers or dates `(n,)` of float vectors `(n, width)`."""
        grid = np.linspace(0, 1, len(self.quantiles))
        values = np.interp(norm.cdf(array[:, 0]), grid, self.quantiles)
        exact = np.zeros(len(values), dtype=bool)
        if self.states > 1:
            state = array[:, 1:].argmax(1)
            for position, spike in enumerate(self.spikes, start=1):
                values[state == position] = spike
                exact |= state == position
            if self.missing:
                values[state == self.states - 1] = np.nan
        if self.date:
            return self.date.from_numbers(values)
        return pd.Series(np.where(exact, values, self.precision.rounded(values)))


@dataclass(frozen=True, slots=True)
class Category:
    """One categorical column: the names kept, the rarer ones that share a state, and "missing" if train has such."""

    column: str
    names: tuple[str, ...]
    missing: bool
    rare: tuple[str, ...] = ()
    """The names that are not kept."""
    rare_counts: tuple[int, ...] = ()
    """Rows of train with each of them."""

    @property
    def width(self) -> int:
        """The number of positions: the names, one for all others, and "missing" if train has missing values."""
        return len(self.names) + 1 + self.missing

    def encode(self, cells: pd.Series) -> np.ndarray:
        """Encode strings `(n,)`, null for missing, as one-hot float32 `(n, width)`."""
        position = pd.Series(range(len(self.names)), index=list(self.names))
        state = cells.map(position).fillna(len(self.names)).astype(int).to_numpy()
        if self.missing:
            state = np.where(cells.isna(), self.width - 1, state)
        return np.eye(self.width, dtype=np.float32)[state]

    def decode(self, array: np.ndarray, stream: RandomStream | None = None) -> pd.Series:
        """Return the string of the largest position in each float vector `(n, width)`, None for missing.

        The position of all others gives one of the rarer names, as often as train has them; where train has none, the
        next largest position counts.
        """
        known, others = array, len(self.names)
        if not self.rare:
            known = array.copy()
            known[:, others] = -np.inf
        state = known.argmax(1)
        names = np.array([*self.names, None, *([None] if self.missing else [])], dtype=object)[state]
        chosen = state == others
        if self.rare:
            names[chosen] = self.rare_names(len(state), stream)[chosen]
        return pd.Series(names, dtype="str")

    def rare_names(self, count: int, stream: RandomStream | None) -> np.ndarray:
        """Return so many of the rarer names in proportion to train: at random, or evenly spread without a stream."""
        shares = np.cumsum(self.rare_counts) / np.sum(self.rare_counts)
        # A row's number does not depend on which other rows take one.
        evenly = (np.arange(count) * GOLDEN_RATIO + 0.5) % 1
        positions = np.searchsorted(shares, evenly if stream is None else stream.uniform(count).numpy(), side="right")
        return np.array(self.rare, dtype=object)[positions.clip(0, len(shares) - 1)]
