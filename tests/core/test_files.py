"""A reader sees the old content or the new, never a part of it, and no temporary file is left."""

from pathlib import Path

import pytest

from makeweight.core import files


def test_a_failing_write_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "file.txt"
    files.write_text(path, "old")
    with pytest.raises(RuntimeError, match="stopped"), files.replacing(path) as partial:
        partial.write_text("new, but half")
        raise RuntimeError("stopped")
    assert path.read_text() == "old"
    assert [entry.name for entry in path.parent.iterdir()] == ["file.txt"]


def test_the_file_takes_its_place_only_at_the_end(tmp_path: Path) -> None:
    path = tmp_path / "file.txt"
    with files.replacing(path) as partial:
        partial.write_text("new")
        assert not path.exists()
    assert path.read_text() == "new"


def test_a_folder_is_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "folder"
    path.mkdir()
    (path / "stale.txt").write_text("old")
    with pytest.raises(RuntimeError, match="stopped"), files.replacing_folder(path) as partial:
        (partial / "fresh.txt").write_text("half")
        raise RuntimeError("stopped")
    assert [entry.name for entry in path.iterdir()] == ["stale.txt"]
    with files.replacing_folder(path) as partial:
        (partial / "inner").mkdir()
        (partial / "inner" / "fresh.txt").write_text("new")
    assert [str(entry.relative_to(path)) for entry in path.rglob("*.txt")] == ["inner/fresh.txt"]
    assert [entry.name for entry in tmp_path.iterdir()] == ["folder"]


def test_json_refuses_nan_and_keeps_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "numbers.json"
    files.write_json(path, {"b": 1, "ä": 2})
    assert path.read_text(encoding="utf-8") == '{\n  "b": 1,\n  "ä": 2\n}\n'
    with pytest.raises(ValueError, match="JSON"):
        files.write_json(path, {"b": float("nan")})
    assert '"b": 1' in path.read_text(encoding="utf-8")
