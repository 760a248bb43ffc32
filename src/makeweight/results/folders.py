"""The files below metrics/ and plots/, read by stage and name; a file that is not there gives None."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from functools import wraps
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

from PIL import Image

from makeweight.core import cells, params, paths
from makeweight.core.errors import InputError
from makeweight.core.names import listed
from makeweight.core.params import shown
from makeweight.core.reading import AGAIN, read_json, reading, reason
from makeweight.results.file_cache import FileCache

if TYPE_CHECKING:  # half a second to import; a page without series does without
    import pandas as pd

    from makeweight.data.card import Columns

T = TypeVar("T")

CELLS_OF = {"sample": "train_gan"}
"""Stage whose plots are in folders named as another stage's cells -> that stage."""
WORDS = ("label", "class", "actual", "predicted", "id", "source", "arm", "engine", "kind", "rule", "reason", "column")
"""Columns of names in the stages' CSV files, which never hold numbers even where they look so."""
PNG_START, PNG_END = b"\x89PNG\r\n\x1a\n", b"\0\0\0\0IEND\xaeB`\x82"
MOST_NAMED = 4
"""Most files that a message names."""
IN_A_CELL = 3
"""Parts of the name of a file in a cell's folder: stage, cell, file."""
FILES_READ: ContextVar[list[Path] | None] = ContextVar("FILES_READ", default=None)
"""The files that the reader at work in this thread has read, for its message about them; None outside of readers."""


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
        return self._read(self.metrics / (f"{stage}.json" if cell is None else f"{stage}/{cell}.json"), read_numbers)

    def cells(self, stage: str) -> list[str]:
        """The cells of a stage that have metrics, in name order."""
        found = sorted(path.stem for path in (self.metrics / stage).glob("*.json"))
        return [cell for cell in found if self.declares(stage, cell)]

    def declares(self, stage: str, cell: str) -> bool:
        """Whether the run has this cell; where its parameters do not list the stage's cells, it has every one."""
        values = self._read(self.parameters, params.read_yaml)
        cells_of_run = cells.declared(CELLS_OF.get(stage, stage), values if isinstance(values, dict) else {})
        return cells_of_run is None or cell in cells_of_run

    def parameter(self, *names: str) -> Any:
        """A value of the run's params.yaml by the names of its section and its own; None where it is not there."""
        value = self._read(self.parameters, params.read_yaml)
        for name in names:
            value = value.get(name) if isinstance(value, dict) else None
        return value

    @property
    def columns(self) -> Columns | None:
        """The columns of the run's card; None where there is no card, or none that can be read."""
        from pydantic import ValidationError

        from makeweight.data.card import Columns  # a third of a second to import; most pages do without

        columns = self.card_value("columns")
        try:
            return None if columns is None else Columns.model_validate(columns)
        except ValidationError:
            return None

    def card_value(self, name: str) -> Any:
        """A value of the run's card; None where there is no card, or no such value."""
        dataset = self.parameter("dataset")
        path = self.parameters.parent / paths.DATASETS / f"{dataset}.yaml"
        card = self._read(path, params.read_yaml) if dataset else None
        return card.get(name) if isinstance(card, dict) else None

    def all_numbers(self) -> Iterator[tuple[str, dict[str, float]]]:
        """Every metrics file with its name below metrics/ without the ending, in name order."""
        for path in sorted(self.metrics.rglob("*.json")):
            stage, *cell = path.relative_to(self.metrics).with_suffix("").parts
            if not cell or self.declares(stage, "/".join(cell)):
                yield "/".join([stage, *cell]), self._read(path, read_numbers) or {}

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
        return self._show(parts, read_png)

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
        if not path.is_file():
            return None
        files_read = FILES_READ.get()
        if files_read is not None:
            files_read.append(path)
        return self._cache.get(read.__name__, path, read)


Reader = TypeVar("Reader", bound=Callable[..., Any])


def naming_files(reader: Reader) -> Reader:
    """Have a reader of results name the files it read, where they have other columns or values than their stage writes.

    Args:
        reader: a function whose first argument is a `Folders`.
    """

    @wraps(reader)
    def named(folders: Folders, *arguments: Any) -> Any:
        outer, own = FILES_READ.get(), list[Path]()
        token = FILES_READ.set(own)
        try:
            return reader(folders, *arguments)
        except InputError:
            raise
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
            files = listed(dict.fromkeys(own), most=MOST_NAMED)
            raise InputError(f"{files}: not as their stage writes them ({reason(error)}); {AGAIN}") from error
        finally:
            FILES_READ.reset(token)
            if outer is not None:
                outer.extend(own)

    return cast("Reader", named)


WITH_WORDS = "headline.json"
"""The one metrics file that has words, such as the recommended arm."""


def read_numbers(path: Path) -> dict[str, float]:
    """A flat metrics file; metrics/headline.json has words beside the numbers.

    Raises:
        InputError: the file is not JSON, or has something else than numbers.
    """
    content = read_json(path)
    for name, number in content.items():
        if path.name == WITH_WORDS and isinstance(number, str):
            continue
        if isinstance(number, bool) or not isinstance(number, int | float) or not math.isfinite(number):
            raise InputError(f"{path}: `{name}` is {shown(number)}; right would be a number; {AGAIN}")
    return content


def read_png(path: Path) -> bytes:
    """The bytes of a PNG.

    Raises:
        InputError: it does not begin or end as one, or is not as it was written by its check sums.
    """
    with reading(path):
        content = path.read_bytes()
        if not (content.startswith(PNG_START) and content.endswith(PNG_END)):
            raise ValueError("no whole PNG")
        with Image.open(BytesIO(content), formats=["PNG"]) as picture:
            picture.verify()
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

    with reading(path):
        return formulas.unguarded(pd.read_csv(path, dtype=types, keep_default_na=False, na_values=[""]))
