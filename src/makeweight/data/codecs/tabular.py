"""Numbers, dates and categories to vectors and back: by quantile; frequent values and missing ones as states."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

import numpy as np
import pandas as pd

from makeweight.core import files
from makeweight.core.errors import InputError
from makeweight.core.params import Section
from makeweight.core.progress import say
from makeweight.core.random import RandomStream
from makeweight.core.ranges import Count, SomeShare
from makeweight.core.reading import read_record
from makeweight.data.codecs.columns import Category, Number
from makeweight.data.codecs.precision import Precision, find_precision
from makeweight.data.codecs.spec import Block, Spec
from makeweight.data.samples import Samples
from makeweight.data.values.dates import DateFormat


class TabularParams(Section):
    """How columns of numbers, dates and categories are encoded."""

    quantiles: Count
    """Quantiles kept per column of numbers or dates."""
    spike_share: SomeShare
    """A single value that at least this share of the rows has is encoded as a separate state (a spike)."""
    max_categories: Count
    """Most categories of a column with a state each; the others share one."""


@dataclass(frozen=True, slots=True)
class TabularCodec:
    """All numbers, then all dates, then all categories.

    Lost: the detail between two quantiles, and which of the rare categories it is.
    """

    numbers: tuple[Number, ...]
    """Numbers, then dates."""
    categories: tuple[Category, ...]

    params = TabularParams

    @classmethod
    def fit(cls, train: Samples, params: TabularParams, seed: int) -> Self:
        """Find quantiles, spikes and categories of the train rows."""
        table, roles = train.table, train.roles
        numbers = [fit_number(table[name], params) for name in roles.numeric]
        numbers += [fit_number(table[name], params, roles.formats[name]) for name in roles.date]
        return cls(tuple(numbers), tuple(fit_category(table[name], params) for name in roles.categorical))

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

    @property
    def column_names(self) -> tuple[str, ...]:
        """The columns of numbers, dates and categories, in the order of the vector."""
        return tuple(column.column for column in self.columns)

    def encode(self, table: pd.DataFrame) -> np.ndarray:
        """Return float32 `(n, width)`."""
        return np.concatenate([column.encode(table[column.column]) for column in self.columns], axis=1)

    def decode(self, array: np.ndarray, stream: RandomStream | None = None) -> pd.DataFrame:
        """Return the columns of float vectors `(n, width)`; of each choice the largest position is taken."""
        decoded: dict[str, pd.Series] = {}
        start = 0
        for column in self.columns:
            decoded[column.column] = column.decode(array[:, start : start + column.width], stream)
            start += column.width
        return pd.DataFrame(decoded)

    def save(self, folder: Path) -> None:
        """Write codec.json."""
        files.write_json(folder / "codec.json", asdict(self))

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what `save` wrote."""
        return read_record(folder / "codec.json", cls)


def fit_number(column: pd.Series, params: TabularParams, date: DateFormat | None = None) -> Number:
    """Find spikes (values of at least `spike_share` of the rows), the quantiles of the other values, and the precision.

    Args:
        column: numbers, or dates.
        params: how many quantiles, and what a spike is.
        date: how dates are written.

    Raises:
        InputError: no number in train, or an infinite one; the message names the column.
    """
    name, role = str(column.name), "date" if date else "numeric"
    values = date.to_numbers(column) if date else column.to_numpy(dtype=float, na_value=np.nan)
    present = values[~np.isnan(values)]
    if not len(present):
        kind = "date" if date else "number"
        raise InputError(f"column `{name}` has no {kind} in the train split; take it out of the card's `{role}`")
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
        precision=Precision() if date else find_precision(present),
        date=date,
    )


def fit_category(column: pd.Series, params: TabularParams) -> Category:
    """Keep the most frequent names, in sorted order, and the counts of the others.

    Raises:
        InputError: no category in train; the message names the column.
    """
    name = str(column.name)
    counts = column.dropna().astype(str).value_counts()
    if not len(counts):
        raise InputError(f"column `{name}` has no category in the train split; take it out of the card's `categorical`")
    if len(counts) > params.max_categories:
        say(
            f"column `{name}` has {len(counts)} categories; the {params.max_categories} most frequent have a state each"
        )
    # value_counts orders ties by first appearance; sorting by name first makes the cut independent of row order.
    ordered = counts.sort_index().sort_values(ascending=False, kind="stable")
    kept, rare = ordered.index[: params.max_categories], ordered[params.max_categories :].sort_index()
    return Category(
        column=name,
        names=tuple(sorted(kept)),
        missing=bool(column.isna().any()),
        rare=tuple(rare.index),
        rare_counts=tuple(int(count) for count in rare),
    )
