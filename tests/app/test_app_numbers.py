"""Every number on every page is one that results/ gives: the pages of the last run, its report, and its runs."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from app_project import ROOT
from fastapi.testclient import TestClient
from page_numbers import NUMBER, Results, Shown, is_shown, shown_on

from makeweight.app import experiments
from makeweight.app.experiments import ExperimentRun, Metric
from makeweight.app.limits import Limits
from makeweight.app.server import create
from makeweight.app.two_runs import column_name, full_name, title
from makeweight.core import files
from makeweight.results.headline import FILE
from makeweight.results.key_facts import data_facts, key_facts
from makeweight.results.markup import cell_text
from makeweight.results.revisions import WORKSPACE, numbers_at
from makeweight.results.run import Run
from makeweight.stages.report import sections
from makeweight.stages.report.__main__ import Setting, write_page

Metrics = dict[Metric, Any]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The last run of the project itself, whose metrics and plots git keeps."""
    found = tmp_path_factory.mktemp("last")
    for name in ("metrics", "plots", "datasets", "params.yaml"):
        (found / name).symlink_to(ROOT / name)
    return found


@pytest.fixture(scope="module")
def results(folder: Path) -> Results:
    return results_of(Run(folder / "metrics", folder / "plots"))


@pytest.fixture()
def last_run(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.chdir(folder)
    return Run()


@pytest.fixture()
def visitor(last_run: Run) -> Iterator[TestClient]:
    with TestClient(create(Limits()), base_url="http://127.0.0.1:8000") as started:
        yield started


def results_of(run: Run) -> Results:
    verdict = run.verdict
    facts = [*data_facts(run), *(key_facts(run, verdict) if verdict else [])]
    return Results(run, {fact.name: " ".join([fact.value, *fact.notes]) for fact in facts})


def counted(page: str) -> int:
    return sum(len(NUMBER.findall(shown.text)) for shown in shown_on(page))


@pytest.mark.parametrize(("path", "least"), [("/", 30), ("/compare", 500), ("/compare/confusions", 1000)])
def test_the_pages_show_the_numbers_of_the_results(
    visitor: TestClient, results: Results, path: str, least: int
) -> None:
    page = visitor.get(path).text
    assert counted(page) > least and results.wrong(page) == []


def test_the_report_shows_the_numbers_of_the_results(
    last_run: Run, results: Results, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sections, "as_webp", lambda png, is_exact: png)
    page = write_page(last_run, Setting("a title", "", "seed: 1\n", last_run.alpha or 0.05))
    assert counted(page) > 2000 and results.wrong(page) == []
    listed = dict(re.findall(r"<summary>metrics/(\S+)\.json: [^<]*</summary><pre[^>]*>([^<]*)</pre>", page))
    known = dict(last_run.folders.all_numbers())
    assert listed.keys() == known.keys()
    for name, numbers in known.items():
        lines = [line.rsplit(maxsplit=1) for line in listed[name].splitlines()]
        assert [value for _, value in lines] == [cell_text(value, 6) for value in numbers.values()], name


def test_generate_shows_the_scores_of_the_class(client: TestClient, filled: Path) -> None:
    lines = [
        "engine,modality,class,precision,coverage",
        "real,image,line,0.512,0.758",
        "wgan_gp,image,line,0.125,0.257",
    ]
    files.write_text(filled / "plots/fidelity/classes.csv", "\n".join([*lines, "wgan_gp,image,circle,0.9,0.91"]))
    files.write_text(filled / "metrics/fidelity.json", "{}")
    page = client.get("/generate/samples?engine=wgan_gp&label=line&count=2").text
    known = results_of(Run())
    (filled / "plots/fidelity/classes.csv").unlink()
    (filled / "metrics/fidelity.json").unlink()
    shares = [shown for shown in shown_on(page) if shown.part == "Real samples of line"]
    assert [shown.text.rstrip("\N{NO-BREAK SPACE} %") for shown in shares if "%" in shown.text] == [
        "12.5",
        "51.2",
        "25.7",
        "75.8",
    ]
    assert known.wrong(page) == []


@pytest.fixture()
def two_runs(last_run: Run, monkeypatch: pytest.MonkeyPatch) -> tuple[Metrics, Metrics]:
    """The metrics of the workspace and of a run with every number moved, as DVC would list the two."""
    here = {(file, name): value for file, numbers in numbers_at(WORKSPACE).items() for name, value in numbers.items()}
    own = {metric: value for metric, value in here.items() if metric[0] == FILE}
    moved = {metric: value if isinstance(value, str) else value + 0.0123 for metric, value in here.items()}
    one = ExperimentRun(WORKSPACE, WORKSPACE, "", "2026-01-01 10:00", {"seed": 20, "steps": 50}, own)
    other = replace(one, key="other", name="tidy-cat", params={"seed": 21, "steps": 50}, metrics=moved)
    monkeypatch.setattr(experiments.RUNS, "known", (float("inf"), [one, other]))
    monkeypatch.setattr(experiments, "numbers_at", lambda key: numbers_at(key) if key == WORKSPACE else {})
    return here, moved


def test_the_table_of_runs_shows_the_metrics_of_each(visitor: TestClient, two_runs: tuple[Metrics, Metrics]) -> None:
    names = {column_name(metric): metric for metric in two_runs[0] if metric[0] == FILE}
    shown = [one for one in shown_on(visitor.get("/runs").text) if one.column in names and NUMBER.search(one.text)]
    assert len(shown) > 5
    for one in shown:
        assert_shown(one, [two_runs[one.row[0] == "tidy-cat"][names[one.column]]])


def test_two_runs_side_by_side_show_the_metrics_of_each(visitor: TestClient, two_runs: tuple[Metrics, Metrics]) -> None:
    page = visitor.get("/runs/compare?left=workspace&right=other").text
    cells = [shown for shown in shown_on(page) if shown.text and shown.part != "Parameters that differ"]
    assert len(cells) > 600, "these are all numbers of the run"
    for shown in cells:
        metrics = [metric for metric in two_runs[0] if shown.row[0] in (full_name(metric), title_of(metric))]
        left, right = ([run[metric] for metric in metrics] for run in two_runs)
        assert metrics, shown
        if shown.column == "Difference":
            left = [after - before for before, after in zip(left, right, strict=True) if not isinstance(after, str)]
        assert_shown(shown, right if shown.column == "tidy-cat" else left)


def title_of(metric: Metric) -> str:
    """The name of a row of the headline; an interval has one row."""
    return (
        title(metric[1].removesuffix(".mean").removesuffix(".low").removesuffix(".high")) if metric[0] == FILE else ""
    )


def assert_shown(shown: Shown, known: list[Any]) -> None:
    """The numbers of a cell are among the known ones; words are not looked at."""
    numbers = [value for value in known if isinstance(value, int | float)]
    for one in NUMBER.findall(shown.text) if numbers else ():
        assert any(is_shown(one, value) for value in numbers), (one, shown, numbers)


def test_a_number_that_results_do_not_give_is_found(results: Results) -> None:
    """The check has teeth: each row of the contest's table with one digit changed."""
    verdict = results.run.verdict
    assert verdict is not None
    found = 0
    for arm in verdict.arms:
        mean = arm.against_none.difference.mean
        row = '<div class="row"><span class="name">{}</span><span class="numbers">{:+.1f}</span></div>'
        name = arm.arm.replace("_", " ")
        assert results.wrong(row.format(name, mean)) == []
        found += len(results.wrong(row.format(name, mean + 33)))
    assert found > 0.6 * len(verdict.arms)
    assert results.wrong("<table><tr><th>arm</th><th>x</th></tr><tr><th>unknown</th><td>7</td></tr></table>")
    assert results.wrong('<dl class="key-facts"><div><dt>classes</dt><dd>987</dd></div></dl>')
