"""Data of any kind: columns, texts and measures of any name, tables without pictures, classes with few samples."""

from pathlib import Path

import pytest
from test_report import page_of, put_everything, put_numbers, put_series, put_verdict, words_of

from makeweight.core.errors import InputError
from makeweight.results.run import Run
from makeweight.stages.report.opening import trained


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return Run(tmp_path / "metrics", tmp_path / "plots")


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


def test_the_first_screen_names_classes_with_few_test_samples(run: Run) -> None:
    put_verdict(run, "none")
    put_series(
        run, "split/classes.csv", label=["7", "3", "many"], train=[16, 8, 119], validation=[4, 2, 27], test=[5, 2, 36]
    )
    assert "Classes with fewer than 10 test samples: 3 (2), 7 (5). A class counts" in words_of(page_of(run))
    put_series(run, "split/classes.csv", label=[f"c{row:02}" for row in range(14)], train=[9] * 14, test=[3] * 14)
    assert "c11 (3), 2 more. A class counts" in words_of(page_of(run))
    put_series(run, "split/classes.csv", label=["a", "b"], train=[16, 8], test=[10, 10])
    assert "fewer than 10 test" not in words_of(page_of(run))


def test_a_single_view_has_no_table_of_its_own(run: Run) -> None:
    put_verdict(run, "none")
    scores = {"mean": [40.0, 41.0], "low": [38.0, 39.0], "high": [42.0, 43.0]}
    put_series(run, "verdict/arms.csv", view=["image", "image"], arm=["none", "smote"], **scores)
    assert "Each view by itself" not in words_of(page_of(run))
    put_series(run, "verdict/arms.csv", view=["image", "fusion"], arm=["none", "smote"], **scores)
    assert "Each view by itself" in words_of(page_of(run))


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


def test_a_series_that_no_chapter_shows_is_under_its_path_and_an_empty_one_is_not_shown(run: Run) -> None:
    put_everything(run)
    put_series(run, "tsne/more.csv", x=list(range(101)))
    put_series(run, "tsne/nothing.csv", x=[])
    words = words_of(page_of(run))
    assert "plots/tsne/more.csv: the first 100 of 101 rows" in words and "plots/tsne/other.png" in words
    assert "nothing" not in words.split("Real and synthetic on one plane")[-1].split("Parameters")[0]


@pytest.mark.parametrize(("seeds", "words"), [(1, ", each trained once,"), (3, ", each trained 3 times"), (None, "")])
def test_a_single_training_run_is_said(seeds: int | None, words: str) -> None:
    assert trained(seeds).startswith(words) and bool(trained(seeds)) == bool(words)
