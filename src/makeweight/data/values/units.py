"""What stands around the numbers of a column: per cent, currencies, units of measurement."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from makeweight.data.values.currencies import is_currency
from makeweight.data.values.number_cells import NumberCell

SCALES = frozenset({"k", "m", "b", "t", "bn", "mn", "mm", "mio", "mrd", "tsd", "mil", "million", "thousand", "billion"})
"""Abbreviations that multiply: never taken off beside numbers that have none."""


@dataclass(frozen=True, slots=True)
class Units:
    """The unit that a column's cells have, and cells per kind of addition."""

    unit: str = ""
    refused: frozenset[str] = frozenset()
    """Other units, whose numbers mean something else."""
    currencies: dict[str, int] = field(default_factory=dict)
    units: dict[str, int] = field(default_factory=dict)
    percent: int = 0
    plain: int = 0
    """Cells with nothing around the number."""

    def allows(self, cell: NumberCell) -> bool:
        """Return whether a cell is in the unit of the column, a currency, per cent or nothing."""
        return unit_of(cell) not in self.refused


def common_units(cells: Sequence[NumberCell | None], counts: np.ndarray) -> Units:
    """Return what stands around the numbers; of several units only the most frequent one is allowed."""
    currencies: Counter[str] = Counter()
    units: Counter[str] = Counter()
    percent = plain = 0
    for cell, count in zip(cells, counts.tolist(), strict=True):
        if cell is None:
            continue
        if not cell.prefix and not cell.suffix:
            plain += count
            continue
        currency, unit = currency_of(cell), unit_of(cell)
        if currency:
            currencies[currency] += count
        elif unit:
            units[unit] += count
        else:
            percent += count
    unit = max(units, key=lambda name: units[name]) if units else ""
    refused = {name for name in units if name != unit}
    if unit in SCALES and (plain or currencies or percent):
        refused.add(unit)
    return Units(unit, frozenset(refused), dict(currencies), dict(units), percent, plain)


SAME = {"\u20ac": "eur", "\u00a3": "gbp", "us$": "usd", "\u00a5": "jpy"}


def are_different(currencies: Iterable[str]) -> bool:
    """Return whether these are not all one currency, however it is written."""
    names = {currency.strip(" .").casefold() for currency in currencies}
    return len({SAME.get(name, name) for name in names}) > 1


def currency_of(cell: NumberCell) -> str:
    """Return the currency before or behind a number, or an empty text."""
    # Behind a number ft is a unit of length.
    behind = cell.suffix if cell.suffix.casefold() != "ft" else ""
    return next((text for text in (cell.prefix, behind) if text and text != "%" and is_currency(text)), "")


def unit_of(cell: NumberCell) -> str:
    """Return the unit behind a number in lower case, or an empty text; per cent and currencies are none."""
    return "" if cell.suffix in ("", "%") or currency_of(cell) else cell.suffix.casefold()
