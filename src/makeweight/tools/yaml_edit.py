"""Change values in a YAML file and leave every other byte as it is: comments, order, how lists are written."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq

from makeweight.core import files
from makeweight.core.errors import InputError
from makeweight.core.params import read_yaml

PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_+./-]*")
"""A word that needs no quotes."""
NO_WORDS = ("null", "true", "false", "yes", "no", "on", "off")


@dataclass(frozen=True)
class Edit:
    """A dotted name, its new value, and the comment that is written beside it."""

    name: str
    value: Any
    comment: str = ""


@dataclass(frozen=True)
class Place:
    """The lines of an entry: from that of its key to the last of its value, and how a list is written."""

    first: int
    last: int
    key: str
    flow: bool


def edited(file: Path, edits: Sequence[Edit], mark: str) -> None:
    """Write values into a YAML file.

    Args:
        file: block-style YAML, one key on a line.
        edits: scalars, or lists of scalars.
        mark: how the comments begin that may be replaced; others beside a value stay, and the new one is left out.

    Raises:
        InputError: the file has no such entry, or it is written in a way that can't be changed line by line.
    """
    before = read_yaml(file)
    text = file.read_text(encoding="utf-8")
    lines = text.splitlines()
    tree = YAML().load(text)
    places = {edit.name: place_of(tree, edit.name, lines, file) for edit in edits}
    for edit in sorted(edits, key=lambda one: -places[one.name].first):
        place = places[edit.name]
        lines[place.first : place.last + 1] = written(edit, place, lines[place.first], mark)
        set_value(before, edit)
    after = "\n".join(lines) + "\n"
    if YAML(typ="safe").load(after) != before:
        raise InputError(f"{file}: can't be changed line by line; right would be one key on a line, as it was written")
    files.write_text(file, after)


def place_of(tree: Any, name: str, lines: Sequence[str], file: Path) -> Place:
    """Return where an entry stands.

    Raises:
        InputError: there is no such entry.
    """
    parent, keys = tree, name.split(".")
    for key in keys[:-1]:
        parent = parent.get(key) if isinstance(parent, CommentedMap) else None
    if not isinstance(parent, CommentedMap) or keys[-1] not in parent:
        raise InputError(f"{file}: `{name}` is missing")
    first = parent.lc.key(keys[-1])[0]
    value = parent[keys[-1]]
    if not isinstance(value, CommentedSeq):
        return Place(first, first, keys[-1], False)
    flow = bool(value.fa.flow_style()) or not value
    last = max([first, *(value.lc.item(number)[0] for number in range(len(value)))])
    while flow and lines[first:] and "]" not in lines[last]:
        last += 1
    return Place(first, last, keys[-1], flow)


def written(edit: Edit, place: Place, line: str, mark: str) -> list[str]:
    """Return the lines of an entry with its new value."""
    indent = line[: len(line) - len(line.lstrip())]
    found = re.search(r"\s(#.*)$", line)
    own = found[1] if found and not found[1].startswith(mark) else ""
    comment = own or edit.comment
    end = f"  {comment}" if comment else ""
    if not isinstance(edit.value, list):
        return [f"{indent}{place.key}: {scalar(edit.value)}{end}"]
    words = [scalar(one) for one in edit.value]
    if place.flow or not words:
        return [f"{indent}{place.key}: [{', '.join(words)}]{end}"]
    return [f"{indent}{place.key}:{end}", *(f"{indent}- {word}" for word in words)]


def scalar(value: Any) -> str:
    """Return a value as YAML 1.2 writes it."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return repr(value)
    text = str(value)
    return text if PLAIN.fullmatch(text) and text.lower() not in NO_WORDS else "'" + text.replace("'", "''") + "'"


def set_value(values: Any, edit: Edit) -> None:
    """Set a value under its dotted name."""
    *path, key = edit.name.split(".")
    for one in path:
        values = values[one]
    values[key] = edit.value
