"""Every file below a folder of pictures: what is a picture, and why each other one is left out."""

import os
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from makeweight.core.errors import InputError
from makeweight.core.names import readable
from makeweight.data import picture_formats
from makeweight.stages.ingest import local_files

METADATA = ("metadata.csv", "metadata.jsonl", "metadata.parquet")
HIDDEN_FOLDERS = {"@eadir", "__macosx", "__pycache__", "$recycle.bin", "#recycle", "#snapshot", "lost+found"} | {
    "system volume information"
}
HIDDEN_FILES = {"thumbs.db", "ehthumbs.db", "desktop.ini", "icon\r"}
HIDDEN = "hidden"
LONGEST_LINK = 1024
"""Bytes of a text file that can be a link; Git writes links so where the file system has none."""


@dataclass(slots=True)
class Walk:
    """What is below a folder; names are relative to it, with `/`."""

    pictures: dict[str, Path] = field(default_factory=dict)
    metadata: dict[str, Path] = field(default_factory=dict)
    """Name of a folder ("" for the folder itself) -> its metadata file."""
    excluded: list[tuple[str, str, str]] = field(default_factory=list)
    """Name, `file` or `folder`, and the rule that leaves it out."""
    folders: list[str] = field(default_factory=list)
    linked: list[str] = field(default_factory=list)
    """Linked folders that were followed."""
    unusual: list[str] = field(default_factory=list)
    """Pictures by their content, whose ending is not that of a picture."""

    def add(self, path: Path, name: str) -> None:
        """Put a file where it belongs."""
        rule = rule_for(path)
        if rule is not None:
            self.excluded.append((name, "file", rule))
            return
        self.pictures[name] = path
        if path.suffix.lower() not in picture_formats.FORMAT_OF_ENDING:
            self.unusual.append(name)


def walk(root: Path) -> Walk:
    """Return all files below a folder. Linked folders are followed, each folder once.

    Raises:
        InputError: a folder can't be read, or has two metadata files.
    """
    found = Walk()
    visited: set[str] = set()
    waiting = [(root, "")]
    while waiting:
        path, name = waiting.pop(0)
        real = os.path.realpath(path)
        # A folder around this one, and one that was read under another name, would give every picture twice.
        if real in visited or (name and Path(os.path.realpath(root)).is_relative_to(real)):
            found.excluded.append((name, "folder", "a link to a folder that is read already"))
            continue
        if name:
            found.linked.append(name)
        waiting += walk_real(path, name, found, visited)
    found.excluded.sort()
    return found


def walk_real(root: Path, prefix: str, found: Walk, visited: set[str]) -> list[tuple[Path, str]]:
    """Add what is below a folder, and return path and name of the linked folders in it."""
    links: list[tuple[Path, str]] = []
    waiting = [(root, prefix)]
    while waiting:
        path, name = waiting.pop()
        visited.add(os.path.realpath(path))
        for entry, inner in named(entries(path), name):
            if is_hidden(entry):
                found.excluded += hidden(entry, inner)
            elif is_folder(entry):
                if entry.is_symlink():
                    links.append((Path(entry.path), inner))
                elif os.path.realpath(entry.path) in visited:
                    found.excluded.append((inner, "folder", "a link to a folder that is read already"))
                else:
                    found.folders.append(inner)
                    waiting.append((Path(entry.path), inner))
            elif entry.name.lower() in METADATA and entry.is_file():
                add_metadata(Path(entry.path), name, found)
            else:
                found.add(Path(entry.path), inner)
    return sorted(links, key=lambda link: link[1])


def entries(path: Path) -> list[os.DirEntry[str]]:
    """Return what a folder holds, sorted by name.

    Raises:
        InputError: it can't be read.
    """
    try:
        with os.scandir(path) as found:
            return sorted(found, key=lambda entry: entry.name)
    except OSError as error:
        raise InputError(f"{error.filename}: the folder can't be read: {error.strerror}") from None


def named(found: Iterable[os.DirEntry[str]], folder: str) -> Iterator[tuple[os.DirEntry[str], str]]:
    """Yield entries with their names: composed (NFC), as most programs write them, unless two would be the same."""
    taken: set[str] = set()
    for entry in found:
        written = readable(entry.name)
        composed = unicodedata.normalize("NFC", written)
        chosen = written if composed in taken else composed
        taken.add(chosen)
        yield entry, f"{folder}/{chosen}" if folder else chosen


def is_folder(entry: os.DirEntry[str]) -> bool:
    """Return whether an entry is a folder or leads to one; a link that leads to itself is none."""
    try:
        return entry.is_dir()
    except OSError:
        return False


def is_hidden(entry: os.DirEntry[str]) -> bool:
    """Return whether a file or folder is one that a system or program keeps for itself."""
    known = HIDDEN_FOLDERS if is_folder(entry) else HIDDEN_FILES
    return entry.name.startswith(".") or entry.name.lower() in known


def hidden(entry: os.DirEntry[str], name: str) -> list[tuple[str, str, str]]:
    """Return a row for a hidden file, or for every file in a hidden folder; an empty one is one row."""
    if not is_folder(entry) or entry.is_symlink():
        return [(name, "folder" if is_folder(entry) else "file", HIDDEN)]
    below = [
        (Path(parent) / file).relative_to(entry.path).as_posix()
        for parent, _, files in os.walk(entry.path)
        for file in files
    ]
    return [(f"{name}/{readable(file)}", "file", HIDDEN) for file in below] or [(name, "folder", HIDDEN)]


def add_metadata(path: Path, folder: str, found: Walk) -> None:
    """Add the metadata file of a folder.

    Raises:
        InputError: the folder has another one.
    """
    if folder in found.metadata:
        raise InputError(f"{path.parent}: holds {found.metadata[folder].name} and {path.name}; right would be one")
    found.metadata[folder] = path


def rule_for(path: Path) -> str | None:
    """Return why a file is left out; None for a picture, which may still turn out to be broken."""
    if path.is_symlink() and not path.exists():
        return "a link to a file that does not exist"
    if not path.is_file():
        return local_files.NOT_A_FILE
    try:
        with path.open("rb") as file:
            head = file.read(picture_formats.HEAD)
            size = file.seek(0, os.SEEK_END)
    except OSError:
        head, size = b"", 0  # reading the whole file will fail as well, and is told as a failure
    by_ending = picture_formats.FORMAT_OF_ENDING.get(path.suffix.lower())
    if by_ending == "camera raw":
        return picture_formats.fault_of(by_ending)  # most begin as a TIFF, which holds a thumbnail only
    by_content = picture_formats.format_of(head)
    if by_content is not None:
        return None if picture_formats.is_read(by_content) else picture_formats.fault_of(by_content)
    if head.startswith(picture_formats.LFS_POINTER):
        return "a pointer of Git LFS; `git lfs pull` fetches the picture"
    if is_link_as_text(path, head, size):
        return "a link written as a text file"
    if by_ending is None:
        return picture_formats.fault_of(None)
    return None if picture_formats.is_read(by_ending) else picture_formats.fault_of(by_ending)


def is_link_as_text(path: Path, head: bytes, size: int) -> bool:
    """Return whether a file holds nothing but the relative path of another file or folder."""
    if not 0 < size <= LONGEST_LINK or b"\x00" in head or b"\n" in head.rstrip(b"\n") or b"/" not in head:
        return False
    try:
        target = head.decode("utf-8").strip()
        return not target.startswith("/") and (path.parent / target).exists()
    except (UnicodeDecodeError, OSError, ValueError):
        return False
