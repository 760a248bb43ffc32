"""The rows given to GANSampler as engines read them, and synthetic rows back in the same container and types."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, Self, TypeAlias

import numpy as np
import pandas as pd
from pandas.api.types import is_bool_dtype, is_numeric_dtype

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

    def restore(self, encoded: np.ndarray) -> Rows:
        """Encoded rows in the container and types of the given ones."""
        ...

    def joined(self, given: Rows, synthetic: Rows) -> Rows:
        """The given rows, then the synthetic rows."""
        ...


@dataclass(frozen=True)
class TableContent:
    """Columns of numbers and categories."""

    codec: TabularCodec
    encoded: np.ndarray
    columns: list[str]
    """Names of our own: those of a frame may be of any type."""
    categories: dict[str, np.ndarray]
    """Category column -> its values; the codec knows them by their position."""
    form: Rows
    """No rows, but the container, names and dtypes of the given ones."""

    @classmethod
    def fit(cls, rows: Rows, categorical: Any) -> Self:
        """Learn the columns."""
        frame = rows if isinstance(rows, pd.DataFrame) else pd.DataFrame(rows).infer_objects()
        chosen = category_columns(frame, categorical)
        plain: dict[str, pd.Series] = {}
        categories: dict[str, np.ndarray] = {}
        for position, name in enumerate(frame.columns):
            own_name, column = f"column {position}", frame.iloc[:, position]
            if position in chosen:
                codes, values = pd.factorize(column)
                plain[own_name] = pd.Series([None if code < 0 else str(code) for code in codes], dtype=object)
                categories[own_name] = np.asarray(values, dtype=object)
            else:
                plain[own_name] = pd.Series(numbers_of(column, name))
        numeric = tuple(name for name in plain if name not in categories)
        table = pd.DataFrame(plain)
        settings = params.check(TabularCodec.params, params.read_yaml(DEFAULTS)["tabular"], DEFAULTS, "tabular")
        codec = TabularCodec.fit(Samples(table, Roles(numeric=numeric, categorical=tuple(categories))), settings, 0)
        return cls(codec, codec.encode(table), list(plain), categories, rows[:0])

    @property
    def spec(self) -> Spec:
        """The codec's."""
        return self.codec.spec

    def restore(self, encoded: np.ndarray) -> Rows:
        """Encoded rows as columns; every category is one of the given rows."""
        known = encoded.copy()
        starts = {block.column: block.start for block in self.spec.choices}
        for category in self.codec.categories:
            # The codec's state for unknown names: no given row was encoded as it, so it has no meaning.
            known[:, starts[category.column] + len(category.names)] = -np.inf
        decoded = self.codec.decode(known)
        for name, values in self.categories.items():
            named = [None if pd.isna(code) else values[int(code)] for code in decoded[name]]
            decoded[name] = pd.Series(named, dtype=object)
        if isinstance(self.form, pd.DataFrame):
            typed = [decoded[name].astype(dtype) for name, dtype in zip(self.columns, self.form.dtypes, strict=True)]
            return pd.concat(typed, axis=1).set_axis(self.form.columns, axis=1)
        return decoded[self.columns].to_numpy(dtype=self.form.dtype)

    def joined(self, given: Rows, synthetic: Rows) -> Rows:
        """The given rows, then the synthetic rows."""
        if isinstance(given, pd.DataFrame):
            return pd.concat([given, synthetic], ignore_index=True)
        return np.concatenate([given, synthetic])


def category_columns(frame: pd.DataFrame, categorical: Any) -> set[int]:
    """Positions of the columns that are categories."""
    if isinstance(categorical, str):
        dtypes = enumerate(frame.dtypes)
        return {position for position, dtype in dtypes if is_bool_dtype(dtype) or not is_numeric_dtype(dtype)}
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


def numbers_of(column: pd.Series, name: Any) -> np.ndarray:
    """A column as float64, missing as NaN."""
    try:
        return column.to_numpy(dtype=np.float64, na_value=np.nan)
    except (TypeError, ValueError):
        raise InputError(
            f"X: column {name!r} holds {column.dtype} values; numbers or categories would be right"
        ) from None


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
