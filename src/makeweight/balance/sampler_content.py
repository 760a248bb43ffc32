"""The rows given to GANSampler as engines read them, and synthetic rows back in the same container and types."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Protocol, Self

import numpy as np
import pandas as pd

from makeweight.balance.sampler_columns import Column, Number, category, is_category, number
from makeweight.balance.sampler_containers import Rows
from makeweight.balance.sampler_notes import check_has_values, notes_on_category
from makeweight.core import params
from makeweight.core.errors import InputError
from makeweight.data.codecs import TabularCodec
from makeweight.data.codecs.spec import Spec
from makeweight.data.samples import Roles, Samples

DEFAULTS = Path(__file__).with_name("sampler.yaml")
"""Parameters of the codec and of the engines."""


class Content(Protocol):
    """Rows as engines read them, and the way back."""

    @property
    def spec(self) -> Spec:
        """What one encoded row is."""
        ...

    @property
    def encoded(self) -> np.ndarray:
        """The given rows, encoded."""
        ...

    @property
    def told(self) -> tuple[str, ...]:
        """What the user should know before the rows are used."""
        ...

    def restore(self, encoded: np.ndarray) -> Rows:
        """Encoded rows in the container and types of the given ones."""
        ...

    def joined(self, given: Rows, synthetic: Rows) -> Rows:
        """The given rows, then the synthetic rows."""
        ...


@dataclass(frozen=True)
class TableContent:
    """Columns of numbers, dates and categories."""

    codec: TabularCodec
    encoded: np.ndarray
    columns: dict[str, Column]
    """By names that differ: those of a frame may be of any type, and may repeat."""
    form: Rows
    """No rows, but the container, names and dtypes of the given ones."""
    told: tuple[str, ...]
    """What the user should know before the rows are used."""

    @classmethod
    def fit(cls, rows: Rows, categorical: Any) -> Self:
        """Learn the columns.

        Raises:
            InputError: a column has no value at all, an infinite number, or cells that are neither numbers nor states.
        """
        frame = rows if isinstance(rows, pd.DataFrame) else framed(rows)
        chosen = category_columns(frame, categorical)
        columns: dict[str, Column] = {}
        told: list[str] = []
        for position, (name, key) in enumerate(zip(frame.columns, unique_names(frame), strict=True)):
            cells = frame.iloc[:, position].reset_index(drop=True)
            check_has_values(cells, name)
            columns[key] = category(cells, name) if position in chosen else number(cells, name)
            if position in chosen:
                told += notes_on_category(cells, name)
        codec, table = fit_codec(columns)
        return cls(codec, codec.encode(table), columns, rows[:0], tuple(told))

    @property
    def spec(self) -> Spec:
        """The codec's."""
        return self.codec.spec

    def restore(self, encoded: np.ndarray) -> Rows:
        """Encoded rows as columns; every category is one of the given rows."""
        decoded = self.codec.decode(encoded)
        restored = [column.restore(decoded[name]) for name, column in self.columns.items()]
        joined = pd.concat(restored, axis=1).set_axis(range(len(restored)), axis=1)
        if isinstance(self.form, pd.DataFrame):
            return joined.set_axis(self.form.columns, axis=1)
        return joined.to_numpy(dtype=self.form.dtype)

    def joined(self, given: Rows, synthetic: Rows) -> Rows:
        """The given rows, then the synthetic rows."""
        if isinstance(given, pd.DataFrame):
            return pd.concat([given, synthetic], ignore_index=True)
        return np.concatenate([given, synthetic]).astype(given.dtype, copy=False)


def framed(rows: np.ndarray) -> pd.DataFrame:
    """Return an array as a frame; objects stay as they are, where pandas would find a type for them."""
    return pd.DataFrame(rows, dtype=object) if rows.dtype == object else pd.DataFrame(rows)


def unique_names(frame: pd.DataFrame) -> list[str]:
    """Return a text for each column, with its position where names repeat."""
    names = [str(name) for name in frame.columns]
    if len(set(names)) == len(names):
        return names
    return [f"{name}, column {position}" for position, name in enumerate(names)]


def fit_codec(columns: dict[str, Column]) -> tuple[TabularCodec, pd.DataFrame]:
    """Return a codec, and the table that it reads."""
    table = pd.DataFrame({name: column.plain for name, column in columns.items()})
    numeric = tuple(name for name, column in columns.items() if isinstance(column, Number))
    states = tuple(name for name in columns if name not in numeric)
    codec = TabularCodec.fit(Samples(table, Roles(numeric=numeric, categorical=states)), tabular_settings(), 0)
    return codec, table


@cache
def tabular_settings() -> Any:
    """Return the codec's parameters in `sampler.yaml`."""
    return params.check(TabularCodec.params, params.read_yaml(DEFAULTS)["tabular"], DEFAULTS, "tabular")


def category_columns(frame: pd.DataFrame, categorical: Any) -> set[int]:
    """Positions of the columns that are categories.

    Raises:
        InputError: a name or position that no column has, or a mask of another length.
    """
    if isinstance(categorical, str):
        return {position for position in range(frame.shape[1]) if is_category(frame.iloc[:, position])}
    given = list(categorical)
    if given and all(isinstance(chosen, bool | np.bool_) for chosen in given):
        if len(given) != frame.shape[1]:
            raise InputError(
                f"categorical_features: a mask of {len(given)}, but X has {frame.shape[1]} columns; one for each "
                "would be right"
            )
        return set(np.flatnonzero(given).tolist())
    return {position for chosen in given for position in positions_of(chosen, list(frame.columns))}


def positions_of(chosen: Any, names: list[Any]) -> list[int]:
    """Return the positions of the columns of a name, or the position that was given."""
    found = [position for position, name in enumerate(names) if name == chosen]
    if isinstance(chosen, bool | np.bool_) or not (found or chosen in range(len(names))):
        raise InputError(f"categorical_features: there is no column {chosen!r}; there are {', '.join(map(str, names))}")
    return found or [int(chosen)]
