"""`makeweight add` understands tables and folders, writes a card that ingest reads, and refuses in one line."""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from ruamel.yaml import YAML

from card_sources import small_table, write_pictures
from makeweight.cards import labels, tables
from makeweight.command import main
from makeweight.core import params
from makeweight.data import card
from makeweight.stages.ingest import sources
from makeweight.stages.ingest.sources import Params

TABLE = small_table()


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Path:
    assert main.main(["init", str(tmp_path / "own")]) == 0
    monkeypatch.chdir(tmp_path / "own")
    capsys.readouterr()
    return tmp_path / "own"


def state(project: Path) -> dict[str, bytes]:
    files = [*(project / "datasets").iterdir(), project / "params.yaml"]
    return {file.name: file.read_bytes() for file in files}


WRITERS = {
    "t.csv": lambda path: TABLE.to_csv(path, index=False),
    "t.csv.gz": lambda path: TABLE.to_csv(path, index=False),
    "t.tsv": lambda path: TABLE.to_csv(path, index=False, sep="\t"),
    "t.txt": lambda path: TABLE.to_csv(path, index=False, sep=";", decimal=","),
    "t.parquet": lambda path: TABLE.to_parquet(path),
    "t.jsonl": lambda path: TABLE.to_json(path, orient="records", lines=True),
    "index.csv": lambda path: TABLE.to_csv(path),
}


@pytest.mark.parametrize("name", WRITERS)
def test_a_table_of_any_format_is_read_by_its_card(name: str, project: Path) -> None:
    WRITERS[name](project / name)
    assert main.main(["add", name, "--label", "churn"]) == 0
    written = card.chosen()
    assert written.columns.label == "churn"
    assert written.columns.numeric == ("minutes",) and written.columns.categorical == ("plan",)
    assert written.source.options["files"] == [name] and not written.has_listings
    assert params.value("modalities") == ["tabular"]
    data = sources.read(written, "card", params.load(Params, "ingest"))
    assert len(data.samples) == len(TABLE)


def test_comments_and_all_other_values_of_the_parameters_stay(project: Path) -> None:
    before = (project / "params.yaml").read_text()
    TABLE.to_csv(project / "loans.csv", index=False)
    assert main.main(["add", "loans.csv", "--label", "churn"]) == 0
    after = (project / "params.yaml").read_text()
    comments = [line.strip() for line in before.splitlines() if line.strip().startswith("#")]
    assert all(line in after for line in comments)
    old, new = (YAML(typ="safe").load(text) for text in (before, after))
    assert new["dataset"] == "loans" and set(old) == set(new)
    assert new["clean"] == old["clean"] and new["ingest"] == old["ingest"]


def test_columns_are_shown_with_role_reason_and_examples(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    TABLE.assign(nothing="").to_csv(project / "t.csv", index=False)
    assert main.main(["add", "t.csv", "--label", "churn"]) == 0
    told = capsys.readouterr().out
    lines = {line.split()[0]: line for line in told.splitlines() if line.startswith("  ")}
    assert "numeric" in lines["minutes"] and "numbers, " in lines["minutes"]
    assert "label" in lines["churn"] and "stays" in lines["churn"]
    assert "ignored" in lines["nothing"] and "no value in any row" in lines["nothing"]
    assert told.rstrip().endswith("makeweight run")
    text = (project / "datasets" / "t.yaml").read_text()
    assert "# Not used; to use one, name it under its role above:\n#   nothing: no value in any row" in text


def test_a_folder_of_pictures_is_read_by_its_card(project: Path) -> None:
    write_pictures(project / "shapes", {"disc": 9, "cross": 7})
    assert main.main(["add", "shapes"]) == 0
    written = card.chosen()
    assert (written.columns.label, written.columns.image, written.columns.id) == ("label", "image", "file_name")
    assert params.value("modalities") == ["image"]
    data = sources.read(written, "card", params.load(Params, "ingest"))
    assert data.samples.table["label"].value_counts().to_dict() == {"disc": 9, "cross": 7}


def test_an_image_folder_of_hugging_face_has_its_metadata_as_columns(project: Path) -> None:
    write_pictures(project / "cups", {"train": 30})
    rows = [(f"{number}.png", "jug" if number % 4 else "cup", f"m{number % 3}") for number in range(30)]
    metadata = pd.DataFrame(rows, columns=["file_name", "kind", "maker"])
    metadata.to_csv(project / "cups" / "train" / "metadata.csv", index=False)
    assert main.main(["add", "cups", "--label", "kind"]) == 0
    written = card.chosen()
    assert written.columns.label == "kind" and written.columns.categorical == ("maker",)
    assert len(sources.read(written, "card", params.load(Params, "ingest")).samples) == 30


def test_sub_folders_of_classes_group_their_pictures(project: Path) -> None:
    write_pictures(project / "cells", {"good/p1": 4, "good/p2": 4, "bad/p3": 4, "bad/p4": 4})
    assert main.main(["add", "cells", "--group", "subfolder"]) == 0
    written = card.chosen()
    assert (written.columns.label, written.columns.group) == ("label", "subfolder")
    assert "# You may want" not in (project / "datasets" / "cells.yaml").read_text()
    data = sources.read(written, "card", params.load(Params, "ingest"))
    assert data.samples.table["group"].value_counts().to_dict() == {"p1": 4, "p2": 4, "p3": 4, "p4": 4}


def test_a_column_of_the_metadata_groups_pictures(project: Path) -> None:
    write_pictures(project / "cups", {"cup": 8, "jug": 8})
    for kind in ("cup", "jug"):
        rows = pd.DataFrame({"file_name": [f"{number}.png" for number in range(8)], "maker": ["m1", "m2"] * 4})
        rows.to_csv(project / "cups" / kind / "metadata.csv", index=False)
    assert main.main(["add", "cups", "--group", "maker"]) == 0
    assert card.chosen().columns.group == "maker"


@pytest.mark.parametrize(
    ("folders", "metadata", "group", "said"),
    [
        (
            ("a", "b"),
            False,
            "maker",
            "there is no column 'maker'; right would be sub-folders of the classes (`subfolder`)",
        ),
        (("a", "b"), False, "subfolder", "there is no column 'subfolder'; right would be sub-folders of the classes"),
        (("a/p1", "b/p2"), False, "sub_folder", "there is no column 'sub_folder'; did you mean 'subfolder'?"),
        (("a", "b"), True, "makr", "there is no column 'makr'; did you mean 'maker'?"),
        (("a", "b"), True, "label", "there is no column 'label'; its columns are 'maker'"),
    ],
)
def test_a_group_that_no_picture_has_is_one_line(
    folders: tuple[str, ...],
    metadata: bool,
    group: str,
    said: str,
    project: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    write_pictures(project / "cups", dict.fromkeys(folders, 8))
    if metadata:
        names = [f"{folder}/{number}.png" for folder in folders for number in range(8)]
        pd.DataFrame({"file_name": names, "maker": ["m1", "m2"] * 8}).to_csv(project / "cups/metadata.csv", index=False)
    before = state(project)
    assert main.main(["add", "cups", "--group", group]) == 1
    told = capsys.readouterr().err
    assert told.startswith("makeweight add: cups: `--group`: ") and said in told and told.count("\n") == 1
    assert state(project) == before


def test_pictures_have_no_sheet(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_pictures(project / "cups", {"a": 8, "b": 8})
    assert main.main(["add", "cups", "--sheet", "one"]) == 1
    assert "cups: `--sheet` is not for a folder of pictures" in capsys.readouterr().err


def test_pictures_that_a_table_names_are_its_pictures(project: Path) -> None:
    write_pictures(project / "p", {"a": 20, "b": 20})
    files = sorted(str(path.relative_to(project / "p")) for path in (project / "p").rglob("*.png"))
    pd.DataFrame({"file": files, "label": ["x", "y"] * 20}).to_csv(project / "p" / "list.csv", index=False)
    assert main.main(["add", "p/list.csv"]) == 0
    assert card.chosen().columns.image == "file" and params.value("modalities") == ["image"]


def test_an_obvious_label_is_taken_and_another_is_asked_for(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    TABLE.rename(columns={"churn": "target"}).to_csv(project / "a.csv", index=False)
    assert main.main(["add", "a.csv", "--yes"]) == 0
    TABLE.to_csv(project / "b.csv", index=False)
    before = state(project)
    assert main.main(["add", "b.csv", "--yes"]) == 1
    assert "b.csv: which column is the label? `--label COLUMN` says it" in (told := capsys.readouterr().err)
    assert told.rstrip().endswith("'plan', 'churn'") and state(project) == before


def test_on_a_terminal_the_label_is_asked_for(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    TABLE.to_csv(project / "b.csv", index=False)
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    answers = iter(["churn", True])
    monkeypatch.setattr("click.prompt", lambda *args, **kwargs: next(answers))
    monkeypatch.setattr("click.confirm", lambda *args, **kwargs: next(answers))
    read, reads = tables.read, []
    monkeypatch.setattr(tables, "read", lambda *args: reads.append(args) or read(*args))
    assert main.main(["add", "b.csv"]) == 0
    assert card.chosen().columns.label == "churn"
    assert len(reads) == 1, "the answer does not have the file read again"


def test_a_label_that_can_be_one_has_no_other_columns_looked_at(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(table: pd.DataFrame) -> list[str]:
        raise AssertionError("all columns are read for a message that nobody sees")

    monkeypatch.setattr(labels, "candidates_in", fail)
    TABLE.to_csv(project / "b.csv", index=False)
    assert main.main(["add", "b.csv", "--label", "churn"]) == 0


def of(**columns: object) -> pd.DataFrame:
    return TABLE.assign(**columns)


BAD = {
    "a label that is not there": (TABLE, ["--label", "chrun"], "there is no column 'chrun'; did you mean 'churn'?"),
    "a group that is not there": (TABLE, ["--label", "churn", "--group", "pln"], "did you mean 'plan'?"),
    "one class": (of(churn="yes"), ["--label", "churn"], "column 'churn' has one class, 'yes', in all rows"),
    "a class per row": (
        of(k=[f"k{row}" for row in range(200)]),
        ["--label", "k"],
        "200 different values in 200 rows",
    ),
    "an empty label": (of(churn=""), ["--label", "churn"], "column 'churn' has no value in any row"),
    "nothing beside it": (
        TABLE[["churn"]].assign(e=""),
        ["--label", "churn"],
        "no column can be learned from",
    ),
    "only names": (TABLE.head(0), ["--label", "churn"], "no rows"),
    "a name that is no name": (TABLE, ["--label", "churn", "--name", "My Data"], "such as my-data"),
    "the name of no data": (TABLE, ["--label", "churn", "--name", "none"], "would be right"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_mistake_is_one_line_and_nothing_is_written(
    case: str, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table, options, said = BAD[case]
    table.to_csv(project / "t.csv", index=False)
    before = state(project)
    assert main.main(["add", "t.csv", *options]) == 1
    told = capsys.readouterr().err
    assert told.startswith("makeweight add: ") and said in told and told.count("\n") == 1
    assert state(project) == before


def test_10_000_classes_are_one_line(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = np.repeat([f"c{number}" for number in range(10_000)], 7)
    pd.DataFrame({"x": np.arange(len(rows)) % 97, "label": rows}).to_csv(project / "t.csv", index=False)
    assert main.main(["add", "t.csv", "--label", "label"]) == 1
    assert "has 10,000 different values in 70,000 rows" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("zero.csv", b"", "zero.csv: the file is empty"),
        ("one.bin", b"x", "its name must end in .csv"),
        ("broken.parquet", b"PAR1nothing", "broken.parquet: "),
        ("uneven.csv", b"a,b\n1,2\n1\n", "row 3 has 1 cell"),
    ],
)
def test_files_that_cannot_be_read(
    name: str, content: bytes, said: str, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / name).write_bytes(content)
    assert main.main(["add", name, "--label", "a"]) == 1
    told = capsys.readouterr().err
    assert said in told and told.count("\n") == 1


def test_a_path_that_is_not_there_names_the_nearest(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    TABLE.to_csv(project / "loans.csv", index=False)
    assert main.main(["add", "loan.csv"]) == 1
    assert "loan.csv: no such file or folder; did you mean 'loans.csv'?" in capsys.readouterr().err


def test_pictures_in_no_class_folder(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_pictures(project / "flat", {"all": 4})
    assert main.main(["add", "flat"]) == 1
    assert "in no class folders" in capsys.readouterr().err


def test_a_card_is_never_overwritten(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    TABLE.to_csv(project / "t.csv", index=False)
    assert main.main(["add", "t.csv", "--label", "churn"]) == 0
    before = state(project)
    assert main.main(["add", "t.csv", "--label", "plan"]) == 1
    assert "datasets/t.yaml: is there already and is not overwritten" in capsys.readouterr().err
    assert state(project) == before


@pytest.mark.parametrize(("error", "status"), [(OSError(28, "No space left on device"), 1), (KeyboardInterrupt(), 130)])
def test_a_failure_leaves_neither_card_nor_changed_parameters(
    error: BaseException, status: int, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    TABLE.to_csv(project / "t.csv", index=False)
    before = state(project)
    with monkeypatch.context() as patched:
        replace = Path.replace

        def fail(path: Path, target: Path) -> Path:
            if target.name == "params.yaml":
                raise error
            return replace(path, target)

        patched.setattr(Path, "replace", fail)
        assert main.main(["add", "t.csv", "--label", "churn"]) == status
    assert state(project) == before
    assert main.main(["add", "t.csv", "--label", "churn"]) == 0


def test_names_with_signs_of_yaml_come_through(project: Path) -> None:
    odd = {"minutes": "a: b # c", "plan": "- x", "churn": "yes"}
    TABLE.rename(columns=odd).to_csv(project / "t.csv", index=False)
    assert main.main(["add", "t.csv", "--label", "yes"]) == 0
    written = card.chosen().columns
    assert (written.label, written.numeric, written.categorical) == ("yes", ("a: b # c",), ("- x",))


def test_outside_a_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    assert main.main(["add", "t.csv"]) == 1
    assert "make one: `makeweight init`" in capsys.readouterr().err
