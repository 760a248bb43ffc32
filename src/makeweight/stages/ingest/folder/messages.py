"""What a folder of pictures tells its user, a line each: what was decided, followed and left out."""

from collections import Counter
from collections.abc import Sequence

from makeweight.core.names import listed
from makeweight.stages.ingest.folder.layout import SPLIT_NAMES, Layout, Parts
from makeweight.stages.ingest.folder.walk import Walk


def no_picture(name: str, path: str, walked: Walk) -> str:
    """Return why a folder without a picture is refused."""
    counts = Counter(rule for _, _, rule in walked.excluded).most_common(3)
    reasons = "; ".join(f"{count} files: {rule}" for rule, count in counts)
    return f"{name}: `source.path` {path!r} holds no picture" + (f" ({reasons})" if reasons else "")


def no_class(name: str, path: str, found: Layout, paths: Sequence[Parts], class_level: int | None) -> str:
    """Return why a folder without a class is refused, and what would be right."""
    start = f"{name}: `source.path` {path!r}"
    deepest = max(map(len, paths), default=0)
    if class_level is not None and deepest:
        return f"{start}: `source.class_level` is {class_level}, but the pictures lie at most {deepest} folders deep"
    if found.split_depth is not None:
        names = sorted({parts[found.split_depth] for parts in paths if len(parts) > found.split_depth})
        right = f"right would be {names[0]}/<class>/..., a metadata.csv, or `class_level: 1` if they are the classes"
        return f"{start}: the folders {listed(names)} have the names of splits and hold no class folders; {right}"
    return f"{start}: the pictures lie in no sub-folder; right would be one for each class, or a metadata.csv"


def walk_notes(walked: Walk) -> list[str]:
    """Return what was followed, and what is a picture although its name does not say so."""
    notes = []
    if walked.linked:
        notes.append(f"linked folders are followed: {listed(walked.linked)}")
    if walked.unusual:
        count, first = len(walked.unusual), walked.unusual[0]
        notes.append(f"{count} files without the ending of a picture are pictures by their content, such as {first}")
    return notes


def class_notes(found: Layout, paths: Sequence[Parts], walked: Walk) -> list[str]:
    """Return which folders are the classes, and which of their sub-folders and empty neighbours there are.

    Args:
        found: the layout.
        paths: the folders of each picture that has a class.
        walked: all files and folders.
    """
    names = sorted({found.class_of(path) or "" for path in paths})
    depth = found.class_depth
    level = f"at level {depth + 1}" if depth >= 0 else f"at level {depth}, counted from the picture"
    notes = [f"the class is the folder {level}: {len(names)} classes, {listed(names)}"]
    deeper = [path for path in paths if found.subfolder_of(path)]
    if deeper:
        notes.append(
            f"{len(deeper)} pictures lie in a sub-folder of their class, such as {'/'.join(deeper[0])}, and belong to "
            f"{found.class_of(deeper[0])!r}; in a card, `class_level: -1` under `source` takes the folder of the "
            "picture, and `group: subfolder` under `columns` keeps a sub-folder in one split"
        )
    return [*notes, *empty_notes(found, paths, walked)]


def empty_notes(found: Layout, paths: Sequence[Parts], walked: Walk) -> list[str]:
    """Return a line about folders at the level of the classes that hold no picture."""
    if found.class_depth < 0:
        return []
    length = found.class_depth + 1
    full = {path[:length] for path in paths}
    above = {path[: length - 1] for path in paths}
    folders = [tuple(folder.split("/")) for folder in walked.folders]
    empty = sorted(
        "/".join(parts)
        for parts in folders
        if len(parts) == length and parts not in full and parts[:-1] in above and parts[-1].lower() not in SPLIT_NAMES
    )
    return [f"{len(empty)} folders at the level of the classes hold no picture: {listed(empty)}"] if empty else []


def excluded_notes(excluded: Sequence[tuple[str, str, str]]) -> list[str]:
    """Return one line about everything that is left out, by rule and with an example."""
    rules = Counter(rule for _, _, rule in excluded)
    first = {rule: url for url, _, rule in reversed(excluded)}
    parts = [f"{count} x {rule} (such as {first[rule]})" for rule, count in rules.most_common()]
    return [f"left out: {'; '.join(parts)}"] if excluded else []
