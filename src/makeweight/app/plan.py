"""The user's plan for balancing a table, and the check whether the table allows it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from makeweight.app import columns
from makeweight.app.columns import Column, Kind, Sign
from makeweight.app.csv_table import Upload
from makeweight.app.limits import Limits
from makeweight.core.errors import InputError
from makeweight.core.params import Section

if TYPE_CHECKING:  # slow to import: loaded only by the pages that need them
    import numpy as np
    import pandas as pd

    from makeweight.data.values import Reading

Method = Literal["smote", "random", "gan"]
METHODS: dict[Method, str] = {
    "smote": "SMOTE (interpolation)",
    "random": "Random oversampling",
    "gan": "Generator, trained on the table",
}
MOST_NAMED = 5
"""Most columns that a message names."""


class Plan(Section):
    """The user's choices. `share`: the target size of every class, as a share of the largest class."""

    label: str = Field(max_length=200)
    kinds: dict[str, Kind] = Field(default={}, max_length=1000)
    method: Method
    share: float = Field(default=1.0, gt=0, le=1)
    seed: int = Field(default=0, ge=0, lt=2**31)
    decimal: Sign | None = None
    """The decimal sign of the columns whose cells leave it open."""
    decimals: dict[str, Sign] = Field(default={}, max_length=1000)
    """Column -> its decimal sign."""
    guard_formulas: bool = True
    """Whether cells that a spreadsheet would run as formulas get an apostrophe."""


@dataclass(frozen=True)
class Features:
    """The used columns of a table: numbers and dates as floats (NaN: a gap), categories as strings (None: a gap)."""

    table: pd.DataFrame
    numeric: tuple[str, ...]
    categorical: tuple[str, ...]
    labels: np.ndarray
    readings: dict[str, Reading] = field(default_factory=dict)
    """How each used column was read, and the label."""

    @property
    def columns(self) -> list[str]:
        """The names of the columns, numeric ones first."""
        return [*self.numeric, *self.categorical]

    def where(self, rows: np.ndarray) -> Features:
        """Select rows by their positions, or by a mask."""
        selected = self.table[rows] if rows.dtype == bool else self.table.iloc[rows]
        return Features(selected, *self.roles, self.labels[rows], self.readings)

    @property
    def roles(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The names of the numeric and of the categorical columns."""
        return self.numeric, self.categorical


def columns_of(upload: Upload, plan: Plan) -> dict[str, Column]:
    """Return the columns as they are read under the plan's decimal signs, by name."""
    return {column.name: column for column in columns.infer_columns(upload, plan.decimals, plan.decimal)}


def check_plan(upload: Upload, plan: Plan, limits: Limits) -> Features:
    """Return the used columns; refuse a plan that does not fit the table.

    Raises:
        InputError: a column does not exist, its cells do not allow its kind, the label cannot be one, or there is
            nothing or too much to add.
    """
    known = columns_of(upload, plan)
    for name in (*plan.kinds, *plan.decimals):
        if name not in known:
            raise InputError(f"there is no column {name[:50]!r}")
    check_label(upload, plan, limits)
    for name, kind in plan.kinds.items():
        # Whether numbers are whole may change with the decimal sign that is chosen beside the kind.
        as_number = kind == "whole" and "number" in known[name].kinds
        if name != plan.label and kind not in known[name].kinds and not as_number:
            raise InputError(reason_against(kind, known[name]))
    features = features_of(upload, plan, known)
    if not features.columns:
        raise InputError(reason_for_none(upload, plan, known))
    needed = rows_needed(features.labels, plan.share)
    if not needed:
        raise InputError("every class has the requested share already; nothing needs to be added")
    if len(upload.table) + sum(needed.values()) > limits.balanced_rows:
        raise InputError(f"the balanced table would have more than {limits.balanced_rows} rows; choose a smaller share")
    return features


def check_label(upload: Upload, plan: Plan, limits: Limits) -> None:
    """Refuse a label that does not exist, has gaps, or has too few or too many classes."""
    import numpy as np

    if plan.label not in upload.table:
        raise InputError(f"there is no column {plan.label[:50]!r} to be the label")
    labels = label_of(upload, plan).values
    gaps = np.flatnonzero(labels.isna().to_numpy())
    if len(gaps):
        more = f" (and {len(gaps) - 1} more)" if len(gaps) > 1 else ""
        raise InputError(
            f"column {plan.label!r}: row {upload.row(int(gaps[0]))}{more} has no label; every row needs one: "
            "fill it in or take the row out"
        )
    if not 2 <= labels.nunique() <= limits.classes:
        raise InputError(f"column {plan.label!r} has {labels.nunique()} values; a label has 2 to {limits.classes}")


def reason_for_none(upload: Upload, plan: Plan, known: dict[str, Column]) -> str:
    """Return why no column is used, with what would change it."""
    others = [column for name, column in known.items() if name != plan.label]
    reasons = [f"`{column.name[:50]}` ({reason_unused(upload, column, plan)})" for column in others[:MOST_NAMED]]
    more = f" and {len(others) - MOST_NAMED} more" if len(others) > MOST_NAMED else ""
    usable = next((column for column in others if set(column.kinds) - {"unused"}), None)
    remedy = ""
    if usable is not None:
        kind = next(kind for kind in usable.kinds if kind != "unused")
        remedy = f"; choose a kind for one of them, such as `{kind}` for `{usable.name[:50]}`"
    return f"no column besides the label `{plan.label}` is used: {', '.join(reasons)}{more}{remedy}"


def reason_unused(upload: Upload, column: Column, plan: Plan) -> str:
    """Return why a column is not used."""
    if column.name in upload.dialect.nameless:
        return "it has no name, as an index that was written with the table"
    if column.kind != "unused" and plan.kinds.get(column.name) == "unused":
        return "as chosen"
    if not column.distinct:
        return "it has no value in any row"
    cells = f"{column.distinct:,} different values in {len(upload.table):,} rows"
    if column.reading.kind == "text":
        return f"{cells}, as texts have"
    if column.reading.kind == "identifier":
        return f"{cells}, as an identifier has"
    return f"{cells} are too many for a category"


def reason_against(kind: Kind, column: Column) -> str:
    """Return why a column cannot be of a kind."""
    if kind == "category" and column.distinct > columns.MOST_STATES:
        return (
            f"column {column.name!r} has {column.distinct} values; a category has at most {columns.MOST_STATES}; "
            "`unused` would be right"
        )
    examples = ", ".join(map(repr, column.examples))
    is_code = kind in ("number", "whole") and has_codes(column)
    why = "; leading zeros make a code, which a number would lose" if is_code else ""
    return f"column {column.name!r} cannot be a {columns.KINDS[kind]}: its cells are {examples or 'empty'}{why}"


def has_codes(column: Column) -> bool:
    """Return whether cells begin with a zero and a further digit, as codes do."""
    return any(cell[:1] == "0" and cell[1:2].isdigit() for cell in column.examples)


def label_of(upload: Upload, plan: Plan) -> Reading:
    """Return the label: words are words, and `0` and `0.0` are one class."""
    from makeweight.data.values import read_label

    return read_label(upload.table[plan.label], plan.label, remedies=columns.remedies())


def kind_of(column: Column, plan: Plan) -> Kind:
    """Return the kind that the user chose for a column, or the inferred one."""
    return plan.kinds.get(column.name, column.kind)


def features_of(upload: Upload, plan: Plan, known: dict[str, Column] | None = None) -> Features:
    """Read the used columns of a table, without the label."""
    import pandas as pd

    known = known or columns_of(upload, plan)
    evidence = columns.evidence_of(upload)
    readings: dict[str, Reading] = {}
    for name, column in known.items():
        kind = kind_of(column, plan)
        if name == plan.label or kind == "unused":
            continue
        sign = plan.decimals.get(name) or (plan.decimal if column.signs else None)
        as_inferred = columns.kind_of_reading(column.reading) in (kind, "whole" if kind == "number" else kind)
        cells = upload.table[name]
        readings[name] = column.reading if as_inferred else columns.read_as(kind, cells, name, evidence, sign)
    numeric = tuple(name for name, reading in readings.items() if reading.kind in ("number", "date"))
    categorical = tuple(name for name in readings if name not in numeric)
    cells = {name: as_floats(readings[name]) for name in numeric}
    cells |= {name: readings[name].values.to_numpy(dtype=object) for name in categorical}
    label = label_of(upload, plan)
    table = pd.DataFrame(cells, index=range(len(upload.table)))
    return Features(table, numeric, categorical, label.values.to_numpy(dtype=str), {**readings, plan.label: label})


def as_floats(reading: Reading) -> np.ndarray:
    """Return numbers, or dates as numbers."""
    import numpy as np

    if reading.kind == "date":
        return np.asarray(reading.format.to_numbers(reading.values), dtype=float)  # type: ignore[union-attr]
    return reading.values.to_numpy(dtype=float)


def rows_needed(labels: np.ndarray, share: float) -> dict[str, int]:
    """Count the rows that each class lacks to the requested share of the largest class, where it lacks any."""
    import numpy as np

    names, counts = np.unique(labels, return_counts=True)
    target = int(np.ceil(share * counts.max()))
    return {str(name): target - int(count) for name, count in zip(names, counts, strict=True) if count < target}
