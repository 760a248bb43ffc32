"""A reader sees the old content or the new, never a part of it, and no temporary file is left."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
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


def test_what_a_dead_process_left_is_removed_and_what_a_living_one_writes_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    left = {}
    for owner in (dead.pid, os.getppid()):
        folder, inner = Path(f"data/.sample.{owner}.tmp"), Path(f".scratch/train_gan/a/.x.safetensors.{owner}.tmp")
        metric, params = Path(f"metrics/contest/.none.json.{owner}.tmp"), Path(f".params.yaml.{owner}.tmp")
        left[owner] = [folder, inner, metric, params]
        folder.mkdir(parents=True)
        for file in (folder / "samples.parquet", *left[owner][1:]):
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text("half")
    mine = [Path("data/sample/samples.parquet"), Path("pictures/.own.1.tmp"), Path("data/.tmp"), Path("data/a.2.tmp")]
    for file in mine:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("whole")
    files.remove_partial()
    assert not any(path.exists() for path in left[dead.pid])
    assert all(path.exists() for path in (*left[os.getppid()], *mine))


def test_an_array_is_written_as_numpy_writes_it_and_a_full_disk_says_so(tmp_path: Path) -> None:
    array = np.arange(6, dtype=np.float32).reshape(2, 3)
    files.write_array(tmp_path / "array.npy", array)
    np.save(tmp_path / "expected.npy", array)
    assert (tmp_path / "array.npy").read_bytes() == (tmp_path / "expected.npy").read_bytes()
    if Path("/dev/full").exists():
        with pytest.raises(OSError, match="No space left"):
            files.write_array(Path("/dev/full"), np.zeros(1_000_000))


def test_a_message_names_the_file_and_not_what_stands_for_it_while_it_is_written() -> None:
    text = "Failed to open 'data/clean/.samples.parquet.12218.tmp'. Detail"
    assert files.final_name(text) == "Failed to open 'data/clean/samples.parquet'. Detail"
