"""What lies in metrics/ and plots/, read by name; what is not there is None, so that the page can say so."""

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import Any

import pandas as pd
from PIL import Image

from makeweight.balance import costs
from makeweight.balance.arm import Arm
from makeweight.core.errors import InputError

Numbers = dict[str, float]


@dataclass
class Shelf:
    """The two folders, and the files that were asked for so far."""

    metrics: Path
    plots: Path
    taken: set[Path] = field(default_factory=set)

    def numbers(self, stage: str, cell: str | None = None) -> Numbers | None:
        """The metrics of a stage or of one of its cells."""
        path = self.metrics / (f"{stage}.json" if cell is None else f"{stage}/{cell}.json")
        return read_json(path) if path.is_file() else None

    def cells(self, stage: str) -> list[str]:
        """The cells of a stage that have metrics, in name order."""
        return sorted(path.stem for path in (self.metrics / stage).glob("*.json"))

    def cost(self, arm: str) -> costs.Cost:
        """What an arm of the contest costs."""
        generators = {engine: self.numbers("train_gan", engine) or {} for engine in self.cells("train_gan")}
        return costs.cost_of(Arm.parse(arm), self.numbers("contest", arm) or {}, generators)

    def series(self, *parts: str) -> pd.DataFrame | None:
        """A CSV below plots/, by its stage, cell and file name."""
        path = self.plots.joinpath(*parts)
        if not path.is_file():
            return None
        self.taken.add(path)
        try:
            return pd.read_csv(path, keep_default_na=False, na_values=[""])
        except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError) as error:
            raise InputError(f"{path}: not a readable CSV file: {error}") from None

    def record(self, *parts: str) -> dict[str, Any] | None:
        """A JSON record below plots/, such as the sentences of the verdict."""
        path = self.plots.joinpath(*parts)
        if not path.is_file():
            return None
        self.taken.add(path)
        return read_json(path)

    def picture(self, *parts: str) -> str | None:
        """A PNG below plots/ as a data address, to stand inside the page."""
        path = self.plots.joinpath(*parts)
        if not path.is_file():
            return None
        self.taken.add(path)
        return address_of(path.read_bytes())

    def picture_strip(self, count: int, *parts: str) -> list[str] | list[None]:
        """The `count` equally wide pictures that stand side by side in one PNG, as data addresses."""
        path = self.plots.joinpath(*parts)
        if not path.is_file():
            return [None] * count
        self.taken.add(path)
        with Image.open(path) as strip:
            edges = [round(place * strip.width / count) for place in range(count + 1)]
            return [png_of(strip.crop((left, 0, right, strip.height))) for left, right in pairwise(edges)]

    def names(self, stage: str, pattern: str) -> list[tuple[str, ...]]:
        """The files below plots/<stage> that fit the pattern, as parts for `series` and `picture`, in name order."""
        found = sorted((self.plots / stage).glob(pattern))
        return [path.relative_to(self.plots).parts for path in found if path.is_file()]

    def pass_over(self, stage: str, pattern: str) -> None:
        """Take files as shown: pictures of a series that the page draws itself."""
        self.taken.update(self.plots.joinpath(*parts) for parts in self.names(stage, pattern))

    def untaken(self, stage: str) -> list[tuple[str, ...]]:
        """The files below plots/<stage> that nothing has shown yet."""
        return [parts for parts in self.names(stage, "**/*") if self.plots.joinpath(*parts) not in self.taken]

    def all_numbers(self) -> Iterator[tuple[str, Numbers]]:
        """Every metrics file with its name, in name order."""
        for path in sorted(self.metrics.rglob("*.json")):
            yield path.relative_to(self.metrics).with_suffix("").as_posix(), read_json(path)


def read_json(path: Path) -> dict[str, Any]:
    """A JSON object."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: not valid JSON: {error}; `dvc repro` writes it anew") from None
    if not isinstance(content, dict):
        raise InputError(f"{path}: right would be names with values, as the stages write them")
    return content


def png_of(picture: Image.Image) -> str:
    """A picture as a data address."""
    buffer = BytesIO()
    picture.save(buffer, format="PNG", optimize=True)
    return address_of(buffer.getvalue())


def address_of(content: bytes) -> str:
    """The data address of a PNG."""
    return "data:image/png;base64," + base64.b64encode(content).decode("ascii")
