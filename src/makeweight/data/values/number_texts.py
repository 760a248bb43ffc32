"""The texts of a column of numbers, read once each: first what they are made of, then one decimal sign for all."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from makeweight.core.errors import InputError
from makeweight.data.values import booleans, number_cells
from makeweight.data.values.amounts import parse_number
from makeweight.data.values.distinct_texts import DistinctTexts
from makeweight.data.values.missing import is_missing, is_missing_word
from makeweight.data.values.number_cells import NumberCell
from makeweight.data.values.number_format import NumberFormat
from makeweight.data.values.number_style import style_of
from makeweight.data.values.reading import quoted
from makeweight.data.values.sign_choice import SignChoice, choose_sign
from makeweight.data.values.units import Units, common_units
from makeweight.data.values.written import Written


@dataclass(frozen=True, slots=True)
class NumberTexts:
    """Every distinct text with what it is and the number it means (NaN if none)."""

    distinct: DistinctTexts
    cells: Sequence[NumberCell | None]
    missing: np.ndarray
    """Whether a text means "missing"."""
    values: np.ndarray
    loose: np.ndarray
    """Whether a number was found among words."""
    sign: SignChoice
    units: Units
    words: tuple[str, str] | None = None
    """False and true, in a column of booleans."""

    @property
    def unread(self) -> np.ndarray:
        """Whether a text is neither missing nor a finite number; underflow to zero is not one either."""
        return ~self.missing & ~np.isfinite(self.values)

    def unread_cells(self) -> dict[int, str]:
        """Return row position -> text of the cells that cannot be read."""
        rows = np.flatnonzero(self.distinct.spread(self.unread))
        return {int(self.distinct.rows[row]): self.text(self.distinct.codes[row]) for row in rows}

    def text(self, position: int | np.integer) -> str:
        """Return a distinct text without white space around."""
        return self.distinct.texts[position].strip()

    def pairs(self, positions: Sequence[int] | np.ndarray) -> tuple[tuple[str, str], ...]:
        """Return up to three of these texts with the numbers that they were read as."""
        return tuple((self.text(position), shown(self.values[position])) for position in positions[:3])

    def count(self, positions: Sequence[int] | np.ndarray) -> int:
        """Return the number of cells with these texts."""
        return int(self.distinct.counts[np.asarray(positions, dtype=np.intp)].sum())

    @property
    def missing_words(self) -> dict[str, int]:
        """Words that mean "missing", most frequent first."""
        counts: Counter[str] = Counter()
        for position in np.flatnonzero(self.missing):
            if self.text(position):
                counts[self.text(position)] += int(self.distinct.counts[position])
        return dict(counts.most_common())

    def format(self, numbers: np.ndarray) -> NumberFormat:
        """Return how the column writes its numbers, those of texts and others."""
        style = (
            NumberFormat() if self.words else style_of(self.distinct, self.cells, self.values, numbers, self.sign.sign)
        )
        words = self.missing_words
        word = next(iter(words), "")
        empty = int(np.isnan(numbers).sum()) - sum(words.values())
        return replace(style, words=self.words, missing=word if word and words[word] > empty else "")


def read_texts(distinct: DistinctTexts, written: Written) -> NumberTexts:
    """Return the texts of a column as numbers.

    Raises:
        InputError: a number begins with a zero, as identifiers do.
    """
    texts = distinct.texts
    missing = np.array([is_missing(text) or is_missing_word(text, written.missing) for text in texts], dtype=bool)
    words = booleans.words_of(texts, missing)
    if words:
        return read_booleans(distinct, missing, words)
    cells = [None if gone else number_cells.take_apart(text) for text, gone in zip(texts, missing, strict=True)]
    if not written.money:
        check_leading_zeros(distinct, cells, written)
    units = common_units(cells, distinct.counts)
    cells = [cell if cell is None or units.allows(cell) else None for cell in cells]
    sign = choose_sign(distinct, cells, written)
    values = np.array([sign.value(cell, text) for cell, text in zip(cells, texts, strict=True)], dtype=np.float64)
    loose = np.zeros(len(texts), dtype=bool)
    if written.lenient:
        for position in np.flatnonzero(np.isnan(values) & ~missing):
            number = parse_number(texts[position], written.money)
            if number is not None:
                values[position], loose[position] = number, True
    return NumberTexts(distinct, cells, missing, values, loose, sign, units)


def read_booleans(distinct: DistinctTexts, missing: np.ndarray, words: tuple[str, str]) -> NumberTexts:
    """Return the texts of a column of booleans as 0 and 1."""
    values = np.array([booleans.VALUES.get(text.strip().casefold(), np.nan) for text in distinct.texts])
    values[missing] = np.nan
    nothing = np.zeros(len(values), dtype=bool)
    return NumberTexts(distinct, [None] * len(values), missing, values, nothing, SignChoice("."), Units(), words)


def check_leading_zeros(distinct: DistinctTexts, cells: Sequence[NumberCell | None], written: Written) -> None:
    """Refuse numbers with leading zeros.

    Raises:
        InputError: names the column, the first row and what would be right.
    """
    for position, cell in enumerate(cells):
        if cell and has_leading_zero(cell):
            row = int(distinct.rows[np.flatnonzero(distinct.codes == position)[0]])
            raise InputError(
                f"column `{written.column}`: {quoted(distinct.texts[position].strip())} (row {row + 1}) begins with a "
                f"zero, so it is an identifier and no number; {written.remedies.categorical}"
            )


def has_leading_zero(cell: NumberCell) -> bool:
    """Return whether a cell has digits only, more than one, of which the first is a zero."""
    if cell.exponent or cell.prefix or cell.suffix or cell.style:
        return False
    return len(cell.body) > 1 and cell.body[0] == "0" and cell.body.isdigit()


def shown(value: float) -> str:
    """Return a number as Python writes it, whole ones without decimals."""
    return f"{value:.0f}" if float(value).is_integer() and abs(value) < 1e16 else repr(float(value))
