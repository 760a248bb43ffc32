"""How many rows of each class are requested."""

from collections.abc import Mapping, Sequence

import numpy as np

from makeweight.core.errors import InputError


def rows_per_class(
    rows: str | Mapping[str, int], amount: float, classes: Sequence[str], counts: np.ndarray, least: np.ndarray
) -> np.ndarray:
    """Rows of each class, int `(classes,)`.

    Args:
        rows: `balance`, `per_class` or a request; see `SampleParams`.
        amount: of a full balance, or rows of each class.
        classes: class names.
        counts: train rows of each class `(classes,)`.
        least: what `balance` makes of each class at least `(classes,)`.

    Raises:
        InputError: an unknown way of counting or class, or a number of rows that is none.
    """
    if amount < 0:
        raise InputError(f"params.yaml: `sample.amount` is {amount}; it can't be negative")
    if rows == "balance":
        return np.maximum(np.ceil(amount * (counts.max() - counts)).astype(int), least)
    if rows == "per_class":
        if amount != int(amount):
            raise InputError(f"params.yaml: `sample.amount` is {amount}; `rows: per_class` needs a whole number")
        return np.full(len(classes), int(amount))
    if isinstance(rows, str):
        raise InputError(f"params.yaml: `sample.rows` is {rows!r}; right would be balance, per_class, or class: rows")
    for name, count in rows.items():
        if name not in classes:
            raise InputError(f"params.yaml: `sample.rows` asks for class {name!r}; there are {', '.join(classes)}")
        if count < 0:
            raise InputError(f"params.yaml: `sample.rows.{name}` is {count}; it can't be negative")
    return np.array([rows.get(name, 0) for name in classes])
