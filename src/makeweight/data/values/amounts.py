"""One cell on its own, as scraped prices need it: 1299.00, 1.299,00, EUR 1 299, 1'299.50, 0.0312 XMR."""

import re

NUMBER = re.compile(r"(?<![\w.,])[-+]?(?:[.,]\d+|\d+(?:[.,'’\s]\d+)*)(?:[eE][-+]?\d{1,3}(?!\w))?", re.UNICODE)
"""A number with any separators; a space is a separator where digits follow."""
PLAIN = re.compile(r"[0-9]+(?:[.,][0-9]{1,2})?")
"""The common, unambiguous form of a number."""
ABBREVIATED = re.compile(r"\d\s?[kKmM]\b")
"""Thousands or millions abbreviated, as in 5k: too ambiguous for a price."""
DIGITS = re.compile(r"\d")
RAISED = re.compile(r"\d[\u00b2\u00b3\u00b9\u00bc-\u00be\u2070-\u2089\u2150-\u215f\u2189]")
"""A digit with a power, a footnote or a fraction right after it: 12\u00b2 is not 12, and 12\u00bd is not either."""


def parse_number(text: str, money: bool = False) -> float | None:
    """Return the only number in a text; None where there is none or more than one.

    With two kinds of separators the last is the decimal separator. A comma before exactly three digits separates
    thousands; so does a point in an amount of money, which has two decimals or none.

    Args:
        text: what a person wrote.
        money: whether the number is an amount of money.
    """
    if PLAIN.fullmatch(text):
        return float(text.replace(",", "."))
    plain = text.replace("−", "-").replace("\u00a0", " ").replace("\u202f", " ").strip()
    found = NUMBER.findall(plain)
    if RAISED.search(plain) or (money and ABBREVIATED.search(plain)):
        return None
    if len(found) != 1 or len(DIGITS.findall(NUMBER.sub("", plain))):
        return None
    mantissa, exponent = split_exponent(re.sub(r"['’\s]", "", found[0]))
    return float(point_decimal(mantissa, money) + exponent)


def split_exponent(number: str) -> tuple[str, str]:
    """Return mantissa and exponent: 1.5e-4 as 1.5 and e-4."""
    position = number.lower().find("e")
    return (number, "") if position < 0 else (number[:position], number[position:])


def point_decimal(number: str, money: bool) -> str:
    """Return the number with a point before its decimals and no thousands separators."""
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
