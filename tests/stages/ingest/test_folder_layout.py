"""Which folder is the class, and which one a given split, for every usual arrangement of folders."""

import pytest

from makeweight.stages.ingest.folder import layout

ARRANGEMENTS = {
    "class": (["disc", "bar"], ["disc", "bar"], None),
    "class/subfolder": (["disc/left", "disc/right", "bar/left"], ["disc", "disc", "bar"], None),
    "some in sub-folders": (["disc", "disc/right", "bar"], ["disc", "disc", "bar"], None),
    "split/class": (["train/a", "test/a", "val/b"], ["a", "a", "b"], ["train", "test", "validation"]),
    "split/class/subfolder": (["train/a/x", "test/a/y"], ["a", "a"], ["train", "test"]),
    "split/class in other words": (["Training/a", "Dev/a", "Eval/a"], ["a"] * 3, ["train", "validation", "test"]),
    "train only": (["train/a", "train/b"], ["a", "b"], ["train", "train"]),
    "a wrapper": (["pets/a", "pets/b"], ["a", "b"], None),
    "two wrappers and splits": (["x/y/train/a", "x/y/test/b"], ["a", "b"], ["train", "test"]),
    "class/split": (["a/train", "a/test", "b/train"], ["a", "a", "b"], ["train", "test", "train"]),
    "words in names": (["seg_train/a", "seg_test/a"], ["a", "a"], ["train", "test"]),
    "repeated words": (["seg_train/seg_train/a", "seg_test/seg_test/b"], ["a", "b"], ["train", "test"]),
    "classes with such words": (["bullet train/x", "crash test/y"], ["bullet train", "crash test"], None),
    "a class called train": (["train", "bus"], ["train", "bus"], None),
    "a class called test": (["test", "bus"], ["test", "bus"], None),
    "no class at the top": (["", "a", "b"], [None, "a", "b"], None),
    "unlabelled test": (["train/a", "train/b", "test"], ["a", "b", None], ["train", "train", "test"]),
    "splits without classes": (["train", "test"], [None, None], ["train", "test"]),
    "one class": (["a", "a"], ["a", "a"], None),
}


def parts(text: str) -> layout.Parts:
    return tuple(text.split("/")) if text else ()


@pytest.mark.parametrize("case", ARRANGEMENTS)
def test_the_class_and_the_split_of_a_path(case: str) -> None:
    folders, classes, splits = ARRANGEMENTS[case]
    paths = [parts(folder) for folder in folders]
    found = layout.decide(paths)
    assert [found.class_of(path) for path in paths] == classes
    assert [found.split_of(path) for path in paths] == (splits or [None] * len(paths))


@pytest.mark.parametrize(
    ("level", "classes", "splits"),
    [
        (1, ["train", "test"], [None, None]),
        (2, ["a", "b"], ["train", "test"]),
        (3, ["x", None], ["train", "test"]),
        (-1, ["x", "b"], ["train", "test"]),
        (-2, [None, None], [None, None]),
    ],
)
def test_the_card_can_say_which_level_is_the_class(level: int, classes: list, splits: list) -> None:
    paths = [parts("train/a/x"), parts("test/b")]
    found = layout.decide(paths, level)
    if level == -2:  # one of them would be the class `test`, so that the folders are no splits
        classes = ["a", "test"]
    assert [found.class_of(path) for path in paths] == classes
    assert [found.split_of(path) for path in paths] == splits


def test_the_folders_below_the_class() -> None:
    paths = [parts("train/a/x/y"), parts("test/b")]
    found = layout.decide(paths)
    assert [found.subfolder_of(path) for path in paths] == ["x/y", None]
    paths = [parts("a/train/x"), parts("b/test")]
    inner = layout.decide(paths)
    assert [inner.subfolder_of(path) for path in paths] == ["x", None]
