"""Random frames through GANSampler: given rows unchanged, types kept, new cells among the given ones, or one line."""

import warnings

import numpy as np
import pandas as pd

from makeweight import GANSampler
from makeweight.core.errors import InputError

EXAMPLES = 80
SETTINGS = {"width": 8, "blocks": 1, "solver_steps": 1, "channels": 4}
NAMES = ("seed", "Flow Bytes/s", "label", "column 0", "index", "", "a b", "Ü", 'say "x"')


def a_column(rng: np.random.Generator, rows: int) -> pd.Series:
    """A column of a random type and magnitude, perhaps with gaps."""
    days = pd.Timestamp("1999-12-31") + pd.to_timedelta(rng.integers(0, 900, rows), unit="D")
    size = 10.0 ** rng.integers(-12, 12)
    makers = [
        lambda: pd.Series(rng.normal(size=rows) * size),
        lambda: pd.Series((rng.normal(size=rows) * size).astype(np.float32)),
        lambda: pd.Series(rng.integers(-9, 9, rows) / 10),
        lambda: pd.Series(rng.integers(0, 2**62, rows)),
        lambda: pd.Series(rng.integers(0, 9, rows), dtype=rng.choice(["int8", "UInt16", "Int64", "float64"])),
        lambda: pd.Series(days).astype(rng.choice(["M8[s]", "M8[us]", "M8[ns]"])),
        lambda: pd.Series(days).dt.tz_localize(rng.choice(["UTC", "Europe/Berlin", "America/New_York"])),
        lambda: pd.Series(days.to_pydatetime(), dtype=object).map(lambda day: day.date()).astype(object),
        lambda: pd.Series(pd.to_timedelta(rng.integers(0, 99, rows), unit="min")),
        lambda: pd.Series(rng.random(rows) < 0.5, dtype=rng.choice(["bool", "boolean", "object", "category"])),
        lambda: pd.Series(rng.choice(["None", "NA", "02116"], rows), dtype=rng.choice(["str", "object", "category"])),
        lambda: pd.Series(pd.Categorical(rng.choice([1, 5], rows), categories=[5, 7, 1])),
    ]
    column = makers[rng.integers(len(makers))]()
    if rng.random() < 0.3 and column.dtype.kind in "fM" or str(column.dtype) in ("boolean", "Int64", "category"):
        column = column.mask(rng.random(rows) < 0.2)
    return column


def check_column(given: pd.Series, made: pd.Series) -> None:
    """New cells are of the given type, and lie between the given ones or are some of them."""
    assert made.dtype == given.dtype
    known, new = given.dropna(), made.dropna()
    assert given.isna().any() or len(new) == len(made)
    if isinstance(given.dtype, pd.CategoricalDtype) or not len(new) or isinstance(known.iloc[0], str | bool | np.bool_):
        assert set(new) <= set(known)
    else:
        assert known.min() <= new.min() and new.max() <= known.max()


def test_any_frame_comes_back_whole() -> None:
    for example in range(EXAMPLES):
        rng = np.random.default_rng(example)
        rows = int(rng.integers(12, 40))
        columns = [a_column(rng, rows) for _ in range(rng.integers(1, 5))]
        frame = pd.DataFrame(dict(zip(rng.permutation(NAMES), columns, strict=False)))
        target = pd.Series(np.where(np.arange(rows) < 4, "None", "NA"), dtype=rng.choice(["str", "object", "category"]))
        sampler = GANSampler(steps=1, random_state=0, settings=SETTINGS)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            try:
                level, classes = sampler.fit_resample(frame, target)
            except InputError as error:
                assert "\n" not in str(error) and "has no value" in str(error)
                continue
        pd.testing.assert_frame_equal(level.iloc[:rows], frame)
        assert classes.dtype == target.dtype and classes.value_counts().to_dict() == dict.fromkeys(
            ["None", "NA"], rows - 4
        )
        for name in frame:
            check_column(frame[name], level[name].iloc[rows:])
