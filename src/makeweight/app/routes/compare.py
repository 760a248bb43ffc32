"""The page Compare: the verdict and the results behind it, as the reader of a run gives them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, HTTPException, Query, Request
from fastapi.responses import FileResponse, Response
from markupsafe import Markup

from makeweight.app import artefacts
from makeweight.app.artefacts import Artefact, MissingError
from makeweight.app.pages import page
from makeweight.core import paths

if TYPE_CHECKING:  # slow to import: loaded only by the pages that need them
    from makeweight.results.contest import Cost, Scores
    from makeweight.results.run import Run

router = APIRouter(tags=["compare"])

REAL_SOURCES = ("real", "held out")
GALLERIES = paths.PLOTS / "clean"


@dataclass(frozen=True, slots=True)
class Figure:
    """A chart with its heading, or the artefact that is missing for it."""

    title: str
    chart: Markup
    artefact: Artefact


@dataclass(frozen=True, slots=True)
class ArmRow:
    """An arm in the table of all views: view -> mean macro-F1 in points, further scores of the headline, its cost."""

    name: str
    scores: dict[str, float]
    beside: Scores
    cost: Cost


@router.get("/api/metrics")
def metrics() -> dict[str, dict[str, float]]:
    """Every metrics file of the pipeline, by its name below metrics/."""
    return dict(artefacts.run().folders.all_numbers())


@router.get("/api/verdict")
def verdict() -> dict[str, Any]:
    """The verdict: the headline view, the recommended arm, and the sentences."""
    record = artefacts.run().folders.record("verdict", "verdict.json")
    if record is None:
        raise MissingError(artefacts.VERDICT.what, artefacts.VERDICT.stage)
    return record


@router.get("/static/charts.css", include_in_schema=False)
def chart_styles() -> Response:
    """The style sheet of the chart kit."""
    from makeweight.results import charts

    return Response(charts.STYLE, media_type="text/css", headers={"Cache-Control": "private, max-age=600"})


@router.get("/compare", include_in_schema=False)
def show_comparison(request: Request) -> Response:
    """One page with all results; a missing one is replaced by the command that makes it."""
    from makeweight.results.decisions import view_title
    from makeweight.results.key_facts import key_facts

    run = artefacts.run()
    verdict = run.verdict
    return page(
        request,
        "compare.html",
        verdict=verdict,
        facts=[] if verdict is None else key_facts(run, verdict),
        verdict_figures=verdict_figures(run),
        doses=run.doses,
        views=[(view, view_title(view)) for view in dict.fromkeys(score.view for score in run.views)],
        arms=arm_rows(run),
        experiments=(("E1: trained and tested on the same kind", run.own_kind),
                     ("E2: trained on one kind, tested on the other", run.across)),
        classify=artefacts.CLASSIFY,
        matrices=confusion_matrices(run),
        planes=planes(run),
        tsne=artefacts.TSNE,
        cleaning=cleaning(run),
        galleries=sorted(file.stem for file in GALLERIES.glob("*.png")),
    )  # fmt: skip


def verdict_figures(run: Run) -> list[Figure]:
    """Plot what the stage `verdict` found: arms, amounts of synthetic rows, classes."""
    from makeweight.results import figures

    found = run.verdict
    names = set() if found is None else set(found.arm_names)
    changes = [change for change in run.class_changes if change.arm in names]
    rule = "; diamond and dashed line: the decision rule alone" if found is not None and found.has_rule else ""
    label = f"change in macro-F1 against none, points{rule}"
    intervals = Markup("") if found is None else figures.arm_intervals(found, label)
    return [
        Figure("Ways of balancing", intervals, artefacts.VERDICT),
        Figure("Amount of synthetic rows", figures.dose_response(run.doses), artefacts.VERDICT),
        Figure("Change in recall by class, against none, in points", figures.class_changes(changes), artefacts.VERDICT),
    ]


def arm_rows(run: Run) -> list[ArmRow]:
    """Tabulate every arm that was run; the line of an engine, which repeats that of its chosen arm, is left out."""
    engines = {} if run.verdict is None else run.verdict.chosen
    scores: dict[str, dict[str, float]] = {}
    for score in run.views:
        if score.arm not in engines:
            scores.setdefault(score.arm, {})[score.view] = score.macro_f1.mean
    headline = "fusion" if run.verdict is None else run.verdict.view
    return [ArmRow(arm, by_view, run.scores_beside(arm, headline), run.cost(arm)) for arm, by_view in scores.items()]


def confusion_matrices(run: Run) -> list[tuple[str, Markup]]:
    """Plot every confusion matrix of E1 and E2, with its title."""
    from makeweight.results import figures

    return [(figures.confusion_title(matrix), figures.confusion_matrix(matrix)) for matrix in run.confusions]


def planes(run: Run) -> tuple[Markup, Markup] | None:
    """Plot the t-SNE map, once with all samples and once by class."""
    from makeweight.results import charts

    points = None if run.embedding is None else run.embedding.points
    if points is None:
        return None
    return charts.plane(points, list(dict.fromkeys(points["source"]))), charts.planes(points, "all-points")


def cleaning(run: Run) -> Figure:
    """Plot the cleaning funnel."""
    from makeweight.results import figures

    found = run.cleaning
    chart = Markup("") if found is None or not found.steps else figures.cleaning_funnel(found)
    return Figure("Samples left after each rule of the cleaning", chart, artefacts.CLEANING)


@router.get("/compare/picture", include_in_schema=False)
def picture_of_point(row: Annotated[int, Query(ge=0, lt=1_000_000)]) -> Response:
    """The picture of a point of the t-SNE map."""
    embedding = artefacts.run().embedding
    points = None if embedding is None else embedding.points
    if points is None or row >= len(points):
        raise HTTPException(404, "there is no such point")
    source, sample_id = str(points["source"][row]), str(points["id"][row])
    synthetic = {path.stem: path for path in paths.SAMPLE.glob("*.parquet")}
    path = artefacts.SAMPLES.path if source in REAL_SOURCES else synthetic.get(source)
    content = artefacts.pictures_in(path).get(sample_id) if path is not None and path.is_file() else None
    if content is None:
        raise HTTPException(404, "this sample has no picture")
    return artefacts.picture_response(content)


@router.get("/compare/dropped/{rule}.png", include_in_schema=False)
def gallery_of_rule(rule: str) -> Response:
    """Pictures that a cleaning rule dropped; the name must be one of those that the cleaning wrote."""
    known = {file.stem: file for file in GALLERIES.glob("*.png")}
    if rule not in known:
        raise HTTPException(404, "there is no such gallery")
    return FileResponse(known[rule], media_type="image/png")
