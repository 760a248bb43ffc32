"""The outputs of the pipeline that the pages read, and the commands that make the missing ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from fastapi.responses import Response

from makeweight.app.kept import Kept
from makeweight.core import cells, params, paths
from makeweight.results import seconds_page
from makeweight.results.file_cache import FileCache

if TYPE_CHECKING:  # slow to import: loaded only by the pages that need them
    from makeweight.data.samples import Samples
    from makeweight.results.picture_strip import ClassPictures
    from makeweight.results.run import Run
    from makeweight.results.verdict import Verdict

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

    def has(self, names: Sequence[str] | None) -> bool:
        """Whether the file or folder exists, and in it a folder or a JSON file of every named cell."""
        known = (self.path / name for name in names or ())
        return self.present and all(cell.exists() or cell.with_name(f"{cell.name}.json").exists() for cell in known)

    def require(self) -> Path:
        """Return the path.

        Raises:
            MissingError: it does not exist.
        """
        if not self.present:
            raise MissingError(self.what, self.stage)
        return self.path


INGESTED = Artefact("the numbers of what came in", paths.METRICS / "ingest.json", "ingest")
CLEANING = Artefact("the numbers of the cleaning", paths.METRICS / "clean.json", "clean")
DROPPED = Artefact("the samples that the cleaning dropped", paths.CLEAN / "dropped.parquet", "clean")
SAMPLES = Artefact("the table of cleaned and split samples", paths.SPLIT / "samples.parquet", "split")
CODECS = Artefact("the codecs of pictures, text and table columns", paths.PREPROCESS, "preprocess")
ENGINES = Artefact("the trained engines", paths.TRAIN_GAN, "train_gan")
SAMPLED = Artefact("the numbers of the synthetic samples", paths.METRICS / "sample.json", "sample")
FIDELITY = Artefact("how close synthetic samples come to real ones", paths.METRICS / "fidelity.json", "fidelity")
CLASSIFY = Artefact("the numbers of experiments E1 and E2", paths.METRICS / "classify", "classify")
LEARNERS = Artefact("the features that classifiers read", paths.LEARNERS / "features.json", "learners")
CONTEST = Artefact("the classifiers trained with and without synthetic samples", paths.CONTEST, "contest")
VERDICT = Artefact("the verdict", paths.METRICS / "verdict.json", "verdict")
HEADLINE = Artefact("the headline", paths.METRICS / "headline.json", "headline")
FEWSHOT = Artefact("the few-shot accuracies", paths.METRICS / "fewshot", "fewshot")
TSNE = Artefact("the map of real and synthetic samples", paths.TSNE, "tsne")
SECONDS = Artefact("the seconds of the last run", seconds_page.PAGE, "report")
REPORT = Artefact("the report", paths.PLOTS / "report.html", "report")
ALL = (SAMPLES, CODECS, ENGINES, LEARNERS, CONTEST, VERDICT, CLEANING, DROPPED, CLASSIFY, TSNE, REPORT)

LAST_OUTPUTS = (
    INGESTED, CLEANING, SAMPLES, CODECS, ENGINES, SAMPLED, FIDELITY, CLASSIFY, LEARNERS, CONTEST, VERDICT, HEADLINE,
    FEWSHOT, TSNE, REPORT,
)  # fmt: skip
"""For every stage, in the pipeline's order, an output that is there once it has run."""


def pipeline() -> dict[str, bool]:
    """Say of every stage of this run whether it has run, in the pipeline's order; stages without cells are left out.

    A stage with cells has run once each of those that params.yaml declares has an output.
    """
    values = cells.read_values()
    own = {artefact: cells.declared(artefact.stage, values) for artefact in LAST_OUTPUTS}
    return {artefact.stage: artefact.has(declared) for artefact, declared in own.items() if declared != ()}


CACHE = FileCache()
KEPT = Kept()


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


def strip() -> tuple[ClassPictures, ...]:
    """Read the pictures of the rarest classes, real beside synthetic; empty where the data have no pictures."""
    from makeweight.results.picture_strip import read_strip

    return read_strip(run())


RESULTS = (paths.METRICS, paths.PLOTS, params.FILE, paths.DATASETS, paths.SCRATCH / "seconds")
"""The files and folders that a page of results is made from."""


def verdict() -> Verdict | None:
    """Read the verdict; None where there is none yet."""
    return KEPT.get("verdict", (paths.PLOTS / "verdict", paths.PLOTS / "split"), lambda: run().verdict)


def data_title() -> str:
    """Return the title of the card that params.yaml names; empty where there is none."""
    folders = run().folders
    return str(folders.card_value("title") or folders.parameter("dataset") or "")
