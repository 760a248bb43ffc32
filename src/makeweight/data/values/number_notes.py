"""The lines that tell the user how a column of numbers was read."""

import re
from collections.abc import Iterable, Sequence
from decimal import Decimal

import numpy as np

from makeweight.core.names import listed
from makeweight.data.values import number_cells
from makeweight.data.values.number_cells import NumberCell
from makeweight.data.values.number_texts import NumberTexts, shown
from makeweight.data.values.reading import Change, Remedies, counted, quoted
from makeweight.data.values.units import are_different, currency_of, unit_of
from makeweight.data.values.written import Written

MOST_DIGITS = 17
"""Significant digits that a float holds at most."""
DATE = re.compile(r"\d{1,4}[-./]\d{1,2}[-./]\d{1,4}.*|\d{1,2}:\d{2}.*")


def changes(
    texts: NumberTexts, words: dict[str, int], unread: dict[int, str], exact: Sequence[int | Decimal], written: Written
) -> tuple[Change, ...]:
    """Return everything that reading did to the column."""
    name = written.column
    found = [
        boolean_change(texts, name),
        decimal_change(texts, written),
        *unit_changes(texts, written),
        negative_change(texts, name),
        loose_change(texts, name),
        missing_change(name, words, written.remedies) if words else None,
        lost_digits(texts, exact, written),
        unread_change(unread, written),
    ]
    return tuple(change for change in found if change)


def boolean_change(texts: NumberTexts, name: str) -> Change | None:
    """Tell words read as 0 and 1."""
    if not texts.words:
        return None
    no, yes = texts.words
    text = f"column `{name}`: {no} and {yes} are read as 0 and 1"
    return Change("boolean", texts.count(np.flatnonzero(~texts.missing)), text, examples=((no, "0"), (yes, "1")))


def decimal_change(texts: NumberTexts, written: Written) -> Change | None:
    """Tell the decimal sign, where it is not simply the point or stated."""
    sign, counts, name = texts.sign, texts.sign.counts, written.column
    if sign.source == "stated":
        return None
    if sign.source == "both":
        text = (
            f"column `{name}` writes decimals in two ways ({counted(counts.points, 'cell')} with a point, "
            f"{counts.commas:,} with a comma), so that each cell is read on its own"
        )
        if counts.ambiguous:
            written_as, read_as = texts.pairs(counts.ambiguous)[0]
            text += f"; {counts.ambiguous_count:,} can be either, such as {quoted(written_as)}, read as {read_as}"
        examples = texts.pairs(counts.ambiguous)
        return Change("decimal", counts.points + counts.commas, text, examples=examples, loud=bool(counts.ambiguous))
    if counts.ambiguous:
        return ambiguous_change(texts, written)
    return comma_change(texts, name) if sign.sign == "," else None


def comma_change(texts: NumberTexts, name: str) -> Change:
    """Tell decimal commas, or points between thousands."""
    cells = [position for position, cell in enumerate(texts.cells) if cell and "," in cell.body]
    what = "the comma is its decimal sign"
    if not cells:
        cells = [position for position, cell in enumerate(texts.cells) if cell and "." in cell.body]
        what = "the point separates its thousands"
    pairs = texts.pairs(cells)
    text = f"column `{name}`: {what}: {quoted(pairs[0][0])} is {pairs[0][1]}"
    return Change("decimal", texts.sign.counts.commas, text, examples=pairs)


def ambiguous_change(texts: NumberTexts, written: Written) -> Change | None:
    """Tell how cells such as 2,390 were read."""
    sign, name = texts.sign, written.column
    position = sign.counts.ambiguous[0]
    cell, number = texts.cells[position], texts.values[position]
    assert cell is not None
    other = "," if number_cells.value_of(cell, ".") == number else "."
    as_read, otherwise = shown(number), shown(number_cells.value_of(cell, other))
    remedy = written.remedies.decimal.format(sign=other, column=name)
    count, pairs = sign.counts.ambiguous_count, texts.pairs(sign.counts.ambiguous)
    if sign.source == "none":
        if "." in cell.body and not written.money:
            return None
        text = (
            f"column `{name}`: {quoted(texts.text(position))} can be {as_read} or {otherwise}, and nothing in the "
            f"table says which; it is read as {as_read}, and so in {counted(count, 'cell')}; for {otherwise}: {remedy}"
        )
        return Change("decimal", count, text, remedy, pairs, loud=True)
    if sign.source == "column" and sign.sign == ".":
        return None
    if sign.source == "table" and sign.sign == "." and "." in cell.body:
        return None
    why = sign.reason if sign.source == "table" else "as other cells of the column show"
    text = f"column `{name}`: {quoted(texts.text(position))} is read as {as_read}, {why}; for {otherwise}: {remedy}"
    return Change("decimal", count, text, remedy, pairs)


def unit_changes(texts: NumberTexts, written: Written) -> list[Change]:
    """Tell per cent, currencies and units that were taken off."""
    units, name, found = texts.units, written.column, []
    rest = f"; as they are without it: {counted(units.plain, 'cell')}" if units.plain else ""
    if units.percent:
        positions = [p for p, cell in enumerate(texts.cells) if cell and "%" in (cell.suffix, cell.prefix)]
        text = f"column `{name}`: the sign % is taken off, so that 12% is 12{rest}"
        found.append(Change("percent", units.percent, text, examples=texts.pairs(positions), loud=bool(units.plain)))
    if units.currencies:
        names = ", ".join(f"{currency} ({count:,})" for currency, count in sorted(units.currencies.items()))
        mixed = are_different(units.currencies) and not written.money
        text = f"column `{name}`: currencies are taken off: {names}{rest}"
        text += "; amounts in different currencies are not converted" if mixed else ""
        shown = texts.pairs([p for p, cell in enumerate(texts.cells) if cell and currency_of(cell)])
        found.append(Change("currency", sum(units.currencies.values()), text, examples=shown, loud=mixed))
    if units.unit and units.unit not in units.refused:
        text = f"column `{name}`: the unit {units.unit} is taken off{rest}"
        shown = texts.pairs([p for p, cell in enumerate(texts.cells) if cell and unit_of(cell) == units.unit])
        found.append(Change("unit", units.units[units.unit], text, examples=shown))
    if units.refused:
        named = listed(f"{unit} ({units.units[unit]:,})" for unit in sorted(units.refused))
        text = f"column `{name}`: numbers in other units are not read: {named}; one unit for all would be right"
        found.append(Change("unit", sum(units.units[unit] for unit in units.refused), text, loud=True))
    return found


def negative_change(texts: NumberTexts, name: str) -> Change | None:
    """Tell negative numbers that are written as accountants write them."""
    found = [p for p, cell in enumerate(texts.cells) if cell and cell.style in ("parentheses", "trailing")]
    if not found:
        return None
    pairs, count = texts.pairs(found), texts.count(found)
    text = f"column `{name}`: read as negative: {counted(count, 'cell')} such as {quoted(pairs[0][0])}"
    return Change("negative", count, text, examples=pairs)


def loose_change(texts: NumberTexts, name: str) -> Change | None:
    """Tell numbers that stood among words."""
    found = np.flatnonzero(texts.loose)
    if not len(found):
        return None
    pairs, count = texts.pairs(found), texts.count(found)
    where = f"{counted(count, 'cell')}, such as {quoted(pairs[0][0])}"
    text = f"column `{name}`: the number is taken from among words in {where}, read as {pairs[0][1]}"
    return Change("unit", count, text, examples=pairs)


def missing_change(name: str, words: dict[str, int], remedies: Remedies) -> Change:
    """Tell words that were read as missing."""
    named = listed((f"{word!r} ({count:,})" for word, count in words.items()), 5)
    remedy = remedies.missing.format(column=name)
    text = f"column `{name}`: read as missing: {named}; otherwise: {remedy}"
    pairs = tuple((word, "missing") for word in list(words)[:3])
    return Change("missing", sum(words.values()), text, remedy, pairs)


def lost_digits(texts: NumberTexts, exact: Sequence[int | Decimal], written: Written) -> Change | None:
    """Tell numbers of more digits than a float holds."""
    lost = [p for p, cell in enumerate(texts.cells) if cell and loses_digits(cell, texts.values[p])]
    others = [value for value in exact if float(value) != value and len(str(abs(value)).strip("0.")) > MOST_DIGITS - 2]
    others = [value for value in others if isinstance(value, int) or len(value.as_tuple().digits) > MOST_DIGITS]
    if not lost and not others:
        return None
    example, value = (texts.text(lost[0]), texts.values[lost[0]]) if lost else (str(others[0]), float(others[0]))
    return precision_change(written.column, texts.count(lost) + len(others), example, shown(value), written.remedies)


def loses_digits(cell: NumberCell, value: float) -> bool:
    """Return whether a cell has more digits than its float."""
    if len(cell.body) <= 15 or not np.isfinite(value):
        return False
    if cell.body.isdigit() and not cell.exponent:
        return int(cell.body) != int(abs(value))
    return len("".join(filter(str.isdigit, cell.body)).strip("0")) > MOST_DIGITS


def precision_change(name: str, count: int, written: str, read: str, remedies: Remedies) -> Change:
    """Tell numbers that lose digits."""
    text = (
        f"column `{name}`: {counted(count, 'cell')} with more digits than a number holds, such as {written[:60]}, read "
        f"as {read}; if they are identifiers: {remedies.categorical}"
    )
    return Change("precision", count, text, remedies.categorical, ((written, read),), loud=True)


def infinite_change(name: str, unread: dict[int, str]) -> Change:
    """Tell infinite numbers."""
    row = min(unread)
    text = f"column `{name}`: infinite numbers count as missing: {counted(len(unread), 'cell')} (first: row {row + 1})"
    return Change("infinite", len(unread), text, examples=((unread[row], "missing"),), loud=True)


def unread_change(unread: dict[int, str], written: Written) -> Change | None:
    """Tell cells that are no numbers."""
    if not unread:
        return None
    rows = sorted(unread)
    samples = list(dict.fromkeys(unread[row] for row in rows))[:3]
    where = f"{counted(len(rows), 'cell')} (first: row {rows[0] + 1}): {', '.join(map(quoted, samples))}"
    text, remedy = f"column `{written.column}`: not read as numbers: {where}", ""
    if not written.lenient:
        remedy = unread_remedy(samples[0], written)
        text += f"; they count as missing; {remedy}"
    return Change("unread", len(rows), text, remedy, tuple((cell, "missing") for cell in samples), loud=True)


def refusal_remedy(cells: Iterable[str], written: Written) -> str:
    """Return what the user can do about a column most of whose cells are no numbers; words are categories."""
    found = list(cells)
    if any(letter.isdigit() for text in found for letter in text):
        return unread_remedy(found[0], written)
    words = listed(dict.fromkeys(found), 3, quoted)
    return f"words such as {words} are categories: {written.remedies.categorical}"


def unread_remedy(text: str, written: Written) -> str:
    """Return what the user can do about a cell that is no number."""
    cell, stated = number_cells.take_apart(text), written.decimal
    signs = number_cells.signs_of(cell) if cell else ""
    if stated and signs and stated not in signs:
        remedy = written.remedies.format.format(column=written.column, sign=signs[0])
        return f"its decimal sign is not the stated {stated!r}: {remedy}"
    return written.remedies.as_date if DATE.fullmatch(text) else written.remedies.number
