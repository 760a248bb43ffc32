"""`makeweight try`: what it says of files and folders, right and wrong ones; nothing is written but the report."""

import errno
import json
import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from card_sources import write_pictures
from makeweight.cards import folders
from makeweight.command import main as command
from makeweight.core import files
from makeweight.learn.trees import TreesParams
from makeweight.trial import compare, folder, one_split, repeats
from makeweight.trial.understood import understand

FEW = ("none", "decision_rule", "class_weights")


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Few trees, no engine, one process, two splits on any machine, in an empty folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MAKEWEIGHT_THREADS", "1")
    monkeypatch.setattr(one_split, "TREES", TreesParams(learning_rates=(0.3,), max_leaf_nodes=(4,), trees=(4,)))
    monkeypatch.setattr(compare, "ARMS", FEW)
    monkeypatch.setattr(repeats, "MOST", 2)


def customers(rows: int = 120) -> pd.DataFrame:
    """A table with a bit of everything, as strings."""
    rng = np.random.default_rng(0)
    left = np.arange(rows) % 4 == 0
    return pd.DataFrame(
        {
            "customer": [f"K{number:04d}" for number in range(rows)],
            "amount": [f"{value:.2f}".replace(".", ",") for value in rng.random(rows) * 9 + 3 * left],
            "plan": np.where(rng.random(rows) < 0.5, "basic", "more"),
            "since": [f"{1 + number % 28:02d}.{1 + number % 12:02d}.2024" for number in range(rows)],
            "void": "",
            "remark": [f"said {number} things on {number * 7} days" for number in range(rows)],
            "left": np.where(left, "yes", "no"),
        }
    )


def names_in(folder: Path) -> list[str]:
    """What a folder holds."""
    return sorted(path.name for path in folder.iterdir())


def call(*arguments: str) -> int:
    """The exit status of `makeweight try`, with few splits."""
    return command.main(["try", *arguments, "--splits", "2"])


def test_every_column_is_told_with_its_role_and_why(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table = customers()
    table.loc[[3, 4], "left"] = ""
    table.insert(0, "row", range(120))
    table.to_csv("customers.csv", sep=";", index=False)
    assert call("customers.csv", "--label", "left") == 0
    out = capsys.readouterr().out
    assert out.startswith("customers.csv: 118 rows, 8 columns\n")
    roles = {line.split()[0]: line.split()[1] for line in out.splitlines()[4:12]}
    assert roles == {
        "row": "id",
        "customer": "ignored",
        "amount": "numeric",
        "plan": "categorical",
        "since": "date",
        "void": "ignored",
        "remark": "ignored",
        "left": "label",
    }
    assert "no value in any row" in out and "another value in every row, and there is an id already" in out
    assert "texts: `makeweight init`, then `makeweight add`, use them" in out
    assert "Not learned from: row, customer, void, remark." in out
    assert "- 2 of 120 rows have no label in column 'left' and will be dropped" in out
    assert "none" in out and "decision_rule" in out and "2 random splits" in out
    assert names_in(tmp_path) == ["customers.csv"]


def test_a_program_reads_the_result_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    customers().drop(columns=["void"]).to_csv("t.tsv", sep="\t", index=False)
    assert call("t.tsv", "--label", "left", "--rare", "yes", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert [row["arm"] for row in found["table"]] == list(FEW)
    assert found["table"][1]["difference"] is None
    assert found["classes"] == {"no": 90, "yes": 30}
    assert found["ignored"] == ["customer", "remark"]
    assert found["sentence"] == found["sentences"][0]


@pytest.mark.parametrize("ending", [".parquet", ".jsonl"])
def test_other_kinds_of_files_are_read_as_by_a_card(ending: str) -> None:
    table = customers()[["amount", "plan", "left"]].assign(amount=np.arange(120) % 13)
    path = Path(f"t{ending}")
    if ending == ".parquet":
        table.to_parquet(path)
    else:
        table.to_json(path, orient="records", lines=True)
    found = understand(path, "left", None, None)
    assert [(one.name, one.role) for one in found.columns] == [
        ("amount", "numeric"),
        ("plan", "categorical"),
        ("left", "label"),
    ]


def test_a_column_of_lists_is_ignored_and_told(tmp_path: Path) -> None:
    table = customers()[["plan", "left"]].assign(tags=[["dry", "cut"]] * 120)
    table.to_parquet(tmp_path / "t.parquet")
    (tags,) = understand(tmp_path / "t.parquet", "left", None, None).ignored
    assert (tags.name, tags.why) == ("tags", "no single values: it holds lists")


def test_the_report_is_a_page_with_the_columns(capsys: pytest.CaptureFixture[str]) -> None:
    customers().to_csv("customers.csv", index=False)
    assert call("customers.csv", "--label", "left", "--group", "plan", "--report", "out.html") == 1
    assert "groups: class 'no' is in 2; at least four groups of each would be right" in capsys.readouterr().err
    assert call("customers.csv", "--label", "left", "--report", "out.html") == 0
    assert capsys.readouterr().out.endswith("The report is out.html.\n")
    page = Path("out.html").read_text(encoding="utf-8")
    assert "How the columns are understood" in page and "customers.csv: 120 rows" in page and "<script" not in page


def test_a_folder_of_pictures_needs_no_label(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rng = np.random.default_rng(0)
    for name, count in {"bars": 12, "plain": 40}.items():
        (tmp_path / "shapes" / name).mkdir(parents=True)
        for number in range(count):
            picture = (rng.random((9, 12)) * 60).astype(np.uint8)
            picture[3:6] += 150 if name == "bars" else 0
            Image.fromarray(picture).save(tmp_path / "shapes" / name / f"{number}.png")
    (tmp_path / "shapes" / "bars" / "broken.png").write_bytes(b"\x89PNG nothing")
    assert call("shapes") == 0
    out = capsys.readouterr().out
    assert out.startswith("shapes: 52 pictures in grey, 12 x 12 pixels\n\nClasses: plain 40, bars 12.\n")
    assert "1 picture cannot be read and are left out" in out
    assert "pictures of other sizes (12 x 9) are fitted into 12 x 12 pixels" in out


def test_sub_folders_of_classes_and_columns_of_metadata_group_pictures(capsys: pytest.CaptureFixture[str]) -> None:
    write_pictures(Path("cells"), {f"{kind}/p{number}": 4 for kind in ("good", "bad") for number in range(4)})
    assert call("cells", "--group", "subfolder", "--json") == 0
    assert json.loads(capsys.readouterr().out)["classes"] == {"bad": 16, "good": 16}
    assert call("cells", "--group", "sub_folder") == 1
    assert "`--group`: there is no column 'sub_folder'; did you mean 'subfolder'?" in capsys.readouterr().err
    files = sorted(path.relative_to("cells").as_posix() for path in Path("cells").rglob("*.png"))
    pd.DataFrame({"file_name": files, "person": ["p", "q"] * 16}).to_csv("cells/metadata.csv", index=False)
    assert call("cells", "--group", "person") == 1
    assert "groups: class 'bad' is in 2; at least four groups" in capsys.readouterr().err


def test_metadata_name_the_classes_of_pictures(capsys: pytest.CaptureFixture[str]) -> None:
    write_pictures(Path("cups"), {"all": 24})
    rows = [(f"all/{number}.png", ["jug", "cup", ""][number % 3], 2000 + number % 5) for number in range(24)]
    pd.DataFrame(rows, columns=["file_name", "kind", "year"]).to_csv("cups/metadata.csv", index=False)
    assert call("cups") == 1
    assert "cups: which column is the label? `--label COLUMN` says it" in capsys.readouterr().err
    assert call("cups", "--label", "kind") == 0
    out = capsys.readouterr().out
    assert out.startswith("cups: 16 pictures in colour, 24 x 24 pixels\n\nClasses: jug 8, cup 8.\n")
    assert "- 8 of 24 rows have no label in column 'kind' and will be dropped" in out
    assert "- not learned from beside the pictures: year" in out


def test_try_tells_of_a_folder_what_add_tells() -> None:
    write_pictures(Path("cells"), {"good/p1": 4, "good/p2": 4, "bad/p3": 7})
    Path("cells/notes.txt").write_text("not a picture")
    (Path("cells") / "outside.png").write_bytes(next(Path("cells").rglob("*.png")).read_bytes())
    walked = folders.find_pictures(Path("cells"))
    assert walked is not None
    _, tried = folder.understand(Path("cells"), walked, None, None, None)
    added = folders.look(Path("cells"), walked, None, None, "cells")
    assert tried.notes == added.notes and tried.y.value_counts().to_dict() == added.classes == {"good": 8, "bad": 7}
    told = "; ".join(tried.notes)
    assert "1 pictures are in no class folder and are left out" in told and "cells/notes.txt" in told


def test_an_obvious_label_and_a_group_are_found(capsys: pytest.CaptureFixture[str]) -> None:
    table = customers(240).rename(columns={"left": "target"}).assign(patient_id=np.arange(240) // 3)
    table.to_csv("t.csv", index=False)
    assert call("t.csv", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert {one["name"]: one["role"] for one in found["columns"]}["patient_id"] == "group"
    assert any("the same `patient_id` stay on one side of every split" in note for note in found["notes"])


def test_a_group_that_is_found_but_cannot_be_split_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    numbers = np.arange(240)
    customers(240).assign(left=np.where(numbers < 16, "yes", "no"), patient_id=numbers // 8).to_csv("t.csv")
    assert call("t.csv", "--label", "left") == 1
    assert "'patient_id' groups rows, and class 'yes' is in 2 of its groups; 4 for" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["customer.csv", "--label", "left"], "customer.csv: no such file or folder; did you mean 'customers.csv'?"),
        (
            ["customers.csv", "--label", "Lift"],
            "customers.csv: `--label`: there is no column 'Lift'; did you mean 'left'?",
        ),
        (["customers.csv", "--label", "left", "--rare", "yea"], "has no class 'yea'; did you mean 'yes'?"),
        (["customers.csv", "--label", "left", "--group", "plans"], "`--group`: there is no column 'plans'; did you"),
        (
            ["customers.csv"],
            "customers.csv: which column is the label? `--label COLUMN` says it; columns of 2 to 20 values are 'plan'",
        ),
        (["customers.csv", "--label", "void"], "column 'void' has no value in any row; a label of two classes or more"),
        (["customers.csv", "--label", "customer"], "120 different values in 120 rows, 0 of them in 6 rows or more"),
        (["one.csv", "--label", "y"], "one.csv: column 'y' has one class, 'a', in all rows"),
        (["empty.csv", "--label", "y"], "empty.csv: the file is empty"),
        (["customers.csv", "--label", "left", "--report", "no/where.html"], "--report: there is no folder"),
        (["customers.csv", "--label", "left", "--report", "."], "--report: . is a folder; right would be a file"),
        (
            ["label.csv", "--label", "y"],
            "beside the label 'y' no column can be learned from (`y2`: each class has one",
        ),
        (["nothing"], "nothing: there is no file in this folder; a sub-folder of pictures for each class, or the"),
        (["pictures"], "pictures: the pictures lie in no sub-folder; right would be one sub-folder for each class"),
    ],
)
def test_what_is_wrong_is_one_line(
    arguments: list[str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    customers().to_csv("customers.csv", index=False)
    pd.DataFrame({"x": range(30), "y": "a"}).to_csv("one.csv", index=False)
    pd.DataFrame({"y": ["a", "b"] * 20, "y2": ["c", "d"] * 20}).to_csv("label.csv", index=False)
    Path("empty.csv").touch()
    for name in ("pictures", "nothing"):
        Path(name).mkdir()
    Image.new("L", (8, 8)).save("pictures/one.png")
    before = names_in(tmp_path)
    assert call(*arguments) == 1
    told = capsys.readouterr()
    (line,) = told.err.splitlines()[1:]
    assert line.startswith("makeweight try: ") and message in line
    assert told.out == "" and names_in(tmp_path) == before


def test_a_report_that_cannot_be_written_costs_no_minute(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("os.access", lambda path, mode: not mode & os.W_OK)
    assert call("customers.csv", "--label", "left", "--report", "out.html") == 1
    assert "no permission to write there" in capsys.readouterr().err.splitlines()[-1]


def test_a_full_disk_takes_the_page_and_not_the_answer(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", "out.html")

    customers().to_csv("customers.csv", index=False)
    monkeypatch.setattr(files, "write_text", full)
    assert call("customers.csv", "--label", "left", "--report", "out.html") == 1
    told = capsys.readouterr()
    assert "random splits" in told.out and "The report is" not in told.out
    assert told.err.endswith("makeweight try: out.html: No space left on device; nothing half-written is left\n")


def test_ctrl_c_ends_it_with_one_line_and_130(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    customers().to_csv("customers.csv", index=False)
    monkeypatch.setattr(one_split, "chosen_parameters", interrupted)
    assert call("customers.csv", "--label", "left", "--report", "out.html") == 130
    assert "stopped by Ctrl-C" in capsys.readouterr().err.splitlines()[-1]
    assert names_in(Path()) == ["customers.csv"]
