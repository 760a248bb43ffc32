"""Numbers and prices as people write them: 1299.00, 1.299,00, EUR 1 299, 1'299.50, 0.0312 XMR."""

import re

from makeweight.core.params import Section

NUMBER = re.compile(r"(?<![\w.,])[-+]?(?:[.,]\d+|\d+(?:[.,'’\s]\d+)*)(?:[eE][-+]?\d{1,3}(?!\w))?", re.UNICODE)
"""A number with any separators; spaces count as separators where digits follow."""
PLAIN = re.compile(r"[0-9]+(?:[.,][0-9]{1,2})?")
"""What most numbers look like, and nothing else can be meant by."""
SHORTENED = re.compile(r"\d\s?[kKmM]\b")
"""Thousands or millions for short: too unsure for a price."""
DIGITS = re.compile(r"\d")


class Money(Section):
    """One currency for all amounts, at the rates of one day."""

    currency: str
    rates_date: str
    rates: dict[str, float]
    """Currency code -> what one unit of it is worth in `currency`."""


def parse_number(text: str, money: bool = False) -> float | None:
    """The one number in a text; None where there is none, or more than one.

    With two kinds of separators the last is the decimal one. A comma before exactly three digits separates thousands;
    so does a point in an amount of money, which has two decimals or none.
    """
    if PLAIN.fullmatch(text):
        return float(text.replace(",", "."))
    plain = text.replace("−", "-").replace("\u00a0", " ").replace("\u202f", " ").strip()
    found = NUMBER.findall(plain)
    if money and SHORTENED.search(plain):
        return None
    if len(found) != 1 or len(DIGITS.findall(NUMBER.sub("", plain))):
        return None
    mantissa, exponent = split_exponent(re.sub(r"['’\s]", "", found[0]))
    return float(point_decimal(mantissa, money) + exponent)


def split_exponent(number: str) -> tuple[str, str]:
    """1.5e-4 as 1.5 and e-4."""
    at = number.lower().find("e")
    return (number, "") if at < 0 else (number[:at], number[at:])


def point_decimal(number: str, money: bool) -> str:
    """The number with a point for decimals and nothing for thousands."""
    last = max(number.rfind("."), number.rfind(","))
    if last < 0:
        return number
    decimals = number[last + 1 :]
    separator, other = number[last], "," if number[last] == "." else "."
    whole = number[:last].replace(other, "").replace(separator, "")
    repeated = number.count(separator) > 1
    grouping = separator == "," or money
    thousands = other not in number and len(decimals) == 3 and grouping and whole.lstrip("+-0") != ""
    return whole + decimals if repeated or thousands else f"{whole}.{decimals}"
