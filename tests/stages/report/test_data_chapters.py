"""The chapters on the data, the samples and the measures: names of any kind, tables without pictures."""

import pytest
from run_files import page_of, put_numbers, put_series, put_verdict, words_of

from makeweight.core.errors import InputError
from makeweight.results.run import Run


def test_data_without_pictures_or_novel_classes_pass(run: Run) -> None:
    put_verdict(run, "none")
    put_numbers(run, "fewshot/fine", {})
    put_numbers(run, "sample", {"flow.rows.yes": 7})
    put_series(
        run, "sample/flow/listings.csv", id=["f-1"], label=["yes"], income=["1.50"], bytes=[1200000], code=["007"]
    )
    put_numbers(run, "classify/e1", {"real.nn.accuracy": 0.5})
    put_series(run, "classify/confusion_real_nn.csv", actual=["yes"], predicted=["no"], count=[3])
    words = words_of(page_of(run))
    assert "Nothing to try it on: it needs pictures" in words
    assert "Engine flow: 1 whole synthetic sample, chosen at random" in words
    assert "column yes income 1.50 bytes 1200000 code 007" in words, "a line per column, the class above"
    assert "nn, trained on real, tested on real actual" in words


def test_what_happened_to_the_data_is_one_chapter_whose_numbers_add_up(run: Run) -> None:
    put_numbers(run, "ingest", {"samples": 100})
    put_numbers(run, "clean", {"samples_in": 100, "samples_out": 60, "dropped.series_cap": 38, "dropped.empty_text": 2})
    put_series(run, "clean/funnel.csv", step=["raw samples", "empty_text", "series_cap"], rows=[100, 98, 60])
    remedies = ["rules: {empty_text: false}", "rules: {series_cap: {max_rows: 99}}"]
    rules = {"rule": ["empty_text", "series_cap"], "action": ["drop"] * 2, "count": [2, 38], "remedy": remedies}
    put_series(run, "clean/rules.csv", **rules)
    left_out = {
        "kind": ["row", "file"],
        "rule": ["no label", "hidden"],
        "count": [5, 2],
        "example_1": ["a.csv#7", "<b>"],
    }
    put_series(run, "ingest/excluded.csv", **left_out, example_2=[None, None])
    changed = {"column": ["price"], "change": ["decimal comma"], "count": [9], "as_written": ['["2,5"]']}
    put_series(run, "ingest/changed.csv", **changed, as_read=['["2.5"]'], remedy=["decimal: '.'"])
    columns = {"column": ["price", "shoe size"], "use": ["number", "unused"]}
    put_series(run, "ingest/columns.csv", **columns, values=[98, None], missing=[2, None])
    put_series(run, "ingest/notes.csv", note=["the class is the folder"])
    words = words_of(page_of(run))
    assert "105 rows in = 60 rows out + 40 dropped by rules + 5 left out while the source was read." in words
    assert "43 % of the rows are gone (45 of 105)." in words
    assert "series cap 38 dropped 60 rules: {series_cap: {max_rows: 99}}" in words
    assert "row no label 5 a.csv#7" in words and "file hidden 2 &lt;b&gt;" in words
    assert "price decimal comma 9 2,5 \u2192 2.5 decimal: &#39;.&#39;" in words
    assert "price number 98 2" in words and "gives them no role: shoe size ." in words
    assert "the class is the folder" in words
    put_numbers(run, "split", {"train": 40, "validation": 9, "test": 10, "unused": 1})
    assert "The rows out by split: train 40, validation 9, test 10, unused 1." in words_of(page_of(run))
    put_numbers(run, "clean", {"samples_out": 61, "dropped.series_cap": 38, "dropped.empty_text": 2})
    assert "These numbers do not add up" in words_of(page_of(run))


def test_columns_have_the_names_that_the_user_knows(run: Run) -> None:
    folder = run.folders.metrics.parent
    (folder / "params.yaml").write_text("dataset: mine\n")
    (folder / "datasets").mkdir()
    (folder / "datasets" / "mine.yaml").write_text(
        "columns: {id: number, label: churn, text: [note], numeric: [label]}"
    )
    put_numbers(run, "ingest", {"samples": 2})
    uses = {"column": ["id", "label", "label_column", "note", "id"], "use": ["id", "label", "number", "text", "unused"]}
    put_series(run, "ingest/columns.csv", **uses, values=[2, 2, 2, 2, None], missing=[0, 0, 0, 0, None])
    renamed = {"column": ["label"], "change": ["class renamed"], "count": [2], "as_written": ['["No"]']}
    put_series(run, "clean/changed.csv", **renamed, as_read=['["stays"]'], remedy=[""])
    put_numbers(run, "sample", {"flow.rows.stays": 1})
    put_series(run, "sample/flow/listings.csv", id=["f-1"], label=["stays"], label_column=["2.50"], note=["None"])
    words = words_of(page_of(run))
    assert "number id 2 0" in words and "churn label 2 0" in words and "label number 2 0" in words
    assert "the card gives them no role: id ." in words
    assert "churn class renamed 2 No \u2192 stays" in words
    assert "to have it otherwise" not in words, "nothing stands in that column"
    assert "stays None label_column 2.50" in words, "texts come first, then the cells as they stand in the file"


def test_measures_of_columns_of_any_name_are_explained(run: Run) -> None:
    numbers = {"flow.text.copy_rate.my_words": 0.25, "flow.tabular.marginal_gap_of.shoe_size.cm": 0.5}
    put_numbers(run, "fidelity", numbers)
    words = words_of(page_of(run))
    assert "text, copy rate, my_words 0.250 share of the column&#39;s texts that occur word for word" in words
    assert "1 further number measure" in words
    assert "tabular, marginal gap of shoe_size.cm 0.500" in words


@pytest.mark.parametrize("card", [None, "columns: [", "columns: {id: number}", "title: no columns"])
def test_without_a_readable_card_columns_have_the_names_of_the_sample_table(run: Run, card: str | None) -> None:
    folder = run.folders.metrics.parent
    (folder / "params.yaml").write_text("dataset: mine\n")
    if card is not None:
        (folder / "datasets").mkdir()
        (folder / "datasets" / "mine.yaml").write_text(card)
    put_numbers(run, "ingest", {"samples": 2})
    put_series(run, "ingest/columns.csv", column=["label"], use=["label"], values=[2], missing=[0])
    if card == "columns: [":
        with pytest.raises(InputError, match="mine.yaml"):
            page_of(run)
    else:
        assert "label label 2 0" in words_of(page_of(run))
