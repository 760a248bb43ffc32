"""Categories, texts, labels and identifiers: words stay words, and are one where they only look different."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from makeweight.core.errors import InputError
from makeweight.data.values import infer, read_category, read_identifier, read_label, read_text


def column(*cells: Any) -> pd.Series:
    return pd.Series(list(cells), dtype=object)


def test_labels_lose_spaces_entities_and_decomposed_letters() -> None:
    cells = column("fine ", "fine", "R&amp;D", "R&amp;amp;D", "caf\u00e9", "cafe\u0301", "a\u00a0b", "a\u200bb")
    reading = read_label(cells, "state")
    assert reading.values.tolist() == ["fine", "fine", "R&D", "R&D", "caf\u00e9", "caf\u00e9", "a b", "ab"]
    assert reading.changes[0].what == "spelling" and reading.changes[0].count == 6
    assert "`state`" in reading.notes[0] and "'fine '" in reading.notes[0]


def test_words_such_as_none_are_classes_and_only_empty_cells_are_missing() -> None:
    reading = read_label(
        column("None", "NA", "nan", "-", "+", "=1", "<neu>", "\u201ea\u201c", "", " ", None, np.nan), "state"
    )
    assert reading.values.tolist()[:8] == ["None", "NA", "nan", "-", "+", "=1", "<neu>", "\u201ea\u201c"]
    assert reading.missing == 4 and not reading.missing_words


def test_the_card_names_words_and_numbers_that_mean_missing() -> None:
    reading = read_category(column("ash", "NA", "NA", "0", 0, 0.0), "wood", missing=["NA", 0])
    assert reading.values.tolist() == ["ash", None, None, None, None, None]
    assert reading.missing_words == {"NA": 2, "0": 3}


def test_0_and_0_0_are_one_class_and_versions_are_not() -> None:
    reading = read_label(column("0", "0.0", "1", "1.00", "1.10", "1.1", "007", "7"), "fraud")
    assert reading.values.tolist() == ["0", "0", "1", "1", "1.10", "1.1", "007", "7"]
    assert "'0.0' and '0' are one class" in reading.notes[0]
    assert read_label(column("0.0", "1.0"), "fraud").values.tolist() == ["0.0", "1.0"]
    assert read_label(pd.Series([0.0, 1.0, np.nan]), "fraud").values.tolist() == ["0", "1", None]
    assert read_label(column(0, 0.0, "0", True), "fraud").values.tolist() == ["0", "0", "0", "True"]


def test_classes_that_look_alike_are_told_and_kept() -> None:
    reading = read_label(
        column("Yes", "yes", "semi-detached", "Semi detached", "caf\u00e9", "cafe", "C", "C++"), "kind"
    )
    assert reading.values.nunique() == 8
    assert len(reading.notes) == 3
    assert "'Yes' (1), 'yes' (1)" in reading.notes[0] and "`label_names`" in reading.notes[0]
    assert not read_label(column("+", "-", "-1", "1", "1.1", "11", "!", "?"), "sign").notes


@pytest.mark.parametrize("dtype", ["Int64", "int64[pyarrow]", object])
def test_large_identifiers_keep_every_digit_beside_gaps(dtype: Any) -> None:
    cells = pd.Series([2**60 + 1, None, 2**60 + 2], dtype=dtype)
    for read in (read_identifier, read_category, read_label):
        values = read(cells, "player").values.tolist()
        assert values == ["1152921504606846977", None, "1152921504606846978"]


def test_whole_numbers_with_gaps_and_times_have_no_zeros_behind_them() -> None:
    assert read_category(pd.Series([1.0, np.nan, 2.0]), "floor").values.tolist() == ["1", None, "2"]
    assert read_category(pd.Series([True, None, False], dtype="boolean"), "on").values.tolist() == [
        "True",
        None,
        "False",
    ]
    dates = pd.Series(pd.to_datetime(["2024-01-31", None]))
    assert read_category(dates, "day").values.tolist() == ["2024-01-31", None]


def test_texts_stay_as_they_were_written() -> None:
    cells = column(" two  spaces ", "<b>x</b> &amp;", "NA")
    assert read_text(cells, "note").values.tolist() == [" two  spaces ", "<b>x</b> &amp;", "NA"]
    assert read_identifier(column(" 0012 ", "A&amp;B"), "id").values.tolist() == ["0012", "A&amp;B"]


@pytest.mark.parametrize(
    ("cell", "word"), [([1, 2], "lists"), ({"a": 1}, "structs"), (b"x", "bytes"), (np.zeros(2), "lists")]
)
def test_nested_cells_are_refused_by_column_and_row(cell: Any, word: str) -> None:
    for read in (read_category, read_label, read_text, read_identifier, infer):
        with pytest.raises(InputError, match=rf"column `tags` holds {word} \(row 2: .*right would be"):
            read(column(None, cell), "tags")


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        (["1", "2", "NA", "2,5"], "number"),
        (["1", "2", "unknown", "3"], "number"),
        (["12%", "13 %"], "number"),
        (["\u20ac 5", "7"], "number"),
        (["01207", "02116", "01207"], "category"),
        (["true", "false", ""], "category"),
        (["a", "b", "a"], "category"),
        (["12 kg", "room 3"], "category"),
        ([str(2**60 + 1), str(2**60 + 3)], "category"),
        ([str(number) for number in range(30)], "identifier"),
        ([f"id{number}" for number in range(60)], "identifier"),
        ([f"a note on {number}" for number in range(60)], "text"),
        (["2024-01-31", "2024-02-29"], "date"),
        (["", None], "empty"),
    ],
)
def test_what_a_column_holds_is_found_from_its_cells(cells: list[Any], kind: str) -> None:
    assert infer(column(*cells), "c").kind == kind


def test_types_of_a_frame_say_what_a_column_holds() -> None:
    assert infer(pd.Series([True, False]), "c").kind == "category"
    assert infer(pd.Series([1.5, 2.0]), "c").kind == "number"
    assert infer(pd.Series(range(30)), "c").kind == "identifier"
    assert infer(pd.Series([2**60 + 1, None], dtype="Int64"), "c").values.tolist() == ["1152921504606846977", None]
    assert infer(pd.Series(pd.to_datetime(["2024-01-31", "2024-02-01"])), "c").kind == "date"
