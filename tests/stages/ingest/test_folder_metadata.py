"""Metadata files at any level: file names as people write them, further columns, repeats, and what is refused."""

import json
import unicodedata
from pathlib import Path

import pandas as pd
import pytest
from test_folder_files import fill, labels, read, rules

from makeweight.core.errors import InputError


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    fill(tmp_path / "p", "disc/0.png", "disc/1.png", "bar/café.png")
    return tmp_path


def write(path: Path, *rows: str) -> None:
    path.write_text("\n".join(["file_name,label", *rows]) + "\n", encoding="utf-8")


@pytest.mark.parametrize(
    "written",
    ["disc/0.png", "./disc/0.png", "disc\\0.png", ".\\disc\\0.png", "bar/../disc/0.png", "disc//0.png", " disc/0.png"],
)
def test_a_file_name_in_every_writing(here: Path, written: str) -> None:
    write(here / "p/metadata.csv", f"{written},a", "disc/1.png,b", "bar/café.png,b")
    found = read()
    assert labels(found) == {"disc/0.png": "a", "disc/1.png": "b", "bar/café.png": "b"}
    assert len(found.failures) == len(found.excluded) == 0


def test_a_backslash_may_be_part_of_a_name(here: Path) -> None:
    fill(here / "p", "disc\\1.png", "bar/\\0.png")
    write(here / "p/metadata.csv", "disc\\0.png,a", "disc\\1.png,b", "bar/\\0.png,c", "bar\\café.png,d")
    found = read()
    assert labels(found) == {"disc/0.png": "a", "disc\\1.png": "b", "bar/\\0.png": "c", "bar/café.png": "d"}
    assert rules(found) == {"p/disc/1.png": "not in metadata.csv"} and len(found.failures) == 0


@pytest.mark.parametrize("form", ["NFC", "NFD"])
@pytest.mark.parametrize("on_disk", ["NFC", "NFD"])
def test_composed_and_decomposed_names_are_one(here: Path, form: str, on_disk: str) -> None:
    (here / "p/bar/café.png").rename(here / "p/bar" / unicodedata.normalize(on_disk, "café.png"))
    write(here / "p/metadata.csv", "disc/0.png,a", "disc/1.png,a", unicodedata.normalize(form, "bar/café.png") + ",b")
    found = read()
    assert labels(found) == {"disc/0.png": "a", "disc/1.png": "a", "bar/café.png": "b"}
    assert len(found.failures) == len(found.excluded) == 0


def test_another_case_is_found_and_told(here: Path) -> None:
    write(here / "p/metadata.csv", "Disc/0.PNG,a", "disc/1.png,b", "bar/café.png,b")
    found = read()
    assert labels(found)["disc/0.png"] == "a"
    assert "1 file names are written in another case, such as Disc/0.PNG is disc/0.png" in found.notes


def test_names_that_lead_nowhere_are_failures_with_their_reason(here: Path) -> None:
    fill(here, "secret.png")
    fill(here / "p", ".cache/0.png")
    rows = ["/etc/0.png", "C:\\0.png", "\\\\server\\0.png", "../secret.png", "https://x.org/0.png", "gone.png"]
    write(here / "p/metadata.csv", "disc/0.png,a", "disc/1.png,b", *(f"{row},a" for row in [*rows, ".cache/0.png"]))
    found = read()
    reasons = dict(zip(found.failures["url"], found.failures["reason"], strict=True))
    assert {url.removeprefix("p/"): reason.split(";")[0] for url, reason in reasons.items()} == {
        "/etc/0.png": "an absolute path",
        "C:\\0.png": "an absolute path",
        "\\\\server\\0.png": "an absolute path",
        "../secret.png": "the file name leads out of the folder",
        "https://x.org/0.png": "a web address",
        "gone.png": "No such file or directory",
        ".cache/0.png": "left out: hidden",
    }
    assert found.samples.table["image"].notna().sum() == 2


def test_metadata_in_sub_folders_gives_the_labels_and_folders_the_splits(here: Path) -> None:
    fill(here / "q", "train/0.png", "train/1.png", "test/0.png")
    (here / "q/train/metadata.csv").write_text("file_name,label,maker\n0.png,disc,m0\n1.png,bar,m1\n")
    (here / "q/test/metadata.csv").write_text("maker,label,file_name\nm2,bar,0.png\n")
    found = read({"categorical": ["maker"]}, path="q", splits="keep")
    table = found.samples.table.set_index("id")
    assert table["label"].to_dict() == {"test/0.png": "bar", "train/0.png": "disc", "train/1.png": "bar"}
    assert table["maker"].tolist() == ["m2", "m0", "m1"]
    assert table["mw_given_split"].tolist() == ["test", "train", "train"]
    assert table["mw_place"].tolist() == ["q/test/metadata.csv#2", "q/train/metadata.csv#2", "q/train/metadata.csv#3"]


@pytest.mark.parametrize("name", ["metadata.jsonl", "metadata.parquet"])
def test_other_formats_of_metadata(here: Path, name: str) -> None:
    rows = [{"file_name": f"{file}.png", "label": label, "n": 1} for file, label in (("disc/0", "a"), ("disc/1", "b"))]
    if name.endswith("jsonl"):
        (here / "p" / name).write_text("\n".join(map(json.dumps, rows)))
    else:
        pd.DataFrame(rows).to_parquet(here / "p" / name)
    found = read({"numeric": ["n"]})
    assert labels(found) == {"disc/0.png": "a", "disc/1.png": "b"}
    assert rules(found) == {"p/bar/café.png": "in no metadata file"}


def test_without_a_label_in_the_metadata_the_folder_is_the_class(here: Path) -> None:
    (here / "p/metadata.csv").write_text("file_name,n\ndisc/0.png,1\nbar/café.png,2\n", encoding="utf-8")
    found = read({"numeric": ["n"]})
    assert labels(found) == {"disc/0.png": "disc", "bar/café.png": "bar"}
    assert rules(found) == {"p/disc/1.png": "not in metadata.csv"}


def test_a_file_without_a_column_of_another_one_is_told(here: Path) -> None:
    write(here / "p/disc/metadata.csv", "0.png,a", "1.png,b")
    (here / "p/bar/metadata.csv").write_text("file_name\ncafé.png\n", encoding="utf-8")
    found = read()
    assert found.samples.table["label"].isna().tolist() == [True, False, False]
    assert "p/bar/metadata.csv has no column `label`, which is missing in its 1 rows" in found.notes


def test_a_picture_that_is_listed_twice(here: Path) -> None:
    write(here / "p/metadata.csv", "disc/0.png,a", "./disc/0.png,a", "disc/1.png,b", "bar/café.png,b")
    found = read()
    assert len(found.samples.table) == 3
    assert rules(found) == {"p/metadata.csv#3": "a picture that is listed twice"}
    write(here / "p/metadata.csv", "disc/0.png,a", "disc/1.png,b", "disc\\0.png,b")
    fault = "row 4 of p/metadata.csv: disc/0.png has the class 'b', and 'a' in row 2 of p/metadata.csv"
    with pytest.raises(InputError, match=fault):
        read()


def test_several_rows_for_a_picture_are_samples_where_they_differ(here: Path) -> None:
    text = "file_name,label,title\ndisc/0.png,a,one\ndisc/0.png,a,two\ndisc/1.png,b,one\n"
    (here / "p/metadata.csv").write_text(text)
    found = read({"text": ["title"], "id": None})
    assert len(found.samples.table) == 3
    assert any("2 rows list a picture that another row lists with other values" in note for note in found.notes)


def test_nested_columns_and_further_pictures_are_refused_or_told(here: Path) -> None:
    rows = [
        {"file_name": "disc/0.png", "label": "a", "mask_file_name": "m.png", "objects": {"box": [1]}},
        {"file_name": "disc/1.png", "label": "b", "mask_file_name": "m.png", "objects": {"box": [2]}},
    ]
    (here / "p/metadata.jsonl").write_text("\n".join(map(json.dumps, rows)))
    found = read()
    assert "p/metadata.jsonl: column `mask_file_name` names further pictures, which are not used" in found.notes
    assert "p/metadata.jsonl: column `objects` has lists or objects and is not used" in found.notes
    with pytest.raises(InputError, match="metadata.jsonl: column `objects` has lists or objects; right would be one"):
        read({"categorical": ["objects"]})
    (here / "p/metadata.jsonl").write_text(json.dumps({"file_names": ["a", "b"], "label": "a"}))
    with pytest.raises(InputError, match=r"`file_name` is missing.*several pictures in a row \(`file_names`\)"):
        read()


def test_two_metadata_files_in_one_folder_are_refused(here: Path) -> None:
    write(here / "p/metadata.csv", "disc/0.png,a")
    (here / "p/metadata.jsonl").write_text("{}")
    with pytest.raises(InputError, match=r"holds metadata\.csv and metadata\.jsonl; right would be one"):
        read()
