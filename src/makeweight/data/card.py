"""A data set card: where the samples come from and which column is what. What we do with them stands in params.yaml."""

from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from makeweight.core import params, paths
from makeweight.core.errors import InputError
from makeweight.core.params import Section
from makeweight.data.samples import Roles


class Source(BaseModel):
    """Where the samples come from: `kind` chooses the reader in `ingest`, which knows the other fields."""

    model_config = ConfigDict(extra="allow", frozen=True)

    kind: str

    @property
    def options(self) -> dict[str, Any]:
        """Every field but `kind`."""
        return dict(self.model_extra or {})


class Columns(Section):
    """Role -> name of the column in the source. `id`, `label`, `fine_label`, `group` are renamed to their role."""

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
    """One data set. Defaults live here because a card states what is; most data sets have no such peculiarity."""

    title: str
    licence: str
    source: Source
    columns: Columns
    label_names: dict[str, str] = {}
    """Label as written in the source -> readable class name; empty: as written."""
    missing: dict[str, list[str | float]] = {}
    """Column -> the values that stand for "missing" in it (zeros in Pima's Glucose)."""


def path_of(name: str) -> Path:
    """datasets/<name>.yaml."""
    return paths.DATASETS / f"{name}.yaml"


def load(name: str) -> Card:
    """The card of a data set."""
    path = path_of(name)
    if not path.is_file():
        known = ", ".join(sorted(card.stem for card in paths.DATASETS.glob("*.yaml"))) or "none"
        raise InputError(f"params.yaml: `dataset` is {name!r}, but there is no {path}; known data sets: {known}")
    return params.check(Card, params.read_yaml(path), path)


def chosen() -> Card:
    """The card that params.yaml's `dataset` names."""
    return load(str(params.value("dataset")))
