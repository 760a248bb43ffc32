"""The page Compare: the verdict and the results behind it, as the reader of a run gives them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, HTTPException, Query
from fastapi.responses import FileResponse, HTMLResponse, Response
from markupsafe import Markup

from makeweight.app import artefacts
from makeweight.app.artefacts import Artefact, MissingError
from makeweight.app.pages import rendered
from makeweight.core import paths

if TYPE_CHECKING:  # slow to import: loaded only by the pages that need them
    from makeweight.results.contest import Cost, Scores
    from makeweight.results.run import Run

router = APIRouter(tags=["compare"])

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
def metrics() -> dict[str, dict[str, float | str]]:
    """Every metrics file of the pipeline, by its name below metrics/; that of the headline has words, too."""
    return {name: {**numbers} for name, numbers in artefacts.run().folders.all_numbers()}


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
def show_comparison() -> Response:
    """One page with all results."""
    return HTMLResponse(artefacts.KEPT.get("compare", artefacts.RESULTS, comparison))


def comparison() -> str:
    """Render all results; a missing one is replaced by the command that makes it."""
    from makeweight.results import figures
    from makeweight.results.decisions import view_title
    from makeweight.results.finding import headline, in_words
    from makeweight.results.key_facts import key_facts

    run = artefacts.run()
    verdict = run.verdict
    told = {} if verdict is None else {key: in_words(text, verdict) for key, text in verdict.sentences.items()}
    return rendered(
        "compare.html",
        "/compare",
        verdict=verdict,
        finding=None if verdict is None else headline(verdict),
        sentences=[text for key, text in told.items() if key != "recommendation"],
        choice=choice_of(run),
        changes_note=figures.CHANGES_NOTE,
        legend=figures.words_legend(),
        facts=[] if verdict is None else key_facts(run, verdict),
        verdict_figures=verdict_figures(run),
        doses=run.doses,
        views=[(view, view_title(view)) for view in dict.fromkeys(score.view for score in run.views)],
        arms=arm_rows(run),
        experiments=(("E1: trained and tested on the same kind", run.own_kind),
                     ("E2: trained on one kind, tested on the other", run.across)),
        classify=artefacts.CLASSIFY,
        matrices=figures.arm_confusions(run) or experiment_confusions(run)[:1],
        planes=planes(run),
        tsne=artefacts.TSNE,
        cleaning=cleaning(run),
        galleries=sorted(file.stem for file in GALLERIES.glob("*.png")),
    )  # fmt: skip


def choice_of(run: Run) -> tuple[str, Markup] | None:
    """The choice that macro-F1 hides, in words and as a plane of arms; None where there is none."""
    from makeweight.results import figures
    from makeweight.results.choice import choice_in_words, read_choice

    choice = None if run.verdict is None else read_choice(run, run.verdict)
    if choice is None or run.verdict is None:
        return None
    return choice_in_words(choice), figures.arms_plane(run, run.verdict, choice)


def verdict_figures(run: Run) -> list[Figure]:
    """Plot what the stage `verdict` found: arms, amounts of synthetic rows, classes."""
    from makeweight.results import figures

    found = run.verdict
    names = set() if found is None else set(found.arm_names)
    changes = [change for change in run.class_changes if change.arm in names]
    rule = "; diamond and dashed line: the decision rule alone" if found is not None and found.has_rule else ""
    label = f"{figures.interval_label(run.alpha)}{rule}"
    intervals = Markup("") if found is None else figures.arm_intervals(found, label)
    return [
        Figure("Ways of balancing", intervals, artefacts.VERDICT),
        Figure("Amount of synthetic rows", figures.dose_response(run.doses), artefacts.VERDICT),
        Figure(
            "Change in recall by class, against none, in points",
            figures.class_changes(changes, run.class_sizes),
            artefacts.VERDICT,
        ),
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


def experiment_confusions(run: Run) -> list[tuple[str, Markup]]:
    """Plot the confusion matrices of E1 and E2, with their titles."""
    from makeweight.results import figures

    return [(figures.confusion_title(matrix), figures.confusion_matrix(matrix)) for matrix in run.confusions]


@router.get("/compare/confusions", include_in_schema=False)
def show_confusions() -> Response:
    """The confusion matrices of E1 and E2, of every classifier."""

    def make() -> str:
        matrices = experiment_confusions(artefacts.run())
        if not matrices:
            raise MissingError(artefacts.CLASSIFY.what, artefacts.CLASSIFY.stage)
        return rendered("confusions.html", "/compare/confusions", matrices=matrices)

    return HTMLResponse(artefacts.KEPT.get("confusions", artefacts.RESULTS, make))


def planes(run: Run) -> tuple[Markup, Markup] | None:
    """Plot the t-SNE map, once with every source above the real samples and once by class."""
    from makeweight.results import charts

    points = None if run.embedding is None else run.embedding.points
    if points is None:
        return None
    return charts.source_planes(points, "real-points"), charts.planes(points, "all-points")


@router.get("/compare/map", include_in_schema=False)
def show_map() -> Response:
    """The t-SNE map with all samples; each point shows its picture."""

    def make() -> str:
        from makeweight.results import charts

        embedding = artefacts.run().embedding
        if embedding is None or embedding.points is None:
            raise MissingError(artefacts.TSNE.what, artefacts.TSNE.stage)
        return rendered("map.html", "/compare/map", plane=charts.plane(embedding.points))

    return HTMLResponse(artefacts.KEPT.get("map", artefacts.RESULTS, make))


def cleaning(run: Run) -> Figure:
    """Plot the cleaning funnel."""
    from makeweight.results import figures

    found = run.cleaning
    chart = Markup("") if found is None or not found.steps else figures.cleaning_funnel(found)
    return Figure("Samples left after each rule of the cleaning", chart, artefacts.CLEANING)


@router.get("/compare/picture", include_in_schema=False)
def picture_of_point(row: Annotated[int, Query(ge=0, lt=1_000_000)]) -> Response:
    """The picture of a point of the t-SNE map."""
    from makeweight.results.charts.scatter import REAL_SOURCES

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
