"""What ingest tells about the data: counts that add up, with examples, and what became of every column."""

import pandas as pd

from makeweight.data.samples import Roles, Samples
from makeweight.stages.ingest import plots, raw


def excluded(count: int) -> pd.DataFrame:
    return raw.string_table(raw.EXCLUDED, [(f"f{number}", "file", f"reason {number}") for number in range(count)])


def test_every_row_of_the_table_is_counted_once() -> None:
    table = pd.concat([excluded(2), raw.string_table(raw.EXCLUDED, [(f"#{n}", "row", "no label") for n in range(5)])])
    found = plots.grouped(table.reset_index(drop=True), "rule")
    assert found["count"].tolist() == [5, 1, 1]
    assert found.loc[0, ["kind", "rule", "example_1", "example_3"]].tolist() == ["row", "no label", "#0", "#2"]
    assert found.loc[1, "example_2"] is None or pd.isna(found.loc[1, "example_2"])


def test_of_many_reasons_the_rest_is_counted_together() -> None:
    found = plots.grouped(excluded(plots.MOST_GROUPS + 12), "rule")
    assert found["count"].sum() == plots.MOST_GROUPS + 12
    assert found.loc[found["rule"] == plots.OTHER, "count"].tolist() == [12]


def test_a_table_without_rows_has_its_columns() -> None:
    found = plots.grouped(raw.string_table(raw.FAILURES), "reason")
    assert list(found.columns) == ["kind", "reason", "count", "example_1", "example_2", "example_3"] and found.empty


def test_columns_say_their_use_and_how_many_values_are_missing() -> None:
    table = pd.DataFrame({"id": ["a", "b"], "label": ["x", "y"], "price": [1.0, None], "coin": ["EUR", "EUR"]})
    roles = Roles(numeric=("price",), money={"price": "coin"})
    found = plots.column_table(Samples(table, roles), ("note, with a comma",)).set_index("column")
    assert found.loc["price"].tolist() == ["number", 1, 1, '["1"]']
    assert found.loc["coin", "use"] == "currency" and found.loc["label", "use"] == "label"
    assert found.loc["note, with a comma", "use"] == "unused"
    assert found["examples"].tolist() == ['["a", "b"]', '["x", "y"]', '["1"]', '["EUR"]', "[]"]
    assert pd.isna(found.loc["note, with a comma", "missing"])
