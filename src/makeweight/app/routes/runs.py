"""The page Runs: `dvc exp show` as a table and as lines over its numbers, and two runs side by side."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query, Request
from fastapi.responses import Response
from markupsafe import Markup

from makeweight.app.experiments import RUNS, ExperimentRun, Metric, with_all_numbers
from makeweight.app.pages import page
from makeweight.app.two_runs import (
    changed,
    column_name,
    column_value,
    headline_rows,
    named,
    other_metrics,
    reading_order,
    shown,
    side_by_side,
)
from makeweight.core.errors import InputError
from makeweight.results.headline import headlines
from makeweight.results.values import BOUNDS

router = APIRouter(tags=["runs"])
MAX_METRICS = 40
"""Most columns of metrics in the table of runs."""
MAX_AXES = 8
"""Most axes of the plot of all runs."""
MAX_ROWS = 500
"""Most differences of two runs that are shown."""
SECONDS_TO_WAIT = 1.2
"""For DVC, before the page is shown without its runs."""

Key = Annotated[str, Query(max_length=100)]


@router.get("/api/runs")
def runs() -> list[dict[str, Any]]:
    """Every run with its parameters and metrics."""
    return [asdict(run) | {"metrics": named(run.metrics)} for run in RUNS.all()]


@router.get("/runs", include_in_schema=False)
def show_runs(request: Request) -> Response:
    """The table of runs: the parameters that differ, and the headline metrics; or that DVC is being asked."""
    try:
        found = RUNS.soon(SECONDS_TO_WAIT)
    except InputError as mistake:
        return page(request, "runs.html", runs=[], params=[], metrics=[], chart=None, mistake=str(mistake))
    if found is None:
        return page(request, "runs_loading.html")
    names = headlines(metric for run in found for metric in run.metrics)
    metrics = sorted((metric for metric in names if not metric[1].endswith(BOUNDS)), key=reading_order)[:MAX_METRICS]
    params = differing(found)
    return page(
        request,
        "runs.html",
        runs=found,
        params=params,
        metrics=metrics,
        metric_names=[column_name(metric) for metric in metrics],
        value=lambda metric, value: shown(column_value(metric, value)),
        chart=all_runs(found, params, metrics),
    )


@router.get("/runs/compare", include_in_schema=False)
def show_two(request: Request, left: Key, right: Key) -> Response:
    """What differs between two runs: the headline, then parameters, then all other metrics."""
    known = RUNS.soon(SECONDS_TO_WAIT)
    if known is None:
        return page(request, "runs_loading.html")
    found = {run.key: run for run in known}
    if left not in found or right not in found:
        raise HTTPException(404, "there is no such run")
    one, other = with_all_numbers(found[left]), with_all_numbers(found[right])
    params, metrics = side_by_side(one.params, other.params), other_metrics(one.metrics, other.metrics)
    differing_metrics = changed(metrics)
    return page(
        request,
        "two_runs.html",
        one=one,
        other=other,
        headline=headline_rows(one.metrics, other.metrics),
        params=changed(params),
        metrics=differing_metrics[:MAX_ROWS],
        more=max(0, len(differing_metrics) - MAX_ROWS),
        same=len(params) - len(changed(params)) + len(metrics) - len(differing_metrics),
    )


def all_runs(found: Sequence[ExperimentRun], params: Sequence[str], metrics: Sequence[Metric]) -> Markup:
    """Plot every run as a line over the numbers that differ between runs; nothing where fewer than two runs do."""
    from makeweight.results import charts  # slow to import

    axes: dict[str, list[float | None]] = {}
    for name in params:
        axes[name] = [number_of(run.params.get(name)) for run in found]
    for metric in metrics:
        axes[column_name(metric)] = [number_of(column_value(metric, run.metrics.get(metric))) for run in found]
    varied = {name: values for name, values in axes.items() if len({v for v in values if v is not None}) > 1}
    chosen = dict(list(varied.items())[-MAX_AXES:])
    return charts.parallel([run.name for run in found], chosen) if len(chosen) > 1 else Markup("")


def number_of(value: Any) -> float | None:
    """Return a number as float; None for anything else."""
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def differing(found: list[ExperimentRun]) -> list[str]:
    """Return the parameters that are not the same in every run."""
    names = sorted({name for run in found for name in run.params})
    return [name for name in names if len({str(run.params.get(name)) for run in found}) > 1]
