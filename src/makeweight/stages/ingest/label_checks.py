"""Checks of the label: no feature is a function of it, and the card's `label_names` are labels."""

import difflib

import numpy as np
import pandas as pd

from makeweight.core.errors import InputError
from makeweight.core.names import listed
from makeweight.data import mapped
from makeweight.data.card import Card, same_label
from makeweight.data.samples import Samples

LEAST_REPEATS = 10
"""Rows beyond the first of each class, so that a feature of one value per class is no coincidence."""


def check_repeats(labels: pd.Series, column: str, name: str) -> None:
    """Check that some label is there often enough to be a class: three times, one row for each split.

    Raises:
        InputError: the labels are rather amounts, names or identifiers.
    """
    counts = labels.value_counts()
    if len(labels) >= LEAST_REPEATS and len(counts) > 2 and counts.max() < 3:
        raise InputError(
            f"{name}: column `{column}` under `columns.label` has {len(counts):,} different values in {len(labels):,} "
            f"rows, such as {str(counts.index[0])!r}, and none of them three times; a column of classes would be "
            "right, or one class for each range of a number"
        )


def check_functions(found: Samples, card: Card, name: str) -> None:
    """Check that no feature is a function of the label: one value in each class, and at least two values.

    Raises:
        InputError: names the column and what would be right.
    """
    table, columns = found.table, card.columns
    labels, names = pd.factorize(table["label"])
    if len(labels) - len(names) < LEAST_REPEATS:
        return
    _, first = np.unique(labels, return_index=True)
    for column in (*found.roles.text, *found.roles.tabular):
        source = columns.source_name(column)
        if source in columns.allow_label_functions:
            continue
        codes = pd.factorize(table[column], use_na_sentinel=False)[0]
        mapped.release()
        if codes.max() >= 1 and (codes == codes[first][labels]).all():
            raise InputError(
                f"{name}: column `{source}` is a function of the label `{columns.label}`: each class has one value of "
                f"it, and a label never serves as a feature; take it out of `columns`, or if it is known before the "
                f"label: `columns: {{allow_label_functions: [{source}]}}`"
            )


def check_roles(card: Card, name: str) -> None:
    """Check that the label is not named as a feature as well, and that no column is a feature of two kinds.

    Raises:
        InputError: names the column and what would be right.
    """
    columns = card.columns
    kinds = ("text", "numeric", "categorical", "date")
    for role in ("label", "fine_label"):
        for kind in kinds:
            column = getattr(columns, role)
            if column in getattr(columns, kind) and column not in columns.allow_label_functions:
                raise InputError(
                    f"{name}: column `{column}` is `columns.{role}` and stands under `columns.{kind}` too; a label "
                    f"never serves as a feature: take it out of `{kind}`"
                )
    seen: dict[str, str] = {}
    for kind in kinds:
        for column in getattr(columns, kind):
            if column in seen:
                raise InputError(
                    f"{name}: column `{column}` stands under `columns.{seen[column]}` and `columns.{kind}`; "
                    "it is read as one of them: take it out of the other"
                    if seen[column] != kind
                    else f"{name}: column `{column}` stands twice under `columns.{kind}`; once would be right"
                )
            seen[column] = kind


def unmatched_names(labels: pd.Series, card: Card) -> list[str]:
    """Return a line about the keys of `label_names` that are no label; none where all are."""
    known = sorted(labels.dropna().unique())
    used = {same_label(label) for label in known}
    unknown = [key for key in card.label_names if same_label(key) not in used]
    if not unknown:
        return []
    near = difflib.get_close_matches(unknown[0], known, 1)
    labels_are = f"did you mean {near[0]!r}" if near else f"labels are {listed(known, 5, repr)}"
    named, verb = listed(unknown, 5, repr), "is" if len(unknown) == 1 else "are"
    return [f"`label_names` has {named}, which {verb} no label of the data; {labels_are}"]
