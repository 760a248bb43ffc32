"""Every file below a folder of pictures is a sample or a counted row, whatever its name; what is decided is told."""

import os
import unicodedata
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from makeweight.core.errors import InputError
from makeweight.data import card
from makeweight.stages.ingest import sources
from makeweight.stages.ingest.raw import RawData


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def picture(kind: str = "PNG", seed: int = 0) -> bytes:
    buffer = BytesIO()
    noise = np.random.default_rng(seed).integers(0, 256, (9, 9, 3), dtype=np.uint8)
    Image.fromarray(noise).save(buffer, kind)
    return buffer.getvalue()


def fill(root: Path, *names: str, content: bytes | None = None) -> None:
    for number, name in enumerate(names):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(picture(seed=number) if content is None else content)


def read(columns: dict[str, Any] | None = None, **source: Any) -> RawData:
    given = {"id": "file_name", "label": "label", "image": "image"} | (columns or {})
    found = card.Card(title="t", licence="l", source={"kind": "folder", "path": "p"} | source, columns=given)
    return sources.read(found, "datasets/x.yaml", settings=None)  # type: ignore[arg-type]


def labels(found: RawData) -> dict[str, str]:
    return found.samples.table.set_index("id")["label"].to_dict()


def rules(found: RawData) -> dict[str, str]:
    return dict(zip(found.excluded["url"], found.excluded["rule"], strict=True))


def test_hidden_folders_and_files_are_no_classes_and_are_counted(here: Path) -> None:
    fill(here / "p", "disc/0.png", "bar/0.png")
    hidden = [".ipynb_checkpoints/0.png", "disc/.thumbnails/0.png", "bar/@eaDir/0.png", "__MACOSX/disc/._0.png"]
    hidden += ["disc/Thumbs.db", "bar/desktop.ini", "bar/.DS_Store", "bar/._0.png"]
    fill(here / "p", *hidden)
    found = read()
    assert labels(found) == {"bar/0.png": "bar", "disc/0.png": "disc"}
    assert rules(found) == {f"p/{name}": "hidden" for name in hidden}
    assert any(note.startswith("left out: 8 x hidden") for note in found.notes)
    assert "the class is the folder at level 1: 2 classes, bar, disc" in found.notes


def test_linked_folders_and_files_are_followed_once(here: Path) -> None:
    fill(here, "elsewhere/cones/0.png", "elsewhere/cones/1.png", "other.png")
    fill(here / "p", "disc/0.png", "bar/0.png")
    (here / "p/cone").symlink_to("../elsewhere/cones")
    (here / "p/zone").symlink_to("../elsewhere/cones")
    (here / "p/disc/loop").symlink_to("..")
    (here / "p/disc/self").symlink_to("self")
    (here / "p/disc/up").symlink_to(here)
    (here / "p/bar/linked.png").symlink_to(here / "other.png")
    (here / "p/bar/broken.png").symlink_to("gone.png")
    found = read()
    assert labels(found) == {
        "bar/0.png": "bar",
        "bar/linked.png": "bar",
        "cone/0.png": "cone",
        "cone/1.png": "cone",
        "disc/0.png": "disc",
    }
    assert rules(found) == {
        "p/bar/broken.png": "a link to a file that does not exist",
        "p/disc/loop": "a link to a folder that is read already",
        "p/disc/self": "a link to a file that does not exist",
        "p/disc/up": "a link to a folder that is read already",
        "p/zone": "a link to a folder that is read already",
    }
    assert "linked folders are followed: cone" in found.notes


def test_links_that_became_text_files_and_pointers_are_told(here: Path) -> None:
    fill(here, "elsewhere/cones/0.png")
    fill(here / "p", "disc/0.png", "bar/0.png")
    fill(here / "p", "cone", content=b"../elsewhere/cones")
    fill(here / "p", "bar/1.png", content=b"../disc/0.png")
    fill(here / "p", "bar/2.png", content=b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n")
    assert rules(read()) == {
        "p/cone": "a link written as a text file",
        "p/bar/1.png": "a link written as a text file",
        "p/bar/2.png": "a pointer of Git LFS; `git lfs pull` fetches the picture",
    }


def test_every_ending_is_used_or_counted_with_its_reason(here: Path) -> None:
    formats = {"a.jfif": "JPEG", "b.jpe": "JPEG", "c.ppm": "PPM", "d.JPG": "JPEG", "e.TIF": "TIFF", "f.jp2": "JPEG2000"}
    formats |= {"g.tga": "TGA", "h.ico": "ICO", "i.pgm": "PPM", "j": "PNG", "k.dat": "GIF", "l.txt": "WEBP"}
    for name, kind in formats.items():
        fill(here / "p/disc", name, content=picture(kind))
    heic = b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic"
    for name, content in {
        "a.heic": heic,
        "b.jpg": heic,
        "c.svg": b"<svg/>",
        "d.nef": b"II*\x00",
        "e.txt": b"x",
    }.items():
        fill(here / "p/bar", name, content=content)
    fill(here / "p/bar", "broken.png", content=b"not a picture, which clean finds out")
    found = read()
    assert set(labels(found)) == {"bar/broken.png", *(f"disc/{name}" for name in formats)}
    assert rules(found) == {
        "p/bar/a.heic": "HEIC is not supported by this Pillow",
        "p/bar/b.jpg": "HEIC is not supported by this Pillow",
        "p/bar/c.svg": "not a picture of pixels but a drawing (SVG)",
        "p/bar/d.nef": "camera raw is not supported",
        "p/bar/e.txt": "not a picture",
    }
    assert "3 files without the ending of a picture are pictures by their content, such as disc/j" in found.notes


def test_names_of_any_writing(here: Path) -> None:
    fill(here / "p", unicodedata.normalize("NFD", "café/crème 1.png"), "two words/#1.png")
    fill(here / "p", "bar/x.png", os.fsdecode(b"bar/caf\xe9.png"))
    assert labels(read()) == {
        "café/crème 1.png": "café",
        "two words/#1.png": "two words",
        "bar/x.png": "bar",
        "bar/caf\\xe9.png": "bar",
    }


def test_pictures_outside_of_class_folders_are_counted_and_empty_folders_told(here: Path) -> None:
    fill(here / "p", "loose.png", "disc/0.png", "bar/0.png")
    (here / "p/cone").mkdir()
    found = read()
    assert set(labels(found)) == {"disc/0.png", "bar/0.png"}
    assert rules(found) == {"p/loose.png": "in no class folder"}
    assert "1 folders at the level of the classes hold no picture: cone" in found.notes


def test_a_column_of_sub_folders_that_is_empty_is_not_said_to_be_unused(here: Path) -> None:
    fill(here / "p", "a/0.png", "b/0.png")
    assert read().unused == ()


def test_sub_folders_belong_to_the_top_folder_unless_the_card_says_otherwise(here: Path) -> None:
    fill(here / "p", "a/x/0.png", "a/y/0.png", "b/0.png")
    found = read({"group": "subfolder"})
    assert labels(found) == {"a/x/0.png": "a", "a/y/0.png": "a", "b/0.png": "b"}
    assert found.samples.table["group"].tolist()[:2] == ["x", "y"]
    assert any(note.startswith("2 pictures lie in a sub-folder of their class, such as a/x") for note in found.notes)
    assert "subfolder" in read().unused
    assert labels(read(class_level=-1)) == {"a/x/0.png": "x", "a/y/0.png": "y", "b/0.png": "b"}
    assert labels(read(class_level=2)) == {"a/x/0.png": "x", "a/y/0.png": "y"}


def test_given_splits_are_told_and_kept_where_the_card_says_so(here: Path) -> None:
    fill(here / "p", "train/a/0.png", "train/b/0.png", "val/a/0.png", "test/a/0.png", "test/b/0.png")
    found = read()
    assert set(labels(found).values()) == {"a", "b"}
    assert "mw_given_split" not in found.samples.table
    assert any(
        note.startswith("the folders give the splits train 2, validation 1, test 2; all") for note in found.notes
    )
    kept = read(splits="keep")
    assert kept.samples.table["mw_given_split"].tolist() == ["test", "test", "train", "train", "validation"]
    assert "the folders give the splits train 2, validation 1, test 2; they are kept" in kept.notes
    assert not any("splits" in note for note in read(splits="ignore").notes)


@pytest.mark.parametrize(
    ("names", "source", "message"),
    [
        (["train/0.png", "test/0.png"], {}, "the folders test, train have the names of splits and hold no class"),
        (["0.png", "1.png"], {}, "the pictures lie in no sub-folder; right would be one for each class"),
        (["a/0.png"], {"class_level": 3}, "`source.class_level` is 3, but the pictures lie at most 1 folders deep"),
        (["a/0.png"], {"class_level": 0}, "`source.class_level` is 0; right would be 1"),
        (["a/0.png", "b/0.png"], {"splits": "keep"}, "`source.splits` is keep, but 'p' has no folders train and test"),
        (["a/0.txt"], {}, "holds no picture$"),
        ([".a/0.png"], {}, r"holds no picture \(1 files: hidden\)"),
    ],
)
def test_a_folder_without_classes_is_one_clear_line(here: Path, names: list, source: dict, message: str) -> None:
    fill(here / "p", *names, **({"content": None} if names != ["a/0.txt"] else {}))
    if names == ["a/0.txt"]:
        (here / "p/a/0.txt").unlink()
    with pytest.raises(InputError, match=message) as caught:
        read(**source)
    assert "\n" not in str(caught.value)
