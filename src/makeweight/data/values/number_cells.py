"""One cell of a column of numbers, taken apart: sign, digits with separators, exponent, what stands around them."""

import re
import unicodedata
from functools import lru_cache
from typing import Literal, NamedTuple

from makeweight.data.values.currencies import is_currency

Style = Literal["", "+", "-", "trailing", "parentheses"]
SIGN_STYLES: dict[str | None, Style] = {None: "", "+": "+", "-": "-"}

LOOKALIKES = str.maketrans(
    {
        **dict.fromkeys("\u2212\ufe63\uff0d\u2010\u2011\u2012\u2013\u2014", "-"),
        **dict.fromkeys("\uff0b\ufe62", "+"),
        **dict.fromkeys("\u00a0\u202f\u2009\u2007\u2008\u2006\u2005\u2004\u2002\u2003\u3000\t", " "),
        **dict.fromkeys("\u2019\u02bc\u2018\u0060\u00b4\u2032\uff07", "'"),
        **dict.fromkeys("\u066b\uff0c", ","),
        "\u066c": "'",
        "\uff0e": ".",
        "\uff05": "%",
        "\u066a": "%",
        "\uff08": "(",
        "\uff09": ")",
        **dict.fromkeys("\u200b\u200e\u200f\u2066\u2069\u202a\u202c\ufeff\u00ad", None),
    }
)
"""Characters that only look otherwise; Arabic separators as a comma and an apostrophe."""
LETTER = r"[^\W\d_\u00b9\u00bc-\u00be\u2070-\u2089\u2150-\u218b]"
"""A letter; Python counts fractions and raised digits as letters too."""
SURROUND = rf"{LETTER}|[%\u2030\u00b0\u00b2\u00b3/$\u20a0-\u20cf\u00a2-\u00a5\ufdfc\ufe69\uff04\uffe0-\uffe6\u0e3f]"
CELL = re.compile(
    rf"""(?P<opening>\()?\s?
    (?P<sign>[+-])?\s?
    (?P<prefix>(?:{SURROUND}|[.]){{0,5}}?(?<![.])|[^\W\d_]{{1,3}}\.)\s?
    (?P<inner>\()?\s?
    (?P<late_sign>[+-])?
    (?P<body>\d(?:[\d.,]|[' ](?=\d))*|[.,]\d+)
    (?P<exponent>[eE][+-]?\d{{1,4}}(?!\w)|\s?[x\u00d7*\u00b7]\s?10\s?\^\s?[+-]?\d{{1,4}})?
    \s?(?P<suffix>(?![\u00b2\u00b3/])(?:{SURROUND}|(?<=\w)[.](?=\w|$)){{0,12}})
    (?P<trailing>\s?-)?
    \s?(?P<closing>\))?""",
    re.VERBOSE,
)
NO_CENTS = re.compile(r"[.,]\s?-{1,2}$")
"""The end of 5,- as prices are written in German, Dutch or Danish."""
MOST_CHARACTERS = 1000
"""A float has at most some 340 digits on one side of its point, and thousands separators between them."""
COMMON = re.compile(r"([+-])?(\d+(?:[.,]\d+)?)")
"""A number with nothing around it."""
INFINITE = re.compile(r"[+-]?\s?(inf|infinity|\u221e)", re.IGNORECASE)
FIRST = r"[1-9]\d{0,2}"


def valid_body(decimal: str, other: str) -> re.Pattern[str]:
    """Return a pattern of the digits that are a number where `decimal` is the decimal sign."""
    point = re.escape(decimal)
    separator = rf"(?P<thousands>[{re.escape(other)}' ])"
    thousands = rf"(?:{FIRST}{separator}\d{{3}}(?:(?P=thousands)\d{{3}})*)"
    lakhs = rf"(?:[1-9]\d?{re.escape(other)}(?:\d{{2}}{re.escape(other)})+\d{{3}})"
    return re.compile(rf"(?:{thousands}|{lakhs})(?:{point}\d*)?|\d*{point}\d+|\d+{point}?")


VALID: dict[str, re.Pattern[str]] = {".": valid_body(".", ","), ",": valid_body(",", ".")}


class NumberCell(NamedTuple):
    """A cell that holds a single number."""

    negative: bool
    body: str
    """Digits with their separators; white space as a space, apostrophes of all kinds as '."""
    exponent: str
    """Such as `e-09`, or an empty string."""
    prefix: str
    suffix: str
    style: Style
    """How its sign is written."""
    signs: str
    """The decimal signs under which it is a number: `.`, `,`, both or none."""


def plain_characters(text: str) -> str:
    """Return the text with ASCII digits, signs and separators where others stand for them, stripped."""
    text = text.strip()
    if text.isascii() and "`" not in text and "\t" not in text:
        return text
    text = text.translate(LOOKALIKES).strip()
    if text.isascii():
        return text
    return "".join(ascii_digit(letter) for letter in text)


@lru_cache(maxsize=4096)
def ascii_digit(letter: str) -> str:
    """Return the ASCII digit of a decimal digit of any script, another character as it is."""
    digit = unicodedata.decimal(letter, None)
    return letter if digit is None else str(digit)


def take_apart(text: str) -> NumberCell | None:
    """Return the parts of a cell, None where it is not exactly one number."""
    plain = plain_characters(text)
    common = COMMON.fullmatch(plain)
    if common:
        # Most cells of most tables, several times faster.
        sign, body = common.groups()
        return NumberCell(
            sign == "-", body, "", "", "", SIGN_STYLES[sign], ".," if body.isdigit() else fitting_signs(body)
        )
    if len(plain) > MOST_CHARACTERS:
        return None
    found = CELL.fullmatch(NO_CENTS.sub("", plain))
    if found is None:
        return None
    opening, closing, trailing = found["opening"] or found["inner"], found["closing"], found["trailing"]
    sign = found["sign"] or found["late_sign"]
    if bool(opening) != bool(closing) or (found["sign"] and found["late_sign"]) or (trailing and (sign or opening)):
        return None
    if not is_prefix(found["prefix"]):
        return None
    style: Style = "parentheses" if opening else "trailing" if trailing else SIGN_STYLES[sign]
    exponent = re.sub(r"\s?[x\u00d7*\u00b7]\s?10\s?\^\s?", "e", found["exponent"] or "")
    negative = style in ("parentheses", "trailing") or (sign == "-")
    signs = fitting_signs(found["body"], bool(exponent))
    return NumberCell(negative, found["body"], exponent, found["prefix"], found["suffix"], style, signs)


def is_prefix(prefix: str) -> bool:
    """Return whether a number may follow: V2 and Room 12 are no numbers."""
    return prefix in ("", "%") or is_currency(prefix)


def fitting_signs(body: str, has_exponent: bool = False) -> str:
    """Return the decimal signs under which these digits are a number: `.`, `,`, both or none."""
    if body.isdigit():
        return ".,"
    # Nobody writes thousands separators before an exponent.
    return "".join(
        sign for sign in ".," if VALID[sign].fullmatch(body) and not (has_exponent and separators_in(body, sign))
    )


def separators_in(body: str, sign: str) -> set[str]:
    """Return the separators of thousands in the digits of a number."""
    return {letter for letter in body if letter not in "0123456789" and letter != sign}


def signs_of(cell: NumberCell, thousands: str | None = None) -> str:
    """Return the decimal signs under which a cell is a number.

    Args:
        cell: taken apart.
        thousands: the only separator of thousands allowed; None for any.
    """
    if thousands is None:
        return cell.signs
    return "".join(sign for sign in cell.signs if separators_in(cell.body, sign) <= {thousands})


def value_of(cell: NumberCell, decimal: str) -> float:
    """Return the number of a cell that is valid under this decimal sign."""
    other = "," if decimal == "." else "."
    body = cell.body.replace(other, "").replace(" ", "").replace("'", "").replace(decimal, ".")
    value = float(body + cell.exponent)
    return -value if cell.negative else value
