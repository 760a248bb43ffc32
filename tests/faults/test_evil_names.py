"""Classes whose names are markup, formulas, mathematics or no value come through every stage as ingest reads them."""

import json
import re

import pandas as pd
from battery import Reference

READ = {'<b onload="x"><', "drums $_$ %s {0}", "=1+cmd|' !A0", "None", "\u00fc 007 \U0001f941"}
"""As `tiny_run.COUNTS` without entities and invisible characters, which ingest takes out and tells."""


def test_every_stage_has_the_classes_as_they_are_read(reference: Reference) -> None:
    data = reference.folder / "data"
    tables = [data / "clean" / "samples.parquet", data / "split" / "samples.parquet"]
    for path in (*tables, *(data / "sample").glob("*.parquet")):
        found = set(pd.read_parquet(path)["label"])
        # An engine of four updates makes hardly a row that passes the filter.
        assert found <= READ if path.stem.endswith("_filtered") else found == READ, path
    predictions = pd.read_parquet(data / "contest" / "none" / "predictions.parquet")
    assert len(predictions)


def test_no_name_is_markup_or_a_formula_where_a_person_reads_it(reference: Reference) -> None:
    page = (reference.folder / "plots" / "report.html").read_text(encoding="utf-8")
    assert "<b onload" not in page and "&lt;b onload" in page
    for path in (reference.folder / "plots").rglob("*.csv"):
        for cell in re.split(r"[,\n]", path.read_text(encoding="utf-8")):
            assert not cell.strip('"').startswith("=1+cmd"), path
    for path in (reference.folder / "metrics").rglob("*.json"):
        json.loads(path.read_text(encoding="utf-8"))
