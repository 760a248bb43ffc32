"""The lines that tell the user how a column of numbers was read."""

import numpy as np

from makeweight.data.values import number_cells
from makeweight.data.values.number_texts import NumberTexts
from makeweight.data.values.reading import Change, Remedies, counted, quoted
from makeweight.data.values.written import Written

WORDS = {".": "a decimal point", ",": "a decimal comma"}


def changes(
    texts: NumberTexts, numbers: np.ndarray, words: dict[str, int], unread: dict[int, str], written: Written
) -> tuple[Change, ...]:
    """Return everything that reading did to the column."""
    name, remedies = written.column, written.remedies
    found = [
        boolean_change(texts, name),
        decimal_change(texts, written),
        *unit_changes(texts, name),
        negative_change(texts, name),
        loose_change(texts, name),
        missing_change(name, words, remedies) if words else None,
        lost_digits(texts, numbers, name, remedies),
        unread_change(unread, name, remedies),
    ]
    return tuple(change for change in found if change)


def boolean_change(texts: NumberTexts, name: str) -> Change | None:
    """Tell words read as 0 and 1."""
    if not texts.words:
        return None
    no, yes = texts.words
    count = int(texts.distinct.counts[~texts.missing].sum())
    text = f"column `{name}`: {no} and {yes} are read as 0 and 1"
    return Change("boolean", count, text, examples=((no, "0"), (yes, "1")))


def decimal_change(texts: NumberTexts, written: Written) -> Change | None:
    """Tell the decimal sign, where it is not simply the point."""
    sign, name = texts.sign, written.column
    if sign.source == "both":
        text = (
            f"column `{name}` writes decimals in two ways ({counted(sign.points, 'cell')} with a point, "
            f"{sign.commas:,} with a comma): each cell was read on its own"
        )
        if sign.ambiguous:
            text += f"; {counted(sign.ambiguous_count, 'cell')} can be either, such as {example(texts)}"
        return Change("decimal", sign.points + sign.commas, text, loud=bool(sign.ambiguous))
    if not sign.ambiguous:
        if sign.sign == ",":
            text = f"column `{name}` has decimal commas"
            return Change("decimal", sign.commas, text, examples=texts.examples())
        return None
    return ambiguous_change(texts, written)


def ambiguous_change(texts: NumberTexts, written: Written) -> Change | None:
    """Tell how cells such as 2,390 were read."""
    sign, name = texts.sign, written.column
    position = sign.ambiguous[0]
    both = number_cells.take_apart(texts.distinct.texts[position])
    assert both is not None
    readings = {mark: number_cells.value_of(both, mark) for mark in ".,"}
    other = "," if readings["."] == texts.values[position] else "."
    as_read, otherwise = f"{readings['.' if other == ',' else ',']:g}", f"{readings[other]:g}"
    remedy = written.remedies.decimal.format(sign=other, column=name)
    pairs = ((texts.distinct.texts[position].strip(), as_read),)
    cell = quoted(texts.distinct.texts[position].strip())
    if sign.source == "none":
        if "." in both.body and not written.money:
            return None
        text = (
            f"column `{name}`: {cell} can mean {as_read} or {otherwise}, and nothing else in the table says which; "
            f"{counted(sign.ambiguous_count, 'cell')} like it are read as {as_read}; for {otherwise}: {remedy}"
        )
        return Change("decimal", sign.ambiguous_count, text, remedy, pairs, loud=True)
    if sign.source == "stated" or (sign.source != "table" and sign.sign == "."):
        return None
    why = sign.reason if sign.source == "table" else "as other cells of the column show"
    text = f"column `{name}`: {cell} is read as {as_read}, {why}; if it is {otherwise}: {remedy}"
    return Change("decimal", sign.ambiguous_count, text, remedy, pairs)


def example(texts: NumberTexts) -> str:
    """Return an ambiguous cell and how it was read."""
    position = texts.sign.ambiguous[0]
    return f"{quoted(texts.distinct.texts[position].strip())}, read as {texts.values[position]:g}"


def unit_changes(texts: NumberTexts, name: str) -> list[Change]:
    """Tell per cent, currencies and units that were taken off."""
    units, found = texts.units, []
    rest = f"; {counted(units.plain, 'cell')} without it are read as they are" if units.plain else ""
    if units.percent:
        text = f"column `{name}`: the sign % is taken off, so that 12% is 12{rest}"
        found.append(Change("percent", units.percent, text, examples=with_suffix(texts, "%"), loud=bool(units.plain)))
    if units.currencies:
        names = ", ".join(f"{currency} ({count:,})" for currency, count in sorted(units.currencies.items()))
        text = f"column `{name}`: currencies are taken off: {names}{rest}"
        mixed = len({currency.strip().casefold() for currency in units.currencies}) > 1
        text += "; amounts are not converted" if mixed else ""
        found.append(Change("currency", sum(units.currencies.values()), text, loud=mixed))
    if units.unit and units.unit not in units.refused:
        text = f"column `{name}`: the unit {units.unit!r} is taken off{rest}"
        found.append(Change("unit", units.units[units.unit], text))
    return found


def with_suffix(texts: NumberTexts, suffix: str) -> tuple[tuple[str, str], ...]:
    """Return up to three cells with this behind the number, and how they were read."""
    found = [position for position, cell in enumerate(texts.cells) if cell and cell.suffix == suffix][:3]
    return tuple((texts.distinct.texts[position].strip(), f"{texts.values[position]:g}") for position in found)


def negative_change(texts: NumberTexts, name: str) -> Change | None:
    """Tell negative numbers that are written as accountants write them."""
    found = [p for p, cell in enumerate(texts.cells) if cell and cell.style in ("parentheses", "trailing")]
    if not found:
        return None
    count = int(texts.distinct.counts[found].sum())
    pairs = tuple((texts.distinct.texts[position].strip(), f"{texts.values[position]:g}") for position in found[:3])
    text = f"column `{name}`: {counted(count, 'cell')} such as {quoted(pairs[0][0])} are read as negative numbers"
    return Change("negative", count, text, examples=pairs)


def loose_change(texts: NumberTexts, name: str) -> Change | None:
    """Tell numbers that stood among words."""
    found = np.flatnonzero(texts.loose)
    if not len(found):
        return None
    count = int(texts.distinct.counts[found].sum())
    pairs = tuple((texts.distinct.texts[position].strip(), f"{texts.values[position]:g}") for position in found[:3])
    where = f"{counted(count, 'cell')}, such as {quoted(pairs[0][0])}"
    text = f"column `{name}`: the number is taken from among words in {where}"
    return Change("unit", count, text, examples=pairs)


def missing_change(name: str, words: dict[str, int], remedies: Remedies) -> Change:
    """Tell words that were read as missing."""
    listed = ", ".join(f"{word!r} ({count:,})" for word, count in list(words.items())[:5])
    more = f" and {len(words) - 5} more" if len(words) > 5 else ""
    remedy = remedies.missing.format(column=name)
    text = f"column `{name}`: read as missing: {listed}{more}; otherwise: {remedy}"
    pairs = tuple((word, "missing") for word in list(words)[:3])
    return Change("missing", sum(words.values()), text, remedy, pairs)


def lost_digits(texts: NumberTexts, numbers: np.ndarray, name: str, remedies: Remedies) -> Change | None:
    """Tell whole numbers of more digits than a float holds."""
    lost = [
        position
        for position, cell in enumerate(texts.cells)
        if cell and len(cell.body) > 15 and cell.body.isdigit() and not cell.exponent
        and np.isfinite(texts.values[position]) and int(cell.body) != int(abs(texts.values[position]))
    ]  # fmt: skip
    if not lost:
        return None
    count = int(texts.distinct.counts[lost].sum())
    written, value = texts.distinct.texts[lost[0]].strip(), texts.values[lost[0]]
    return precision_change(name, count, written, f"{value:.0f}", remedies)


def precision_change(name: str, count: int, written: str, read: str, remedies: Remedies) -> Change:
    """Tell numbers that lose digits."""
    text = (
        f"column `{name}`: {counted(count, 'whole number')} above 2^53 lose digits as numbers, such as {written}; "
        f"if they are identifiers: {remedies.categorical}"
    )
    return Change("precision", count, text, remedies.categorical, ((written, read),), loud=True)


def infinite_change(name: str, unread: dict[int, str]) -> Change:
    """Tell infinite numbers."""
    row = min(unread)
    text = f"column `{name}`: {counted(len(unread), 'infinite number')} (the first in row {row + 1}) count as missing"
    return Change("infinite", len(unread), text, examples=((unread[row], "missing"),), loud=True)


def unread_change(unread: dict[int, str], name: str, remedies: Remedies) -> Change | None:
    """Tell cells that are no numbers."""
    if not unread:
        return None
    rows = sorted(unread)
    samples = list(dict.fromkeys(unread[row] for row in rows))[:3]
    text = (
        f"column `{name}`: {counted(len(rows), 'cell')} cannot be read as numbers and count as missing (the first in "
        f"row {rows[0] + 1}): {', '.join(map(quoted, samples))}; {remedies.number}"
    )
    return Change("unread", len(rows), text, remedies.number, tuple((s, "missing") for s in samples), loud=True)
