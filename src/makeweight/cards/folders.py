"""What a folder of pictures holds: class folders, or metadata files as in Hugging Face's ImageFolder."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from makeweight.cards import labels, tables
from makeweight.cards.found import Column, Described, Found
from makeweight.cards.roles import describe, examples_of
from makeweight.core.errors import InputError
from makeweight.core.names import readable
from makeweight.data import reserved
from makeweight.data.card import Card, Columns, Source
from makeweight.data.tables.files import Format
from makeweight.data.values import CARD, Remedies
from makeweight.stages.ingest.folder import layout, messages, metadata
from makeweight.stages.ingest.folder.layout import Layout
from makeweight.stages.ingest.folder.metadata import FILE_NAME
from makeweight.stages.ingest.folder.walk import Walk, walk

CLASS_FOLDER = "label"
"""The column that a folder's reader gives to the class folder."""
SUBFOLDER = "subfolder"
"""The column that it gives to the folders between class and picture."""


@dataclass(frozen=True, slots=True)
class Understood:
    """The pictures of a folder with their classes."""

    table: pd.DataFrame
    """A row for each picture: `file_name`, the columns of metadata, the class folder and the group."""
    layout: Layout
    label: str
    """The column of the label."""
    classes: pd.Series
    """The label of each picture, None where it has none."""
    described: Described
    """The columns but `file_name`."""
    notes: tuple[str, ...]
    """What the user should know of the files, the folders and the label."""


def find_pictures(path: Path) -> Walk | None:
    """Return what is below a folder if it holds pictures; None if it does not."""
    tables.check_exists(path)
    if not path.is_dir():
        return None
    walked = walk(path)
    return walked if walked.pictures else None


def understand(
    path: Path,
    walked: Walk,
    label: str | None,
    group: str | None,
    *,
    most_classes: int = labels.MOST_NAMED_CLASSES,
    remedies: Remedies = CARD,
) -> Understood:
    """Return the pictures with their classes and columns: one reading for `makeweight add` and `makeweight try`.

    Args:
        path: the folder.
        walked: what is below it.
        label: the column of metadata that is the label, where the user names it.
        group: the column whose rows stay in one split, where the user names it; `subfolder` where there are some.
        most_classes: classes of enough pictures that can be learned.
        remedies: what a user does to have a column read in another way.

    Raises:
        InputError: there is no class, the label cannot be one, or the group is not there.
    """
    place = readable(str(path))
    table, notes = listed_pictures(walked, place)
    parts = parts_of(table)
    found = layout.decide(parts)
    folders = pd.Series([found.class_of(one) for one in parts], dtype="str")
    has_folders = folders.nunique() > 1
    if CLASS_FOLDER not in table and has_folders and label in (None, CLASS_FOLDER):
        table, notes = with_class_folders(table, folders, found, walked, notes)
        chosen = CLASS_FOLDER
    elif not has_folders and len(table.columns) == 1:
        fault = "are in no class folders" if folders.notna().any() else "lie in no sub-folder"
        right = "right would be one sub-folder for each class, or a metadata.csv that names their classes"
        raise InputError(f"{place}: the pictures {fault}; {right}")
    else:
        chosen = labels.choose(table.drop(columns=FILE_NAME), label, place)
    classes, more = labels.read_classes(table[chosen], chosen, place, most=most_classes, remedies=remedies)
    if group is not None:
        table = with_group(table, group, chosen, found, place)
    described = describe(table.drop(columns=FILE_NAME), chosen, classes, group=group, remedies=remedies)
    return Understood(table, found, chosen, classes, described, (*notes, *more))


def look(path: Path, walked: Walk, label: str | None, group: str | None, written_path: str) -> Found:
    """Return what a folder of pictures holds.

    Args:
        path: the folder.
        walked: what is below it.
        label: as for `understand`.
        group: as for `understand`.
        written_path: how the card names the folder.

    Raises:
        InputError: as for `understand`.
    """
    found = understand(path, walked, label, group)
    table = found.table
    # The name of the picture is its id; it is known to the reader under this name.
    columns = [
        Column(FILE_NAME, "id", "the name of the picture", examples_of(table[FILE_NAME])),
        Column("image", "image", f"{len(table):,} pictures"),
        *(one for one in found.described.columns if one.role not in ("id", "image")),
    ]
    counts = found.classes.value_counts()
    return Found(
        source={"kind": "folder", "path": written_path},
        columns=tuple(columns),
        rows=len(table),
        classes={str(name): int(count) for name, count in counts.items()},
        notes=(*found.notes, *labels.small_classes(found.classes), *found.described.notes),
        hints=hints(parts_of(table), found.layout, group),
    )


def parts_of(table: pd.DataFrame) -> list[layout.Parts]:
    """Return the folders that each picture is in, from the top."""
    return [tuple(name.split("/")[:-1]) for name in table[FILE_NAME]]


def with_class_folders(
    table: pd.DataFrame, folders: pd.Series, found: Layout, walked: Walk, notes: list[str]
) -> tuple[pd.DataFrame, list[str]]:
    """Return the pictures that are in a class folder, with it as a column, and what is to be told."""
    inside = folders.notna().to_numpy()
    parts = parts_of(table[inside])
    told = messages.class_notes(found, parts, walked)
    if not inside.all():
        told.append(f"{(~inside).sum():,} pictures are in no class folder and are left out")
    kept = table.assign(**{CLASS_FOLDER: folders})[inside].reset_index(drop=True)
    return kept, [*notes, *told]


def with_group(table: pd.DataFrame, group: str, label: str, found: Layout, place: str) -> pd.DataFrame:
    """Return the pictures with the column that the user names as their group; `subfolder` is taken from the folders.

    Raises:
        InputError: there is no such column; names the nearest.
    """
    below = pd.Series([found.subfolder_of(one) for one in parts_of(table)], dtype="str")
    has_own = SUBFOLDER in table or below.isna().all()
    offered = table if has_own else table.assign(**{SUBFOLDER: below})
    names = [str(name) for name in offered if name not in (FILE_NAME, label)]
    if not names:
        raise InputError(
            f"{place}: `--group`: there is no column {group!r}; right would be sub-folders of the classes "
            f"(`{SUBFOLDER}`), or a metadata.csv with the column"
        )
    labels.check_there(group, names, place, "--group")
    return offered if group == SUBFOLDER else table


def listed_pictures(walked: Walk, place: str) -> tuple[pd.DataFrame, list[str]]:
    """Return a row for each picture, with the columns of metadata where there are some, and what is to be told."""
    notes = [*messages.walk_notes(walked)]
    if not walked.metadata:
        table = pd.DataFrame({FILE_NAME: sorted(walked.pictures)}, dtype="str")
    else:
        card = Card(title="", licence="", source=Source(kind="folder"), columns=Columns(label=CLASS_FOLDER))
        listing = metadata.read(walked, Format(), card, place)
        table = listing.rows.drop(columns=reserved.PLACE).drop(index=list(listing.failures)).reset_index(drop=True)
        notes += listing.notes
    excluded = [(f"{place}/{file}", kind, rule) for file, kind, rule in walked.excluded]
    return table, [*notes, *messages.excluded_notes(excluded)]


def hints(parts: list[layout.Parts], found: Layout, group: str | None) -> tuple[str, ...]:
    """Return lines of the card that the user may want."""
    lines = []
    if len({found.split_of(one) for one in parts} - {None}) > 1:
        lines.append("splits: keep   # under `source`: the folders train and test decide which rows are for what")
    if group is None and any(found.subfolder_of(one) for one in parts):
        lines.append("group: subfolder   # under `columns`: pictures of one sub-folder stay in one split")
    return tuple(lines)
