"""The currency of a price that stands in one text with it, such as € 10.50."""

import re
from collections.abc import Iterable

import pandas as pd

from makeweight.data.changes import Change
from makeweight.data.values.currencies import CODES

SIGNS = {
    "US$": "USD",
    "€": "EUR",
    "£": "GBP",
    "₹": "INR",
    "₽": "RUB",
    "₩": "KRW",
    "₺": "TRY",
    "₪": "ILS",
    "₫": "VND",
    "₴": "UAH",
    "₦": "NGN",
    "₱": "PHP",
    "฿": "THB",
    "zł": "PLN",
    "Kč": "CZK",
}
"""Signs of one currency only; of $, ¥ and kr there are several, so that they stay as they are."""
WORD = re.compile(r"(?<![^\W\d_])[A-Z]{3,4}(?![^\W\d_])")
EXAMPLES = 3


def with_codes(table: pd.DataFrame, columns: Iterable[str]) -> tuple[pd.DataFrame, list[Change]]:
    """Return the table with currencies as codes where their text has one code or sign, and what was changed."""
    changes = []
    for column in dict.fromkeys(columns):
        written = table[column]
        codes = written.map(lambda text: currency_code(text) if isinstance(text, str) else None)
        changed = codes.notna() & (codes != written)
        if changed.any():
            examples = tuple(zip(written[changed].head(EXAMPLES), codes[changed].head(EXAMPLES), strict=True))
            remedy = f"another place for `{column}` in `source.fields`, or a constant: such as constant:EUR"
            changes.append(
                Change(column, "currency read from a sign or an amount", int(changed.sum()), examples, remedy)
            )
            table = table.assign(**{column: codes.where(changed, written)})
    return table, changes


def currency_code(text: str) -> str | None:
    """Return the only currency that a text names by its code or sign, or None."""
    found = {word for word in WORD.findall(text) if word in CODES}
    found |= {code for sign, code in SIGNS.items() if sign in text}
    return found.pop() if len(found) == 1 else None
