"""What a table in a file, or in a folder of part files, holds."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

import pandas as pd

from makeweight.cards import labels
from makeweight.cards.found import FEATURES, Column, Described, Found, Role
from makeweight.cards.roles import describe
from makeweight.core.errors import InputError
from makeweight.core.names import listed, readable
from makeweight.data.tables import files, folders
from makeweight.data.tables.files import Format
from makeweight.data.values import CARD, Remedies
from makeweight.data.values.reading import counted

LISTING_WORDS = ("url", "link", "listing", "seller", "vendor", "price")
"""Two of them among the names of columns are those of scraped listings."""
LEAST_ROWS = 30
"""With fewer rows no split says anything."""
CAN_BE: dict[Role, str] = {
    "numeric": "numbers",
    "categorical": "categories",
    "date": "dates",
    "text": "texts",
    "image": "pictures",
}
"""What the columns of a role hold."""


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of a file or of several, and what was found out about them."""

    path: Path
    table: pd.DataFrame
    notes: tuple[str, ...]
    nameless: tuple[str, ...]
    separator: str | None
    options: dict[str, object]
    """Fields of `source` beside the kind and the files."""


@dataclass(frozen=True, slots=True)
class Understood:
    """The rows of a table with the role of each column."""

    label: str
    """The column of the label."""
    classes: pd.Series
    """The label of each row, None where it has none."""
    described: Described
    notes: tuple[str, ...]
    """What the user should know of the rows, the label and the values."""


def check_exists(path: Path) -> None:
    """Check that a file or folder is there.

    Raises:
        InputError: it is not; names the nearest.
    """
    if path.exists():
        return
    beside = [one.name for one in path.parent.iterdir()] if path.parent.is_dir() else []
    near = get_close_matches(path.name, beside, 1)
    hint = f"; did you mean {str(path.parent / near[0])!r}?" if near else ""
    raise InputError(f"{path}: no such file or folder{hint}")


def read(path: Path, sheet: str | None = None) -> Table:
    """Return a table; a file without names of columns has `column_1`, `column_2`, ...

    Raises:
        InputError: the file cannot be read or has no rows.
    """
    check_exists(path)
    options: dict[str, object] = {"sheet": sheet} if sheet else {}
    if path.is_dir():
        if not any(folders.all_files(path)):
            right = "a sub-folder of pictures for each class, or the files of one table, would be right"
            raise InputError(f"{path}: there is no file in this folder; {right}")
        parts, excluded = folders.read_folder(path, str(path), Format(sheet=sheet))
        joined = folders.join(parts)
        notes = [f"{name} is left out: {reason}" for name, reason in excluded[:3]]
        notes += [f"{counted(len(excluded) - 3, 'more file')} left out"] if len(excluded) > 3 else []
        notes += [f"{part.name}: {note}" for part in parts[:3] for note in part.found.notes]
        return Table(path, joined.table, tuple(notes), joined.nameless, parts[0].found.separator, options)
    found = files.read_file(path, Format(sheet=sheet))
    dropped = [f"row {line} is left out: {reason}" for line, reason in found.dropped[:3]]
    if found.lacks_names:
        found = files.read_file(path, Format(sheet=sheet, header=False))
        options["header"] = False
        dropped.append("its first row looks like data: the columns are called column_1, column_2, ...")
    if not len(found.table):
        raise InputError(f"{path}: no rows of data")
    return Table(path, found.table, (*found.notes, *dropped), found.nameless, found.separator, options)


def understand(
    source: Table,
    label: str | None,
    group: str | None,
    *,
    most_classes: int = labels.MOST_NAMED_CLASSES,
    remedies: Remedies = CARD,
) -> Understood:
    """Return which column is the label, and what the others are: one reading for `makeweight add` and `makeweight try`.

    Args:
        source: the rows.
        label: the column of the label, where the user names it.
        group: the column whose rows stay in one split, where the user names it.
        most_classes: classes of enough rows that can be learned.
        remedies: what a user does to have a column read in another way.

    Raises:
        InputError: no label is known, it cannot be one, or the group is not there.
    """
    place, table = readable(str(source.path)), source.table
    names = [str(name) for name in table if name not in source.nameless]
    chosen = labels.choose(table, label, place, source.nameless)
    if group is not None:
        labels.check_there(group, [name for name in names if name != chosen], place, "--group")

    def others() -> list[str]:
        return [name for name in labels.candidates_in(table) if name != chosen and name in names]

    classes, notes = labels.read_classes(table[chosen], chosen, place, others, most_classes, remedies)
    try:
        described = describe(
            table,
            chosen,
            classes,
            nameless=source.nameless,
            separator=source.separator,
            group=group,
            folder=source.path if source.path.is_dir() else source.path.parent,
            remedies=remedies,
        )
    except InputError as error:
        raise InputError(f"{place}: {error}") from None
    if len(table) < LEAST_ROWS:
        notes.append(f"{len(table)} rows are too few to say anything: intervals will be as wide as the scale")
    return Understood(chosen, classes, described, (*source.notes, *notes, *described.notes))


def look(source: Table, label: str | None, group: str | None, written_path: str) -> Found:
    """Return what a table holds.

    Args:
        source: the rows.
        label: the column of the label, where the user names it.
        group: the column whose rows stay in one split, where the user names it.
        written_path: how the card names the file or folder.

    Raises:
        InputError: no label is known, it cannot be one, or nothing can be learned from.
    """
    found = understand(source, label, group)
    columns, classes = found.described.columns, found.classes
    check_features(columns, found.label, readable(str(source.path)))
    return Found(
        source={"kind": "table", "files": [written_path], **source.options},
        columns=tuple(columns),
        rows=len(source.table),
        classes={str(name): int(count) for name, count in classes.value_counts().items()},
        notes=(*found.notes, *labels.small_classes(classes)),
        listings=are_listings([str(name) for name in source.table if name not in source.nameless]),
    )


def check_features(columns: Iterable[Column], label: str, place: str, roles: Sequence[Role] = FEATURES) -> None:
    """Check that something can be learned from.

    Raises:
        InputError: no column has one of the roles; says why none has.
    """
    others = [column for column in columns if column.role != "label"]
    if any(column.role in roles for column in others):
        return
    why = [f"`{column.name}`: {column.why}" for column in others]
    right = listed([CAN_BE[role] for role in CAN_BE if role in roles])
    raise InputError(
        f"{place}: beside the label {label!r} no column can be learned from ({listed(why, 4) or 'there is none'}); "
        f"{right} would be right"
    )


def are_listings(names: list[str]) -> bool:
    """Return whether the names of columns are those of scraped listings."""
    words = {word for name in names for word in name.casefold().replace("-", "_").split("_")}
    return "url" in words and len(words & set(LISTING_WORDS)) > 2
