"""Makeweight without a pipeline: `GANSampler` levels a table or a set of pictures as any imbalanced-learn sampler does.

>>> from makeweight import GANSampler
>>> X_level, y_level = GANSampler(random_state=0).fit_resample(X, y)  # doctest: +SKIP
"""

import numbers
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Protocol, Self, TypeAlias

import numpy as np
import pandas as pd
from imblearn.over_sampling.base import BaseOverSampler
from imblearn.utils import check_target_type
from pandas.api.types import is_bool_dtype, is_numeric_dtype
from sklearn.utils import check_array, check_consistent_length, check_random_state
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.validation import validate_data

from makeweight import generators
from makeweight.core import params, runtime
from makeweight.core.errors import InputError
from makeweight.data.codecs import TabularCodec
from makeweight.data.codecs.spec import Spec
from makeweight.data.labelled import Labelled
from makeweight.data.samples import Roles, Samples
from makeweight.generators import ENGINES, Engine, TrainingContext

DEFAULTS = Path(__file__).with_name("sampler.yaml")

Rows: TypeAlias = "np.ndarray | pd.DataFrame"


class GANSampler(BaseOverSampler):
    """Over-sample with rows from a generator that is trained on the rows given.

    Args:
        engine: one of those with a section in `sampler.yaml`: `latent_flow`, `wgan_gp` or `r3gan`.
        steps: updates of the engine.
        sampling_strategy: which classes are filled up to how many rows, as in every imbalanced-learn over-sampler.
        categorical_features: positions, names or a mask of the columns that are categories. "auto": columns of a
            DataFrame or an object array that hold strings, categories or booleans.
        picture_shape: (height, width) or (height, width, channels) where each row of a 2-D `X` is a flattened picture;
            `X` of 3 or 4 dimensions is taken as pictures without it.
        settings: values of the engine's parameters that differ from those in `sampler.yaml`.
        device: `auto`, `cpu` or `cuda`.
        random_state: same state, same rows on the same machine.

    Missing numbers and categories are learned as a state of their own and may come out again. The rows given come
    first and unchanged; dtypes, column names and the kind of container are kept.
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **BaseOverSampler._parameter_constraints,
        "engine": [StrOptions(set(params.read_yaml(DEFAULTS)["engines"]))],
        "steps": [Interval(numbers.Integral, 1, None, closed="left")],
        "categorical_features": [StrOptions({"auto"}), "array-like"],
        "picture_shape": ["array-like", None],
        "settings": [dict, None],
        "device": [str],
        "random_state": ["random_state"],
    }

    def __init__(
        self,
        *,
        engine: str = "latent_flow",
        steps: int = 500,
        sampling_strategy: Any = "auto",
        categorical_features: Any = "auto",
        picture_shape: tuple[int, ...] | None = None,
        settings: dict[str, Any] | None = None,
        device: str = "auto",
        random_state: Any = None,
    ) -> None:
        super().__init__(sampling_strategy=sampling_strategy)
        self.engine = engine
        self.steps = steps
        self.categorical_features = categorical_features
        self.picture_shape = picture_shape
        self.settings = settings
        self.device = device
        self.random_state = random_state

    def _check_X_y(self, rows: Any, target: Any) -> tuple[Rows, np.ndarray, bool]:  # noqa: N802
        """Rows with columns or pixels, and one class per row; frames stay frames, so that their types are known."""
        target, one_against_all = check_target_type(target, indicate_one_vs_all=True)
        if not isinstance(rows, pd.DataFrame):
            rows = check_array(rows, dtype=None, ensure_all_finite="allow-nan", allow_nd=True)
        check_consistent_length(rows, target)
        validate_data(self, X=rows, y=target, reset=True, skip_check_array=True)
        return rows, np.asarray(target), one_against_all

    def _fit_resample(self, rows: Rows, target: np.ndarray, **_: Any) -> tuple[Rows, np.ndarray]:
        """The rows given, then the rows made, class by class."""
        wanted = {name: count for name, count in self.sampling_strategy_.items() if count}
        if not wanted:
            return rows, target
        content = self._content_of(rows)
        classes, labels = np.unique(target, return_inverse=True)
        seed = int(check_random_state(self.random_state).randint(np.iinfo(np.int32).max))
        self.engine_ = self._train(content, labels, [str(name) for name in classes], seed)
        asked = np.repeat(np.searchsorted(classes, list(wanted)), list(wanted.values()))
        made = content.restore(self.engine_.generate(asked, seed)[content.spec.modality])
        return content.joined(rows, made), np.concatenate([target, classes[asked]])

    def _content_of(self, rows: Rows) -> "Content":
        """How these rows are turned into what engines learn from, and back."""
        if isinstance(rows, pd.DataFrame) or (rows.ndim == 2 and self.picture_shape is None):
            return Table.fit(rows, self.categorical_features)
        return Pictures.fit(rows, self.picture_shape)

    def _train(self, content: "Content", labels: np.ndarray, classes: list[str], seed: int) -> Engine:
        """A trained engine."""
        modality = content.spec.modality
        config = settings_of(self.engine, self.settings)
        data = Labelled({modality: content.encoded}, labels.astype(np.int64))
        context = TrainingContext(seed, runtime.device(self.device))
        trainer = generators.start(self.engine, data, {modality: content.spec}, classes, config, self.steps, context)
        for _ in range(self.steps):
            trainer.step()
        return trainer.averaged

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = False
        tags.input_tags.string = True
        tags.input_tags.allow_nan = True
        tags.input_tags.three_d_array = True
        return tags


def settings_of(engine: str, changes: dict[str, Any] | None = None) -> Any:
    """An engine's parameters as `sampler.yaml` has them, some changed.

    Raises:
        InputError: an unknown or wrong parameter.
    """
    values = params.read_yaml(DEFAULTS)["engines"][engine] | (changes or {})
    return params.check(ENGINES[engine].params, values, DEFAULTS, f"engines.{engine}")


class Content(Protocol):
    """Rows as engines see them, and the way back."""

    @property
    def spec(self) -> Spec:
        """What one encoded row is."""
        ...

    @property
    def encoded(self) -> np.ndarray:
        """The rows given, encoded."""
        ...

    def restore(self, encoded: np.ndarray) -> Rows:
        """Encoded rows in the form of those given."""
        ...

    def joined(self, given: Rows, made: Rows) -> Rows:
        """The rows given, then the rows made."""
        ...


@dataclass(frozen=True)
class Table:
    """Columns of numbers and categories."""

    codec: TabularCodec
    encoded: np.ndarray
    columns: list[str]
    """Names of our own: those of a frame may be of any type."""
    categories: dict[str, np.ndarray]
    """Category column -> its values; the codec knows them by their position."""
    form: Rows
    """No rows, but the container, names and dtypes of those given."""

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
        """Encoded rows as columns; every category is one that was given."""
        known = encoded.copy()
        starts = {block.column: block.start for block in self.spec.choices}
        for category in self.codec.categories:
            # The codec's place for names it does not know: nothing was encoded there, so nothing can be meant by it.
            known[:, starts[category.column] + len(category.names)] = -np.inf
        decoded = self.codec.decode(known)
        for name, values in self.categories.items():
            named = [None if pd.isna(code) else values[int(code)] for code in decoded[name]]
            decoded[name] = pd.Series(named, dtype=object)
        if isinstance(self.form, pd.DataFrame):
            typed = [decoded[name].astype(dtype) for name, dtype in zip(self.columns, self.form.dtypes, strict=True)]
            return pd.concat(typed, axis=1).set_axis(self.form.columns, axis=1)
        return decoded[self.columns].to_numpy(dtype=self.form.dtype)

    def joined(self, given: Rows, made: Rows) -> Rows:
        """The rows given, then the rows made."""
        if isinstance(given, pd.DataFrame):
            return pd.concat([given, made], ignore_index=True)
        return np.concatenate([given, made])


def category_columns(frame: pd.DataFrame, wanted: Any) -> set[int]:
    """Positions of the columns that are categories."""
    if isinstance(wanted, str):
        dtypes = enumerate(frame.dtypes)
        return {position for position, dtype in dtypes if is_bool_dtype(dtype) or not is_numeric_dtype(dtype)}
    given = np.asarray(wanted)
    if given.dtype == bool and len(given) == frame.shape[1]:
        return set(np.flatnonzero(given).tolist())
    names = list(frame.columns)
    positions = {names.index(name) if name in names else name for name in wanted}
    strangers = [name for name in positions if name not in range(len(names))]
    if strangers:
        known = ", ".join(map(str, names))
        raise InputError(f"categorical_features: there is no column {strangers[0]!r}; there are {known}")
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
class Pictures:
    """Pictures of any shape and number type; engines see squares of bytes."""

    encoded: np.ndarray
    shape: tuple[int, int, int]
    """Height, width and channels of one picture."""
    low: float
    high: float
    """The least and the greatest number in the pictures given: black and white."""
    form: np.ndarray
    """No rows, but the dtype and shape of those given."""

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
        """Encoded pictures in the form of those given."""
        height, width, _ = self.shape
        pixels = encoded.transpose(0, 2, 3, 1)[:, :height, :width] / 255 * (self.high - self.low) + self.low
        if np.issubdtype(self.form.dtype, np.integer):
            pixels = np.rint(pixels)
        return pixels.astype(self.form.dtype).reshape(len(encoded), *self.form.shape[1:])

    def joined(self, given: Rows, made: Rows) -> Rows:
        """The pictures given, then the pictures made."""
        return np.concatenate([given, made])


def picture_shape(rows: np.ndarray, shape: Sequence[int] | None) -> tuple[int, int, int]:
    """Height, width and channels of each picture."""
    found = tuple(int(length) for length in (rows.shape[1:] if shape is None else shape))
    if len(found) == 2:
        found = (*found, 1)
    if len(found) != 3 or found[2] not in (1, 3):
        raise InputError(f"pictures are (height, width), (height, width, 1) or (height, width, 3), not {found}")
    wanted, given = int(np.prod(found)), int(np.prod(rows.shape[1:]))
    if wanted != given:
        raise InputError(f"picture_shape: {found} takes {wanted} numbers, but a row of X has {given}")
    return found[0], found[1], found[2]
