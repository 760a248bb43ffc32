"""Which classes are gone, by hand."""

import pandas as pd

from makeweight.stages.clean.gone import gone_table

BEFORE = pd.Series(["a", "a", "b.c", "b.c", "b.c", "None", "d"])
FINDINGS = pd.DataFrame(
    {"rule": ["small", "small", "copies", "label", "small"], "action": ["drop", "drop", "drop", "report", "relabel"]},
    index=[2, 3, 4, 0, 5],
)


def test_a_class_without_a_row_is_named_with_the_rule_that_took_most() -> None:
    found = gone_table(BEFORE, pd.Series(["a", "a", "d"]), FINDINGS, {"small": "rules: {small: false}"})
    assert found.to_dict("records") == [
        {"label": "b.c", "rows": 3, "rule": "small", "remedy": "rules: {small: false}"},
        {"label": "None", "rows": 1, "rule": "small", "remedy": "rules: {small: false}"},
    ]


def test_a_class_that_no_rule_took_has_no_remedy() -> None:
    found = gone_table(BEFORE, pd.Series(["a", "b.c", "None"]), FINDINGS, {})
    assert found.values.tolist() == [["d", 1, "", ""]]


def test_nothing_is_gone_where_every_class_is_kept() -> None:
    assert gone_table(BEFORE, BEFORE, FINDINGS, {}).empty
