"""Which folder of a picture's path is its class, and which one says that it is for training or for testing."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

SPLIT_NAMES = {
    "train": "train",
    "training": "train",
    "trainset": "train",
    "validation": "validation",
    "valid": "validation",
    "val": "validation",
    "dev": "validation",
    "test": "test",
    "testing": "test",
    "testset": "test",
    "eval": "test",
    "evaluation": "test",
}
"""Name of a folder, in small letters -> the split that it holds, as Hugging Face reads these names."""

Parts = tuple[str, ...]
"""The folders that a picture is in, from the top."""


@dataclass(frozen=True, slots=True)
class Layout:
    """The meaning of the levels of folders; 0 is the top one."""

    class_depth: int
    """Negative: counted from the picture, -1 is the folder that it is in."""
    split_depth: int | None = None

    def class_index(self, parts: Parts) -> int | None:
        """Return which of the folders is the class; None where there is no such level."""
        index = self.class_depth if self.class_depth >= 0 else len(parts) + self.class_depth
        return index if 0 <= index < len(parts) and index != self.split_depth else None

    def class_of(self, parts: Parts) -> str | None:
        """Return the name of the class folder."""
        index = self.class_index(parts)
        return None if index is None else parts[index]

    def subfolder_of(self, parts: Parts) -> str | None:
        """Return the folders below the class folder; None for a picture right in it."""
        index = self.class_index(parts)
        below = [] if index is None else [parts[i] for i in range(index + 1, len(parts)) if i != self.split_depth]
        return "/".join(below) or None

    def split_of(self, parts: Parts) -> str | None:
        """Return train, validation or test; None where the path names none."""
        return split_word(parts[self.split_depth]) if self.has_split(parts) else None  # type: ignore[index]

    def has_split(self, parts: Parts) -> bool:
        """Return whether the path is deep enough to name a split."""
        return self.split_depth is not None and len(parts) > self.split_depth


def decide(paths: Sequence[Parts], class_level: int | None = None) -> Layout:
    """Return the layout of a folder.

    Folders that everything is in are passed over. Then the top level is the class, or, where all names at it are those
    of splits (`train`, `test`, ...), the next one. Class folders may be divided into such folders as well.

    Args:
        paths: the folders of every picture.
        class_level: what the card says: 1 is the top level, -1 the folder with the picture.
    """
    top = wrapper_depth(paths)
    found = split_then_class(paths, top) or class_then_split(paths, top) or Layout(top)
    if class_level is None:
        return found
    depth = class_level - 1 if class_level > 0 else class_level
    stated = Layout(depth)
    clashes = any(stated.class_index(parts) == found.split_depth for parts in paths)
    return Layout(depth, None if clashes else found.split_depth)


def wrapper_depth(paths: Sequence[Parts]) -> int:
    """Return the first level at which there are several folders or one with the name of a split; 0 if there is none."""
    for depth in range(max(map(len, paths), default=0)):
        names = {parts[: depth + 1] for parts in paths if len(parts) > depth}
        if len(names) > 1 or any(parts[depth].lower() in SPLIT_NAMES for parts in names):
            return depth
    return 0


def split_then_class(paths: Sequence[Parts], top: int) -> Layout | None:
    """Return the layout split/class if the folders at the top level are splits.

    Names like `seg_train` and `seg_test` count where they hold folders of the same names.
    """
    inside: dict[str, set[str]] = {}
    for parts in paths:
        if len(parts) > top:
            inside.setdefault(parts[top], set()).update(parts[top + 1 : top + 2])
    words = {name: split_word(name) for name in inside}
    if "train" not in words.values() or None in words.values():
        return None
    exact = all(name.lower() in SPLIT_NAMES for name in inside)
    depth = top + 1
    while repeats_split(paths, top, depth):
        depth += 1
    if not exact and (len(set(words.values())) < 2 or (depth == top + 1 and not set.intersection(*inside.values()))):
        return None
    return Layout(depth, top)


def repeats_split(paths: Iterable[Parts], top: int, depth: int) -> bool:
    """Return whether a level only repeats the split, as in seg_train/seg_train/forest."""
    deep = [parts for parts in paths if len(parts) > depth]
    return bool(deep) and all(split_word(parts[depth]) == split_word(parts[top]) for parts in deep)


def class_then_split(paths: Iterable[Parts], top: int) -> Layout | None:
    """Return the layout class/split if all folders in the class folders are splits."""
    names = {parts[top + 1].lower() for parts in paths if len(parts) > top + 1}
    splits = {SPLIT_NAMES.get(name) for name in names}
    return Layout(top, top + 1) if "train" in splits and len(splits) > 1 and None not in splits else None


def split_word(name: str) -> str | None:
    """Return the split that a folder's name tells, which may be one word of several, as in `seg_train`."""
    if name.lower() in SPLIT_NAMES:
        return SPLIT_NAMES[name.lower()]
    words = [SPLIT_NAMES[word] for word in re.split(r"[^a-z]+", name.lower()) if word in SPLIT_NAMES]
    return words[0] if len(words) == 1 else None
