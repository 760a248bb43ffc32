"""Reading a folder of pictures: the card's fields, and the samples, failures and notes that it gives."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

import pandas as pd
from pydantic import Field

from makeweight.core.errors import InputError
from makeweight.core.params import Section
from makeweight.data import reserved
from makeweight.data.card import Card
from makeweight.data.tables.files import Format
from makeweight.stages.ingest import local_files, raw
from makeweight.stages.ingest.folder import layout, messages, metadata
from makeweight.stages.ingest.folder.layout import Layout
from makeweight.stages.ingest.folder.metadata import Listing
from makeweight.stages.ingest.folder.walk import Walk, walk
from makeweight.stages.ingest.raw import RawData

Level = Annotated[int, Field(ge=-100, le=100)]
"""Of folders, from the top one downwards or, below 0, from the picture upwards."""
UNLISTED = "not in metadata.csv"
NO_CLASS = "in no class folder"


class PictureFolder(Section):
    """Where the pictures are, and what is not to be found out from the folders."""

    path: str
    class_level: Level | None = None
    """Which folder is the class: 1 is the top one below `path`, -1 the one that the picture is in."""
    splits: Literal["keep", "ignore"] | None = None
    """Whether folders such as train and test decide which rows are for training and testing."""
    encoding: str | None = None
    """Of metadata files; without it, it is found."""
    separator: str | None = None


def read(folder: PictureFolder, card: Card, name: str) -> RawData:
    """Return every picture below the folder as one sample.

    A card can name the columns `image`, `file_name` (relative to the folder), `label` (the class folder), `subfolder`
    (the folders between that and the picture) and, where there are metadata files, their other columns; then only the
    pictures listed there are samples.

    Raises:
        InputError: there is no picture, no class, or a field of the card does not fit the folder.
    """
    check_card(folder, card, name)
    root = local_files.resolve_path(folder.path, name, "source.path")
    if not root.is_dir():
        raise InputError(f"{name}: `source.path` is {folder.path!r}, which is not a folder")
    walked = walk(root)
    listing = listed_pictures(walked, folder, card)
    if not walked.pictures:
        raise InputError(messages.no_picture(name, folder.path, walked))
    if listing.rows.empty:
        raise InputError(f"{name}: the metadata files in `source.path` {folder.path!r} list no picture")
    present = [file for row, file in enumerate(listing.rows["file_name"]) if row not in listing.failures]
    found = layout.decide([folders_of(file) for file in present], folder.class_level)
    notes = [*messages.walk_notes(walked), *listing.notes]
    if "label" not in (*listing.rows, *raw.unused_columns(["label"], card.columns)):
        notes += add_classes(listing, found, folder, name, walked)
    if "subfolder" not in listing.rows:
        below = [found.subfolder_of(folders_of(file)) for file in listing.rows["file_name"]]
        listing.rows["subfolder"] = pd.Series(below, dtype="str")
    notes += add_splits(listing, found, folder, name)
    return as_raw(listing, walked, folder, card, name, notes)


def check_card(folder: PictureFolder, card: Card, name: str) -> None:
    """Check the fields of the card that do not need the folder.

    Raises:
        InputError: `columns.image` is not `image`, or `class_level` is 0.
    """
    if card.columns.image != "image":
        fault = "is missing" if card.columns.image is None else f"is {card.columns.image!r}"
        raise InputError(f"{name}: `columns.image` {fault}; right would be `image`, the column of a folder's pictures")
    if folder.class_level == 0:
        right = "right would be 1 (the top folder), 2, ... or -1 (the folder with the picture)"
        raise InputError(f"{name}: `source.class_level` is 0; {right}")


def listed_pictures(walked: Walk, folder: PictureFolder, card: Card) -> Listing:
    """Return the pictures that metadata files list, or else all pictures of the folder."""
    if not walked.metadata:
        return Listing(pd.DataFrame({"file_name": sorted(walked.pictures)}, dtype="str"))
    listing = metadata.read(walked, Format(encoding=folder.encoding, separator=folder.separator), card, folder.path)
    unlisted = sorted(set(walked.pictures) - set(listing.rows["file_name"]))
    rule = UNLISTED if all(path.suffix == ".csv" for path in walked.metadata.values()) else "in no metadata file"
    walked.excluded += [(file, "file", rule) for file in unlisted]
    return listing


def folders_of(file: str) -> layout.Parts:
    """Return the folders that a picture is in."""
    return tuple(file.split("/")[:-1])


def add_classes(listing: Listing, found: Layout, folder: PictureFolder, name: str, walked: Walk) -> list[str]:
    """Add the column `label`, leave out pictures without a class folder, and return what is to be told.

    Raises:
        InputError: no picture has a class folder.
    """
    paths = [folders_of(file) for file in listing.rows["file_name"]]
    classes = [found.class_of(path) for path in paths]
    if not any(classes):
        raise InputError(messages.no_class(name, folder.path, found, paths, folder.class_level))
    listing.rows["label"] = pd.Series(classes, dtype="str")
    notes = messages.class_notes(found, [path for path, label in zip(paths, classes, strict=True) if label], walked)
    outside = [row for row, label in enumerate(classes) if label is None]
    listing.excluded += [(f"{folder.path}/{listing.rows['file_name'][row]}", "file", NO_CLASS) for row in outside]
    kept = [row for row, label in enumerate(classes) if label is not None]
    listing.failures = {new: listing.failures[old] for new, old in enumerate(kept) if old in listing.failures}
    listing.rows = listing.rows.iloc[kept].reset_index(drop=True)
    return notes


def add_splits(listing: Listing, found: Layout, folder: PictureFolder, name: str) -> list[str]:
    """Add the given splits where the card keeps them, and return what is to be told.

    Raises:
        InputError: the card keeps splits that the folders do not give.
    """
    splits = [found.split_of(folders_of(file)) for file in listing.rows["file_name"]]
    counts = pd.Series(splits, dtype=object).value_counts()
    if folder.splits == "keep":
        if len(counts) < 2 or "train" not in counts:
            raise InputError(
                f"{name}: `source.splits` is keep, but {folder.path!r} has no folders train and test (or validation)"
            )
        listing.rows[reserved.GIVEN_SPLIT] = pd.Series(splits, dtype="str")
    if len(counts) < 2:
        return []
    given = ", ".join(f"{split} {counts[split]}" for split in ("train", "validation", "test") if split in counts)
    if folder.splits == "keep":
        return [f"the folders give the splits {given}; they are kept"]
    if folder.splits == "ignore":
        return []
    return [f"the folders give the splits {given}; all are split again (`splits: keep` under `source` keeps them)"]


def as_raw(
    listing: Listing, walked: Walk, folder: PictureFolder, card: Card, name: str, notes: Sequence[str]
) -> RawData:
    """Return the raw samples with their pictures, and a row for everything that is none."""
    rows, failures = listing.rows, dict(listing.failures)
    contents: list[bytes | None] = []
    for row, file in enumerate(rows["file_name"]):
        content, fault = (None, failures[row]) if row in failures else read_bytes(walked.pictures[file])
        contents.append(content)
        if fault:
            failures[row] = fault
    rows["image"] = pd.Series(contents, dtype=object)
    provenance = [
        (file, f"{folder.path}/{file}", None, raw.sha256(content))
        for file, content in zip(rows["file_name"], contents, strict=True)
        if content is not None
    ]
    walked_past = [(f"{folder.path}/{file}", kind, rule) for file, kind, rule in walked.excluded]
    excluded = sorted([*walked_past, *listing.excluded])
    # The column `subfolder` is ours: without folders below the class it holds nothing that could be used.
    offered = [column for column in rows.columns if column != "subfolder" or rows[column].notna().any()]
    carried = [column for column in (reserved.GIVEN_SPLIT, reserved.PLACE) if column in rows]
    return RawData(
        samples=raw.as_samples(rows, card.columns, name, carried),
        failures=raw.string_table(
            raw.FAILURES,
            [(f"{folder.path}/{rows['file_name'][row]}", "picture", failures[row]) for row in sorted(failures)],
        ),
        provenance=raw.string_table(raw.PROVENANCE, sorted(set(provenance))),
        excluded=raw.string_table(raw.EXCLUDED, excluded),
        notes=(*notes, *messages.excluded_notes(excluded)),
        unused=raw.unused_columns(offered, card.columns),
    )


def read_bytes(path: Path) -> tuple[bytes | None, str | None]:
    """Return a file's bytes, or why there are none."""
    try:
        return local_files.read_bytes(path), None
    except ValueError as reason:
        return None, str(reason)
