"""Killed in any phase of a step, on one process or two, every engine's training goes on to the unbroken bytes."""

from pathlib import Path

import pytest
import torch
from killed_training import MODALITY_SETS, outcome
from together import run_together

from makeweight.generators import ENGINES
from makeweight.generators.distributed import ProcessGroup

GPU = pytest.param("cuda", marks=pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU"))


@pytest.mark.parametrize("device", ["cpu", GPU])
@pytest.mark.parametrize("modalities", MODALITY_SETS, ids="+".join)
@pytest.mark.parametrize("engine", sorted(ENGINES))
def test_killed_in_every_phase(engine: str, modalities: tuple[str, ...], device: str, tmp_path: Path) -> None:
    group = ProcessGroup(device=torch.device(device))
    unbroken = outcome(engine, modalities, tmp_path / "unbroken", group)
    assert outcome(engine, modalities, tmp_path / "killed", group, killed=True) == unbroken


def test_two_processes_killed_in_every_phase(tmp_path: Path) -> None:
    run_together("killed_training.py", 2, tmp_path)
    for engine in sorted(ENGINES):
        for modalities in MODALITY_SETS[::6]:
            files = [tmp_path / f"{engine}-{'+'.join(modalities)}-{rank}-{killed}" for rank in (0, 1)
                     for killed in (False, True)]  # fmt: skip
            assert len({file.read_bytes() for file in files}) == 1, (engine, modalities)
