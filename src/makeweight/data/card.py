"""A data set's card: where the samples come from and what each column is. What is done with them is in params.yaml."""

from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from makeweight.core import params, paths
from makeweight.core.errors import InputError
from makeweight.core.params import Section
from makeweight.data.samples import Roles


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
    money: dict[str, str] = {}

    @property
    def roles(self) -> Roles:
        """The feature roles of these columns."""
        return Roles(
            image="image" if self.image else None,
            text=self.text,
            numeric=self.numeric,
            categorical=self.categorical,
            money=dict(self.money),
        )


class Card(Section):
    """One data set. Optional fields have defaults, unlike parameters: most data sets do not need them."""

    title: str
    licence: str
    source: Source
    columns: Columns
    label_names: dict[str, str] = {}
    """Label in the source -> class name; if empty, labels are used as they are."""
    missing: dict[str, list[str | float]] = {}
    """Column -> the values that mean "missing" in it, such as 0 in Glucose of the Pima data."""


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
