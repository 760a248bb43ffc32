"""The files below metrics/ and plots/, read by stage and name; a file that is not there gives None."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from makeweight.core import cells, params, paths
from makeweight.core.errors import InputError
from makeweight.results.file_cache import FileCache

if TYPE_CHECKING:  # half a second to import; a page without series does without
    import pandas as pd

    from makeweight.data.card import Columns

T = TypeVar("T")

CELLS_OF = {"sample": "train_gan"}
"""Stage whose plots are in folders named as another stage's cells -> that stage."""
WORDS = ("label", "class", "actual", "predicted", "id", "source", "arm", "engine", "kind", "rule", "reason", "column")
"""Columns of names in the stages' CSV files, which never hold numbers even where they look so."""
IN_A_CELL = 3
"""Parts of the name of a file in a cell's folder: stage, cell, file."""


class Folders:
    """The two folders of a run. What was read is kept until its file changes, so that a server can hold one object.

    Cells that the run's parameters do not declare are not there for the reader: an earlier run left their files.
    """

    def __init__(self, metrics: Path, plots: Path) -> None:
        self.metrics, self.plots = metrics, plots
        self.parameters = metrics.parent / params.FILE.name
        """The run's params.yaml; without it, every cell counts."""
        self.shown: set[Path] = set()
        """The plot files that were asked for so far."""
        self._cache = FileCache()

    def numbers(self, stage: str, cell: str | None = None) -> dict[str, float] | None:
        """The metrics of a stage, or of one of its cells."""
        return self._read(self.metrics / (f"{stage}.json" if cell is None else f"{stage}/{cell}.json"), read_json)

    def cells(self, stage: str) -> list[str]:
        """The cells of a stage that have metrics, in name order."""
        found = sorted(path.stem for path in (self.metrics / stage).glob("*.json"))
        return [cell for cell in found if self.declares(stage, cell)]

    def declares(self, stage: str, cell: str) -> bool:
        """Whether the run has this cell; where its parameters do not list the stage's cells, it has every one."""
        values = self._read(self.parameters, params.read_yaml)
        cells_of_run = cells.declared(CELLS_OF.get(stage, stage), values if isinstance(values, dict) else {})
        return cells_of_run is None or cell in cells_of_run

    @property
    def columns(self) -> Columns | None:
        """The columns of the run's card; None where there is no card, or none that can be read."""
        from pydantic import ValidationError

        from makeweight.data.card import Columns  # a third of a second to import; most pages do without

        values = self._read(self.parameters, params.read_yaml)
        name = values.get("dataset") if isinstance(values, dict) else None
        card = self._read(self.parameters.parent / paths.DATASETS / f"{name}.yaml", params.read_yaml) if name else None
        try:
            return Columns.model_validate(card["columns"]) if isinstance(card, dict) else None
        except (KeyError, ValidationError):
            return None

    def all_numbers(self) -> Iterator[tuple[str, dict[str, float]]]:
        """Every metrics file with its name below metrics/ without the ending, in name order."""
        for path in sorted(self.metrics.rglob("*.json")):
            stage, *cell = path.relative_to(self.metrics).with_suffix("").parts
            if not cell or self.declares(stage, "/".join(cell)):
                yield "/".join([stage, *cell]), self._read(path, read_json) or {}

    def series(self, *parts: str) -> pd.DataFrame | None:
        """A CSV below plots/, by its stage, cell and file name."""
        return self._show(parts, read_csv)

    def words(self, *parts: str) -> pd.DataFrame | None:
        """A CSV below plots/ with every cell as the text that stands there; an empty one is missing."""
        return self._show(parts, read_words)

    def record(self, *parts: str) -> dict[str, Any] | None:
        """A JSON object below plots/."""
        return self._show(parts, read_json)

    def picture(self, *parts: str) -> bytes | None:
        """The bytes of a PNG below plots/."""
        return self._show(parts, Path.read_bytes)

    def names(self, stage: str, pattern: str) -> list[tuple[str, ...]]:
        """The files below plots/<stage> that match the glob pattern, as parts for the readers above, in name order."""
        found = sorted((self.plots / stage).glob(pattern))
        parts = [path.relative_to(self.plots).parts for path in found if path.is_file()]
        return [one for one in parts if len(one) < IN_A_CELL or self.declares(stage, one[1])]

    def subfolders(self, stage: str) -> list[str]:
        """The cells of a stage that have plots, in name order."""
        return sorted({parts[1] for parts in self.names(stage, "*/*")})

    def not_shown(self, stage: str) -> list[tuple[str, ...]]:
        """The files below plots/<stage> that nothing has asked for yet."""
        return [parts for parts in self.names(stage, "**/*") if self.plots.joinpath(*parts) not in self.shown]

    def _show(self, parts: tuple[str, ...], read: Callable[[Path], T]) -> T | None:
        path = self.plots.joinpath(*parts)
        content = self._read(path, read)
        if content is not None:
            self.shown.add(path)
        return content

    def _read(self, path: Path, read: Callable[[Path], T]) -> T | None:
        return self._cache.get(read.__name__, path, read) if path.is_file() else None


def read_json(path: Path) -> dict[str, Any]:
    """A JSON object.

    Raises:
        InputError: the file is not JSON, or not an object.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: not valid JSON: {error}; `dvc repro` writes it again") from None
    if not isinstance(content, dict):
        raise InputError(f"{path}: right would be names with values, as the stages write them")
    return content


def read_csv(path: Path) -> pd.DataFrame:
    """A CSV as the stages write it: only an empty cell is a missing value, and names are words (a class `007`, `1.0`).

    Raises:
        InputError: the file is not CSV.
    """
    return parse(path, dict.fromkeys(WORDS, str))


def read_words(path: Path) -> pd.DataFrame:
    """A CSV whose cells are all words.

    Raises:
        InputError: the file is not CSV.
    """
    return parse(path, str)


def parse(path: Path, types: Any) -> pd.DataFrame:
    """A CSV with the types of its columns.

    Raises:
        InputError: the file is not CSV.
    """
    import pandas as pd

    from makeweight.core import formulas

    try:
        return formulas.unguarded(pd.read_csv(path, dtype=types, keep_default_na=False, na_values=[""]))
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: not a readable CSV file: {error}") from None
