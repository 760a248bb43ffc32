"""The user's plan for balancing a table, and the check whether the table allows it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from makeweight.app import csv_table
from makeweight.app.csv_table import Kind
from makeweight.app.limits import Limits
from makeweight.core.errors import InputError
from makeweight.core.params import Section

if TYPE_CHECKING:  # slow to import: loaded only by the pages that need them
    import numpy as np
    import pandas as pd

Method = Literal["smote", "random", "gan"]
METHODS: dict[Method, str] = {
    "smote": "SMOTE (interpolation)",
    "random": "Random oversampling",
    "gan": "Generator, trained on the table",
}


class Plan(Section):
    """The user's choices. `share`: the target size of every class, as a share of the largest class."""

    label: str = Field(max_length=200)
    kinds: dict[str, Kind] = Field(max_length=1000)
    method: Method
    share: float = Field(default=1.0, gt=0, le=1)
    seed: int = Field(default=0, ge=0, lt=2**31)


@dataclass(frozen=True)
class Features:
    """The used columns of a table: numbers as floats (missing: NaN), categories as strings (missing: None)."""

    table: pd.DataFrame
    numeric: tuple[str, ...]
    categorical: tuple[str, ...]
    labels: np.ndarray

    @property
    def columns(self) -> list[str]:
        """The names of the columns, numeric ones first."""
        return [*self.numeric, *self.categorical]

    def where(self, rows: np.ndarray) -> Features:
        """Select rows by their positions, or by a mask."""
        return Features(
            self.table[rows] if rows.dtype == bool else self.table.iloc[rows], *self.roles, self.labels[rows]
        )

    @property
    def roles(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The names of the numeric and of the categorical columns."""
        return self.numeric, self.categorical


def check_plan(table: pd.DataFrame, plan: Plan, limits: Limits) -> None:
    """Refuse a plan that does not fit the table.

    Raises:
        InputError: a column does not exist, its cells do not allow its kind, the label cannot be one, or there is
            nothing or too much to add.
    """
    columns = {column.name: column for column in csv_table.infer_columns(table)}
    if plan.label not in columns:
        raise InputError(f"there is no column {plan.label[:50]!r} to be the label")
    label = columns[plan.label]
    if label.missing:
        row = int(csv_table.missing(table[plan.label]).to_numpy().argmax()) + 2
        raise InputError(f"column {plan.label!r}: row {row} has no label; every row needs one")
    if not 2 <= label.distinct <= limits.classes:
        raise InputError(f"column {plan.label!r} has {label.distinct} values; a label has 2 to {limits.classes}")
    for name, kind in plan.kinds.items():
        if name not in columns:
            raise InputError(f"there is no column {name[:50]!r}")
        if kind not in columns[name].kinds:
            raise InputError(
                f"column {name!r} cannot be a {csv_table.KINDS[kind]}: its cells are {columns[name].examples}"
            )
    features = features_of(table, plan)
    if not features.columns:
        raise InputError("at least one column besides the label must be used")
    needed = rows_needed(features.labels, plan.share)
    if not needed:
        raise InputError("every class has the requested share already; nothing needs to be added")
    if len(table) + sum(needed.values()) > limits.balanced_rows:
        raise InputError(f"the balanced table would have more than {limits.balanced_rows} rows; choose a smaller share")


def kind_of(column: csv_table.Column, plan: Plan) -> Kind:
    """Return the kind that the user chose for a column, or the inferred one."""
    return plan.kinds.get(column.name, column.kind)


def features_of(table: pd.DataFrame, plan: Plan) -> Features:
    """Parse the used columns of a table, without the label."""
    import pandas as pd

    kinds = {
        column.name: kind_of(column, plan) for column in csv_table.infer_columns(table) if column.name != plan.label
    }
    numeric = tuple(name for name, kind in kinds.items() if kind in ("number", "whole"))
    categorical = tuple(name for name, kind in kinds.items() if kind == "category")
    cells = {name: csv_table.numbers(table[name]) for name in numeric}
    for name in categorical:
        stripped = table[name].str.strip()
        cells[name] = stripped.where(~csv_table.missing(stripped), None).to_numpy()
    return Features(pd.DataFrame(cells), numeric, categorical, table[plan.label].str.strip().to_numpy(dtype=str))


def rows_needed(labels: np.ndarray, share: float) -> dict[str, int]:
    """Count the rows that each class lacks to the requested share of the largest class, where it lacks any."""
    import numpy as np

    names, counts = np.unique(labels, return_counts=True)
    target = int(np.ceil(share * counts.max()))
    return {str(name): target - int(count) for name, count in zip(names, counts, strict=True) if count < target}
