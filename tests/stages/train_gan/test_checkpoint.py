from pathlib import Path

import pytest
import torch

from makeweight.core.errors import InputError
from makeweight.stages.train_gan.checkpoint import Checkpoints, fingerprint


@pytest.fixture(autouse=True)
def in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


STATE = {
    "done": 3,
    "weights": {"a.b": torch.arange(4.0), "c": torch.tensor(2, dtype=torch.uint8)},
    "adam": {"state": {0: {"step": torch.tensor(5.0)}}, "param_groups": [{"lr": 0.1, "betas": (0.0, 0.9)}]},
}


def test_what_is_saved_is_loaded() -> None:
    checkpoints = Checkpoints("engine", "key")
    assert checkpoints.load() is None
    checkpoints.save(STATE)
    state = checkpoints.load()
    assert state is not None and state["done"] == 3
    assert torch.equal(state["weights"]["a.b"], STATE["weights"]["a.b"])
    assert state["weights"]["c"].dtype == torch.uint8
    assert torch.equal(state["adam"]["state"][0]["step"], torch.tensor(5.0)), "whole-number keys stay whole numbers"
    assert state["adam"]["param_groups"][0]["betas"] == [0.0, 0.9]
    checkpoints.remove()
    assert checkpoints.load() is None and not checkpoints.folder.exists()


@pytest.mark.parametrize("damage", [b"", b"nonsense", b"\x08\x00\x00\x00\x00\x00\x00\x00{}      "])
def test_a_corrupt_checkpoint_is_set_aside(damage: bytes, capsys: pytest.CaptureFixture[str]) -> None:
    checkpoints = Checkpoints("engine", "key")
    checkpoints.save(STATE)
    checkpoints.file.write_bytes(damage)
    assert checkpoints.load() is None
    assert not checkpoints.file.exists() and checkpoints.file.with_suffix(".corrupt").exists()
    assert "set aside" in capsys.readouterr().err


def test_half_a_checkpoint_is_never_loaded() -> None:
    checkpoints = Checkpoints("engine", "key")
    checkpoints.save(STATE)
    whole = checkpoints.file.read_bytes()
    checkpoints.file.write_bytes(whole[: len(whole) - 3])
    assert checkpoints.load() is None


def test_a_full_disk_is_one_clear_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: Path, content: bytes) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(InputError, match="checkpoint.safetensors: cannot write the checkpoint: No space left"):
        Checkpoints("engine", "key").save(STATE)


def test_another_parameter_or_input_is_another_training(tmp_path: Path) -> None:
    data = tmp_path / "encoded.npy"
    data.write_bytes(b"one")
    first = fingerprint({"seed": 1}, [data])
    assert fingerprint({"seed": 1}, [data]) == first
    assert fingerprint({"seed": 2}, [data]) != first
    data.write_bytes(b"two")
    assert fingerprint({"seed": 1}, [data]) != first
