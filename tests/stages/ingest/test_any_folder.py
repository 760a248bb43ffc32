"""Random folders of pictures through a card: each file is a sample with the right label, or a counted row.

What each file should become is known as it is written: the class of its folder or of the metadata, or the reason.
"""

import io
import json
import os
import unicodedata
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from makeweight.data.card import Card
from makeweight.stages.ingest import sources
from makeweight.stages.ingest.raw import RawData

TREES = int(os.environ.get("ANY_FOLDER_TREES", "150"))
CLASSES = ["cat", "dog", "Größe", "é́tat", "test tube", "7", "日本", "a.b", "None"]
SPLITS = ["train", "test", "val"]
ENDINGS = {
    ".png": "PNG",
    ".PNG": "PNG",
    ".jpg": "JPEG",
    ".JPEG": "JPEG",
    ".gif": "GIF",
    ".bmp": "BMP",
    ".Tif": "TIFF",
    ".dat": "PNG",
}
OTHERS = {"notes.txt": b"hello", "list.csv": b"a,b\n1,2\n", "x.heic": b"no picture", "drawing.svg": b"<svg></svg>"}
JUNK = ["Thumbs.db", ".DS_Store", "._1.png", "desktop.ini"]
HIDDEN = [".git", "__MACOSX", "@eaDir", ".ipynb_checkpoints"]


def composed(text: str) -> str:
    return unicodedata.normalize("NFC", text)


class Tree:
    """A folder written at random, and what its files should become."""

    def __init__(self, root: Path, seed: int) -> None:
        self.root, self.rng = root, np.random.default_rng(seed)
        self.labels: dict[str, str] = {}
        """Picture, relative to the root and composed -> its class."""
        self.failed: set[str] = set()
        """Those among them without content."""
        self.left_out: set[str] = set()
        self.missing = 0
        """Rows of metadata without a file."""
        names = [str(name) for name in self.rng.permutation(CLASSES)]
        self.classes = names[: int(self.rng.integers(2, 6))]
        self.layout = str(self.rng.choice(["class", "class/sub", "split/class", "class/split", "wrapped"]))
        self.form = str(self.rng.choice(["NFC", "NFD"]))
        for label in self.classes:
            for folder in self.folders(label):
                for _ in range(int(self.rng.integers(1, 4))):
                    self.picture(folder, label)
        self.metadata = str(self.rng.choice(["", "", "top.csv", "top.jsonl", "each.csv", "each.jsonl"]))
        if self.metadata:
            self.write_metadata()
        self.disturb()

    def folders(self, label: str) -> list[str]:
        """The folders that hold the pictures of a class."""
        name = unicodedata.normalize(self.form, label)
        depth = "/".join(f"d{level}" for level in range(int(self.rng.integers(0, 4))))
        return {
            "class": [name],
            "class/sub": [name, f"{name}/left", f"{name}/deep/{depth}".rstrip("/")],
            "split/class": [f"{split}/{name}" for split in SPLITS[: 2 + len(self.classes) % 2]],
            "class/split": [f"{name}/train", f"{name}/test"],
            "wrapped": [f"all/pictures/{name}"],
        }[self.layout]

    def picture(self, folder: str, label: str) -> None:
        """Write a picture of a few pixels, one that is empty, or one that only begins as a picture."""
        ending = str(self.rng.choice(list(ENDINGS)))
        name = f"{folder}/{len(self.labels)} {'é'}{ending}"
        path = self.path(unicodedata.normalize(self.form, name))
        size = (*self.rng.integers(1, 5, 2), 3)
        buffer = io.BytesIO()
        Image.fromarray(self.rng.integers(0, 256, size, dtype=np.uint8)).save(buffer, ENDINGS[ending])
        # Nothing but its content says that a file with an odd ending is a picture.
        kind = self.rng.random() if ending != ".dat" else 1.0
        path.write_bytes(b"" if kind < 0.05 else buffer.getvalue()[:20] if kind < 0.1 else buffer.getvalue())
        self.labels[composed(name)] = composed(label)
        if kind < 0.05:
            self.failed.add(composed(name))

    def write_metadata(self) -> None:
        """List most pictures, in one file at the top or in one for each folder, with classes of its own."""
        folders: dict[str, list[str]] = {}
        for name in self.labels:
            folders.setdefault("" if self.metadata.startswith("top") else str(Path(name).parent), []).append(name)
        for folder, names in folders.items():
            rows = []
            for name in names:
                if self.rng.random() < 0.15 and len(names) > 1 and rows:
                    self.left_out.add(name)
                    continue
                inner = name[len(folder) + 1 :] if folder else name
                self.labels[name] = f"m{int(self.rng.integers(0, 3))}"
                rows.append((inner.replace("/", "\\") if self.rng.random() < 0.1 else inner, self.labels[name]))
            if self.rng.random() < 0.1:
                rows.append(("no such.png", "m0"))
                lost = f"{folder}/no such.png".lstrip("/")
                self.missing += 1
                self.labels[lost], self.failed = "m0", self.failed | {lost}
            ending = self.metadata.partition(".")[2]
            if ending == "csv":
                text = "file_name,label\n" + "".join(f'"{name}",{label}\n' for name, label in rows)
            else:
                text = "".join(json.dumps({"file_name": name, "label": label}) + "\n" for name, label in rows)
            on_disk = unicodedata.normalize(self.form, folder)
            self.path(f"{on_disk}/metadata.{ending}".lstrip("/")).write_text(text, encoding="utf-8")
        for name in self.left_out:
            self.labels.pop(name)
        self.failed -= self.left_out

    def disturb(self) -> None:
        """Add what is no picture: texts, files of systems, hidden folders, links, pictures in no class folder."""
        folders = sorted({str(Path(name).parent) for name in self.labels} - {"."})
        for name, content in OTHERS.items():
            if self.rng.random() < 0.3:
                self.other(f"{self.rng.choice(folders)}/{name}", content)
        for name in JUNK:
            if self.rng.random() < 0.3:
                self.other(f"{self.rng.choice(folders)}/{name}", b"\x00")
        for name in HIDDEN:
            if self.rng.random() < 0.2:
                self.other(f"{self.rng.choice(folders)}/{name}/1.png", b"\x89PNG\r\n\x1a\n")
        if self.rng.random() < 0.2:
            self.other(f"{self.rng.choice(folders)}/gone.png", None)
        if self.rng.random() < 0.2 and self.layout != "wrapped":
            self.other("loose.bmp", b"BM" + b"\x00" * 12 + b"\x28\x00\x00\x00")
        if self.rng.random() < 0.2:
            folder = unicodedata.normalize(self.form, str(self.rng.choice(folders)))
            (self.root / folder / "again").symlink_to(self.root, target_is_directory=True)
            self.left_out.add(composed(f"{folder}/again"))

    def other(self, name: str, content: bytes | None) -> None:
        """Write a file that is to be left out; None is a link to nothing."""
        path = self.path(unicodedata.normalize(self.form, name))
        if content is None:
            path.symlink_to("nowhere.png")
        else:
            path.write_bytes(content)
        self.left_out.add(composed(name))

    def path(self, name: str) -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def card(self) -> Card:
        source = {"kind": "folder", "path": str(self.root)}
        columns = {"id": "file_name", "label": "label", "image": "image"}
        return Card.model_validate({"title": "t", "licence": "l", "source": source, "columns": columns})


def check(tree: Tree) -> str:
    """Return `told` where something is told beside the classes, else `same`; anything else fails."""
    found = sources.read(tree.card(), "mine.yaml", None)  # type: ignore[arg-type]
    table = found.samples.table
    assert dict(zip(table["id"], table["label"], strict=True)) == tree.labels
    root = f"{tree.root}/"
    assert {url.removeprefix(root) for url in found.excluded["url"]} == tree.left_out
    assert {url.removeprefix(root) for url in found.failures["url"]} == tree.failed
    assert set(table.loc[table["image"].isna(), "id"]) == tree.failed
    assert all(found.excluded["rule"].str.len() > 3) and all(found.failures["reason"].str.len() > 3)
    check_numbers(tree, found)
    return "told" if len(found.notes) > 1 else "same"


def check_numbers(tree: Tree, found: RawData) -> None:
    """Every file on disk is counted once: sample, left out, or a metadata file."""
    on_disk = [Path(parent) / file for parent, _, files in os.walk(tree.root) for file in files]
    metadata = sum(path.name.startswith("metadata.") for path in on_disk)
    folders = int((found.excluded["kind"] == "folder").sum())
    assert len(found.samples) + len(found.excluded) - folders - tree.missing + metadata == len(on_disk)


@pytest.mark.skipif(not hasattr(os, "symlink"), reason="needs links")
def test_every_file_is_a_sample_or_a_counted_row(tmp_path: Path) -> None:
    outcomes = Counter(check(Tree(tmp_path / str(seed), seed)) for seed in range(TREES))
    assert outcomes["same"] and outcomes["told"] and outcomes.total() == TREES
