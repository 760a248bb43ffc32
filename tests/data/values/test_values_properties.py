"""Columns of numbers in random dialects come out as the same numbers, or the user is told; so do columns of words."""

from dataclasses import dataclass
from decimal import Decimal

import numpy as np
import pandas as pd
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from makeweight.core.errors import InputError
from makeweight.data.values import find_decimal, infer, read_category, read_label, read_number, read_text

repeatable = settings(
    max_examples=500, deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.too_slow]
)
DIGITS = {"latin": "0", "full width": "\uff10", "arabic": "\u0660"}
MINUS = ("-", "\u2212", "trailing", "parentheses")
MISSING = ("", " ", "NA", "n/a", "?", "null", "None", "-", "NaN", "#N/A")


@dataclass(frozen=True)
class Dialect:
    """How a column is written, by a writer of the test's own."""

    decimal: str
    thousands: str
    prefix: str
    suffix: str
    minus: str
    zero: str
    exponent: bool

    def write(self, number: Decimal) -> str:
        sign, digits = number < 0, abs(number)
        if self.exponent:
            text = f"{digits:E}".replace(".", self.decimal)
        else:
            whole, _, decimals = f"{digits:f}".partition(".")
            text = f"{int(whole):,}".replace(",", self.thousands) + (self.decimal + decimals if decimals else "")
        text = text.translate({48 + digit: chr(ord(self.zero) + digit) for digit in range(10)})
        text = f"{self.prefix}{text}{self.suffix}"
        if not sign:
            return text
        return {"trailing": f"{text}-", "parentheses": f"({text})"}.get(self.minus, f"{self.minus}{text}")


@st.composite
def dialects(draw: st.DrawFn) -> Dialect:
    decimal = draw(st.sampled_from(".,"))
    return Dialect(
        decimal=decimal,
        thousands=draw(
            st.sampled_from(["", "", "." if decimal == "," else ",", " ", "\u00a0", "\u202f", "'", "\u2019"])
        ),
        prefix=draw(st.sampled_from(["", "", "", "\u20ac", "US$ ", "EUR "])),
        suffix=draw(st.sampled_from(["", "", "", "%", " %", " kg", "\u00a0\u20ac"])),
        minus=draw(st.sampled_from(MINUS)),
        zero=draw(st.sampled_from(list(DIGITS.values()))),
        exponent=draw(st.booleans()),
    )


@st.composite
def numbers(draw: st.DrawFn) -> list[Decimal]:
    """Numbers of one column: as many decimals in all, or of every magnitude."""
    places = draw(st.integers(0, 9))
    power = draw(st.sampled_from([0, 0, 0, -9, -300, 12, 290]))
    whole = draw(st.lists(st.integers(-(10**12), 10**12), min_size=1, max_size=12))
    scale = draw(st.sampled_from([10**3, 10**6, 10**12]))
    return [
        (Decimal(number % scale if number > 0 else -(-number % scale)) / 10**places).scaleb(power) for number in whole
    ]


def same(left: np.ndarray, right: np.ndarray) -> bool:
    return np.array_equal(left, right, equal_nan=True)


@repeatable
@given(numbers(), dialects(), st.lists(st.sampled_from(MISSING), max_size=4), st.randoms(use_true_random=False))
def test_numbers_in_any_dialect_come_out_or_the_user_is_told(values, dialect, gaps, random) -> None:  # type: ignore[no-untyped-def]
    table = [(dialect.write(value), float(value)) for value in values] + [(gap, np.nan) for gap in gaps]
    random.shuffle(table)
    cells, expected = pd.Series([cell for cell, _ in table], dtype=object), np.array([number for _, number in table])

    stated = read_number(cells, "dose of lead", decimal=dialect.decimal)
    assert same(stated.values.to_numpy(), expected), stated.notes
    assert stated.missing == len(gaps) and not len(stated.unread)

    found = read_number(cells, "dose of lead", evidence=find_decimal({"dose of lead": cells}))
    told = any(change.loud and "`dose of lead`" in change.text for change in found.changes)
    assert same(found.values.to_numpy(), expected) or told

    written = pd.Series(stated.format.write(expected), dtype=object)  # type: ignore[union-attr]
    assert same(read_number(written, "dose of lead", decimal=dialect.decimal).values.to_numpy(), expected), list(
        written
    )


@repeatable
@given(st.lists(st.one_of(st.floats(), st.integers(-(10**20), 10**20), st.none(), st.booleans()), min_size=1))
def test_numbers_that_are_numbers_are_never_changed(values) -> None:  # type: ignore[no-untyped-def]
    cells = pd.Series(values, dtype=object)
    expected = np.array([np.nan if value is None else float(value) for value in values])
    expected[np.isinf(expected)] = np.nan
    try:
        reading = read_number(cells, "dose")
    except InputError as error:
        assert "`dose`" in str(error) and np.isinf(np.array(values, dtype=float)).sum() > len(values) / 2  # noqa: B017
        return
    assert same(reading.values.to_numpy(), expected)
    assert same(reading.format.rounded(expected), expected)  # type: ignore[union-attr]


@repeatable
@given(
    st.lists(st.text(max_size=12), min_size=1),
    st.sampled_from([read_number, infer, read_category, read_label, read_text]),
)
def test_any_text_is_read_or_refused_in_one_line_that_names_the_column(texts, read) -> None:  # type: ignore[no-untyped-def]
    cells = pd.Series(texts, dtype=object)
    try:
        reading = read(cells, "note")
    except InputError as error:
        assert "`note`" in str(error) and "\n" not in str(error)
        return
    assert len(reading.values) == len(texts)
    assert all("`note`" in note and "\n" not in note for note in reading.notes)
    if reading.kind == "text":
        assert all(value == text for value, text in zip(reading.values, texts, strict=True) if value is not None)


@repeatable
@given(
    st.lists(
        st.sampled_from(["None", "NA", "null", "a b", "<neu>", "=1", "+", "-", "\u201ca\u201d", "0012", "1e5", "R&D"])
    )
)
def test_words_stay_words(words) -> None:  # type: ignore[no-untyped-def]
    padded = pd.Series([f" {word}\u00a0" for word in words], dtype=object)
    for read in (read_category, read_label):
        assert read(padded, "word").values.tolist() == words
