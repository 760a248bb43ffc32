"""Compare: the verdict and everything it rests on, from metrics/ and plots/ as the pipeline wrote them."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, HTTPException, Query, Request
from fastapi.responses import FileResponse, Response

from makeweight.app import artefacts, charts
from makeweight.app.artefacts import CACHE, MissingError
from makeweight.app.charts import Chart
from makeweight.app.pages import page
from makeweight.balance import costs
from makeweight.balance.arm import Arm
from makeweight.balance.costs import Cost
from makeweight.core import paths

if TYPE_CHECKING:  # slow to import: loaded only by the pages that need them
    import pandas as pd

router = APIRouter(tags=["compare"])

VERDICT = paths.PLOTS / "verdict"
PLANE = paths.PLOTS / "tsne" / "embedding.csv"
REAL_SOURCES = ("real", "held out")
SCORES = ("accuracy", "macro_f1", "weighted_f1", "ratio", "epochs")


@router.get("/api/metrics")
def metrics() -> dict[str, dict[str, float]]:
    """Every metrics file of the pipeline, by its name below metrics/."""
    return artefacts.all_metrics()


@router.get("/api/verdict")
def verdict() -> dict[str, Any]:
    """What the verdict says: the headline view, the recommended arm, and the sentences."""
    artefacts.VERDICT.require()
    return CACHE.get("verdict", VERDICT / "verdict.json", lambda file: json.loads(file.read_text(encoding="utf-8")))


@router.get("/compare", include_in_schema=False)
def show_comparison(request: Request) -> Response:
    """One page with all of it; what is missing is said in its place."""
    return page(
        request,
        "compare.html",
        verdict=unless_missing(verdict),
        chapters=[
            ("Ways of balancing", artefacts.VERDICT, drawn("intervals.csv", charts.arms)),
            ("Dose and response", artefacts.VERDICT, drawn("dose.csv", charts.doses)),
            ("Who gains, who loses", artefacts.VERDICT, drawn("classes.csv", charts.changes)),
        ],
        arms=arm_table(),
        costs=arm_costs(),
        experiments=[(title, score_table(name)) for title, name in EXPERIMENTS],
        matrices=confusion_matrices(),
        classify=artefacts.CLASSIFY,
        plane=draw_plane(),
        tsne=artefacts.TSNE,
        cleaning=draw_cleaning(),
        clean=artefacts.CLEANING,
        galleries=sorted(file.stem for file in (paths.PLOTS / "clean").glob("*.png")),
    )


EXPERIMENTS = (
    ("E1: trained and tested on its own kind", "e1"),
    ("E2: trained on one kind, tested on the other", "e2"),
)


def unless_missing(read: Callable[[], dict[str, Any]]) -> dict[str, Any] | None:
    """What `read` returns, or None where its artefact is missing."""
    try:
        return read()
    except (MissingError, FileNotFoundError):
        return None


def read_series(path: Path) -> "pd.DataFrame | None":
    """A CSV with rows, or None."""
    if not path.is_file():
        return None
    table = artefacts.series(path)
    return table if len(table) else None


def drawn(name: str, draw: "Callable[[pd.DataFrame], Chart]") -> Chart | None:
    """One of the verdict's series as a chart, or None where there is none."""
    table = entrants(read_series(VERDICT / name))
    return None if table is None else draw(table)


def entrants(table: "pd.DataFrame | None") -> "pd.DataFrame | None":
    """The arms as they were run: an engine's own line repeats that of the use that validation chose."""
    told = unless_missing(verdict)
    if table is None or told is None or "arm" not in table:
        return table
    return table[~table["arm"].isin(list(told["uses"]))]


def arm_table() -> "pd.DataFrame | None":
    """Macro-F1 of every arm (rows) in every view (columns), in points."""
    table = entrants(read_series(VERDICT / "arms.csv"))
    return None if table is None else table.pivot(index="arm", columns="view", values="mean")


def arm_costs() -> dict[str, tuple[Cost, float | None]]:
    """What each arm of the contest costs, and its seconds in the last run on this machine."""
    known = artefacts.all_metrics()
    stages: dict[str, dict[str, dict[str, float]]] = {"contest": {}, "train_gan": {}}
    for name, numbers in known.items():
        stage, _, cell = name.partition("/")
        if stage in stages:
            stages[stage][cell] = numbers
    generators = stages["train_gan"]
    return {
        arm: (costs.cost_of(Arm.parse(arm), numbers, generators), costs.seconds_of(Arm.parse(arm)))
        for arm, numbers in stages["contest"].items()
    }


def score_table(name: str) -> dict[str, dict[str, float]] | None:
    """Network -> score -> value, from metrics/classify/<name>.json without the scores per class."""
    path = paths.METRICS / "classify" / f"{name}.json"
    if not path.is_file():
        return None
    rows: dict[str, dict[str, float]] = {}
    for key, value in artefacts.metrics(path).items():
        network, _, score = key.rpartition(".")
        if score in SCORES and ".f1" not in network:
            told = network if "." in network else f"synthetic_on_real.{network}"
            rows.setdefault(told.replace(".", ", ").replace("_", " "), {})[score] = value
    return rows


def confusion_matrices() -> list[Chart]:
    """Every confusion matrix below plots/classify."""
    folder = paths.PLOTS / "classify"
    charted = []
    for path in sorted(folder.rglob("*confusion*.csv")):
        counts = read_series(path)
        if counts is not None and {"actual", "predicted"} <= set(counts):
            title = " ".join(path.relative_to(folder).with_suffix("").parts).replace("_", " ")
            charted.append(charts.confusion(title, counts))
    return charted


def draw_plane() -> Chart | None:
    """The t-SNE map."""
    points = read_series(PLANE)
    return None if points is None else charts.plane(points, list(dict.fromkeys(points["source"])))


def draw_cleaning() -> Chart | None:
    """The cleaning funnel."""
    steps = read_series(paths.PLOTS / "clean" / "funnel.csv")
    return None if steps is None else charts.funnel(steps)


@router.get("/compare/picture", include_in_schema=False)
def picture_of_point(row: Annotated[int, Query(ge=0, lt=1_000_000)]) -> Response:
    """The picture behind a point of the t-SNE map."""
    points = read_series(PLANE)
    if points is None or row >= len(points):
        raise HTTPException(404, "there is no such point")
    source, sample_id = str(points["source"][row]), str(points["id"][row])
    known = {path.stem: path for path in paths.SAMPLE.glob("*.parquet")}
    path = artefacts.SAMPLES.path if source in REAL_SOURCES else known.get(source)
    content = artefacts.pictures_in(path).get(sample_id) if path is not None and path.is_file() else None
    if content is None:
        raise HTTPException(404, "this sample has no picture")
    return artefacts.picture_response(content)


@router.get("/compare/dropped/{rule}.png", include_in_schema=False)
def gallery_of_rule(rule: str) -> Response:
    """Pictures that a cleaning rule dropped; the name must be one of those that the cleaning wrote."""
    known = {file.stem: file for file in (paths.PLOTS / "clean").glob("*.png")}
    if rule not in known:
        raise HTTPException(404, "there is no such gallery")
    return FileResponse(known[rule], media_type="image/png")
