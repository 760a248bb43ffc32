"""The style of a column of numbers, found from its cells."""

import math
from collections import Counter
from collections.abc import Sequence

import numpy as np

from makeweight.data.values.distinct_texts import DistinctTexts
from makeweight.data.values.number_cells import LOOKALIKES, NumberCell
from makeweight.data.values.number_format import NumberFormat, decimals_of


def style_of(
    distinct: DistinctTexts,
    cells: Sequence[NumberCell | None],
    values: np.ndarray,
    numbers: np.ndarray,
    sign: str,
    words: tuple[str, str] | None,
    missing: np.ndarray,
) -> NumberFormat:
    """Return how the column writes its numbers: what most cells do, with the decimals that all of them need."""
    read = [
        (cell, distinct.texts[position], int(distinct.counts[position]), float(values[position]))
        for position, cell in enumerate(cells)
        if cell is not None and math.isfinite(values[position])
    ]
    gap = missing_text(distinct, missing, int(np.isnan(numbers).sum()))
    finite = numbers[np.isfinite(numbers)]
    if words or not read:
        return NumberFormat(decimals=decimals_of(finite), words=words, missing=gap)
    total = sum(count for _, _, count, _ in read)

    def common(feature: object) -> str:
        votes: Counter[str] = Counter()
        for cell, text, count, _ in read:
            votes[feature(cell, text)] += count  # type: ignore[operator]
        return votes.most_common(1)[0][0]

    plain = [(cell, value) for cell, _, _, value in read if not cell.exponent]
    exponents = [(cell, value) for cell, _, _, value in read if cell.exponent]
    sizes = [abs(value) for _, value in plain if value]
    negatives = Counter(negative_style(cell, text) for cell, text, _, value in read if cell.negative)
    pluses = sum(count for cell, _, count, _ in read if cell.style == "+")
    positive = sum(count for cell, _, count, value in read if value > 0)
    thousands = common_thousands(read, sign)
    return NumberFormat(
        decimals=decimals_of(finite),
        decimal="," if sign == "," else ".",
        thousands=thousands,
        lakhs=any(is_lakhs(cell.body, thousands) for cell, _, _, _ in read) if thousands else False,
        prefix=common(lambda cell, text: spaced_prefix(cell, text)),
        suffix=common(lambda cell, text: spaced_suffix(cell, text)),
        least_decimals=min(written_decimals(cell.body, sign) for cell, _, _, _ in read),
        exponent=next(("E" if cell.exponent[0] == "E" else "e" for cell, _ in exponents), ""),
        exponent_digits=min((len(cell.exponent.lstrip("eE+-")) for cell, _ in exponents), default=2),
        exponent_plus=any("+" in cell.exponent for cell, _ in exponents) or not any(v >= 10 for _, v in exponents),
        mantissa_decimals=max((significant(value) - 1 for _, value in exponents), default=0),
        plain_from=min(sizes, default=math.inf),
        plain_to=max(sizes, default=-math.inf) if plain else -math.inf,
        negative=negatives.most_common(1)[0][0] if negatives else "-",  # type: ignore[arg-type]
        plus=pluses > 0 and pluses == positive,
        missing=gap,
        zero=script_zero(read[0][1]) if total else "0",
    )


def missing_text(distinct: DistinctTexts, missing: np.ndarray, gaps: int) -> str:
    """Return what stands most often for a missing number; an empty text where cells are empty."""
    words = {distinct.texts[position].strip(): int(distinct.counts[position]) for position in np.flatnonzero(missing)}
    empty = gaps - sum(count for word, count in words.items() if word)
    word = max(words, key=lambda name: words[name], default="")
    return word if word and words[word] > empty else ""


def common_thousands(read: list[tuple[NumberCell, str, int, float]], sign: str) -> str:
    """Return the separator of thousands that most numbers of 1,000 and more have, as it is written."""
    votes: Counter[str] = Counter()
    for cell, text, count, value in read:
        if abs(value) < 1000 or cell.exponent:
            continue
        whole = cell.body.split(sign)[0]
        separator = next((letter for letter in whole if not letter.isdigit()), "")
        votes[as_written(separator, text)] += count
    return votes.most_common(1)[0][0] if votes else ""


def as_written(separator: str, text: str) -> str:
    """Return the character of the text that was read as this separator."""
    if not separator or separator in text.strip():
        return separator
    return next((letter for letter in text.strip() if letter.translate(LOOKALIKES) == separator), separator)


def is_lakhs(body: str, separator: str) -> bool:
    """Return whether digits stand in pairs before the last three."""
    plain = separator.translate(LOOKALIKES)
    groups = body.split(plain)
    return len(groups) > 2 and len(groups[1]) == 2


def spaced_prefix(cell: NumberCell, text: str) -> str:
    """Return what stands before the digits, with its space."""
    return cell.prefix and cell.prefix + (" " if f"{cell.prefix} " in text.translate(LOOKALIKES) else "")


def spaced_suffix(cell: NumberCell, text: str) -> str:
    """Return what stands behind the digits, with its space."""
    return cell.suffix and (" " if f" {cell.suffix}" in text.translate(LOOKALIKES) else "") + cell.suffix


def negative_style(cell: NumberCell, text: str) -> str:
    """Return how a negative number is written."""
    if cell.style in ("trailing", "parentheses"):
        return cell.style
    return "\u2212" if "\u2212" in text else "-"


def written_decimals(body: str, sign: str) -> int:
    """Return the digits after the decimal sign."""
    return len(body.rpartition(sign)[2]) if sign in body else 0


def significant(value: float) -> int:
    """Return the significant digits of the shortest text that gives a number back."""
    return len(repr(abs(value)).partition("e")[0].replace(".", "").strip("0")) or 1


def script_zero(text: str) -> str:
    """Return the digit zero in the script of a text's first digit."""
    digit = next((letter for letter in text if letter.isdecimal()), "0")
    return chr(ord(digit) - int(digit))
