"""torchvision can be imported and used, whether or not its compiled operators load."""

import importlib
import subprocess
import sys
from types import ModuleType

import pytest
import torch

from makeweight.core import vision


def test_networks_and_data_sets_work() -> None:
    importlib.import_module("torchvision.datasets")
    models = importlib.import_module("torchvision.models")
    assert vision.torchvision.__version__
    assert models.squeezenet1_1(weights=None)(torch.zeros(1, 3, 64, 64)).shape == (1, 1000)


def test_import_works_in_a_fresh_process() -> None:
    lines = [
        "from makeweight.core.vision import torchvision",
        "from torchvision.transforms import v2",
        "print(v2.RandomCrop(4))",
    ]
    code = "; ".join(lines)
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, env={"PYTHONPATH": "src"}
    )
    assert done.returncode == 0, done.stderr
    assert "RandomCrop" in done.stdout


def test_other_failures_pass_through(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(name: str) -> ModuleType:
        raise RuntimeError("out of luck")

    monkeypatch.setattr(vision.importlib, "import_module", fail)
    with pytest.raises(RuntimeError, match="out of luck"):
        vision.import_torchvision()
