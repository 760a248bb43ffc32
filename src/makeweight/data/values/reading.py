"""What a column was read as: its values, what was changed or could not be read, and the lines that tell the user."""

from dataclasses import dataclass, field
from typing import Literal

import pandas as pd

from makeweight.data.changes import shortened
from makeweight.data.values.dates import DateFormat
from makeweight.data.values.number_format import NumberFormat

Kind = Literal["number", "date", "category", "text", "identifier", "empty"]


@dataclass(frozen=True, slots=True)
class Remedies:
    """What a user of one door (card, application, library) does to have a column read in another way."""

    categorical: str
    """The column is a category."""
    decimal: str
    """Its decimal sign is `{sign}`."""
    missing: str
    """A word of it means missing, or does not."""
    number: str
    """Its cells should all be numbers."""
    date: str = "dates such as 2024-05-31 would be right"
    """The column `{column}` should hold dates."""
    date_pattern: str = "dates such as 2024-05-31 would leave no doubt"
    """The dates of the column are written as `{pattern}`."""
    as_date: str = "if they are dates, timestamps would be right"
    """The column is one of dates."""
    format: str = "decimals written with one sign"
    """Only this column has the decimal sign `{sign}`."""


CARD = Remedies(
    categorical="name the column under `categorical` in the card",
    decimal='`decimal: "{sign}"` in the card',
    missing="`missing: {{{column}: [...]}}` in the card",
    number="numbers would be right; or name the column under `categorical` in the card",
    date='dates such as 2024-05-31 would be right, or `formats: {{{column}: {{date: "%d.%m.%Y"}}}}` in the card',
    date_pattern='`formats: {{{column}: {{date: "{pattern}"}}}}` in the card',
    as_date="if they are dates, name the column under `date` in the card",
    format='`formats: {{{column}: {{decimal: "{sign}"}}}}` in the card',
)
APPLICATION = Remedies(
    categorical="choose `category` for the column",
    decimal="decimals written with a point",
    missing="other words for missing cells",
    number="numbers would be right; or choose `category` for the column",
    as_date="if they are dates, choose `date` for the column",
)
LIBRARY = Remedies(
    categorical="name the column in `categorical_features`",
    decimal="a column of numbers instead of texts",
    missing="NaN instead of a word",
    number="numbers would be right; or name the column in `categorical_features`",
)


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that reading did to a column or had to decide."""

    what: str
    """decimal, missing, percent, currency, unit, boolean, negative, precision, infinite, unread, spelling, classes, or
    date."""
    count: int
    """Cells."""
    text: str
    """The line for the user, with the column's name."""
    remedy: str = ""
    """What the user says to have it otherwise; part of the text as well."""
    examples: tuple[tuple[str, str], ...] = ()
    """Up to three: as written, as read."""
    loud: bool = False
    """Whether it was decided without evidence, or loses values."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One column as it was read."""

    column: str
    kind: Kind
    values: pd.Series
    """Numbers as float64; dates unchanged; categories and texts as strings, None where missing."""
    format: NumberFormat | DateFormat | None = None
    missing: int = 0
    """Cells that are missing, without the unread ones."""
    missing_words: dict[str, int] = field(default_factory=dict)
    """Words and numbers read as missing, with their counts; empty cells are not among them."""
    unread: pd.Series = field(default_factory=lambda: pd.Series(dtype=object, index=pd.Index([], dtype="int64")))
    """Row position -> the text that could not be read."""
    changes: tuple[Change, ...] = ()
    examples: tuple[tuple[str, str], ...] = ()
    """Up to three: as written, as read."""

    @property
    def notes(self) -> tuple[str, ...]:
        """One line for each change."""
        return tuple(change.text for change in self.changes)


def quoted(text: object, most: int = 40) -> str:
    """Return a cell between quotation marks, cut to `most` characters."""
    return repr(shortened(str(text), most))


def counted(count: int, what: str) -> str:
    """Return "1 cell" or "3 cells"."""
    plural = f"{what[:-1]}ies" if what.endswith("y") else f"{what}es" if what.endswith("s") else f"{what}s"
    return f"{count:,} {what if count == 1 else plural}"
