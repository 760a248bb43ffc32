"""Values change in a YAML file, and every other byte stays."""

from pathlib import Path

import pytest

from makeweight.core.errors import InputError
from makeweight.core.params import read_yaml
from makeweight.tools.yaml_edit import Edit, edited

TEXT = """# head
a: 1  # why
b:
  # before c
  c: [x, y]
  d:
  - one
  # inside
  - two

  e: 'no'  # our old words
  f: [1,
    2]
g: ''
"""


def test_scalars_and_lists_of_both_kinds(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    file.write_text(TEXT)
    edits = [
        Edit("a", 2, "# our words"),
        Edit("b.c", ["z"], "# our words"),
        Edit("b.d", ["three", "no", 1.5], "# our words"),
        Edit("b.e", None, "# our words"),
        Edit("b.f", []),
        Edit("g", "it's"),
    ]
    edited(file, edits, "# our")
    assert read_yaml(file) == {"a": 2, "b": {"c": ["z"], "d": ["three", "no", 1.5], "e": None, "f": []}, "g": "it's"}
    assert file.read_text() == (
        "# head\na: 2  # why\nb:\n  # before c\n  c: [z]  # our words\n"
        "  d:  # our words\n  - three\n  - 'no'\n  - 1.5\n\n  e: null  # our words\n  f: []\ng: 'it''s'\n"
    )


def test_what_is_not_there_is_named(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    file.write_text(TEXT)
    for name in ("h", "b.h", "a.h"):
        with pytest.raises(InputError, match=f"a.yaml: `{name}` is missing"):
            edited(file, [Edit(name, 1)], "# our")
    assert file.read_text() == TEXT


def test_a_file_that_is_written_otherwise_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    file.write_text("a: {b: 1, c: 2}\n")
    with pytest.raises(InputError, match="one key on a line"):
        edited(file, [Edit("a.b", 3)], "# our")
    assert file.read_text() == "a: {b: 1, c: 2}\n"
