"""Makeweight without a pipeline: `GANSampler` levels a table or a set of pictures as any imbalanced-learn sampler does.

>>> from makeweight import GANSampler
>>> X_level, y_level = GANSampler(random_state=0).fit_resample(X, y)  # doctest: +SKIP
"""

import numbers
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pandas as pd
import torch
from imblearn.over_sampling.base import BaseOverSampler
from imblearn.utils import check_sampling_strategy
from sklearn.base import _fit_context
from sklearn.utils import check_array, check_consistent_length, check_random_state
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.validation import validate_data

from makeweight import generators
from makeweight.balance.sampler_containers import Rows, notes_on_index, opened
from makeweight.balance.sampler_content import DEFAULTS, Content, TableContent
from makeweight.balance.sampler_pictures import PictureContent
from makeweight.balance.sampler_target import Target
from makeweight.core import params, resources, runtime
from makeweight.core.errors import InputError
from makeweight.data.labelled import Labelled
from makeweight.generators import ENGINES, Engine, TrainingContext

NEEDS_LESS = "fewer or smaller rows, or settings={'batch_size': 16}, would need less"


class GANSampler(BaseOverSampler):
    """Over-sample with rows from a generator that is trained on the rows given.

    For a better classifier of a table, try a tuned threshold first (scikit-learn's `TunedThresholdClassifierCV`, or for
    more classes `makeweight.learn.decision_rule.choose_rule`): with a strong learner, no way of adding rows is shown to
    beat it on the tables of docs/results.md. Generated rows are for what a threshold cannot do: data to share in the
    place of real rows, stress tests with more rows of a rare class, and classes with a few examples only. For missing
    modalities of a sample (a picture without its text) see the pipeline's engines.

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

    Missing numbers and categories are learned as a state of their own and may be generated again. The given rows come
    first and unchanged; dtypes, column names and the kind of container are kept, of `X` and of `y`; the index is not:
    rows are numbered from 0, as by every imbalanced-learn sampler. Dates, times and durations are generated within
    their range, in the steps that the column has. The environment variable MAKEWEIGHT_THREADS limits the threads.
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

    @_fit_context(prefer_skip_nested_validation=True)
    def fit_resample(self, X: Any, y: Any, **_: Any) -> tuple[Any, Any]:  # noqa: N803
        """Return the given rows, then the synthetic rows, class by class; both in the types that came in.

        Raises:
            InputError: a column or the labels cannot be used; the message names the column.
        """
        target = Target.of(y)
        container = opened(X, self.picture_shape is not None)
        rows = self._check_X_y(container.rows, target.values)[0]
        check_whole(self.sampling_strategy)
        self.sampling_strategy_ = check_sampling_strategy(self.sampling_strategy, target.values, "over-sampling")
        for line in notes_on_index(X, y):
            warnings.warn(line, UserWarning, stacklevel=3)
        level, sources = self._fit_resample(rows, target.values)
        return container.close(level), target.taken(sources)

    def _check_X_y(self, rows: Any, target: Any) -> tuple[Rows, np.ndarray, bool]:  # noqa: N802
        """Rows with columns or pixels, and one class per row; frames stay frames, so that their types are known."""
        if not isinstance(rows, pd.DataFrame):
            rows = check_array(rows, dtype=None, ensure_all_finite=False, allow_nd=True)
        check_consistent_length(rows, target)
        named = rows
        if isinstance(rows, pd.DataFrame) and not (rows.columns.is_unique and one_type(rows.columns)):
            named = rows.set_axis(range(rows.shape[1]), axis=1)  # scikit-learn knows no such names
        validate_data(self, X=named, y=target, reset=True, skip_check_array=True)
        return rows, np.asarray(target), False

    def _fit_resample(self, rows: Rows, target: np.ndarray, **_: Any) -> tuple[Rows, np.ndarray]:
        """The given rows, then the synthetic rows; and for each of them the position of a given row of its class."""
        given = np.arange(len(target))
        missing = {name: count for name, count in self.sampling_strategy_.items() if count}
        if not missing:
            return rows, given
        content = self._content_of(rows)
        for line in content.told:
            warnings.warn(line, UserWarning, stacklevel=4)  # past imbalanced-learn's wrapper
        classes, first, labels = np.unique(target, return_index=True, return_inverse=True)
        seed = int(check_random_state(self.random_state).randint(np.iinfo(np.int32).max))
        new_labels = np.repeat(np.searchsorted(classes, list(missing)), list(missing.values()))
        with runtime.threads(), resources.sufficient("X", NEEDS_LESS):
            self.engine_ = self._train(content, labels, [str(name) for name in classes], seed)
            synthetic = content.restore(self.engine_.generate(new_labels, seed)[content.spec.modality])
        return content.joined(rows, synthetic), np.concatenate([given, first[new_labels]])

    def _content_of(self, rows: Rows) -> Content:
        """The rows as engines read them, with the way back."""
        if isinstance(rows, pd.DataFrame) and self.picture_shape is not None:
            raise InputError("picture_shape: X has columns; pictures are an array: X.to_numpy() would be right")
        if isinstance(rows, pd.DataFrame) or (rows.ndim == 2 and self.picture_shape is None):
            return TableContent.fit(rows, self.categorical_features)
        if not isinstance(self.categorical_features, str):
            raise InputError("categorical_features: pictures have no columns; 'auto' would be right")
        return PictureContent.fit(rows, self.picture_shape)

    def _train(self, content: Content, labels: np.ndarray, classes: list[str], seed: int) -> Engine:
        """A trained engine."""
        modality = content.spec.modality
        config = settings_of(self.engine, self.settings)
        data = Labelled({modality: content.encoded}, labels.astype(np.int64))
        context = TrainingContext(seed, device_of(self.device))
        try:
            trainer = generators.start(
                self.engine, data, {modality: content.spec}, classes, config, self.steps, context
            )
        except (RuntimeError, ValueError) as error:
            if not self.settings or resources.lacking(error):
                raise
            reason = str(error).splitlines()[0]
            raise InputError(f"settings: {self.settings} make no engine {self.engine}: {reason}") from None
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


def one_type(names: pd.Index) -> bool:
    """Return whether all names of columns are of one type: scikit-learn takes either texts or other objects."""
    return len({isinstance(name, str) for name in names}) == 1


def check_whole(strategy: Any) -> None:
    """Refuse a strategy that asks for a part of a row."""
    for name, count in strategy.items() if isinstance(strategy, Mapping) else ():
        if not isinstance(count, numbers.Real) or not float(count).is_integer():
            raise InputError(f"sampling_strategy: {count!r} rows of class {name!r}; a whole number would be right")


def device_of(name: str) -> torch.device:
    """Return the torch device of this name; a message names the argument, not a file that the caller does not have."""
    try:
        return runtime.device(name)
    except InputError as error:
        raise InputError(str(error).removeprefix("params.yaml: ")) from None


def settings_of(engine: str, changes: dict[str, Any] | None = None) -> Any:
    """An engine's parameters in `sampler.yaml`, with changes.

    Raises:
        InputError: an unknown or wrong parameter.
    """
    values = params.read_yaml(DEFAULTS)["engines"][engine] | (changes or {})
    return params.check(ENGINES[engine].params, values, Path("settings") if changes else DEFAULTS, f"engines.{engine}")
