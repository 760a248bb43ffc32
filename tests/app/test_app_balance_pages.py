"""Balance a CSV over HTTP: what is told and asked in the form and in JSON, and what comes back."""

import csv
import io
import time
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
from fastapi.testclient import TestClient
from ruamel.yaml import YAML
from tables import wood

from makeweight.app.limits import Limits
from makeweight.app.server import create
from makeweight.core import params
from makeweight.data.card import Card

HERE = "http://127.0.0.1:8000"


@pytest.fixture()
def visitor(project: Path) -> Iterator[TestClient]:
    with TestClient(create(Limits(), None), base_url=HERE, follow_redirects=False) as client:
        yield client


def upload(visitor: TestClient, content: str) -> dict:
    answer = visitor.post("/api/jobs", files={"file": ("table.csv", content.encode(), "text/csv")})
    assert answer.status_code == 201, answer.text
    return answer.json()


def finished(visitor: TestClient, job: str) -> dict:
    for _ in range(3000):
        state = visitor.get(f"/api/jobs/{job}").json()
        if state["state"] in ("done", "failed"):
            assert state["state"] == "done", state["message"]
            return state
        time.sleep(0.1)
    raise AssertionError("the job does not end")


def ambiguous() -> str:
    table = wood().assign(weight=lambda rows: rows["weight"].str.replace(".", ","), row=range(60))
    return table[["row", "weight", "wood", "state"]].replace({"state": {"faulty": "=1"}}).to_csv(index=False)


def test_the_json_says_before_and_after_what_happens(visitor: TestClient) -> None:
    job = upload(visitor, ambiguous())
    kinds = {column["name"]: column["kind"] for column in job["columns"]}
    assert kinds == {"row": "unused", "weight": "whole", "wood": "category", "state": "category"}
    assert [(note["what"], note["column"]) for note in job["told"]] == [
        ("ask", "weight"), ("empty", "row"), ("changed", "state"),
    ]  # fmt: skip
    weight = next(column for column in job["columns"] if column["name"] == "weight")
    assert set(weight["decimal_signs"]) == {".", ","} and weight["decimal"] is None
    plan = {"label": "state", "method": "smote", "decimals": {"weight": ","}}
    started = visitor.post(f"/api/jobs/{job['id']}/start", json=plan)
    assert started.status_code == 202 and [note["what"] for note in started.json()["told"]] == ["empty", "changed"]
    report = finished(visitor, job["id"])["report"]
    assert report["guarded"] == 50 and report["marker"] == "mw_synthetic" and report["told"]
    rows = list(csv.DictReader(io.StringIO(visitor.get(f"/api/jobs/{job['id']}/balanced.csv").text)))
    made = [row for row in rows if row["mw_synthetic"] == "1"]
    assert len(made) == 40 and {row["state"] for row in made} == {"'=1"} and {row["row"] for row in made} == {""}
    assert all(1 <= float(row["weight"].replace(",", ".")) <= 4 for row in made)


def test_the_form_asks_for_the_sign_and_the_guard_can_be_declined(visitor: TestClient) -> None:
    job = upload(visitor, ambiguous())["id"]
    page = visitor.get(f"/balance/{job}").text
    assert "Please decide" in page and "which decimal sign?" in page and 'name="guard_formulas" checked' in page
    assert "is not used and empty in synthetic rows" in page and "<code>row</code>" in page
    fields = {"label": "state", "method": "random", "percent": "100", "seed": "0", "formulas_asked": "yes"}
    answer = visitor.post(f"/balance/{job}/start", data={**fields, "decimal.1": ",", "kind.1": "whole"})
    assert answer.status_code == 303
    state = finished(visitor, job)
    assert state["report"]["guarded"] == 0 and state["plan"]["decimals"] == {"weight": ","}
    assert "'=1" not in visitor.get(f"/api/jobs/{job}/balanced.csv").text
    assert "What was empty, changed or decided" in visitor.get(f"/balance/{job}").text


def test_each_column_says_why_it_is_understood_so(visitor: TestClient) -> None:
    days = pd.date_range("2024-01-01", periods=60).strftime("%Y-%m-%d")
    size = [str(number % 9) if number else "" for number in range(60)]
    table = wood().assign(zip=["02116", "01207", "06520"] * 20, day=days, size=size, none="")
    job = upload(visitor, table.to_csv(index=False))
    reasons = {column["name"]: column["reason"] for column in job["columns"]}
    assert reasons == {
        "weight": "all 60 cells are numbers",
        "length": "all 60 cells are numbers",
        "wood": "few values that come back: 3 different ones in 60 filled cells",
        "state": "few values that come back: 2 different ones in 60 filled cells",
        "zip": "leading zeros make its cells codes, not numbers",
        "day": "all 60 cells are dates or times, in steps of 1 day",
        "size": "59 of 60 cells are whole numbers",
        "none": "it has no value in any row",
    }
    page = visitor.get(f"/balance/{job['id']}").text
    assert all(f"<small>{reason}</small>" in page for reason in reasons.values())


def test_a_file_without_doubt_is_asked_nothing(visitor: TestClient) -> None:
    job = upload(visitor, wood().to_csv(index=False))
    assert job["told"] == []
    page = visitor.get(f"/balance/{job['id']}").text
    assert "guard_formulas" not in page and "decimal sign" not in page


@pytest.mark.parametrize("name", ["kind.0", "label", "decimal.0", "a  b", "two\nlines", "<b>", "percent"])
def test_columns_of_any_name_can_be_chosen_in_the_form(visitor: TestClient, name: str) -> None:
    job = upload(visitor, wood().rename(columns={"wood": name}).to_csv(index=False))["id"]
    fields = {"method": "random", "percent": "100", "seed": "0", "kind.0": "unused"}
    answer = visitor.post(f"/balance/{job}/start", data={**fields, "label": name.replace("\n", "\r\n")})
    assert answer.status_code in (303, 422)
    plan = visitor.get(f"/api/jobs/{job}").json()["plan"]
    assert plan["label"] == name and plan["kinds"] == {"weight": "unused"}


def test_a_kind_that_the_cells_do_not_allow_is_refused_with_its_reason(visitor: TestClient) -> None:
    table = wood().assign(zip=["02116", "01207", "06520"] * 20)
    for name, kind, reason in (("zip", "number", "leading zeros make a code"), ("wood", "date", "cannot be a date")):
        job = upload(visitor, table.to_csv(index=False))["id"]
        plan = {"label": "state", "method": "smote", "kinds": {name: kind}}
        answer = visitor.post(f"/api/jobs/{job}/start", json=plan)
        assert answer.status_code == 422 and reason in answer.text


def test_the_card_says_what_the_page_has_understood(visitor: TestClient, tmp_path: Path) -> None:
    job = upload(visitor, ambiguous())
    names = [column["name"] for column in job["columns"]]
    fields = {"label": "state", "method": "smote", "seed": "0", "percent": "100", "decimal.1": ","}
    kinds = {f"kind.{names.index(name)}": kind for name, kind in (("weight", "category"), ("wood", "category"))}
    answer = visitor.post(f"/balance/{job['id']}/card", data=fields | kinds)
    assert answer.status_code == 200 and answer.headers["content-disposition"] == 'attachment; filename="table.yaml"'
    card = params.check(Card, YAML(typ="safe").load(answer.text), tmp_path / "table.yaml")
    assert card.columns.label == "state" and card.columns.id == "row"
    assert card.columns.categorical == ("weight", "wood") and card.columns.numeric == ()
    assert card.source.options["files"] == ["table.csv"] and "formats" not in card.model_fields_set


def test_the_card_of_a_started_job_has_its_decimal_signs(visitor: TestClient) -> None:
    job = upload(visitor, ambiguous())
    plan = {"label": "state", "method": "smote", "decimals": {"weight": ","}}
    assert visitor.post(f"/api/jobs/{job['id']}/start", json=plan).status_code == 202
    card = YAML(typ="safe").load(visitor.get(f"/api/jobs/{job['id']}/card.yaml").text)
    assert card["columns"]["numeric"] == ["weight"] and card["formats"] == {"weight": {"decimal": ","}}
    finished(visitor, job["id"])


def test_a_table_without_a_label_has_no_card_yet(visitor: TestClient) -> None:
    content = "a,b\n" + "\n".join(f"{row},{row * 7 % 90}" for row in range(90))
    job = upload(visitor, content)
    answer = visitor.get(f"/api/jobs/{job['id']}/card.yaml")
    assert answer.status_code == 422 and "no column is the label yet" in answer.text
