"""GANSampler takes rows and labels in the containers that people have, and gives both back in them, or says why not."""

import datetime
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import torch

from makeweight import GANSampler
from makeweight.core.errors import InputError

ROWS, RARE = 24, 6
RNG = np.random.default_rng(0)
NAMES = ["rare"] * RARE + ["usual"] * (ROWS - RARE)
NUMBERS = RNG.normal(size=(ROWS, 2))
CELLS = [[f"w{row % 3}", row, row % 2 == 0, None if row % 5 == 0 else row / 4] for row in range(ROWS)]


def level(rows: Any, target: Any = NAMES, **options: Any) -> tuple[Any, Any]:
    settings = {"width": 8, "blocks": 1, "solver_steps": 1, "channels": 4}
    return GANSampler(**{"random_state": 0, "steps": 2, "settings": settings, **options}).fit_resample(rows, target)


class Borrowed:
    """A frame of another library, which gives and takes its columns as Arrow does."""

    def __init__(self, table: pa.Table) -> None:
        self.table = table

    def __len__(self) -> int:
        return self.table.num_rows

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        return self.table.__arrow_c_stream__(requested_schema)


@pytest.mark.parametrize("row", [list, tuple])
@pytest.mark.parametrize("container", [list, tuple])
def test_each_cell_of_a_list_keeps_its_type(container: type, row: type) -> None:
    given = container(row(cells) for cells in CELLS)
    made, _ = level(given)
    assert type(made) is container and made[:ROWS] == given and len(made) == 2 * (ROWS - RARE)
    for cells in made[ROWS:]:
        assert type(cells) is row and cells[0] in {"w0", "w1", "w2"} and isinstance(cells[2], bool)
        assert type(cells[1]) is int and 0 <= cells[1] < ROWS
        assert cells[3] is None or (type(cells[3]) is float and 0 <= cells[3] < ROWS / 4)


def test_each_cell_of_an_array_of_objects_keeps_its_type() -> None:
    days = [datetime.datetime(2024, 1, day + 1) for day in range(ROWS)]
    counts = [None if row % 6 == 0 else row for row in range(ROWS)]
    given = np.array([*zip(days, counts, strict=True)], dtype=object)
    made, _ = level(given)
    assert made[:ROWS].tolist() == given.tolist()
    assert {type(day) for day in made[ROWS:, 0]} == {datetime.datetime}
    assert {type(count) for count in made[ROWS:, 1]} <= {int, type(None)}


@pytest.mark.parametrize("container", [pa.table, lambda columns: Borrowed(pa.table(columns))])
def test_tables_of_arrow_come_back_as_such(container: Any) -> None:
    large = pa.array([2**63 + row for row in range(ROWS)], pa.uint64())
    words = pa.array(["None", "NA", "x"] * (ROWS // 3)).dictionary_encode()
    given = container({"large": large, "words": words, "day": pa.array([datetime.date(2024, 1, 2)] * ROWS)})
    made, _ = level(given)
    assert type(made) is type(given)
    table, before = (getattr(part, "table", part) for part in (made, given))
    assert table.schema == before.schema and table.slice(0, ROWS).equals(before)
    new = table.slice(ROWS).to_pydict()
    assert min(new["large"]) >= 2**63 and max(new["large"]) < 2**63 + ROWS and set(new["words"]) <= {"None", "NA", "x"}


def test_tensors_come_back_as_tensors() -> None:
    given, target = torch.tensor(NUMBERS, dtype=torch.float32), torch.tensor([0] * RARE + [1] * (ROWS - RARE))
    made, classes = level(given, target)
    assert made.dtype == given.dtype and torch.equal(made[:ROWS], given)
    assert classes.dtype == target.dtype and classes.tolist().count(0) == ROWS - RARE


@pytest.mark.parametrize("kind", [">f8", "f2", "u1"])
def test_types_of_numpy_are_kept(kind: str) -> None:
    assert level((NUMBERS * 9 + 50).astype(kind))[0].dtype == np.dtype(kind)


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        (np.array([(1, 2.0)] * ROWS, dtype=[("a", int), ("b", float)]), r"an array with fields.*pandas.DataFrame\(X\)"),
        (np.ma.masked_greater(NUMBERS, 1.5), "the mask hides . cells? and would be lost.*filled"),
        (NUMBERS * 1j, "Complex data not supported; real numbers would be right"),
        (NUMBERS[:, 0], r"its shape is \(24,\).*X.reshape\(-1, 1\)"),
        (pd.Series(NUMBERS[:, 0]), r"a Series is no table.*X.to_frame\(\)"),
        ({"a": [1] * ROWS}, r"a dict is no table.*pandas.DataFrame\(X\)"),
        ("data.csv", "a str is no table"),
        (None, "a NoneType is no table"),
        ([{"a": 1}] * ROWS, r"a row is a dict.*pandas.DataFrame\(X\)"),
        ([[1, 2]] * (ROWS - 1) + [[1]], "the 24 rows are of different lengths"),
        (pd.DataFrame(index=range(ROWS)), "the frame has no column"),
        (np.where(NUMBERS > 1.5, np.inf, 1.0), "column . has .* infinite numbers?.*X.replace"),
    ],
)
def test_what_is_no_table_is_refused_in_one_line(rows: Any, told: str) -> None:
    with pytest.raises(InputError, match=f"^X: {told}") as error:
        level(rows)
    assert "\n" not in str(error.value)


def test_an_index_that_holds_data_is_told(recwarn: pytest.WarningsRecorder) -> None:
    frame = pd.DataFrame(NUMBERS, columns=["a", "b"])
    shuffled = frame.set_axis(RNG.permutation(ROWS))
    level(shuffled, pd.Series(NAMES, index=shuffled.index))
    assert not list(recwarn)
    with pytest.warns(UserWarning, match=r"the index 'who' is not kept: .* X.reset_index\(\) makes it a column"):
        made, _ = level(frame.rename_axis("who"))
    assert made.index.equals(pd.RangeIndex(2 * (ROWS - RARE)))
    with pytest.warns(UserWarning, match=r"the same index in another order.*y.loc\[X.index\]"):
        level(frame, pd.Series(NAMES, index=range(ROWS - 1, -1, -1)))


FRAMES = {
    "names that repeat": pd.DataFrame(NUMBERS, columns=["a", "a"]),
    "no names": pd.DataFrame(NUMBERS, columns=["", ""]),
    "names of many types": pd.DataFrame(np.hstack([NUMBERS, NUMBERS]), columns=["a", 1, 2.5, None]),
    "levels of names": pd.DataFrame(NUMBERS, columns=pd.MultiIndex.from_tuples([("a", 1), ("a", 2)], names=["p", "q"])),
    "days": pd.DataFrame(NUMBERS, columns=pd.date_range("2024-01-01", periods=2)),
    "names of our own": pd.DataFrame(
        np.hstack([NUMBERS, NUMBERS]), columns=["column 1", "column 0", "a, column 0", "a"]
    ),
}


@pytest.mark.parametrize("name", FRAMES)
def test_columns_of_any_name_come_back(name: str) -> None:
    frame = FRAMES[name]
    made, _ = level(frame)
    pd.testing.assert_frame_equal(made.iloc[:ROWS], frame)
    for position in range(frame.shape[1]):
        low, high = frame.iloc[:, position].min(), frame.iloc[:, position].max()
        assert made.iloc[ROWS:, position].between(low, high).all()


def test_categories_are_chosen_by_every_column_of_a_name() -> None:
    frame = pd.DataFrame(np.arange(2 * ROWS).reshape(ROWS, 2) % 5, columns=["a", "a"])
    made, _ = level(frame.replace(2, 3), categorical_features=["a"])
    assert set(np.unique(made)) <= {0, 1, 3, 4}


@pytest.mark.parametrize("chosen", [[True], [True] * 3, ["a", True], [-1], [2.5]])
def test_a_choice_of_categories_that_does_not_fit_is_refused(chosen: list) -> None:
    with pytest.raises(InputError, match="^categorical_features: (a mask of|there is no column)"):
        level(pd.DataFrame(NUMBERS, columns=["a", "b"]), categorical_features=chosen)


LABELS = {
    "arrow": pa.array(NAMES),
    "arrow chunks": pa.chunked_array([NAMES]),
    "bytes": np.array(NAMES, dtype="S"),
    "texts of numpy": np.array(NAMES, dtype=np.dtypes.StringDType()),
    "fractions": [Fraction(1, 2) if name == "rare" else Fraction(1, 3) for name in NAMES],
    "large": [10**30 + (name == "rare") for name in NAMES],
    "days": [datetime.date(2024, 1, 1 + (name == "rare")) for name in NAMES],
    "column": np.array(NAMES).reshape(-1, 1),
}


@pytest.mark.parametrize("name", LABELS)
def test_labels_of_any_container_come_back_in_it(name: str) -> None:
    labels = LABELS[name]
    _, classes = level(NUMBERS, labels)
    assert type(classes) is type(labels) and getattr(classes, "dtype", None) == getattr(labels, "dtype", None)
    listed = [getattr(label, "tolist", lambda label=label: label)() for label in classes]
    before = [getattr(label, "tolist", lambda label=label: label)() for label in labels]
    assert listed[:ROWS] == before and listed.count(before[0]) == listed.count(before[-1]) == ROWS - RARE


@pytest.mark.parametrize(
    ("target", "told"),
    [
        ([1 if name == "rare" else "1" for name in NAMES], "labels of the types int, str cannot be compared"),
        ([float("nan"), *NAMES[1:]], "1 of 24 rows has no label"),
        ([None, None, *NAMES[2:]], "2 of 24 rows have no label"),
        (np.array([np.nan] * RARE + [1.0] * (ROWS - RARE)), "6 of 24 rows have no label"),
        (np.ma.masked_equal([0] * RARE + [1] * (ROWS - RARE), 0), "the mask hides 6 labels"),
        ([(1, 2)] * RARE + [(1, 3)] * (ROWS - RARE), "a label is a tuple"),
        (pd.Series([[1]] * ROWS), "a label is a list"),
        (np.array([1j] * RARE + [1] * (ROWS - RARE)), "a label is a complex"),
        (pd.get_dummies(pd.Series(NAMES)), r"the frame has 2 columns.*y.idxmax\(axis=1\)"),
        ("state", r"'state' is a single text.*X.pop\('state'\)"),
        ({"a": 1}, "a dict holds no labels"),
        (None, "a NoneType holds no labels"),
        ((name for name in NAMES), "a generator holds no labels"),
    ],
)
def test_what_holds_no_labels_is_refused_in_one_line(target: Any, told: str) -> None:
    with pytest.raises(InputError, match=f"^y: {told}") as error:
        level(NUMBERS, target)
    assert "\n" not in str(error.value)


def test_a_part_of_a_row_cannot_be_asked_for() -> None:
    with pytest.raises(InputError, match="sampling_strategy: 20.5 rows of class 'rare'; a whole number"):
        level(NUMBERS, sampling_strategy={"rare": 20.5})
    assert len(level(NUMBERS, sampling_strategy={"rare": 20.0})[1]) == ROWS - RARE + 20


def test_settings_that_make_no_engine_are_refused_in_one_line() -> None:
    with pytest.raises(InputError, match="settings: `engines.latent_flow.width` is -1; right would be 1 or more"):
        level(NUMBERS, settings={"width": -1})
