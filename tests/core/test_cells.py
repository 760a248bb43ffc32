"""What an earlier run left of cells that params.yaml no longer declares goes, and nothing else does."""

from pathlib import Path

import pytest

from makeweight.core import cells

PARAMETERS = (
    "dataset: mine\nmodalities: [tabular]\nengines: [flow]\narms: [none, smote, flow_50+refit]\nlabelings: [fine]\n"
)
KEPT = (
    "data/contest/none/predictions.parquet",
    "data/contest/flow_50+refit/predictions.parquet",
    "data/contest/.smote.7.tmp/predictions.parquet",
    "data/sample/old_engine.parquet",
    "data/clean/samples.parquet",
    "metrics/contest/smote.json",
    "metrics/classify/e1.json",
    "metrics/verdict.json",
    "plots/sample/flow/listings.csv",
    "plots/report.html",
)
STALE = (
    "data/contest/old_engine_100/predictions.parquet",
    "data/preprocess/text/spec.json",
    "data/train_gan/old_engine/model.json",
    "data/fewshot/colour/networks.json",
    "metrics/contest/old_engine_100.json",
    "metrics/fewshot/colour.json",
    "metrics/train_gan/old_engine.json",
    "metrics/preprocess/text.json",
    "plots/train_gan/old_engine/grid.png",
    "plots/fewshot/colour/table.csv",
)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in (*KEPT, *STALE):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("{}")
    return tmp_path


def files_in(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()} - {"params.yaml"}


def test_files_of_cells_that_are_not_declared_go_and_are_named(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "params.yaml").write_text(PARAMETERS)
    cells.remove_stale()
    assert files_in(folder) == set(KEPT)
    told = capsys.readouterr()
    assert "removed data/contest/old_engine_100: `arms` in params.yaml does not have it" in told.out + told.err


@pytest.mark.parametrize("parameters", [None, "", "arms: none\n", "arms: [\n", "arms: []\n", "- 1\n"])
def test_nothing_goes_where_the_parameters_declare_nothing(folder: Path, parameters: str | None) -> None:
    if parameters is not None:
        (folder / "params.yaml").write_text(parameters)
    cells.remove_stale()
    assert files_in(folder) == {*KEPT, *STALE}


def test_few_shot_results_go_where_none_are_asked_for(folder: Path) -> None:
    (folder / "params.yaml").write_text("labelings: []\n")
    cells.remove_stale()
    assert {*KEPT, *STALE} - files_in(folder) == {name for name in STALE if name.split("/")[1] == "fewshot"}


def test_the_names_of_cells_are_words_even_where_yaml_reads_a_number(folder: Path) -> None:
    (folder / "params.yaml").write_text("labelings: [5]\n")
    assert cells.declared("fewshot") == ("5",)
    assert cells.declared("clean") is None
