"""Rows of a table or pictures as learners and engines read them; all that is fitted is fitted on train rows."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import pandas as pd

from makeweight.balance.sampler_columns import Number, category, number
from makeweight.balance.sampler_containers import Rows
from makeweight.balance.sampler_content import category_columns, framed, tabular_settings, unique_names
from makeweight.cards.useless import EMPTY, why_useless
from makeweight.core.errors import InputError
from makeweight.data.codecs import TabularCodec
from makeweight.data.codecs.spec import Spec
from makeweight.data.labelled import Inputs
from makeweight.data.samples import Roles, Samples

MANY = 50
"""Fewer different words than these are never taken for names of single rows."""


@dataclass(frozen=True)
class SplitRows:
    """One split, encoded."""

    train: Inputs
    test: Inputs
    """What learners read, by modality."""
    engine_train: np.ndarray
    engine_spec: Spec
    """What an engine reads of the train rows."""
    as_read: Callable[[np.ndarray], Inputs]
    """Rows of an engine -> what learners read."""
    layouts: Mapping[str, Spec]
    """Modality -> which columns of what learners read are one category."""


class TrialRows(Protocol):
    """What a contest is about, whichever kind it is."""

    @property
    def views(self) -> tuple[str, ...]:
        """The learners, by the names of `learn.views`."""
        ...

    @property
    def notes(self) -> tuple[str, ...]:
        """What was left out or changed, a line each."""
        ...

    def __len__(self) -> int: ...

    @property
    def width(self) -> int:
        """Numbers of a row, by which time and memory grow."""
        ...

    def split(self, train: np.ndarray, test: np.ndarray, seed: int) -> SplitRows:
        """These rows encoded, with all that is learned for that learned from the train rows."""
        ...

    def taken(self, rows: np.ndarray) -> "TrialRows":
        """The rows at these positions."""
        ...


@dataclass(frozen=True)
class TableRows:
    """Columns of numbers and of categories."""

    plain: pd.DataFrame
    """Numbers as float64, categories as the number of their state as text; None for a gap."""
    roles: Roles
    names: tuple[Any, ...]
    """The given columns that are learned from, as the user calls them."""
    notes: tuple[str, ...] = ()
    views: tuple[str, ...] = ("trees", "tabular")

    @classmethod
    def of(cls, rows: Rows, labels: np.ndarray, categorical: Any = "auto") -> "TableRows":
        """Read the columns of a frame or an array; one that nothing can be learned from is left out, and told.

        Raises:
            InputError: no column is left, or one holds an infinite number or lists.
        """
        frame = rows if isinstance(rows, pd.DataFrame) else framed(rows)
        chosen = category_columns(frame, categorical)
        plain: dict[str, pd.Series] = {}
        kinds: dict[str, list[str]] = {"numeric": [], "categorical": []}
        names, notes = [], []
        for position, (name, key) in enumerate(zip(frame.columns, unique_names(frame), strict=True)):
            cells = frame.iloc[:, position].reset_index(drop=True)
            reason = EMPTY if cells.isna().all() else ""
            if not reason:
                column = category(cells, name) if position in chosen else number(cells, name)
                reason = why_unused(column.plain, labels, position in chosen)
            if reason:
                notes.append(f"column {name!r} is not used: {reason}")
                continue
            plain[key] = column.plain
            kinds["numeric" if isinstance(column, Number) else "categorical"].append(key)
            names.append(name)
        if not plain:
            raise InputError(f"X: no column can be learned from; {'; '.join(notes)[:300]}")
        roles = Roles(numeric=tuple(kinds["numeric"]), categorical=tuple(kinds["categorical"]))
        return cls(pd.DataFrame(plain), roles, tuple(names), tuple(notes))

    def __len__(self) -> int:
        return len(self.plain)

    @property
    def width(self) -> int:
        """Columns; a category counts as some."""
        return len(self.roles.numeric) + sum(min(self.plain[name].nunique(), MANY) for name in self.roles.categorical)

    def taken(self, rows: np.ndarray) -> "TableRows":
        """The rows at these positions."""
        return TableRows(self.plain.iloc[rows].reset_index(drop=True), self.roles, self.names, self.notes)

    def split(self, train: np.ndarray, test: np.ndarray, seed: int) -> SplitRows:
        """Both parts as vectors, by a codec of the train rows; a column without a value in them is left out."""
        own = self.plain.iloc[train].reset_index(drop=True)
        present = {name for name in own if own[name].notna().any()}
        roles = Roles(
            numeric=tuple(name for name in self.roles.numeric if name in present),
            categorical=tuple(name for name in self.roles.categorical if name in present),
        )
        codec = TabularCodec.fit(Samples(own, roles), tabular_settings(), seed)
        encoded = codec.encode(own)

        def as_read(rows: np.ndarray) -> Inputs:
            # As a table would have them: with one state for each category and the decimals of the column.
            return {"tabular": codec.encode(codec.decode(rows))}

        unseen = {"tabular": codec.encode(self.plain.iloc[test])}
        return SplitRows({"tabular": encoded}, unseen, encoded, codec.spec, as_read, {"tabular": codec.spec})


def why_unused(cells: pd.Series, labels: np.ndarray, is_category: bool) -> str:
    """Return why nothing can be learned from a column, in words; empty where something can.

    The rule of a card, and one for frames: their types say what is a category, so that names of rows may be among them.
    """
    if useless := why_useless(cells, labels):
        return useless
    distinct = cells.nunique()
    if is_category and distinct > max(MANY, len(cells) // 2):
        return f"{distinct:,} different values in {len(cells):,} rows, as an identifier or a text has"
    return ""
