"""The pages over the last run of the project itself; MAKEWEIGHT_SCREENSHOTS=1 takes the docs' pictures.

Where nothing was run there is nothing to serve, and these tests are skipped with that reason.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from app_project import ROOT, diabetes_like
from app_server import Server, arrived, open_runs, upload

from makeweight.data import samples
from makeweight.results.finding import headline
from makeweight.results.run import Run

NEEDED = ("data/split/samples.parquet", "data/sample/latent_flow.parquet", "data/contest/none/models.json")
LOAD_PICTURES = """() => Promise.all([...document.images]
    .filter(one => !one.complete && one.getBoundingClientRect().top < innerHeight)
    .map(one => new Promise(done => { one.onload = one.onerror = done })))"""
SHOWN = ROOT / "docs/screenshots/headline.txt"
"""What the first page said when the screenshots were taken."""
MOST_ROWS_ON_A_SCREEN = 12


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    missing = [name for name in NEEDED if not (ROOT / name).exists()]
    if missing:
        pytest.skip(f"{missing[0]} is not there: `make repro` makes it")
    started = Server(ROOT)
    started.start()
    yield started
    started.stop()


def shoot(page, name: str) -> None:
    """Take a screenshot of the page if MAKEWEIGHT_SCREENSHOTS is set."""
    if os.environ.get("MAKEWEIGHT_SCREENSHOTS"):
        page.evaluate("scrollTo(0, 0)")
        page.mouse.move(0, 0)
        page.evaluate(LOAD_PICTURES)
        page.screenshot(path=ROOT / "docs" / "screenshots" / f"{name}.png")


def finding() -> str:
    """The headline of the last run."""
    verdict = Run(ROOT / "metrics", ROOT / "plots").verdict
    assert verdict is not None
    return headline(verdict)


def test_the_first_page_of_the_last_run(page) -> None:
    page.goto("/")
    assert finding() in page.get_by_role("heading", level=1).inner_text()
    assert page.locator(".strip img").count() == 8 and page.get_by_role("link", name="Read the report").is_visible()
    shoot(page, "home")
    if os.environ.get("MAKEWEIGHT_SCREENSHOTS"):
        SHOWN.write_text(f"{finding()}\n", encoding="utf-8")


def test_the_screenshots_show_the_verdict_of_the_last_run() -> None:
    told = "take them again: MAKEWEIGHT_SCREENSHOTS=1 python -m pytest tests/app/test_app_last_run.py"
    assert SHOWN.read_text(encoding="utf-8").strip() == finding(), told


def test_samples_of_the_last_run(page) -> None:
    page.goto("/generate")
    page.get_by_label("How many").fill(str(MOST_ROWS_ON_A_SCREEN))
    page.get_by_role("button", name="Generate").click()
    arrived(page, f"{MOST_ROWS_ON_A_SCREEN} samples of")
    assert page.locator("#samples img").count() == MOST_ROWS_ON_A_SCREEN
    shoot(page, "generate")


def test_a_listing_of_the_test_split_is_classified(page, tmp_path: Path) -> None:
    row = samples.read(ROOT / NEEDED[0]).split("test").table.iloc[0]
    picture = tmp_path / "listing.png"
    picture.write_bytes(row["image"])
    page.goto("/classify")
    page.get_by_label("Picture").set_input_files(picture)
    page.get_by_label("title").fill(str(row["title"]))
    page.get_by_role("button", name="Classify").click()
    arrived(page, "Real samples alone")
    assert page.locator("#predictions .two > section").count() == 2
    shoot(page, "classify")


def test_the_verdict_of_the_last_run(page) -> None:
    page.goto("/compare")
    assert page.locator(".plot-panel:visible svg").count() > 5 and page.locator(".planes figure").count() > 3
    shoot(page, "compare")


def test_a_table_is_balanced_by_the_generator(page, tmp_path: Path) -> None:
    table = tmp_path / "diabetes.csv"
    table.write_text(diabetes_like(768))
    upload(page, table)
    page.get_by_label("Method").select_option("gan")
    shoot(page, "balance-columns")
    page.get_by_role("button", name="Balance").click()
    page.get_by_text("training the generator").wait_for()
    shoot(page, "balance-progress")
    page.get_by_role("link", name="Download the balanced CSV").wait_for()
    shoot(page, "balance-report")


def test_the_runs_of_the_project(page) -> None:
    open_runs(page)
    shoot(page, "runs")
