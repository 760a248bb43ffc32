"""The form of Balance: columns are shown before the job, mistakes come back to it, and there is an example."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from app_project import diabetes_like
from fastapi.testclient import TestClient

from makeweight.app import columns, csv_table
from makeweight.app.limits import Limits
from makeweight.app.server import create
from makeweight.app.shapes import shape_of

HERE = "http://127.0.0.1:8000"


@pytest.fixture()
def visitor(project: Path) -> Iterator[TestClient]:
    with TestClient(create(Limits(), None), base_url=HERE, follow_redirects=False) as client:
        yield client


def test_a_mistake_comes_back_to_the_form_with_the_choices_that_were_made(visitor: TestClient) -> None:
    answer = visitor.post("/balance", files={"file": ("table.csv", diabetes_like(60).encode(), "text/csv")})
    address = answer.headers["location"]
    choices = {"label": "Outcome", "method": "random", "percent": "80", "seed": "-3", "kind.2": "unused"}
    refused = visitor.post(f"{address}/start", data=choices)
    assert refused.status_code == 422 and "seed: " in refused.text and "Your choices are kept." in refused.text
    assert re.search(r'name="seed" aria-invalid="true" value="-3"', refused.text)
    assert 'name="percent" value="80"' in refused.text and '<option value="random" selected>' in refused.text
    assert '<option value="unused" selected>' in refused.text.partition('name="kind.2"')[2].partition("</select>")[0]
    assert visitor.post(f"{address}/start", data=choices | {"seed": "3"}).status_code == 303


def test_the_example_has_two_classes(visitor: TestClient) -> None:
    address = visitor.post("/balance/example").headers["location"]
    text = visitor.get(address).text
    assert '<option value="diagnosis" selected>' in text and "569 rows" in text
    assert text.count('class="shape"') == 8


def test_the_bars_of_a_column_are_its_numbers_and_states() -> None:
    rows = "".join(f"{value},{'a' if value < '3' else 'b'}\n" for value in ("1,5", "2,5", "3,5") for _ in range(4))
    table = csv_table.parse(("x;y\n" + rows.replace(",a", ";a").replace(",b", ";b")).encode(), Limits())
    number, state = columns.infer_columns(table)
    heights = [float(height) for height in re.findall(r'height="([\d.]+)"></rect>', shape_of(table, number))]
    assert [height for height in heights if height] == [28.0, 28.0, 28.0] and len(heights) == 12
    assert "1.5 to 3.5" in shape_of(table, number), "the decimal comma is read as the column's"
    assert "most frequent: a 8, b 4" in shape_of(table, state)


def test_a_large_upload_gets_a_page_and_a_program_gets_json(project: Path) -> None:
    with TestClient(create(Limits(request_bytes=500)), base_url=HERE, follow_redirects=False) as visitor:
        files = {"file": ("table.csv", b"a,b\n" * 500, "text/csv")}
        answer = visitor.post("/balance", files=files)
        assert answer.status_code == 413 and "text/html" in answer.headers["content-type"]
        assert 'href="/balance">Back to the form' in answer.text
        assert "500 bytes" in visitor.post("/api/jobs", files=files).json()["error"]
