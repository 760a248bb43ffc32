"""Columns of numbers mean what their writer meant, or the user is told."""

import decimal
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import pytest

from makeweight.core.errors import InputError
from makeweight.data.values import Reading, find_decimal, read_number


def read(cells: Sequence[Any], **options: Any) -> Reading:
    return read_number(pd.Series(list(cells), dtype=object), "weight", **options)


@pytest.mark.parametrize(
    ("cells", "numbers"),
    [
        (["2,390", "23,0"], [2.39, 23.0]),
        (["2,390", "5.50"], [2390, 5.5]),
        (["1'299.50", "5'000"], [1299.5, 5000]),
        (["1 299,50", "12\u00a0345,5", "1\u202f000"], [1299.5, 12345.5, 1000]),
        (["12,34,567", "1,00,000.5"], [1234567, 100000.5]),
        (["\u22125", "+3", "4"], [-5, 3, 4]),
        (["\uff12\uff13\uff0e\uff15", "\u0662\u0663\u066b\u0665"], [23.5, 23.5]),
        (["2.3900e-09", "2.0310E-9", "1.5x10^-4"], [2.39e-9, 2.031e-9, 1.5e-4]),
        (["(1,234.50)", "5-", "12.00"], [-1234.5, -5, 12]),
        (["5,-", "12,50"], [5, 12.5]),
        (["12%", "13.5 %"], [12, 13.5]),
        (["\u20ac 5", "6,50 EUR", "US$7"], [5, 6.5, 7]),
        (["12 kg", "0.5kg"], [12, 0.5]),
        ([".5", "5."], [0.5, 5]),
        ([1.5, "2,5", 3], [1.5, 2.5, 3]),
        ([decimal.Decimal("1.50"), decimal.Decimal("2.25")], [1.5, 2.25]),
    ],
)
def test_numbers_are_read_as_they_are_written(cells: list[Any], numbers: list[float]) -> None:
    reading = read(cells)
    assert reading.values.tolist() == numbers
    assert reading.values.dtype == np.float64
    assert not len(reading.unread)


def test_a_cell_that_can_be_either_is_told_and_other_columns_or_semicolons_decide() -> None:
    cells = ["2,390", "2,031"]
    alone = read(cells)
    assert alone.values.tolist() == [2390, 2031]
    assert "'2,390' can be 2390 or 2.39" in alone.notes[0] and '`decimal: ","`' in alone.notes[0]
    assert alone.changes[0].loud
    assert read(cells, decimal=",").values.tolist() == [2.39, 2.031]
    other = find_decimal({"length": pd.Series(["23,0", "24,4"])})
    assert read(cells, evidence=other).values.tolist() == [2.39, 2.031]
    assert "`length`" in read(cells, evidence=other).notes[0]
    assert read(cells, evidence=find_decimal({}, ";")).values.tolist() == [2.39, 2.031]
    assert read(["2.390"], evidence=find_decimal({}, ";")).values.tolist() == [2.39]


def test_leading_zeros_are_refused_as_identifiers() -> None:
    with pytest.raises(InputError, match=r"`weight`: '02116' \(row 2\) begins with a zero.*`categorical`"):
        read(["0", "02116", "6520"])


def test_usual_words_are_missing_unless_the_card_says_otherwise() -> None:
    reading = read(["1.5", "NA", "?", "", None, "n/a", "2"])
    assert reading.missing == 5 and reading.missing_words == {"NA": 1, "?": 1, "n/a": 1}
    reading = read(["1.5", "NA", "?", "-999", "2"], missing=["?", -999])
    assert reading.missing_words == {"?": 1, "-999": 1}
    assert reading.unread.to_dict() == {1: "NA"}


def test_booleans_with_gaps_are_zeros_and_ones() -> None:
    reading = read(["true", "FALSE", "", "true"])
    np.testing.assert_array_equal(reading.values, [1, 0, np.nan, 1])
    assert reading.notes == ("column `weight`: FALSE and true are read as 0 and 1",)


def test_lists_and_bytes_are_refused_by_name() -> None:
    with pytest.raises(InputError, match="column `weight` holds lists"):
        read([[1, 2], [3]])
    with pytest.raises(InputError, match="column `weight` holds bytes"):
        read([b"1"])


def test_a_column_of_words_is_refused_with_the_remedy() -> None:
    with pytest.raises(InputError, match=r"2 cells of 3 cannot be read as numbers, such as 'ash' \(row 1\)"):
        read(["ash", "oak", "1"])


def test_digits_lost_and_infinite_numbers_are_told() -> None:
    large = read_number(pd.Series([2**53 + 1, None], dtype="Int64"), "id")
    assert "more digits than" in large.notes[0]
    assert "more digits than" in read(["9007199254740993", "1"]).notes[0]
    infinite = read_number(pd.Series([np.inf, 1.0]), "flow")
    assert infinite.unread.to_dict() == {0: "inf"} and "infinite numbers" in infinite.notes[0]
    assert read(["1e400", "1", "1e-400", "2"]).unread.to_dict() == {0: "1e400", 2: "1e-400"}


@pytest.mark.parametrize("cells", [["1.299,00", "1299.00", "EUR 2,390", "0.125"], ["1.299", "5"]])
def test_scraped_prices_may_contradict_each_other(cells: list[str]) -> None:
    reading = read(cells, money=True)
    assert reading.values.tolist() == {4: [1299, 1299, 2390, 0.125], 2: [1299, 5]}[len(cells)]


@pytest.mark.parametrize(
    "cells",
    [
        ["1\u202f200,50 \u20ac", "1\u202f213,75 \u20ac"],
        ["1200,50\u00a0\u20ac", "1213,75\u00a0\u20ac"],
        ["\u20ac\u00a01200.50", "\u20ac\u00a01213.75"],
        ["0.0000e+00", "1.0000e-09"],
    ],
)
def test_spaces_and_zeros_are_written_as_the_column_has_them(cells: list[str]) -> None:
    reading = read_number(pd.Series(cells), "c")
    assert reading.format is not None
    assert reading.format.write(reading.values.to_numpy()) == cells  # type: ignore[union-attr]


def test_what_other_programs_write_for_missing_is_missing() -> None:
    reading = read(["1.5", "\\N", "#NULL!", "#NV", ".", ".a", ".z", "2"])
    assert reading.missing == 6 and reading.unread.empty
    assert reading.values.dropna().tolist() == [1.5, 2.0]
