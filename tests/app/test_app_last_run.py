"""The pages over the last run of the project itself; MAKEWEIGHT_SCREENSHOTS=1 takes the docs' pictures.

Where nothing was run there is nothing to serve, and these tests are skipped with that reason.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from app_project import ROOT, diabetes_like
from app_server import Server, upload

from makeweight.data import samples

NEEDED = ("data/split/samples.parquet", "data/sample/latent_flow.parquet", "data/contest/none/models.json")
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
        page.screenshot(path=ROOT / "docs" / "screenshots" / f"{name}.png")


def test_samples_of_the_last_run(page) -> None:
    page.goto("/generate")
    page.get_by_label("How many").fill(str(MOST_ROWS_ON_A_SCREEN))
    page.get_by_role("button", name="Generate").click()
    page.locator("#samples img").first.wait_for()
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
    page.get_by_role("heading", name="Real samples alone").wait_for()
    assert page.get_by_role("heading", name="Balanced by").count() == 1
    shoot(page, "classify")


def test_the_verdict_of_the_last_run(page) -> None:
    page.goto("/compare")
    assert page.locator(".plot-panel:visible svg").count() > 5 and page.locator(".plane circle").count() > 100
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
    page.goto("/runs")
    page.locator("#runs tbody tr").first.wait_for()
    shoot(page, "runs")
