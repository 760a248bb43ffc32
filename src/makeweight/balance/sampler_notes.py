"""What a user of GANSampler is told about a column before its rows are used."""

import re
from typing import Any

import pandas as pd

from makeweight.core.errors import InputError

NUMBER = re.compile(r"\s*+[-+]?[\d.,' ]*\d[.,]?\s*%?\s*")
DATE = re.compile(r"\s*\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}([ T]\d{1,2}:\d{2}.*)?\s*")
MANY = 50
"""Fewer states than these are never taken for names of single rows."""


def check_has_values(column: pd.Series, name: Any) -> None:
    """Refuse a column without a single value.

    Raises:
        InputError: every cell is missing.
    """
    if column.isna().all():
        raise InputError(
            f"X: column {name!r} has no value in any of its {len(column)} rows, so that nothing can be learned from "
            f"it; leave it out: X.drop(columns=[{name!r}])"
        )


def notes_on_category(column: pd.Series, name: Any) -> list[str]:
    """Return a line where a column that is taken as a category holds numbers or dates, or a name of each row."""
    distinct = column.dropna().drop_duplicates()
    texts = [cell for cell in distinct.tolist() if isinstance(cell, str)]
    found = f"X: column {name!r} is taken as a category"
    if texts and len(texts) == len(distinct):
        kind = written_kind(texts)
        if kind is not None:
            remedy = {"numbers": "pandas.to_numeric", "dates": "pandas.to_datetime"}[kind]
            return [
                f"{found}, though its texts look like {kind} ({texts[0]!r}): synthetic rows have only those of the "
                f"given rows; convert it first, as by {remedy}, if {kind} between them are right"
            ]
    if len(distinct) > max(MANY, len(column) // 2):
        return [
            f"{found} of {len(distinct)} states in {len(column)} rows, as an identifier or a text has: synthetic rows "
            f"repeat those of given rows; leave it out if that is wrong: X.drop(columns=[{name!r}])"
        ]
    return []


def written_kind(texts: list[str]) -> str | None:
    """Return `numbers` or `dates` where all texts are written so; leading zeros make a code, which is neither."""
    if all(DATE.fullmatch(text) for text in texts):
        return "dates"
    if any(re.match(r"\s*0\d", text) for text in texts):
        return None
    return "numbers" if all(NUMBER.fullmatch(text) for text in texts) else None
