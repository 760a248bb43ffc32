"""GANSampler gives back every type of column and of label, within range, and tells what it cannot use by name."""

import datetime
from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import torch

from makeweight import GANSampler
from makeweight.core.errors import InputError

ROWS, RARE = 48, 10
RNG = np.random.default_rng(0)
RARE_ROWS = np.arange(ROWS) < RARE
NAMES = np.where(RARE_ROWS, "yes", "no")
DAYS = pd.date_range("2024-03-20", periods=ROWS)
GAPS = np.arange(ROWS) % 7 == 3
CENTS = [Decimal(int(value)).scaleb(-2) for value in RNG.integers(100, 9999, ROWS)]


def sampler(**options) -> GANSampler:
    settings = {"width": 16, "blocks": 1, "solver_steps": 2, "channels": 4}
    return GANSampler(**{"random_state": 0, "steps": 3, "settings": settings, **options})


def arrow(values: list, kind: pa.DataType) -> pd.Series:
    return pd.Series(values, dtype=pd.ArrowDtype(kind))


def level(column: pd.Series) -> pd.Series:
    """The synthetic cells of a column; the given ones are unchanged and the type is kept."""
    rows = pd.DataFrame({"x": RNG.normal(size=ROWS), "own name/s": column})
    result, _ = sampler().fit_resample(rows, NAMES)
    pd.testing.assert_frame_equal(result.iloc[:ROWS], rows)
    assert result["own name/s"].dtype == column.dtype
    return result["own name/s"].iloc[ROWS:]


COLUMNS = {
    "days": pd.Series(DAYS),
    "local days": pd.Series(DAYS.tz_localize("Europe/Berlin")),
    "months": pd.Series(pd.date_range("2001-01-01", periods=ROWS, freq="MS")),
    "before nanoseconds": pd.Series(np.datetime64("1203-01-01", "s") + np.arange(ROWS) * np.timedelta64(86400, "s")),
    "durations": pd.Series(pd.to_timedelta(RNG.integers(0, 90, ROWS), unit="min")),
    "periods": pd.Series(pd.period_range("2001-01", periods=ROWS, freq="M")),
    "date objects": pd.Series([day.date() for day in DAYS], dtype=object),
    "time objects": pd.Series([datetime.time(int(hour), 30) for hour in RNG.integers(0, 24, ROWS)], dtype=object),
    "decimals": pd.Series(CENTS, dtype=object),
    "arrow decimals": arrow(CENTS, pa.decimal128(10, 2)),
    "arrow dates": arrow([day.date() for day in DAYS], pa.date32()),
    "arrow times": arrow(list(DAYS), pa.timestamp("us", tz="UTC")),
    "arrow whole": arrow(RNG.integers(-5, 5, ROWS).tolist(), pa.int64()),
    "nullable whole": pd.Series(RNG.integers(0, 9, ROWS), dtype="Int8"),
    "nullable float": pd.Series(RNG.normal(size=ROWS), dtype="Float32"),
    "tenths": pd.Series(RNG.integers(0, 99, ROWS) / 10, dtype=np.float32),
    "tiny": pd.Series(RNG.uniform(1, 3, ROWS) * 1e-9),
    "large": pd.Series(10**17 + RNG.integers(0, 900, ROWS)),
    "largest": pd.Series(2**63 - 1 - RNG.integers(0, 900, ROWS)),
    "unsigned": pd.Series((2**64 - 1 - RNG.integers(0, 900, ROWS, dtype=np.uint64)).astype(np.uint64)),
    "bytes": pd.Series(RNG.integers(-128, 128, ROWS), dtype=np.int8),
    "objects of numbers": pd.Series([1, 2, 5, 9] * 12, dtype=object),
    "long decimals": pd.Series([Decimal(10**40 + row) for row in range(ROWS)]),
    "long numbers": pd.Series([10**30 + row for row in range(ROWS)], dtype=object),
    "arrow long decimals": arrow([Decimal(10**40 + row) for row in range(ROWS)], pa.decimal256(50, 2)),
    "arrow unsigned": arrow([2**63 + row for row in range(ROWS)], pa.uint64()),
    "largest floats": pd.Series([1.7e308, -1.7e308, 0.0] * (ROWS // 3)),
    "timestamp objects": pd.Series(list(DAYS), dtype=object),
    "local timestamp objects": pd.Series(list(DAYS.tz_localize("Europe/Berlin")), dtype=object),
    "datetime objects": pd.Series(DAYS.to_pydatetime(), dtype=object),
    "numpy days": pd.Series(list(DAYS.to_numpy().astype("M8[D]")), dtype=object),
    "numpy durations": pd.Series(list(np.arange(ROWS).astype("m8[h]")), dtype=object),
    "period objects": pd.Series(list(pd.period_range("2001-01", periods=ROWS, freq="M")), dtype=object),
}


@pytest.mark.parametrize("name", COLUMNS)
@pytest.mark.parametrize("gaps", [False, True])
def test_numbers_and_dates_lie_between_those_given(name: str, gaps: bool) -> None:
    column = COLUMNS[name]
    if gaps:
        if name in {"tenths", "tiny", "days", "months", "durations", "periods", "nullable whole", "arrow decimals"}:
            column = column.mask(GAPS)
        else:
            column = column.astype(object).mask(GAPS, None)
    made = level(column).dropna()
    assert made.min() >= column.dropna().min() and made.max() <= column.dropna().max()
    assert {type(cell) for cell in made} <= {type(cell) for cell in column.dropna()}
    if name.startswith(("long", "arrow long", "arrow unsigned")):
        assert made.nunique() > 1
    if name in {"tiny", "months", "days", "decimals", "large"}:
        assert made.nunique() > 1


def test_steps_and_decimals_are_those_of_the_column() -> None:
    assert (level(COLUMNS["months"]).dt.day == 1).all()
    assert (level(COLUMNS["local days"]).dt.hour == 0).all()
    assert (level(COLUMNS["durations"]).dt.total_seconds() % 60 == 0).all()
    assert level(COLUMNS["tenths"]).astype(str).str.len().max() <= 3
    assert all(value.as_tuple().exponent == -2 for value in level(COLUMNS["decimals"]))
    assert all(cell.minute == 30 for cell in level(COLUMNS["time objects"]))


STATES = {
    "unused levels": pd.Series(pd.Categorical(RNG.choice(["a", "b"], ROWS), categories=["never", "b", "a"])),
    "categories of booleans": pd.Series(pd.Categorical(RNG.random(ROWS) < 0.5)),
    "categories of intervals": pd.Series(pd.cut(RNG.normal(size=ROWS), 3)),
    "booleans with gaps": pd.Series(RNG.random(ROWS) < 0.5, dtype="boolean").mask(GAPS),
    "objects of booleans": pd.Series([True, None, False] * (ROWS // 3), dtype=object),
    "arrow booleans": arrow((RNG.random(ROWS) < 0.5).tolist(), pa.bool_()),
    "arrow words": arrow(RNG.choice(["None", "NA", ""], ROWS).tolist(), pa.string()),
    "words": pd.Series(RNG.choice(["None", "NA", "nan"], ROWS), dtype="string"),
    "arrow categories": pd.Series(
        pd.arrays.ArrowExtensionArray(pa.array(["b", "a"] * (ROWS // 2)).dictionary_encode())
    ),
    "arrow categories of numbers": pd.Series(
        pd.arrays.ArrowExtensionArray(pa.DictionaryArray.from_arrays([2, 0] * (ROWS // 2), [5, 7, 1]))
    ),
    "half a letter": pd.Series(["\ud800", "c"] * (ROWS // 2), dtype=object),
    "mixed objects": pd.Series([1, "a", 2.5] * (ROWS // 3), dtype=object),
    "codes": pd.Series(RNG.choice(["02116", "01207"], ROWS)),
}


@pytest.mark.parametrize("name", STATES)
def test_states_are_cells_that_were_given(name: str) -> None:
    column = STATES[name]
    made = level(column)
    assert set(made.dropna()) <= set(column.dropna())
    assert column.isna().any() or not made.isna().any()


LABELS = {
    "category of booleans": pd.Series(pd.Categorical(RARE_ROWS)),
    "category of numbers": pd.Series(pd.Categorical(np.where(RARE_ROWS, 0.5, 1.5))),
    "category with unused level": pd.Series(pd.Categorical(NAMES, categories=["yes", "never", "no"], ordered=True)),
    "nullable boolean": pd.Series(RARE_ROWS, dtype="boolean"),
    "nullable whole": pd.Series(RARE_ROWS.astype(int), dtype="Int8"),
    "string": pd.Series(NAMES, dtype="string"),
    "arrow string": arrow(NAMES.tolist(), pa.string()),
    "dates": pd.Series(np.where(RARE_ROWS, DAYS[0], DAYS[1])),
    "intervals": pd.Series(pd.cut(np.where(RARE_ROWS, 1.0, 2.0), 2)),
    "floats": pd.Series(RARE_ROWS.astype(float)),
    "objects": pd.Series(RARE_ROWS, dtype=object),
    "decimals": pd.Series([Decimal(int(value)) for value in RARE_ROWS]),
    "large numbers": pd.Series(np.where(RARE_ROWS, 2**60 + 1, 2**60)),
    "words": pd.Series(np.where(RARE_ROWS, "None", "NA")),
}


@pytest.mark.parametrize("name", LABELS)
def test_labels_of_every_type_come_back_in_it(name: str) -> None:
    labels = LABELS[name].rename("own")
    _, classes = sampler().fit_resample(RNG.normal(size=(ROWS, 2)), labels)
    assert classes.dtype == labels.dtype and classes.name == "own" and not classes.isna().any()
    pd.testing.assert_series_equal(classes.iloc[:ROWS], labels)
    assert set(classes.value_counts()) - {0} == {ROWS - RARE}
    assert (classes.iloc[ROWS:] == labels.iloc[0]).all()


@pytest.mark.parametrize("container", [list, tuple, np.asarray, pd.Categorical, pd.Index, pd.array])
def test_labels_in_every_container_come_back_in_it(container: type) -> None:
    labels = container(RARE_ROWS.tolist())
    _, classes = sampler().fit_resample(RNG.normal(size=(ROWS, 2)), labels)
    assert type(classes) is type(labels) and sum(map(bool, classes)) == ROWS - RARE


def test_a_strategy_names_classes_as_the_labels_have_them() -> None:
    labels = LABELS["category of booleans"]
    _, classes = sampler(sampling_strategy={True: 20}).fit_resample(RNG.normal(size=(ROWS, 2)), labels)
    assert classes.value_counts().to_dict() == {False: ROWS - RARE, True: 20}


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (np.inf, "X: column 'Flow Bytes/s' has 48 infinite numbers .* X.replace"),
        (np.nan, r"X: column 'Flow Bytes/s' has no value in any of its 48 rows.* X.drop\(columns=\['Flow Bytes/s'\]\)"),
        (None, "X: column 'Flow Bytes/s' has no value"),
        (1j, "X: column 'Flow Bytes/s' holds complex128 values; numbers or categories"),
    ],
)
def test_messages_name_the_column_of_the_frame(value: object, told: str) -> None:
    rows = pd.DataFrame({"x": RNG.normal(size=ROWS), "Flow Bytes/s": [value] * ROWS})
    with pytest.raises(InputError, match=told):
        sampler().fit_resample(rows, NAMES)


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        ([["a"]] * ROWS, "list"),
        ([{"a": 1}] * ROWS, "dict"),
        ([(1, [2])] * ROWS, "tuple"),
        ([slice(1)] * ROWS, "slice"),
        ([np.zeros(2)] * ROWS, "ndarray"),
        (arrow([["a"]] * ROWS, pa.list_(pa.string())), "list"),
        (arrow([{"a": 1}] * ROWS, pa.struct([("a", pa.int64())])), "dict"),
    ],
)
def test_lists_in_cells_are_refused_by_name(cells: object, kind: str) -> None:
    rows = pd.DataFrame({"x": RNG.normal(size=ROWS), "tags": cells})
    with pytest.raises(InputError, match=f"X: column 'tags' has a {kind} in a cell; one number, text or date"):
        sampler().fit_resample(rows, NAMES)


@pytest.mark.parametrize(
    ("cells", "told"),
    [
        ([Decimal("Infinity"), *CENTS[1:]], "1 infinite number "),
        ([Decimal("1e400"), *CENTS[1:]], "1 infinite number "),
        ([10**400, *range(1, ROWS)], "numbers of 401 digits"),
    ],
    ids=["infinite", "decimal", "whole"],
)
def test_numbers_that_no_float_holds_are_refused_by_name(cells: list, told: str) -> None:
    rows = pd.DataFrame({"x": RNG.normal(size=ROWS), "mass": pd.Series(cells, dtype=object)})
    with pytest.raises(InputError, match=f"X: column 'mass' has {told}"):
        sampler().fit_resample(rows, NAMES)


def test_labels_that_cannot_be_used_are_refused_in_one_line() -> None:
    rows = RNG.normal(size=(ROWS, 2))
    with pytest.raises(InputError, match=r"y: 1 of 48 rows has no label \(the first is row 0\)"):
        sampler().fit_resample(rows, pd.Series([None, *NAMES[1:]]))
    with pytest.raises(InputError, match="y: labels of the types int, str cannot be compared"):
        sampler().fit_resample(rows, pd.Series([1, *NAMES.tolist()[1:]], dtype=object))


@pytest.mark.parametrize(
    ("cells", "told"),
    [
        ([f"2,{n + 100}" for n in range(ROWS)], "'price' .* look like numbers .'2,100'.*pandas.to_numeric"),
        ([f"{day:%d.%m.%Y}" for day in DAYS], "'price' .* look like dates .'20.03.2024'.*pandas.to_datetime"),
        (["02116", "01207"] * (ROWS // 2), None),
        (["oak", "ash"] * (ROWS // 2), None),
    ],
)
def test_numbers_and_dates_in_texts_are_told(
    cells: list[str], told: str | None, recwarn: pytest.WarningsRecorder
) -> None:
    sampler().fit_resample(pd.DataFrame({"x": RNG.normal(size=ROWS), "price": cells}), NAMES)
    if told is None:
        assert not [warning for warning in recwarn if "price" in str(warning.message)]
    else:
        with pytest.warns(UserWarning, match=told):
            sampler().fit_resample(pd.DataFrame({"x": RNG.normal(size=ROWS), "price": cells}), NAMES)


def test_a_name_of_each_row_is_told() -> None:
    rows = pd.DataFrame({"x": RNG.normal(size=120), "who": [f"n{row}" for row in range(120)]})
    with pytest.warns(UserWarning, match="'who' is taken as a category of 120 states in 120 rows"):
        sampler().fit_resample(rows, np.arange(120) % 4 == 0)


def test_threads_are_those_of_the_environment_and_then_those_before(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []
    train = GANSampler._train

    def watched(self, *given):
        seen.append(torch.get_num_threads())
        return train(self, *given)

    before = torch.get_num_threads()
    monkeypatch.setattr(GANSampler, "_train", watched)
    for threads in ("1", "2"):
        monkeypatch.setenv("MAKEWEIGHT_THREADS", threads)
        sampler().fit_resample(RNG.normal(size=(ROWS, 2)), NAMES)
        assert torch.get_num_threads() == before
    assert seen == [1, 2]


def test_a_wrong_device_is_an_argument_not_a_file() -> None:
    with pytest.raises(InputError, match="^`device` is 'gpu7'"):
        sampler(device="gpu7").fit_resample(RNG.normal(size=(ROWS, 2)), NAMES)


@pytest.mark.parametrize("dtype", ["Float32", "Float64"])
def test_gaps_in_nullable_floats_are_read(dtype: str) -> None:
    given = pd.Series([None if row % 6 == 0 else row % 5 + 0.5 for row in range(ROWS)], dtype=dtype)
    rows = pd.DataFrame({"x": RNG.normal(size=ROWS), "v": given})
    balanced, _ = sampler().fit_resample(rows, NAMES)
    pd.testing.assert_series_equal(balanced["v"].iloc[:ROWS], given, check_names=False)
    assert balanced["v"].dtype == dtype
