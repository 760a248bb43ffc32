"""A change of values goes into a table and comes out of it, whatever its examples hold."""

from makeweight.data import changes
from makeweight.data.changes import Change


def test_examples_with_any_signs_come_back() -> None:
    pairs = (('1 | "2"', "1"), ("[3]", "a\nb"), ("", "missing"))
    table = changes.table_of([Change("price | x", "decimal", 3, pairs, "decimal: ','")])
    assert list(table.columns) == list(changes.COLUMNS)
    assert changes.examples_in(table["as_written"][0], table["as_read"][0]) == pairs


def test_at_most_three_short_examples_are_kept() -> None:
    table = changes.table_of([Change("a", "cleaned", 9, tuple((str(n) * 100, "") for n in range(5)))])
    found = changes.examples_in(table["as_written"][0], table["as_read"][0])
    assert [len(written) for written, _ in found] == [changes.LONGEST_EXAMPLE] * 3


def test_no_change_is_a_table_without_rows() -> None:
    table = changes.table_of([])
    assert table.empty and table["count"].dtype == "int64"


def test_a_cell_that_is_no_list_is_one_example() -> None:
    assert changes.examples_in("2,5", "2.5") == (("2,5", "2.5"),)
    assert changes.examples_in(float("nan"), None) == ()
    assert changes.examples_in("7", "7.0") == (("7", "7.0"),)
