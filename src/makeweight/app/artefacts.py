"""The outputs of the pipeline that the pages read, and the commands that make the missing ones."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from fastapi.responses import Response

from makeweight.core import paths
from makeweight.results.file_cache import FileCache

if TYPE_CHECKING:  # slow to import: loaded only by the pages that need them
    from makeweight.data.samples import Samples
    from makeweight.results.run import Run

MAX_INLINE_BYTES = 2_000_000
"""Largest uploaded picture, in bytes, that is shown in the page of its result."""


class MissingError(Exception):
    """An output of the pipeline does not exist yet; `command` makes it."""

    def __init__(self, what: str, stage: str) -> None:
        self.what = what
        self.command = f"dvc repro {stage}"
        super().__init__(f"missing: {what}; `{self.command}` makes it")


@dataclass(frozen=True, slots=True)
class Artefact:
    """An output of a stage that pages read."""

    what: str
    path: Path
    stage: str

    @property
    def present(self) -> bool:
        """Whether the file or folder exists."""
        return self.path.exists()

    def require(self) -> Path:
        """Return the path.

        Raises:
            MissingError: it does not exist.
        """
        if not self.present:
            raise MissingError(self.what, self.stage)
        return self.path


SAMPLES = Artefact("the table of cleaned and split samples", paths.SPLIT / "samples.parquet", "split")
CODECS = Artefact("the codecs of pictures, text and table columns", paths.PREPROCESS, "preprocess")
ENGINES = Artefact("the trained engines", paths.TRAIN_GAN, "train_gan")
LEARNERS = Artefact("the features that classifiers read", paths.LEARNERS / "features.json", "learners")
CONTEST = Artefact("the classifiers trained with and without synthetic samples", paths.CONTEST, "contest")
VERDICT = Artefact("the verdict", paths.METRICS / "verdict.json", "verdict")
CLEANING = Artefact("the numbers of the cleaning", paths.METRICS / "clean.json", "clean")
DROPPED = Artefact("the samples that the cleaning dropped", paths.CLEAN / "dropped.parquet", "clean")
CLASSIFY = Artefact("the numbers of experiments E1 and E2", paths.METRICS / "classify", "classify")
TSNE = Artefact("the map of real and synthetic samples", paths.TSNE, "tsne")
REPORT = Artefact("the report", paths.PLOTS / "report.html", "report")
ALL = (SAMPLES, CODECS, ENGINES, LEARNERS, CONTEST, VERDICT, CLEANING, DROPPED, CLASSIFY, TSNE, REPORT)


CACHE = FileCache()


def cells_with(stage: str, file: str, artefact: Artefact) -> list[str]:
    """Return the cells of a stage that this run declares and that have a file, sorted.

    Raises:
        MissingError: the stage has not run.
    """
    found = sorted(path.parent.name for path in artefact.require().glob(f"*/{file}"))
    return [cell for cell in found if run().folders.declares(stage, cell)]


@cache
def run() -> Run:
    """Return the reader of the run in the current folder; it reads a file again when that has changed."""
    from makeweight.results.run import Run

    return Run()


def samples() -> Samples:
    """Read the cleaned and split samples."""
    from makeweight.data import samples

    return CACHE.get("samples", SAMPLES.require(), samples.read)


def pictures_in(path: Path) -> dict[str, bytes]:
    """Map the sample ids of a table to encoded pictures; empty where it has none."""
    from makeweight.data import samples

    def read(file: Path) -> dict[str, bytes]:
        table = samples.read(file)
        column = table.roles.image
        return {} if column is None else dict(zip(table.table["id"], table.table[column], strict=True))

    return CACHE.get("pictures", path, read)


def picture_response(content: bytes) -> Response:
    """Answer with a picture."""
    kind = "image/jpeg" if content.startswith(b"\xff\xd8") else "image/png"
    return Response(content, media_type=kind, headers={"Cache-Control": "private, max-age=600"})
