"""What the pipeline has made so far, and the command that makes what is missing."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from fastapi.responses import Response

from makeweight.core import paths

if TYPE_CHECKING:  # seconds to import: what the first page does without is imported where it is used
    import pandas as pd

    from makeweight.data.samples import Samples

T = TypeVar("T")

LARGEST_SHOWN = 2_000_000
"""Bytes of an uploaded picture up to which the page shows it again."""


class MissingError(Exception):
    """An artefact that is not there yet: what it is, and the command that makes it."""

    def __init__(self, what: str, stage: str) -> None:
        self.what = what
        self.command = f"dvc repro {stage}"
        super().__init__(f"still missing: {what}; `{self.command}` makes it")


@dataclass(frozen=True, slots=True)
class Artefact:
    """One thing that a page needs."""

    what: str
    path: Path
    stage: str

    @property
    def present(self) -> bool:
        """Whether it is there."""
        return self.path.exists()

    def need(self) -> Path:
        """Its path.

        Raises:
            MissingError: it is not there.
        """
        if not self.present:
            raise MissingError(self.what, self.stage)
        return self.path


SAMPLES = Artefact("the table of cleaned and split samples", paths.SPLIT / "samples.parquet", "split")
CODECS = Artefact("what the networks see of pictures, words and numbers", paths.PREPROCESS, "preprocess")
GENERATORS = Artefact("the trained generators", paths.TRAIN_GAN, "train_gan")
CONTEST = Artefact("the classifiers trained with and without synthetic samples", paths.CONTEST, "contest")
VERDICT = Artefact("the verdict", paths.METRICS / "verdict.json", "verdict")
CLEANING = Artefact("the figures of the cleaning", paths.METRICS / "clean.json", "clean")
DROPPED = Artefact("the samples that the cleaning took out", paths.CLEAN / "dropped.parquet", "clean")
CLASSIFY = Artefact("the figures of experiments E1 and E2", paths.METRICS / "classify", "classify")
TSNE = Artefact("the map of real and synthetic samples", paths.TSNE, "tsne")
REPORT = Artefact("the report", paths.PLOTS / "report.html", "report")
ALL = (SAMPLES, CODECS, GENERATORS, CONTEST, VERDICT, CLEANING, DROPPED, CLASSIFY, TSNE, REPORT)


def version(path: Path) -> tuple[int, int]:
    """What changes when a file or folder is made anew."""
    status = path.stat()
    return status.st_mtime_ns, status.st_size


class Shelf:
    """Things read from files, kept until their file is made anew."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, Path], tuple[tuple[int, int], Any]] = {}

    def take(self, name: str, path: Path, read: Callable[[Path], T]) -> T:
        """`read(path)`, or what it returned last time if the file is the same."""
        now = version(path)
        known = self.kept.get((name, path))
        if known is None or known[0] != now:
            known = now, read(path)
            self.kept[name, path] = known
        return known[1]


SHELF = Shelf()


def metrics(path: Path) -> dict[str, float]:
    """A flat metrics file."""
    return SHELF.take("metrics", path, lambda file: json.loads(file.read_text(encoding="utf-8")))


def series(path: Path) -> pd.DataFrame:
    """A CSV below plots/."""
    import pandas as pd

    return SHELF.take("series", path, pd.read_csv)


def samples() -> Samples:
    """The cleaned and split samples."""
    from makeweight.data import samples

    return SHELF.take("samples", SAMPLES.need(), samples.read)


def pictures_in(path: Path) -> dict[str, bytes]:
    """Sample id -> encoded picture, of a table of samples; nothing where it has no pictures."""
    from makeweight.data import samples

    def read(file: Path) -> dict[str, bytes]:
        table = samples.read(file)
        column = table.roles.image
        return {} if column is None else dict(zip(table.table["id"], table.table[column], strict=True))

    return SHELF.take("pictures", path, read)


def picture_answer(content: bytes) -> Response:
    """A picture for the browser."""
    kind = "image/jpeg" if content.startswith(b"\xff\xd8") else "image/png"
    return Response(content, media_type=kind, headers={"Cache-Control": "private, max-age=600"})


def all_metrics() -> dict[str, dict[str, float]]:
    """Every metrics file by its name without the ending, in name order."""
    found = sorted(paths.METRICS.rglob("*.json"))
    return {file.relative_to(paths.METRICS).with_suffix("").as_posix(): metrics(file) for file in found}
