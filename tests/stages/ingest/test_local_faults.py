"""Pipes, loops of links, names that are no UTF-8 and giants among local files: counted and told, never waited for."""

import os
import resource
from pathlib import Path

import pytest
from test_folder_files import fill, labels, picture, read, rules

from makeweight.core.errors import InputError
from makeweight.data import card
from makeweight.stages.ingest import sources
from makeweight.stages.ingest.raw import RawData

pytestmark = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def giant(path: Path) -> None:
    """A picture followed by three gigabytes of nothing, which take no room on the disk."""
    with path.open("wb") as file:
        file.write(picture())
        file.truncate(3 * 2**30)


def test_a_folder_with_everything_that_is_no_picture(here: Path) -> None:
    fill(here / "p", "disc/0.png", "bar/0.png")
    os.mkfifo("p/disc/pipe.png")
    os.mkfifo("p/metadata.csv")
    Path("p/disc/one.png").symlink_to("two.png")
    Path("p/disc/two.png").symlink_to("one.png")
    Path("p/bar/again").symlink_to("../bar")
    Path("p/bar/zero.png").symlink_to("/dev/zero")
    for name in (b"p/disc/\xff\xfe.png", b"p/\xfcber/0.png"):
        Path(os.fsdecode(name)).parent.mkdir(exist_ok=True)
        Path(os.fsdecode(name)).write_bytes(picture())
    giant(Path("p/bar/giant.png"))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    found = read()
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 500_000, "kilobytes"
    assert labels(found) == {
        "\\xfcber/0.png": "\\xfcber",
        "bar/0.png": "bar",
        "bar/giant.png": "bar",
        "disc/0.png": "disc",
        "disc/\\xff\\xfe.png": "disc",
    }
    assert rules(found) == {
        "p/bar/again": "a link to a folder that is read already",
        "p/bar/zero.png": "not a file",
        "p/disc/one.png": "a link to a file that does not exist",
        "p/disc/pipe.png": "not a file",
        "p/disc/two.png": "a link to a file that does not exist",
        "p/metadata.csv": "not a file",
    }
    assert found.failures.to_dict("records") == [
        {"url": "p/bar/giant.png", "kind": "picture", "reason": "too big: 3,072 MB, of which at most 512 are read"}
    ]


def table(*names: str) -> RawData:
    columns = {"label": "kind", "numeric": ["size"], "image": "file"}
    found = card.Card(title="t", licence="l", source={"kind": "table", "files": list(names)}, columns=columns)
    return sources.read(found, "datasets/x.yaml", settings=None)  # type: ignore[arg-type]


def test_tables_and_the_pictures_that_they_name(here: Path) -> None:
    Path("t").mkdir()
    rows = "kind,size,file\na,1,pipe.png\nb,2,giant.png\n"
    Path("t/a.csv").write_text(rows)
    Path(os.fsdecode(b"t/\xff.csv")).write_text(rows.replace("pipe", "gone"))
    os.mkfifo("t/pipe.png")
    os.mkfifo("t/b.csv")
    Path("t/c.csv").symlink_to("c.csv")
    giant(Path("t/giant.png"))
    found = table("t")
    big = "too big: 3,072 MB, of which at most 512 are read"
    assert dict(zip(found.failures["url"], found.failures["reason"], strict=True)) == {
        "t/a.csv#2": "not a file",
        "t/a.csv#3": big,
        "t/\\xff.csv#2": "No such file or directory",
        "t/\\xff.csv#3": big,
    }
    assert rules(found) == {
        "t/b.csv": "not a file",
        "t/c.csv": "a link to a file that does not exist",
        "t/giant.png": "not a table",
        "t/pipe.png": "not a file",
    }
    with pytest.raises(InputError, match=r"t/b.csv: a pipe or a device, .* right would be a file"):
        table("t/b.csv")
    with pytest.raises(InputError, match=r"datasets/x.yaml: `source.files` is 't/c.csv'"):
        table("t/c.csv")
