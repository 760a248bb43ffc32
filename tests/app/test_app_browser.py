"""The pages, driven by a browser as a person would drive them."""

import csv
import io
import os
import re
import subprocess
import sys
import urllib.request
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from app_project import diabetes_like, fill, make_project, render_shape
from app_server import Server, arrived, open_runs, upload

from makeweight.results.run import Run
from makeweight.stages.report.__main__ import Setting, write_page

AT_WORK = re.compile("training the generator|generating synthetic rows")
"""What a job says of itself; the first may be over before the page asks."""


def keep_with_dvc(folder: Path) -> None:
    """Make the folder a DVC project with one commit, and change a parameter and a metric after it."""
    (folder / "dvc.yaml").write_text("params: [params.yaml]\nmetrics: [metrics/verdict.json]\n")
    (folder / ".gitignore").write_text("/data\n/plots\n/.scratch\n")
    named = {"GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@b", "GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@b"}
    for command in ("git init -q", f"{sys.executable} -m dvc init -q", "git add .", "git commit -q -m start"):
        subprocess.run(command.split(), cwd=folder, check=True, env={**os.environ, **named, "DVC_NO_ANALYTICS": "1"})
    params = folder / "params.yaml"
    params.write_text(params.read_text().replace("seed: 20", "seed: 21", 1))
    (folder / "metrics/verdict.json").write_text('{"smote.macro_f1": 0.44, "none.accuracy": 0.5}')


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = make_project(tmp_path_factory.mktemp("project"))
    fill(folder)
    keep_with_dvc(folder)
    started = Server(folder)
    started.start()
    yield started
    started.stop()


@pytest.fixture()
def table(tmp_path: Path) -> Path:
    path = tmp_path / "diabetes.csv"
    path.write_text(diabetes_like(768))
    return path


def test_a_table_is_balanced(page, table: Path) -> None:
    upload(page, table)
    assert page.get_by_label("Label column").input_value() == "Outcome"
    page.get_by_label("Method").select_option("smote")
    page.get_by_role("button", name="Balance").click()
    page.get_by_role("link", name="Download the balanced CSV").wait_for()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the balanced CSV").click()
    rows = list(csv.DictReader(io.StringIO(Path(download.value.path()).read_text())))
    originals = list(csv.DictReader(io.StringIO(table.read_text())))
    assert [{k: v for k, v in row.items() if k != "mw_synthetic"} for row in rows[:768]] == originals
    assert {row["mw_synthetic"] for row in rows[:768]} == {"0"} and {row["mw_synthetic"] for row in rows[768:]} == {"1"}
    ill = sum(row["Outcome"] == "1" for row in rows)
    assert ill * 2 == len(rows)
    assert all(row["Outcome"] == "1" and row["Age"].isdecimal() for row in rows[768:])


def test_samples_are_generated(page, tmp_path: Path) -> None:
    page.goto("/generate")
    page.get_by_label("Class").select_option("square")
    page.get_by_label("How many").fill("4")
    page.get_by_label("Seed").fill("7")
    page.get_by_role("button", name="Generate").click()
    arrived(page, "4 samples of square")
    assert page.locator("#samples img").count() == 4
    page.get_by_role("button", name="Nearest real sample").first.click()
    page.get_by_alt_text("the nearest real picture").first.wait_for()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download as ZIP").click()
    assert len(zipfile.ZipFile(download.value.path()).namelist()) == 5


def opened_without_script(page, address: str) -> "object":
    """Open a page whose script does not come before the route that is returned goes on."""
    held = []
    page.route("**/app.js", lambda route: held.append(route))
    page.goto(address, wait_until="commit")
    while not held:
        page.wait_for_timeout(20)
    return held[0]


def test_a_button_that_needs_the_script_waits_for_it(page) -> None:
    script = opened_without_script(page, "/generate/samples?engine=wgan_gp&label=line&count=1")
    button = page.get_by_role("button", name="Nearest real sample")
    button.wait_for()
    assert button.is_disabled(), "a click would be lost"
    script.continue_()
    button.click()
    page.get_by_alt_text("the nearest real picture").first.wait_for()
    assert button.count() == 0


def test_what_was_typed_before_the_script_was_there_filters(page) -> None:
    open_runs(page)  # once DVC has answered, the page has its rows at once
    script = opened_without_script(page, "/runs")
    page.get_by_label("Filter runs").fill("no such run")
    script.continue_()
    page.get_by_text("Choose and pin columns").wait_for()
    assert not [row for row in page.locator("#runs tbody tr").all() if row.is_visible()]


def test_a_search_that_fails_is_told_and_can_be_tried_again(page) -> None:
    page.goto("/generate/samples?engine=wgan_gp&label=line&count=1")
    button = page.get_by_role("button", name="Nearest real sample")
    page.route("**/api/neighbour*", lambda route: route.abort())
    button.click()
    page.get_by_text("the server does not answer; try again").wait_for()
    page.unroute("**/api/neighbour*")
    page.route("**/api/neighbour*", lambda route: route.fulfill(status=429, json={"error": "too many requests"}))
    button.click()
    page.get_by_text("too many requests").wait_for()
    page.unroute("**/api/neighbour*")
    button.click()
    page.get_by_alt_text("the nearest real picture").first.wait_for()
    assert page.get_by_role("alert").count() == 0


def test_an_upload_is_classified(page, tmp_path: Path) -> None:
    picture = tmp_path / "circle.png"
    picture.write_bytes(render_shape("circle", np.random.default_rng(1)))
    page.goto("/classify")
    page.get_by_label("Picture").set_input_files(picture)
    page.get_by_label("title").fill("a large circle")
    page.get_by_label("origin").select_option("DE")
    page.get_by_role("button", name="Classify").click()
    arrived(page, "Real samples alone")
    assert page.get_by_role("heading", name="Balanced by").count() == 1
    assert page.get_by_role("heading", name="Prediction by modality").count() == 2
    assert page.get_by_label("title").input_value() == "a large circle"


def test_points_show_their_pictures_and_can_be_chosen(page) -> None:
    page.goto("/compare")
    assert page.get_by_text("Use smote: it helps by 2.0 points").is_visible()
    page.get_by_role("link", name="One map of all samples").click()
    page.get_by_label("Class").wait_for()  # the script makes it last, and the points move down for it
    points = page.locator(".plane circle")
    points.nth(75).scroll_into_view_if_needed()
    points.nth(75).hover()
    assert page.locator("#tooltip img").get_attribute("src") == "/compare/picture?row=75"
    page.get_by_label("Class").select_option("circle")
    page.get_by_label("Source").select_option("held out")
    assert 0 < page.locator(".plane circle:not(.faint)").count() < page.locator(".plane circle").count() == 150
    shown = page.locator(".plane circle:not(.faint)").evaluate_all("all => all.map(point => point.dataset.label)")
    assert set(shown) == {"circle"}
    before = page.locator(".plane > svg").bounding_box()["width"]
    page.get_by_label("Enlarge").fill("3")
    assert page.locator(".plane > svg").bounding_box()["width"] > 2.5 * before


def test_runs_are_sorted_filtered_and_compared(page) -> None:
    open_runs(page)
    rows = page.locator("#runs tbody tr")
    assert rows.count() == 2
    page.get_by_text("Choose and pin columns").click()
    page.get_by_label("seed", exact=True).uncheck()
    assert not page.get_by_role("button", name="seed").is_visible()
    page.get_by_label("seed", exact=True).check()
    page.get_by_role("button", name="seed").click()
    first = rows.first.inner_text()
    page.get_by_role("button", name="seed").click()
    assert "20" in first and rows.first.inner_text() != first
    page.get_by_label("Filter runs").fill("workspace")
    assert [row.is_visible() for row in rows.all()].count(True) == 1
    page.get_by_role("button", name="Compare").click()
    arrived(page, "Parameters that differ")
    assert "seed" in page.locator("tr.differs").first.inner_text()


def test_pinned_columns_stay_in_view(page) -> None:
    """They come first; a narrow table keeps two fifths of its width for the others."""
    open_runs(page)
    frame = page.locator(".scroll.pinned")

    def names() -> list[str]:
        return page.locator("#runs thead th").all_inner_texts()

    def seeds() -> list[str]:
        return page.locator("#runs tbody tr > :nth-child(2)").all_inner_texts()

    def place(name: str) -> float:
        """Of a column from the left edge of what is in view, when the table is scrolled to its end."""
        frame.evaluate("frame => { frame.scrollLeft = frame.scrollWidth; }")
        left = "cell => cell.getBoundingClientRect().left"
        return page.locator("#runs th", has_text=name).first.evaluate(left) - frame.evaluate(left)

    before = names()
    page.get_by_text("Choose and pin columns").click()
    page.set_viewport_size({"width": 480, "height": 800})
    assert place("Date") < 0, "the table is wider than the page"
    page.get_by_label("pin seed", exact=True).check()
    assert names() == ["Run", "seed", *(name for name in before[1:] if name != "seed")]
    assert 0 < place("seed") < 270 and seeds() == ["21", "20"]
    page.get_by_role("button", name="seed").click()
    assert seeds() == ["20", "21"], "the pinned column is sorted"
    page.reload()
    page.get_by_text("Choose and pin columns").click()
    assert names() == ["Run", "seed", *(name for name in before[1:] if name != "seed")], "it is pinned as before"
    assert page.get_by_label("pin seed", exact=True).is_checked() and seeds() == ["21", "20"]
    page.evaluate("localStorage.setItem('pinned in runs', '{')")
    page.reload()
    page.get_by_text("Choose and pin columns").click()
    assert names() == before, "what cannot be read is not used"
    page.get_by_label("pin seed", exact=True).check()
    for name in ("Commit", "Date", "verdict: smote.macro_f1"):
        page.get_by_label(f"pin {name}", exact=True).check()
    page.set_viewport_size({"width": 390, "height": 800})
    page.wait_for_function(
        """() => {
            const pinned = [...document.querySelectorAll("#runs thead .stays")];
            const taken = pinned.reduce((sum, one) => sum + one.offsetWidth, 0);
            return taken > 0 && taken <= 0.6 * document.querySelector(".scroll.pinned").clientWidth;
        }"""
    )
    page.get_by_label("seed", exact=True).uncheck()
    assert page.get_by_label("pin seed", exact=True).is_disabled()
    page.get_by_label("seed", exact=True).check()
    for name in ("seed", "Commit", "Date", "verdict: smote.macro_f1"):
        page.get_by_label(f"pin {name}", exact=True).uncheck()
    assert names() == before and page.locator("#runs .stays").count() == 3, (
        "a heading and two cells of the first column"
    )


def test_a_job_is_cancelled(page, table: Path) -> None:
    upload(page, table)
    page.get_by_label("Method").select_option("gan")
    page.get_by_role("button", name="Balance").click()
    page.get_by_role("button", name="Cancel").click()
    page.get_by_text("The job was cancelled").wait_for()


def test_a_job_outlives_the_server(page, server: Server, table: Path) -> None:
    upload(page, table)
    page.get_by_label("Method").select_option("gan")
    page.get_by_role("button", name="Balance").click()
    page.get_by_text(AT_WORK).wait_for()
    page.wait_for_load_state()  # the script asks for the job's progress from now on
    server.kill()
    page.get_by_text("the server does not answer").wait_for()
    server.start()
    assert server.processor_seconds() < 20
    page.get_by_text(AT_WORK).wait_for()
    page.get_by_role("button", name="Cancel").click()
    page.get_by_text("The job was cancelled").wait_for()


def test_pages_work_with_a_keyboard_and_on_a_phone(opened) -> None:
    page = opened(viewport={"width": 360, "height": 740}, color_scheme="dark")
    open_runs(page)  # until DVC has answered, this page loads itself again and again
    for path in (
        "/",
        "/generate",
        "/classify",
        "/classify/example",
        "/compare",
        "/compare/map",
        "/compare/confusions",
        "/balance",
        "/runs",
        "/api",
    ):
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, path
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
        unnamed = page.evaluate(
            "[...document.querySelectorAll('input, select, textarea')].filter(field => !field.labels.length "
            "&& !field.ariaLabel && field.type !== 'hidden').length"
        )
        assert unnamed == 0, path


def test_axe_finds_nothing_on_any_page_in_any_state(opened, server: Server, table: Path) -> None:
    """The rules of axe-core over every page, everything opened; wide and light, then narrow and dark."""
    package = pytest.importorskip("axe_playwright_python", reason="not installed: pip install -e '.[dev]'")
    rules = (Path(package.__file__).parent / "axe.min.js").read_text()
    addresses = ["/", "/generate", "/generate/samples?engine=wgan_gp&label=line&count=2", "/classify", "/compare"]
    addresses += [
        "/classify/example",
        "/compare/map",
        "/compare/confusions",
        "/balance",
        "/runs",
        "/runs/compare?left=workspace&right=workspace",
        "/api",
        "/report",
    ]
    run = Run(server.folder / "metrics", server.folder / "plots")
    (server.folder / "plots/report.html").write_text(write_page(run, Setting("Shapes", "", "seed: 1", 0.05)))
    for width, scheme in ((1440, "light"), (390, "dark")):
        page = opened(viewport={"width": width, "height": 900}, color_scheme=scheme, bypass_csp=True)
        open_runs(page)
        if width == 1440:
            upload(page, table)
            addresses.append(page.url)  # the draft of a job
            upload(page, table)
            page.get_by_role("button", name="Balance").click()
            page.get_by_role("link", name="Download the balanced CSV").wait_for()
            addresses.append(page.url)
        for address in addresses:
            page.goto(address)
            page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")
            page.evaluate(rules)
            found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
            assert [(one["id"], one["nodes"][0]["html"]) for one in found] == [], f"{address}, {width}"


def test_pages_work_without_scripts(opened, table: Path) -> None:
    page = opened(java_script_enabled=False)
    upload(page, table)
    assert page.get_by_label("Label column").input_value() == "Outcome"
    page.get_by_role("button", name="Discard the table").click()
    page.get_by_text("The job was cancelled").wait_for()
    page.goto("/generate")
    page.get_by_role("button", name="Generate").click()
    arrived(page, "12 samples of circle")
    assert "found with JavaScript" in page.locator("main noscript").text_content()
    assert page.locator("[data-neighbour]").count() == 12 and page.locator("[data-neighbour]:visible").count() == 0
    page.goto("/compare")
    visible = page.locator(".plot-panel svg:visible, .plot-panel table:visible")
    assert visible.count() >= 6 and all(mark.bounding_box()["height"] > 10 for mark in visible.all())


def test_the_first_page_is_served_soon(tmp_path: Path) -> None:
    fresh = Server(make_project(tmp_path))
    fresh.start()
    until_answer = fresh.processor_seconds()
    urllib.request.urlopen(fresh.address).read()
    first_page = fresh.processor_seconds() - until_answer
    fresh.stop()
    # The aims are 5 s and 0.3 s on an idle machine; other machines are slower.
    assert until_answer < 20 and first_page < 2
