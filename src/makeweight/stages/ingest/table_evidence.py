"""What a whole table says about how its cells are written: its decimal sign, and the order of day and month."""

from collections.abc import Iterable

import pandas as pd

from makeweight.core.errors import InputError
from makeweight.data import reserved
from makeweight.data.card import Card
from makeweight.data.values import DecimalEvidence, find_decimal
from makeweight.data.values.date_finding import usual_order
from makeweight.stages.ingest import raw
from makeweight.stages.ingest.raw import RawData


def decimals(table: pd.DataFrame, data: RawData, card: Card) -> DecimalEvidence:
    """Return what the columns of numbers say about the decimal sign; amounts of scraped listings say nothing."""
    roles = data.samples.roles
    names = [column for column in roles.numeric if not (card.has_listings and column in roles.money)]
    separator = data.separator or card.source.options.get("separator")
    return find_decimal({column: table[column] for column in names}, separator)


def check_files_agree(table: pd.DataFrame, card: Card, numeric: Iterable[str], name: str) -> None:
    """Check that all files of a table of observations write decimals alike, since a column is read in one way.

    Raises:
        InputError: names two files with an example of each.
    """
    if reserved.PLACE not in table or card.has_listings:
        return
    files, codes, _ = raw.files_and_rows(table[reserved.PLACE])
    if len(files) < 2:
        return
    first: dict[str, str] = {}
    for code in pd.unique(codes):
        file, own = files[code], table.loc[codes == code, list(numeric)]
        evidence = find_decimal({column: own[column] for column in own})
        for sign, found in ((".", evidence.points), (",", evidence.commas)):
            if found and evidence.sign == sign:
                column, example = next(iter(found.items()))
                first.setdefault(sign, f"{file} has {example!r} in column {column!r}")
    if len(first) > 1:
        raise InputError(f"{name}: {first['.']}, but {first[',']}; right would be one decimal sign in all files")


def day_first(table: pd.DataFrame, data: RawData, card: Card) -> bool | None:
    """Return whether the day comes before the month in the table's dates that leave no doubt; None if none does."""
    stated = [card.formats[column].date or "" for column in card.columns.date if column in card.formats]
    orders = [pattern.find("d") < pattern.find("m") for pattern in stated if "d" in pattern and "m" in pattern]
    orders += [order for column in data.samples.roles.date if (order := usual_order(table[column])) is not None]
    if orders and len(set(orders)) == 1:
        return orders[0]
    return True if (data.separator or card.source.options.get("separator")) == ";" else None
