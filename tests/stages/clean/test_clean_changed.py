"""What cleaning changed in the rows that it kept, by hand."""

import pandas as pd

from makeweight.data.changes import Change
from makeweight.data.samples import Roles, Samples
from makeweight.stages.clean import changed

ROLES = Roles(text=("title",), numeric=("price", "weight"), categorical=("state",))


def rows(**columns: list) -> pd.DataFrame:
    plain = {"id": ["b", "a"], "label": ["x", "x"], "title": ["t", "u"], "price": [1.0, 2.0], "weight": [1, 2]}
    return pd.DataFrame(plain | {"state": ["open", "done"]} | columns)


def changes(before: pd.DataFrame, after: pd.DataFrame) -> list[Change]:
    return changed.changes_of(Samples(before, ROLES), Samples(after, ROLES))


def test_nothing_is_told_where_nothing_changed() -> None:
    assert changes(rows(), rows(weight=[1.0, 2.0]).iloc[::-1]) == []


def test_a_text_read_as_missing_has_its_remedy() -> None:
    (found,) = changes(rows(state=["NA", "done"]), rows(state=[None, "done"]))
    assert found == Change("state", "read as missing", 1, (("NA", "missing"),), "missing: {state: []}")


def test_a_cleaned_text_is_told_with_both_sides() -> None:
    (found,) = changes(rows(title=["a &amp; b", "u"]), rows(title=["a & b", "u"]))
    assert (found.column, found.count, found.examples) == ("title", 1, (("a &amp; b", "a & b"),))


def test_numbers_are_converted_read_or_missing() -> None:
    found = changes(rows(price=["1,5", "4.24"], weight=[0, 2]), rows(price=[1.5, 4.24 * 0.9259], weight=[None, 2]))
    told = {(one.column, one.change): (one.count, one.examples) for one in found}
    assert told == {
        ("price", "amount converted"): (1, (("4.24", "3.925816"),)),
        ("price", "text read as a number"): (1, (("1,5", "1.5"),)),
        ("weight", "read as missing"): (1, (("0", "missing"),)),
    }


def test_values_of_dropped_rows_are_not_counted() -> None:
    assert changes(rows(state=["NA", "done"]), rows().iloc[[1]]) == []


def test_missing_values_are_counted_by_column() -> None:
    found = changed.missing_table(Samples(rows(price=[1.0, None], mw_cluster=["a", "b"]), ROLES)).set_index("column")
    assert found.loc["price"].tolist() == [1, 1] and found.loc["state"].tolist() == [2, 0]
    assert "mw_cluster" not in found.index


def test_a_class_renamed_by_the_card_and_one_merged_by_a_rule_are_two_lines_with_remedies() -> None:
    after = rows(label=["other", "two"])
    features = pd.DataFrame({"id": ["a", "b"], "label": ["two", "rare"]})
    raw, cleaned = Samples(rows(label=["rare", "2"]), ROLES), Samples(after, ROLES)
    found = changed.changes_of(raw, cleaned, features)
    assert [(one.change, one.count, one.examples, one.remedy) for one in found] == [
        ("class renamed by label_names", 1, (("2", "two"),), "take its line out of `label_names`"),
        ("class changed by a rule", 1, (("rare", "other"),), "rules: {small_class: {min_rows: 3}}"),
    ]
