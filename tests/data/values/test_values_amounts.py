import pandas as pd
import pytest

from makeweight.data.values.amounts import parse_number
from makeweight.data.values.number import read_number


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1234.50", 1234.5),
        ("1.299,00", 1299.0),
        ("1,299.00 USD", 1299.0),
        ("EUR 1,234.50", 1234.5),
        ("1 234,50 EUR", 1234.5),
        ("1\u00a0234,50 €", 1234.5),
        ("1'234.50", 1234.5),
        ("1,50,000", 150000.0),
        ("1.299.000", 1299000.0),
        ("0,031", 0.031),
        ("0.0341 XMR", 0.0341),
        ("−5", -5.0),
        (".5", 0.5),
        ("3.5e-4", 0.00035),
        ("17,288", 17288.0),
        ("12kg", 12.0),
    ],
)
def test_a_number_is_parsed_whatever_its_separators(text: str, number: float) -> None:
    assert parse_number(text) == pytest.approx(number)


@pytest.mark.parametrize("text", ["", "ask me", "n/a", "-", "12 x 3.5 kg", "2 for 10", "v2", "1-2"])
def test_a_text_without_exactly_one_number_is_not_parsed(text: str) -> None:
    assert parse_number(text) is None


def test_a_point_before_three_digits_separates_thousands_in_money_only() -> None:
    assert parse_number("1.299", money=True) == 1299.0
    assert parse_number("1.299") == 1.299
    assert parse_number("0.125", money=True) == 0.125
    assert parse_number("4K", money=True) is None


@pytest.mark.parametrize(("cells", "what"), [(["7", "5 €", "6,50 €"], "currency"), (["7", "5 kg", "6,50 kg"], "unit")])
def test_what_is_taken_off_an_amount_is_told_with_examples(cells: list[str], what: str) -> None:
    (change,) = [one for one in read_number(pd.Series(cells), "price", decimal=",").changes if one.what == what]
    assert change.count == 2 and change.examples == ((cells[1], "5"), (cells[2], "6.5"))
