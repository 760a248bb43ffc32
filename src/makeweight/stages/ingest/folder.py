"""The source `folder`: pictures in class folders, or listed in a metadata.csv as in Hugging Face's ImageFolder."""

import os
from pathlib import Path

import pandas as pd

from makeweight.core.errors import InputError
from makeweight.core.params import Section
from makeweight.data.card import Card
from makeweight.stages.ingest import local_files, raw, table
from makeweight.stages.ingest.raw import RawData

SUFFIXES = {".png", ".jpg", ".jpeg", ".gif", ".webp", ".bmp", ".tif", ".tiff", ".avif"}
METADATA = "metadata.csv"


class PictureFolder(Section):
    """Where the pictures are, and the encoding of metadata.csv."""

    path: str
    encoding: str = "utf-8"


def read(folder: PictureFolder, card: Card, name: str) -> RawData:
    """Return every picture below the folder as one sample.

    A card can name the columns `image`, `file_name` (relative to the folder), `label` (name of the folder with the
    picture) and, with a metadata.csv that has a column `file_name`, its other columns; then only the pictures listed
    there are samples.
    """
    if card.columns.image != "image":
        fault = "is missing" if card.columns.image is None else f"is {card.columns.image!r}"
        raise InputError(f"{name}: `columns.image` {fault}; right would be `image`, the column of a folder's pictures")
    root = local_files.resolve_path(folder.path, name, "source.path")
    if not root.is_dir():
        raise InputError(f"{name}: `source.path` is {folder.path!r}, which is not a folder")
    pictures, others = find_files(root)
    if (root / METADATA).exists():
        rows = read_metadata(root, folder, card)
        unlisted = sorted(set(pictures) - set(rows["file_name"]))
        excluded = [
            *((file, "not in metadata.csv") for file in unlisted),
            *((file, "not a picture") for file in others),
        ]
    else:
        rows = pd.DataFrame({"file_name": pictures}, dtype="str")
        excluded = [(file, "not a picture") for file in others]
    if rows.empty:
        raise InputError(f"{name}: `source.path` {folder.path!r} holds no picture ({', '.join(sorted(SUFFIXES))})")
    if "label" not in rows:
        rows["label"] = [Path(file).parent.name or None for file in rows["file_name"]]
    contents, failed = table.read_pictures(rows["file_name"], root)
    rows["image"] = contents
    provenance = [
        (file, f"{folder.path}/{file}", None, raw.sha256(content))
        for file, content in zip(rows["file_name"], contents, strict=True)
        if content is not None
    ]
    return RawData(
        samples=raw.as_samples(rows, card.columns, name),
        failures=raw.string_table(
            raw.FAILURES, [(f"{folder.path}/{rows['file_name'][row]}", "picture", reason) for row, reason in failed]
        ),
        provenance=raw.string_table(raw.PROVENANCE, sorted(provenance)),
        excluded=raw.string_table(
            raw.EXCLUDED, [(f"{folder.path}/{file}", "file", rule) for file, rule in sorted(excluded)]
        ),
        unused=raw.unused_columns(rows.columns, card.columns),
    )


def find_files(root: Path) -> tuple[list[str], list[str]]:
    """Return the names of the pictures and of all other files below a folder, sorted, without hidden files.

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


def read_metadata(root: Path, folder: PictureFolder, card: Card) -> pd.DataFrame:
    """Return the rows of the folder's metadata.csv.

    Raises:
        InputError: there is no column `file_name`, or a row without one.
    """
    path = root / METADATA
    rows = table.read_file(path, table.TableFiles(files=(), encoding=folder.encoding), card)
    if "file_name" not in rows:
        raise InputError(f"{path}: column `file_name` is missing; it has {raw.listed(rows.columns)}")
    if rows["file_name"].isna().any():
        raise InputError(f"{path}: row {int(rows['file_name'].isna().argmax()) + 2} has no `file_name`")
    return rows.assign(file_name=rows["file_name"].astype("str"))
