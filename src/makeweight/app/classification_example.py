"""A sample of the test split as an upload, so that the page Classify can be tried without one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from makeweight.app import artefacts
from makeweight.app.uploads import Field
from makeweight.core.errors import InputError

SEED = 0
"""Of the order in which test samples are shown."""


@dataclass(frozen=True, slots=True)
class Example:
    """A test sample as the form holds it: picture (empty where the data have none), cells by column, and its class."""

    picture: bytes
    cells: dict[str, str]
    label: str


def example(number: int, fields: Sequence[Field]) -> Example:
    """Return a test sample; they come in one random order, which begins again after the last.

    Raises:
        InputError: the test split is empty.
        MissingError: the data were not split yet.
    """
    import numpy as np

    samples = artefacts.samples().split("test")
    if not len(samples):
        raise InputError("the test split has no sample to try")
    order = np.random.default_rng(SEED).permutation(len(samples))
    row = samples.table.iloc[int(order[number % len(order)])]
    picture = row[samples.roles.image] if samples.roles.image else None
    cells = {field.name: cell_of(row[field.name]) for field in fields if field.name in row.index}
    return Example(picture or b"", {name: text for name, text in cells.items() if text}, str(row["label"]))


def cell_of(value: object) -> str:
    """Return a cell as a person would type it; nothing for a missing one.

    A number has the fewest digits that read back as the same number: what the form shows is what is classified, now
    and when it is sent again.
    """
    if value is None or value != value:
        return ""
    return repr(float(value)).removesuffix(".0") if isinstance(value, float) else str(value)
