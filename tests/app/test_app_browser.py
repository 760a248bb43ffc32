"""The pages, driven by a browser as a person would drive them."""

import csv
import io
import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from app_project import make_project
from app_server import Server, shoot


def diabetes_like(rows: int, seed: int = 0) -> str:
    """A table of the shape of Pima's: whole and broken numbers that depend on a rare outcome."""
    draw = random.Random(seed)
    lines = ["Pregnancies,Glucose,BMI,Age,Outcome"]
    for _ in range(rows):
        ill = draw.random() < 0.35
        bmi = draw.gauss(33 if ill else 29, 5)
        glucose = draw.gauss(140 if ill else 110, 25)
        lines.append(f"{draw.randrange(12)},{glucose:.0f},{bmi:.1f},{draw.randrange(21, 70)},{int(ill)}")
    return "\n".join(lines) + "\n"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    started = Server(make_project(tmp_path_factory.mktemp("project")))
    started.start()
    yield started
    started.stop()


@pytest.fixture()
def table(tmp_path: Path) -> Path:
    path = tmp_path / "diabetes.csv"
    path.write_text(diabetes_like(768))
    return path


def upload(page, table: Path) -> None:
    page.goto("/")
    page.get_by_role("link", name="Balance a CSV").first.click()
    page.get_by_label("CSV file").set_input_files(table)
    page.get_by_role("button", name="Upload").click()
    page.get_by_role("heading", name=table.name).wait_for()


def test_a_table_is_balanced(page, table: Path) -> None:
    upload(page, table)
    assert page.get_by_label("Label column").input_value() == "Outcome"
    shoot(page, "balance-columns")
    page.get_by_label("Method").select_option("smote")
    page.get_by_role("button", name="Balance").click()
    page.get_by_role("link", name="Download the balanced CSV").wait_for()
    shoot(page, "balance-report")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the balanced CSV").click()
    rows = list(csv.DictReader(io.StringIO(Path(download.value.path()).read_text())))
    originals = list(csv.DictReader(io.StringIO(table.read_text())))
    assert [{k: v for k, v in row.items() if k != "synthetic"} for row in rows[:768]] == originals
    assert {row["synthetic"] for row in rows[:768]} == {"0"} and {row["synthetic"] for row in rows[768:]} == {"1"}
    ill = sum(row["Outcome"] == "1" for row in rows)
    assert ill * 2 == len(rows)
    assert all(row["Outcome"] == "1" and row["Age"].isdecimal() for row in rows[768:])
