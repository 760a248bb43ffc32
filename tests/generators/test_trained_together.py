"""Two processes of torchrun on loopback train as one process does: gradients, curve and state, for every engine."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from together import run_together
from train_together import STEPS, start

from makeweight.generators import ENGINES
from makeweight.generators.distributed import SINGLE_PROCESS
from makeweight.stages.train_gan.checkpoint import unpacked


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[int, Path]:
    """Number of processes -> what they wrote."""
    folders = {}
    for processes in (1, 2):
        folder = folders[processes] = tmp_path_factory.mktemp(f"processes{processes}")
        run_together("train_together.py", processes, folder)
    return folders


def outcome(folder: Path, engine: str, rank: int) -> dict[str, Any]:
    return json.loads((folder / f"{engine}-{rank}.json").read_text())


def state(file: Path) -> dict[str, Any]:
    return unpacked(file.read_bytes())


@pytest.mark.parametrize("engine", sorted(ENGINES))
def test_gradients_and_curve_are_those_of_one_process(engine: str, outcomes: dict[int, Path]) -> None:
    alone, together = outcome(outcomes[1], engine, 0), outcome(outcomes[2], engine, 0)
    assert set(alone["gradients"]) == set(together["gradients"]) == set(alone["optimisers"]), "each took a step"
    for name, gradient in alone["gradients"].items():
        expected, found = torch.tensor(gradient), torch.tensor(together["gradients"][name])
        # The generator's first gradient comes after a critic step, and Adam's first steps enlarge any rounding.
        near = 1e-3 if name == "generator_adam" else 1e-5
        assert (found - expected).norm() < near * expected.norm(), name
    for one, two in zip(alone["curve"], together["curve"], strict=True):
        assert two == pytest.approx(one, rel=0.02, abs=0.005)


@pytest.mark.parametrize("engine", sorted(ENGINES))
def test_every_process_ends_with_the_same_bytes(engine: str, outcomes: dict[int, Path]) -> None:
    first, second = ((outcomes[2] / f"{engine}-{rank}.safetensors").read_bytes() for rank in (0, 1))
    assert first == second, "weights, optimisers, averages and streams of random numbers"
    assert outcome(outcomes[2], engine, 0) == outcome(outcomes[2], engine, 1), "what is reported is of the whole batch"


@pytest.mark.parametrize("engine", sorted(ENGINES))
def test_what_two_began_one_can_finish(engine: str, outcomes: dict[int, Path]) -> None:
    trainer = start(engine, SINGLE_PROCESS)
    trainer.restore(state(outcomes[2] / f"{engine}-0-half.safetensors"))
    assert trainer.done == STEPS // 2
    curve = [trainer.step() for _ in range(STEPS - trainer.done)]
    for one, two in zip(outcome(outcomes[2], engine, 0)["curve"][STEPS // 2 :], curve, strict=True):
        assert two == pytest.approx(one, rel=0.02, abs=0.005)
    expected, found = state(outcomes[2] / f"{engine}-0.safetensors"), trainer.state()
    assert torch.equal(expected["rng"], found["rng"]), "the streams stand alike"
    finished = start(engine, SINGLE_PROCESS)
    finished.restore(expected)
    for name, weights in finished.averaged.state_dict().items():
        torch.testing.assert_close(trainer.averaged.state_dict()[name], weights, atol=0.01, rtol=0.02)


def test_a_process_with_other_inputs_is_refused(outcomes: dict[int, Path]) -> None:
    assert [file.name for file in outcomes[2].glob("refused-*")] == ["refused-1.txt"]
    refusal = (outcomes[2] / "refused-1.txt").read_text()
    assert refusal == "process 1 of 2: its inputs are not those of process 0"


def test_one_process_of_torchrun_equals_none(outcomes: dict[int, Path]) -> None:
    trainer = start("wgan_gp", SINGLE_PROCESS)
    curve = [trainer.step() for _ in range(STEPS)]
    assert curve == outcome(outcomes[1], "wgan_gp", 0)["curve"], "to the last bit"
