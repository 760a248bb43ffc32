"""Amounts of money in one currency."""

from makeweight.core.params import Section
from makeweight.data.values.amounts import parse_number as parse_number


class Money(Section):
    """The currency to which all amounts are converted, at the rates of one day."""

    currency: str
    rates_date: str
    rates: dict[str, float]
    """Currency code -> value of one unit of it in `currency`."""
