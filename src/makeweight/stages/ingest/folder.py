"""The source `folder`: pictures in class folders, or listed in a metadata.csv as in Hugging Face's ImageFolder."""

import os
from pathlib import Path

import pandas as pd

from makeweight.core.errors import InputError
from makeweight.core.params import Section
from makeweight.data.card import Card
from makeweight.stages.ingest import local, raw, table
from makeweight.stages.ingest.raw import Raw

SUFFIXES = {".png", ".jpg", ".jpeg", ".gif", ".webp", ".bmp", ".tif", ".tiff", ".avif"}
METADATA = "metadata.csv"


class Folder(Section):
    """Where the pictures are."""

    path: str
    encoding: str = "utf-8"


def read(folder: Folder, card: Card, name: str) -> Raw:
    """Every picture below the folder as one sample.

    Columns that a card can name: `image`, `file_name` (relative to the folder), `label` (the folder that holds the
    picture) and, where there is a metadata.csv with a column `file_name`, its other columns; then only the pictures
    that it lists are samples.
    """
    if card.columns.image != "image":
        told = "is missing" if card.columns.image is None else f"is {card.columns.image!r}"
        raise InputError(f"{name}: `columns.image` {told}; right would be image, which a folder's pictures stand under")
    root = local.resolve(folder.path, name, "source.path")
    if not root.is_dir():
        raise InputError(f"{name}: `source.path` is {folder.path!r}, which is not a folder")
    pictures, others = walk(root)
    if (root / METADATA).exists():
        found = listed(root, folder, card)
        unlisted = sorted(set(pictures) - set(found["file_name"]))
        left = [*((file, "not in metadata.csv") for file in unlisted), *((file, "not a picture") for file in others)]
    else:
        found = pd.DataFrame({"file_name": pictures}, dtype="str")
        left = [(file, "not a picture") for file in others]
    if found.empty:
        raise InputError(f"{name}: `source.path` {folder.path!r} holds no picture ({', '.join(sorted(SUFFIXES))})")
    if "label" not in found:
        found["label"] = [Path(file).parent.name or None for file in found["file_name"]]
    contents, lost = table.take_pictures(found["file_name"], root)
    found["image"] = contents
    provenance = [
        (file, f"{folder.path}/{file}", None, raw.sha256(content))
        for file, content in zip(found["file_name"], contents, strict=True)
        if content is not None
    ]
    return Raw(
        samples=raw.as_samples(found, card.columns, name),
        failures=raw.rows(
            raw.FAILURES, [(f"{folder.path}/{found['file_name'][row]}", "picture", reason) for row, reason in lost]
        ),
        provenance=raw.rows(raw.PROVENANCE, sorted(provenance)),
        excluded=raw.rows(raw.EXCLUDED, [(f"{folder.path}/{file}", "file", rule) for file, rule in sorted(left)]),
    )


def walk(root: Path) -> tuple[list[str], list[str]]:
    """Names of the pictures and of all other files below a folder, hidden ones left out, in sorted order.

    Raises:
        InputError: a folder can't be read.
    """

    def refuse(error: OSError) -> None:
        raise InputError(f"{error.filename}: the folder can't be read: {error.strerror}")

    found = [
        (Path(parent) / file).relative_to(root)
        for parent, _, files in os.walk(root, onerror=refuse)
        for file in files
        if not file.startswith(".") and file != METADATA
    ]
    pictures = sorted(file.as_posix() for file in found if file.suffix.lower() in SUFFIXES)
    others = sorted(file.as_posix() for file in found if file.suffix.lower() not in SUFFIXES)
    return pictures, others


def listed(root: Path, folder: Folder, card: Card) -> pd.DataFrame:
    """The rows of the folder's metadata.csv."""
    path = root / METADATA
    rows = table.read_file(path, table.Tables(files=(), encoding=folder.encoding), card)
    if "file_name" not in rows:
        raise InputError(f"{path}: column `file_name` is missing; it has {raw.listed(rows.columns)}")
    if rows["file_name"].isna().any():
        raise InputError(f"{path}: row {int(rows['file_name'].isna().argmax()) + 2} has no `file_name`")
    return rows.assign(file_name=rows["file_name"].astype("str"))
