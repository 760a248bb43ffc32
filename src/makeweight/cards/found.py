"""What was found in a source: its columns with their roles, and why."""

from dataclasses import dataclass, field
from typing import Any, Literal

from makeweight.data.values import Reading

Role = Literal["label", "id", "group", "image", "text", "numeric", "categorical", "date", "ignored"]
SEVERAL: tuple[Role, ...] = ("text", "numeric", "categorical", "date")
"""Roles that several columns may have."""
FEATURES: tuple[Role, ...] = ("image", *SEVERAL)


@dataclass(frozen=True, slots=True)
class Column:
    """One column, the role that it gets, and why."""

    name: str
    role: Role
    why: str
    examples: tuple[str, ...] = ()
    """Up to three cells, as they are written."""


@dataclass(frozen=True, slots=True)
class Described:
    """The columns of a table as they are understood."""

    columns: list[Column] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    """What was changed in values or decided without evidence, a line each."""
    readings: dict[str, Reading] = field(default_factory=dict)
    """Column -> its values, of all columns that are used, but the label."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a source holds, as far as a card says it."""

    source: dict[str, Any]
    """The fields of `source` in the card."""
    columns: tuple[Column, ...]
    rows: int
    classes: dict[str, int] = field(default_factory=dict)
    """Rows of each class, the largest first."""
    notes: tuple[str, ...] = ()
    """What the user should know: rows left out, values that are read in a certain way, classes that are too small."""
    listings: bool = False
    """Whether the rows are scraped listings rather than observations."""
    hints: tuple[str, ...] = ()
    """Lines of a card that the user may want, written as comments."""

    money: dict[str, str] = field(default_factory=dict)
    """Numeric column -> the column that names its currency."""
    extra: dict[str, Any] = field(default_factory=dict)
    """Further fields of the card, such as `decimal`."""

    def named(self, role: Role) -> tuple[str, ...]:
        """Return the names of the columns with a role."""
        return tuple(column.name for column in self.columns if column.role == role)

    @property
    def features(self) -> tuple[str, ...]:
        """The names of the columns that are learned from."""
        return tuple(column.name for column in self.columns if column.role in FEATURES)

    @property
    def label(self) -> str:
        """The name of the label's column."""
        return self.named("label")[0]

    @property
    def modalities(self) -> tuple[str, ...]:
        """The modalities that the columns give, in the order of params.yaml."""
        given = {
            "image": bool(self.named("image")),
            "tabular": any(self.named(role) for role in ("numeric", "categorical", "date")),
            "text": bool(self.named("text")),
        }
        return tuple(name for name, is_there in given.items() if is_there)
