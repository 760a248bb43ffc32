"""The style of a column of numbers, found from its cells."""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from makeweight.data.values.distinct_texts import DistinctTexts
from makeweight.data.values.number_cells import LOOKALIKES, NumberCell, signs_of
from makeweight.data.values.number_format import NumberFormat, decimals_of, digits_after_first

MOST_TEXTS = 20_000
"""Distinct texts that vote on the style; of more, every n-th."""
PLAIN_IN_PYTHON = (1e-4, 1e16)
"""Numbers between these are written without an exponent by Python and its libraries."""


class ReadCell(NamedTuple):
    """A distinct text that was read as a number."""

    cell: NumberCell
    text: str
    times: int
    value: float


def style_of(
    distinct: DistinctTexts, cells: Sequence[NumberCell | None], values: np.ndarray, numbers: np.ndarray, sign: str
) -> NumberFormat:
    """Return how the column writes its numbers: what most cells do, with the decimals that all of them need."""
    counts = distinct.counts.tolist()
    read = [
        ReadCell(cell, text, count, value)
        for cell, text, count, value in zip(cells, distinct.texts, counts, values.tolist(), strict=True)
        if cell is not None and math.isfinite(value)
    ]
    if not read:
        return native_style(numbers)
    seen = read[:: 1 + len(read) // MOST_TEXTS]
    thousands = common_thousands(seen, sign)
    return replace(
        exponent_style(read, numbers[np.isfinite(numbers)], sign),
        decimal="," if sign == "," else ".",
        mark=most_common((decimal_mark(found, sign), found.times) for found in seen if sign in found.cell.body),
        thousands=thousands,
        lakhs=bool(thousands) and any(is_lakhs(found.cell.body, thousands) for found in seen),
        prefix=voted(seen, spaced_prefix),
        suffix=voted(seen, spaced_suffix),
        least_decimals=min((after_sign(found, sign) for found in seen if not found.cell.exponent), default=0),
        negative=most_common((negative_style(found), found.times) for found in seen if found.value < 0) or "-",  # type: ignore[arg-type]
        plus=all(found.cell.style == "+" for found in seen if found.value > 0) and any(f.value > 0 for f in seen),
        zero=script_zero(read[0].text),
    )


def exponent_style(read: Sequence[ReadCell], numbers: np.ndarray, sign: str) -> NumberFormat:
    """Return the format with its exponents and decimals only."""
    exponents = [found for found in read if found.cell.exponent]
    if not exponents:
        return NumberFormat(decimals=decimals_of(numbers))
    plain = [abs(found.value) for found in read if not found.cell.exponent]
    sizes = [size for size in plain if size]
    low, high = min(sizes, default=math.inf), max(sizes, default=0.0 if plain else -math.inf)
    inside = (np.abs(numbers) >= low) & (np.abs(numbers) <= high)
    outside = numbers[~inside & (numbers != 0)]
    powers = [found.cell.exponent for found in exponents]
    return NumberFormat(
        decimals=decimals_of(numbers[inside]),
        exponent="E" if powers[0][0] == "E" else "e",
        exponent_digits=min(len(power.lstrip("eE+-")) for power in powers),
        exponent_plus=any("+" in power for power in powers) or all("-" in power for power in powers),
        mantissa_decimals=max(map(digits_after_first, outside.tolist()), default=0),
        least_mantissa_decimals=min(after_sign(found, sign) for found in exponents),
        plain_from=low,
        plain_to=high,
    )


def native_style(numbers: np.ndarray) -> NumberFormat:
    """Return how Python writes numbers: with an exponent where they are very small or very large."""
    numbers = numbers[np.isfinite(numbers)]
    low, high = PLAIN_IN_PYTHON
    inside = (np.abs(numbers) >= low) & (np.abs(numbers) < high)
    outside = numbers[~inside & (numbers != 0)]
    if not len(outside) or (outside == np.rint(outside)).all():
        return NumberFormat(decimals=decimals_of(numbers))
    return NumberFormat(
        decimals=decimals_of(numbers[inside]),
        exponent="e",
        mantissa_decimals=max(map(digits_after_first, outside.tolist())),
        plain_from=low,
        plain_to=math.nextafter(high, 0),
    )


def most_common(votes: Iterable[tuple[str, int]]) -> str:
    """Return the text with most votes, an empty one if there are none."""
    totals: Counter[str] = Counter()
    for text, count in votes:
        totals[text] += count
    return totals.most_common(1)[0][0] if totals else ""


def voted(read: Sequence[ReadCell], feature: Callable[[ReadCell], str]) -> str:
    """Return what most cells have."""
    return most_common((feature(found), found.times) for found in read)


def common_thousands(read: Sequence[ReadCell], sign: str) -> str:
    """Return the separator of thousands that most numbers of 1,000 and more have, as it is written."""
    large = [found for found in read if abs(found.value) >= 1000 and not found.cell.exponent]
    return voted(large, lambda found: as_written(separator_in(found.cell.body, sign), found.text))


def separator_in(body: str, sign: str) -> str:
    """Return the separator of thousands in the digits of a number, an empty text if there is none."""
    return next((letter for letter in body.partition(sign)[0] if not letter.isdigit()), "")


def decimal_mark(found: ReadCell, sign: str) -> str:
    """Return the character that is the decimal sign, an empty text where it is `sign` itself."""
    mark = as_written(sign, found.text)
    return "" if mark == sign else mark


def as_written(separator: str, text: str) -> str:
    """Return the character of the text that was read as this separator."""
    places = [place for place, letter in enumerate(text) if letter.isdigit()]
    if not separator or not places:
        return separator
    # Between the digits only: the space before a currency may be another one than that between thousands.
    inside = text[places[0] : places[-1]]
    if separator in inside:
        return separator
    return next((letter for letter in inside if letter.translate(LOOKALIKES) == separator), separator)


def is_lakhs(body: str, separator: str) -> bool:
    """Return whether digits stand in pairs before the last three."""
    groups = body.split(separator.translate(LOOKALIKES))
    return len(groups) > 2 and len(groups[1]) == 2


def spaced_prefix(found: ReadCell) -> str:
    """Return what stands before the digits, with its space."""
    prefix = found.cell.prefix
    place = found.text.translate(LOOKALIKES).find(f"{prefix} ") if prefix else -1
    return prefix + (found.text[place + len(prefix)] if place >= 0 else "")


def spaced_suffix(found: ReadCell) -> str:
    """Return what stands behind the digits, with its space."""
    suffix = found.cell.suffix
    place = found.text.translate(LOOKALIKES).rfind(f" {suffix}") if suffix else -1
    return (found.text[place] if place >= 0 else "") + suffix


def negative_style(found: ReadCell) -> str:
    """Return how a negative number is written."""
    if found.cell.style in ("trailing", "parentheses"):
        return found.cell.style
    return "\u2212" if "\u2212" in found.text else "-"


def after_sign(found: ReadCell, sign: str) -> int:
    """Return the digits after the decimal sign of a cell, which is the column's unless only the other one fits."""
    signs = signs_of(found.cell)
    own = sign if sign in signs or not signs else signs
    return len(found.cell.body.rpartition(own)[2]) if own in found.cell.body else 0


def script_zero(text: str) -> str:
    """Return the digit zero in the script of a text's first digit."""
    digit = next((letter for letter in text if letter.isdecimal()), "0")
    return chr(ord(digit) - int(digit))
