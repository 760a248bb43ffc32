"""What happened to the data, from a table to the reader: every row is counted once, and the numbers add up."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from ruamel.yaml import YAML

from makeweight.core import outputs
from makeweight.core.params import read_yaml
from makeweight.data.changes import Change, table_of
from makeweight.data.samples import Roles, Samples
from makeweight.results.run import Run
from makeweight.stages.clean import __main__ as clean
from makeweight.stages.ingest import __main__ as ingest
from makeweight.stages.ingest import plots, raw
from makeweight.stages.ingest.raw import RawData
from miniature import ROOT

UNLABELLED, COPIES, RARE = 3, 4, 2
CLASSES = ("a.b", "macro_f1", "None", "007")


def source() -> RawData:
    """Rows of four classes with names that could be taken for something else, copies, and a class of two rows."""
    rng = np.random.default_rng(0)
    rows = 240
    table = pd.DataFrame(
        {
            "id": [f"{row:04}" for row in range(rows)],
            "label": [CLASSES[row % len(CLASSES)] for row in range(rows)],
            "title": [f"thing {row} &amp; {rng.integers(10**9)}" for row in range(rows)],
            "price": rng.normal(9.0, 2.0, rows).round(2),
        }
    )
    table.loc[: RARE - 1, "label"] = "gone/class"
    copies = table.tail(COPIES).assign(id=[f"copy {row}" for row in range(COPIES)])
    left_out = [(f"table.csv#{row}", "row", "no label") for row in range(UNLABELLED)]
    return RawData(
        Samples(pd.concat([table, copies], ignore_index=True), Roles(text=("title",), numeric=("price",))),
        raw.string_table(raw.FAILURES),
        raw.string_table(raw.PROVENANCE),
        raw.string_table(raw.EXCLUDED, [*left_out, ("notes.txt", "file", "not a table")]),
        changed=table_of([Change("price", "decimal comma", 9, (("2,5", "2.5"),), "decimal: '.'")]),
        unused=("seller",),
    )


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MAKEWEIGHT_THREADS", "1")
    values = read_yaml(ROOT / "params.yaml")
    columns = {"label": "label", "id": "id", "text": ["title"], "numeric": ["price"]}
    rules = {"exact_duplicate": True, "small_class": {"min_rows": 10}}
    card = {"title": "t", "licence": "l", "source": {"kind": "table", "files": ["table.csv"]}, "columns": columns}
    (tmp_path / "datasets").mkdir()
    with (tmp_path / "datasets" / "mine.yaml").open("w") as file:
        YAML().dump(card | {"rows": "listings", "rules": rules}, file)
    with (tmp_path / "params.yaml").open("w") as file:
        YAML().dump(values | {"dataset": "mine"}, file)
    data = source()
    ingest.write(data)
    plots.write_plots(data)
    outputs.write_metrics("ingest", ingest.measure(data))
    clean.main()
    return Run()


def test_rows_in_are_rows_out_and_what_each_rule_took(run: Run) -> None:
    path = run.data_path
    assert path is not None and path.kept is not None
    assert path.rows_in == len(source().samples) + UNLABELLED
    assert path.rows_left_out == UNLABELLED and path.adds_up
    assert path.rows_in == path.kept + path.rows_left_out + sum(rule.count for rule in path.dropped)
    kept = pd.read_parquet("data/clean/samples.parquet")
    assert path.kept == len(kept) and path.rows_dropped == len(pd.read_parquet("data/clean/dropped.parquet"))
    assert {"exact_duplicate", "small_class"} <= {rule.rule for rule in path.dropped}
    assert all(rule.remedy.startswith("rules: ") for rule in path.dropped)


def test_files_are_counted_apart_from_rows(run: Run) -> None:
    path = run.data_path
    assert path is not None
    found = {(one.kind, one.reason): (one.count, one.examples) for one in path.left_out}
    assert found["row", "no label"] == (3, ("table.csv#0", "table.csv#1", "table.csv#2"))
    assert found["file", "not a table"] == (1, ("notes.txt",))


def test_values_and_columns_are_told(run: Run) -> None:
    path = run.data_path
    assert path is not None
    price, *others = path.changes
    assert (price.column, price.count, price.examples) == ("price", 9, (("2,5", "2.5"),))
    title = next(one for one in others if one.column == "title")
    assert title.count == path.kept and "&amp;" in title.examples[0][0] and " & " in title.examples[0][1]
    uses = {column.column: (column.use, column.missing) for column in path.columns}
    assert uses["price"] == ("number", 0) and uses["title"] == ("text", 0) and uses["seller"] == ("unused", None)


def test_classes_keep_their_names_and_those_that_are_gone_are_named(run: Run) -> None:
    cleaning = run.cleaning
    assert cleaning is not None
    assert {one.label for one in cleaning.class_counts} == {*CLASSES, "gone/class"}
    (gone,) = cleaning.gone
    assert (gone.label, gone.rows, gone.rule) == ("gone/class", RARE, "small_class")
    assert gone.remedy.startswith("rules: {small_class")


def test_before_clean_has_run_there_is_no_sum(tmp_path: Path) -> None:
    run = Run(tmp_path / "metrics", tmp_path / "plots")
    assert run.data_path is None
    (tmp_path / "metrics").mkdir()
    (tmp_path / "metrics" / "ingest.json").write_text('{"samples": 7}')
    path = run.data_path
    assert path is not None and path.kept is None and path.adds_up and path.rows_in == 7


def test_a_sum_that_is_wrong_is_seen(run: Run) -> None:
    numbers = Path("metrics/clean.json")
    numbers.write_text(numbers.read_text().replace('"samples_out": ', '"samples_out": 1'))
    path = Run().data_path
    assert path is not None and not path.adds_up
