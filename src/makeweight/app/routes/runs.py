"""The page Runs: `dvc exp show` as a table, and two runs side by side."""

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query, Request
from fastapi.responses import Response

from makeweight.app.experiments import RUNS, ExperimentRun, Metric
from makeweight.app.pages import page
from makeweight.core.errors import InputError
from makeweight.results.headline import headlines

router = APIRouter(tags=["runs"])
MAX_METRICS = 40
"""Most columns of metrics in the table of runs."""

Key = Annotated[str, Query(max_length=100)]


@router.get("/api/runs")
def runs() -> list[dict[str, Any]]:
    """Every run with its parameters and metrics."""
    return [asdict(run) | {"metrics": named(run.metrics)} for run in RUNS.all()]


@router.get("/runs", include_in_schema=False)
def show_runs(request: Request) -> Response:
    """The table of runs: the parameters that differ, and the headline metrics."""
    try:
        found = RUNS.all()
    except InputError as mistake:
        return page(request, "runs.html", runs=[], params=[], metrics=[], mistake=str(mistake))
    metrics = headlines(metric for run in found for metric in run.metrics)[:MAX_METRICS]
    return page(request, "runs.html", runs=found, params=differing(found), metrics=metrics)


@router.get("/runs/compare", include_in_schema=False)
def show_two(request: Request, left: Key, right: Key) -> Response:
    """Parameters and metrics of two runs side by side."""
    found = {run.key: run for run in RUNS.all()}
    if left not in found or right not in found:
        raise HTTPException(404, "there is no such run")
    one, other = found[left], found[right]
    return page(request, "two_runs.html", one=one, other=other, params=side_by_side(one.params, other.params),
                metrics=side_by_side(named(one.metrics), named(other.metrics)))  # fmt: skip


def differing(found: list[ExperimentRun]) -> list[str]:
    """Return the parameters that are not the same in every run."""
    names = sorted({name for run in found for name in run.params})
    return [name for name in names if len({str(run.params.get(name)) for run in found}) > 1]


def named(metrics: dict[Metric, float]) -> dict[str, float]:
    """Join the file and the name of every metric into one text."""
    return {f"{file}: {name}": value for (file, name), value in metrics.items()}


def side_by_side(one: dict[str, Any], other: dict[str, Any]) -> list[tuple[str, Any, Any, float | None]]:
    """Pair the values of two runs: name, both values, difference of numbers; values that differ come first."""
    rows = []
    for name in sorted({*one, *other}):
        left, right = one.get(name), other.get(name)
        numeric = isinstance(left, int | float) and isinstance(right, int | float)
        difference = float(right) - float(left) if numeric else None  # type: ignore[arg-type]
        rows.append((name, left, right, difference))
    return sorted(rows, key=lambda row: row[1] == row[2])
