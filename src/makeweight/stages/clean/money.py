"""Amounts of money in one currency: converted at the rates of one day, or left in the only currency that there is."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from makeweight.core import params
from makeweight.core.errors import InputError
from makeweight.core.params import Section
from makeweight.core.progress import say
from makeweight.core.ranges import SomeAmount
from makeweight.data.samples import Roles


class Money(Section):
    """The currency to which all amounts are converted, at the rates of one day."""

    currency: str
    rates_date: str
    rates: dict[str, SomeAmount]
    """Currency code -> value of one unit of it in `currency`."""


def over(money: Money, card: Mapping[str, Any], path: Path) -> Money:
    """Return the settings of params.yaml with those of the card over them.

    Where the card names another currency without rates, those of params.yaml are divided by that currency's own.

    Raises:
        InputError: the card has an unknown field or a wrong value.
    """
    if not card:
        return money
    merged = params.check(Money, {**money.model_dump(), **card}, path, "money")
    code = merged.currency.upper()
    if "rates" in card:
        shared = money.rates if code == money.currency else {}
        rates = {**shared, **{name.upper(): rate for name, rate in merged.rates.items()}}
    elif code in money.rates:
        rates = {name: rate / money.rates[code] for name, rate in money.rates.items()}
    else:
        rates = {}
    return Money(currency=code, rates_date=merged.rates_date, rates={**rates, code: 1.0})


def converted(table: pd.DataFrame, raw: pd.DataFrame, roles: Roles, money: Money, where: Path) -> pd.DataFrame:
    """Return the table with all amounts in one currency; those without a rate are missing, and `mw_unread` says so.

    Amounts that are all in one currency stay in it, whatever the rates.

    Args:
        table: numbers as they were read, with `mw_unread`.
        raw: the same rows with the columns of the currencies.
        roles: which numeric columns are amounts.
        money: the target currency and the rates.
        where: the card's file, for messages.

    Raises:
        InputError: more than half of a column's amounts have no rate.
    """
    table = table.copy(deep=False)
    for column, currency_column in roles.money.items():
        present = table[column].notna()
        written = raw.loc[table.index, currency_column]
        codes = written.where(written.notna(), "").astype(str).str.strip().str.upper()
        found = codes[present & (codes != "")].value_counts()
        if len(found) == 1:
            tell_single(column, str(found.index[0]), int((present & (codes == "")).sum()), money)
            continue
        rates = codes.map(money.rates)
        without = present & rates.isna()
        if without.sum() * 2 > present.sum():
            code = codes[without].value_counts().index[0]
            raise InputError(
                f"{where}: {without.sum()} of {present.sum()} amounts in `{column}` have no rate, most of them in "
                f"{code or 'no currency'}; give `money.rates` ({code or 'a code'}: its value in {money.currency})"
            )
        faults = [f"{column}: {without_rate(name)}" for name in written[without].fillna("").astype(str)]
        mark_unread(table, pd.Series(faults, index=table.index[without], dtype=object))
        amounts = table[column] * rates
        beyond = amounts[np.isinf(amounts)]
        mark_unread(table, beyond.map(lambda _, column=column: f"{column}: too large for a number in {money.currency}"))
        table[column] = amounts.where(np.isfinite(amounts))
    return table


def without_rate(currency: str) -> str:
    """Return why an amount in this currency, as it is written, has no rate."""
    return f"no rate for the currency {currency[:20]!r}" if currency.strip() else "no currency beside the amount"


def mark_unread(table: pd.DataFrame, faults: pd.Series) -> None:
    """Write in place why an amount of these rows is missing, where nothing else of a row is."""
    if len(faults):
        table.loc[faults.index, "mw_unread"] = table.loc[faults.index, "mw_unread"].fillna(faults)


def tell_single(column: str, code: str, unnamed: int, money: Money) -> None:
    """Say that a column's amounts stay in their only currency."""
    if code == money.currency and not unnamed:
        return
    rest = f"; {unnamed} without a currency count as {code} too" if unnamed else ""
    say(f"clean: {column}: all amounts are in {code} and stay in it{rest}")
