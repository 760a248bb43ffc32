"""A data set's card: where the samples come from and what each column is. What is done with them is in params.yaml."""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict

from makeweight.core import params, paths
from makeweight.core.errors import InputError
from makeweight.core.params import Section
from makeweight.data.samples import Roles

ROLE_COLUMNS = ("id", "label", "fine_label", "group", "image")
"""Roles of a single column, which has the role's name in the sample table."""


WHOLE = re.compile(r"-?(?:0|[1-9]\d*)(?:\.0+)?", re.ASCII)
"""A whole number, also as a column of floats writes it."""


def as_words(names: Any) -> Any:
    """Return a mapping with keys and values that YAML reads as numbers or truth values (`0: good`) as words."""
    if not isinstance(names, dict):
        return names
    plain = (bool, int, float)
    return {
        str(key) if isinstance(key, plain) else key: str(value) if isinstance(value, plain) else value
        for key, value in names.items()
    }


def same_label(label: str) -> str:
    """Return a label in the one form that its spellings as a number or a truth value have."""
    if label.lower() in ("true", "false"):
        return label.lower()
    return label.partition(".")[0] if WHOLE.fullmatch(label) else label


class Source(BaseModel):
    """Where the samples come from: `kind` chooses the reader in `ingest`, which checks the other fields."""

    model_config = ConfigDict(extra="allow", frozen=True)

    kind: str

    @property
    def options(self) -> dict[str, Any]:
        """All fields but `kind`."""
        return dict(self.model_extra or {})


class Columns(Section):
    """The name of each role's column in the source; `id`, `label`, `fine_label`, `group` are renamed to their role."""

    label: str
    id: str | None = None
    fine_label: str | None = None
    group: str | None = None
    image: str | None = None
    text: tuple[str, ...] = ()
    numeric: tuple[str, ...] = ()
    categorical: tuple[str, ...] = ()
    date: tuple[str, ...] = ()
    money: dict[str, str] = {}
    allow_label_functions: tuple[str, ...] = ()
    """Features that may be a function of the label."""

    @property
    def features(self) -> tuple[str, ...]:
        """The feature columns but the picture, and those that name a currency."""
        return (*self.text, *self.numeric, *self.categorical, *self.date, *self.money.values())

    def table_name(self, column: str) -> str:
        """Return the name in the sample table of a feature column: its own, unless it is that of a role."""
        if column not in ROLE_COLUMNS or getattr(self, column) == column:
            return column
        name = f"{column}_column"
        while name in self.features:
            name += "_"
        return name

    def source_name(self, column: str) -> str:
        """Return the name in the source of a feature column of the sample table."""
        return next((name for name in self.features if self.table_name(name) == column), column)

    @property
    def roles(self) -> Roles:
        """The feature roles of these columns, by their names in the sample table."""

        def named(columns: tuple[str, ...]) -> tuple[str, ...]:
            return tuple(self.table_name(column) for column in columns)

        return Roles(
            image="image" if self.image else None,
            text=named(self.text),
            numeric=named(self.numeric),
            categorical=named(self.categorical),
            date=named(self.date),
            money={self.table_name(amount): self.table_name(currency) for amount, currency in self.money.items()},
        )


class ColumnFormat(Section):
    """How one column is written, where that is not to be found out from its cells."""

    decimal: Literal[".", ","] | None = None
    thousands: Literal[".", ",", " ", "'"] | None = None
    date: str | None = None
    """The pattern of its dates as `strftime` has it, such as `%d.%m.%Y`."""


class Card(Section):
    """One data set. Optional fields have defaults, unlike parameters: most data sets do not need them."""

    title: str
    licence: str
    source: Source
    columns: Columns
    label_names: Annotated[dict[str, str], BeforeValidator(as_words)] = {}
    """Label in the source -> class name; if empty, labels are used as they are."""
    missing: dict[str, list[str | float]] = {}
    """Column -> the values that mean "missing" in it, such as 0 in Glucose of the Pima data."""
    rows: Literal["listings", "observations"] | None = None
    """What a row is. Listings are scraped and have relistings and other dirt; the repeats of observations are data.
    Without the field a crawl has listings, any other source observations."""
    decimal: Literal[".", ","] | None = None
    """How decimals are written, where that is not to be found out from the cells."""
    thousands: Literal[".", ",", " ", "'"] | None = None
    formats: dict[str, ColumnFormat] = {}
    """Column -> how it is written, where it differs from the other columns."""
    rules: dict[str, bool | dict[str, Any]] = {}
    """Cleaning rule -> on, off, or its thresholds, instead of those in params.yaml."""
    money: dict[str, Any] = {}
    """Values instead of those of `clean.money` in params.yaml."""
    text: dict[str, Any] = {}
    """Values instead of those of `clean.text` in params.yaml."""

    group_by: tuple[str, ...] | None = None
    """Rows with the same values in all these columns stay in one split; instead of `split.group_by` in params.yaml."""

    def column_named(self, name: str) -> str:
        """Return the name in the sample table of a column of the source, which is its role where it has one."""
        roles = ("id", "label", "fine_label", "group", "image")
        return next((role for role in roles if getattr(self.columns, role) == name), name)

    def names_of(self, labels: Iterable[str]) -> dict[str, str]:
        """Return `label_names` by the labels as the data write them: the key 0 is `0.0` too, `true` also `TRUE`."""
        given = {same_label(key): name for key, name in self.label_names.items()}
        found = {label: given[same_label(label)] for label in labels if same_label(label) in given}
        return found | {label: name for label, name in self.label_names.items() if label in found}

    def grouping(self, general: Sequence[str]) -> tuple[str, ...]:
        """Return the columns of the sample table whose equal values keep rows in one split.

        Args:
            general: `split.group_by` of params.yaml, for a card without `group_by`.
        """
        return tuple(general) if self.group_by is None else tuple(map(self.column_named, self.group_by))

    @property
    def decimal_sign(self) -> str | None:
        """How decimals are written, as the card says it; a card of a site says it in its source."""
        return self.decimal or self.source.options.get("decimal")

    @property
    def has_listings(self) -> bool:
        """Whether a row is a listing."""
        return self.rows == "listings" if self.rows else self.source.kind == "crawl"


def path_of(name: str) -> Path:
    """Return datasets/<name>.yaml."""
    return paths.DATASETS / f"{name}.yaml"


def load(name: str) -> Card:
    """Return the card of a data set.

    Raises:
        InputError: there is no such card, or a field of it is wrong.
    """
    path = path_of(name)
    if not path.is_file():
        known = ", ".join(sorted(card.stem for card in paths.DATASETS.glob("*.yaml"))) or "none"
        raise InputError(f"params.yaml: `dataset` is {name!r}, but there is no {path}; known data sets: {known}")
    return params.check(Card, params.read_yaml(path), path)


def chosen() -> Card:
    """Return the card that `dataset` in params.yaml names."""
    return load(str(params.value("dataset")))
