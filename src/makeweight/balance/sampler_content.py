"""The rows given to GANSampler as engines read them, and synthetic rows back in the same container and types."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, Self, TypeAlias

import numpy as np
import pandas as pd

from makeweight.balance.sampler_columns import Column, Number, category, is_category, number
from makeweight.balance.sampler_notes import check_has_values, notes_on_category
from makeweight.core import params
from makeweight.core.errors import InputError
from makeweight.data.codecs import TabularCodec
from makeweight.data.codecs.spec import Spec
from makeweight.data.samples import Roles, Samples

DEFAULTS = Path(__file__).with_name("sampler.yaml")
"""Parameters of the codec and of the engines."""

Rows: TypeAlias = "np.ndarray | pd.DataFrame"


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
    """By names of our own: those of a frame may be of any type, and may repeat."""
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
        frame = rows if isinstance(rows, pd.DataFrame) else pd.DataFrame(rows).infer_objects()
        chosen = category_columns(frame, categorical)
        columns: dict[str, Column] = {}
        told: list[str] = []
        for position, name in enumerate(frame.columns):
            cells = frame.iloc[:, position].reset_index(drop=True)
            check_has_values(cells, name)
            columns[f"column {position}"] = category(cells, name) if position in chosen else number(cells, name)
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
        return np.concatenate([given, synthetic])


def fit_codec(columns: dict[str, Column]) -> tuple[TabularCodec, pd.DataFrame]:
    """Return a codec, and the table that it reads."""
    table = pd.DataFrame({name: column.plain for name, column in columns.items()})
    numeric = tuple(name for name, column in columns.items() if isinstance(column, Number))
    states = tuple(name for name in columns if name not in numeric)
    settings = params.check(TabularCodec.params, params.read_yaml(DEFAULTS)["tabular"], DEFAULTS, "tabular")
    codec = TabularCodec.fit(Samples(table, Roles(numeric=numeric, categorical=states)), settings, 0)
    return codec, table


def category_columns(frame: pd.DataFrame, categorical: Any) -> set[int]:
    """Positions of the columns that are categories."""
    if isinstance(categorical, str):
        return {position for position in range(frame.shape[1]) if is_category(frame.iloc[:, position])}
    given = np.asarray(categorical)
    if given.dtype == bool and len(given) == frame.shape[1]:
        return set(np.flatnonzero(given).tolist())
    names = list(frame.columns)
    positions = {names.index(name) if name in names else name for name in categorical}
    unknown = [name for name in positions if name not in range(len(names))]
    if unknown:
        known = ", ".join(map(str, names))
        raise InputError(f"categorical_features: there is no column {unknown[0]!r}; there are {known}")
    return {int(position) for position in positions}


@dataclass(frozen=True)
class PictureContent:
    """Pictures of any shape and number type; engines see squares of bytes."""

    encoded: np.ndarray
    shape: tuple[int, int, int]
    """Height, width and channels of one picture."""
    low: float
    high: float
    """The least and the greatest number in the given pictures: black and white."""
    form: np.ndarray
    """No rows, but the dtype and shape of the given ones."""
    told: tuple[str, ...] = ()

    @classmethod
    def fit(cls, rows: np.ndarray, shape: Sequence[int] | None) -> Self:
        """Learn range and shape."""
        height, width, channels = picture_shape(rows, shape)
        if not (np.issubdtype(rows.dtype, np.number) and np.isfinite(rows).all()):
            raise InputError(f"X: pictures must be finite numbers; these are {rows.dtype}, or some are not finite")
        pixels = rows.reshape(len(rows), height, width, channels)
        low, high = (0.0, 255.0) if rows.dtype == np.uint8 else (float(rows.min()), float(rows.max()))
        scaled = np.rint((pixels - low) * (255 / ((high - low) or 1.0))).astype(np.uint8)
        edge = max(height, width)
        square = np.pad(scaled, ((0, 0), (0, edge - height), (0, edge - width), (0, 0)), mode="edge")
        return cls(square.transpose(0, 3, 1, 2), (height, width, channels), low, high, rows[:0])

    @property
    def spec(self) -> Spec:
        """Channels first, square."""
        return Spec("image", self.encoded.shape[1:])

    def restore(self, encoded: np.ndarray) -> np.ndarray:
        """Encoded pictures in the shape and type of the given ones."""
        height, width, _ = self.shape
        pixels = encoded.transpose(0, 2, 3, 1)[:, :height, :width] / 255 * (self.high - self.low) + self.low
        if np.issubdtype(self.form.dtype, np.integer):
            pixels = np.rint(pixels)
        return pixels.astype(self.form.dtype).reshape(len(encoded), *self.form.shape[1:])

    def joined(self, given: Rows, synthetic: Rows) -> Rows:
        """The given pictures, then the synthetic pictures."""
        return np.concatenate([given, synthetic])


def picture_shape(rows: np.ndarray, shape: Sequence[int] | None) -> tuple[int, int, int]:
    """Height, width and channels of each picture."""
    found = tuple(int(length) for length in (rows.shape[1:] if shape is None else shape))
    if len(found) == 2:
        found = (*found, 1)
    if len(found) != 3 or found[2] not in (1, 3):
        raise InputError(f"pictures are (height, width), (height, width, 1) or (height, width, 3), not {found}")
    needed, given = int(np.prod(found)), int(np.prod(rows.shape[1:]))
    if needed != given:
        raise InputError(f"picture_shape: {found} takes {needed} numbers, but a row of X has {given}")
    return found[0], found[1], found[2]
