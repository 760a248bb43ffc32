"""The stage on a miniature project: resumed exactly after kill -9, mistakes told in one line, collapse noticed."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import torch

from makeweight.core.errors import InputError
from makeweight.data import samples
from makeweight.data.codecs.spec import Spec
from makeweight.data.labelled import Labelled
from makeweight.data.samples import Roles, Samples
from makeweight.generators.distributed import SINGLE_PROCESS
from makeweight.stages.train_gan import __main__ as train_gan
from makeweight.stages.train_gan import quality
from makeweight.stages.train_gan.checkpoint import Checkpoints
from makeweight.stages.train_gan.training import Training, thinned
from miniature import ROOT, write_project

CHANGES = {
    "device": "cpu",
    "modalities": ["tabular"],
    "train_gan.steps": 400,
    "train_gan.checkpoint_seconds": 0.0,
    "train_gan.quality.evaluations": 2,
    "train_gan.quality.synthetic_per_class": 10,
    "train_gan.quality.training.epochs": 1,
    "train_gan.engines.wgan_gp.steps_multiplier": 1.0,
}


def make_project(folder: Path) -> None:
    """A split of numbers only, small enough to train in seconds."""
    folder.mkdir(exist_ok=True)
    write_project(folder, CHANGES)
    rng = np.random.default_rng(0)
    labels = np.array(["few", "many", "many"] * 20)
    table = {
        "id": [f"row{row}" for row in range(60)],
        "label": labels,
        "x": np.where(labels == "few", 5.0, -5.0) + rng.normal(0, 1, 60),
        "mw_split": np.array(["train", "train", "train", "validation"])[np.arange(60) // 3 % 4],
    }
    frame = samples.pd.DataFrame(table)
    samples.write(Samples(frame, Roles(numeric=("x",))), folder / "data/split/samples.parquet")


def stage(folder: Path, *arguments: str) -> list[str]:
    return [sys.executable, str(ROOT / "src/stage.py"), *arguments]


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(stage(folder, *arguments), cwd=folder, capture_output=True, text=True, check=False)


def test_a_killed_training_goes_on_to_the_same_bytes(tmp_path: Path) -> None:
    outcomes = []
    for name in ("unbroken", "killed"):
        folder = tmp_path / name
        make_project(folder)
        assert run(folder, "preprocess", "tabular").returncode == 0
        if name == "killed":
            process = subprocess.Popen(stage(folder, "train_gan", "wgan_gp"), cwd=folder, stderr=subprocess.DEVNULL)
            while not list(folder.glob(".scratch/train_gan/*/checkpoint.safetensors")):
                assert process.poll() is None, "finished before it could be killed"
                time.sleep(0.01)
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
            assert not (folder / "data/train_gan/wgan_gp").exists(), "nothing half-written"
        done = run(folder, "train_gan", "wgan_gp")
        assert done.returncode == 0, done.stderr
        assert ("goes on after step" in done.stderr) == (name == "killed")
        assert not list(folder.glob(".scratch/train_gan/*")), "removed on success"
        outcomes.append(
            {
                path.relative_to(folder).as_posix(): path.read_bytes()
                for kind in ("data/train_gan", "metrics/train_gan", "plots/train_gan")
                for path in sorted((folder / kind).rglob("*"))
                if path.is_file()
            }
        )
    assert outcomes[0] and outcomes[0] == outcomes[1]


def test_divergence_stops_with_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Diverging:
        done = 0

        class averaged:  # noqa: N801
            name = "wgan_gp"

        def step(self) -> dict[str, float]:
            self.done += 1
            return {"distance": 1.0 if self.done < 3 else float("nan")}

    checkpoints = Checkpoints("wgan_gp", "key")
    training = Training(Diverging(), 10, lambda engine: (0.0, []), 1, checkpoints, 60.0, SINGLE_PROCESS)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="`train_gan.engines.wgan_gp` diverged at step 3: distance is nan"):
        training.run()
    assert len(training.history.records) == 2


def test_too_little_memory_is_one_line_with_a_smaller_batch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def train(*_: object) -> None:
        torch.empty(2**55, dtype=torch.uint8)

    make_project(tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(train_gan, "train", train)
    told = "^params.yaml: memory does not suffice .*; `train_gan.engines.wgan_gp.batch_size` 16 or a smaller"
    with pytest.raises(InputError, match=told) as error:
        train_gan.main("wgan_gp")
    assert "\n" not in str(error.value)


def test_a_training_ends_when_the_score_no_longer_rises() -> None:
    """Ten evaluations in twenty steps; falling scores in the first half end nothing."""
    scores = iter([0.5, 0.4, 0.3, 0.2, 0.1, 0.2, 0.3, 0.3, 0.2, 0.9])

    class Trained:
        done = 0

        class averaged:  # noqa: N801
            name = "wgan_gp"
            state_dict = staticmethod(dict)

        def step(self) -> dict[str, float]:
            self.done += 1
            return {"distance": 1.0}

    def training(patience: int | None) -> Training:
        score = lambda engine: (next(scores), [])  # noqa: E731
        own = Training(Trained(), 20, score, 10, Checkpoints("wgan_gp", "k"), 60.0, SINGLE_PROCESS, patience)  # type: ignore[arg-type]
        own.run()
        return own

    ended = training(2)
    assert [row["score"] for row in ended.history.scores] == [0.5, 0.4, 0.3, 0.2, 0.1, 0.2, 0.3, 0.3, 0.2]
    scores = iter([0.5] * 10)
    assert len(training(None).history.scores) == 10


def test_rows_that_nothing_can_learn_from_are_named() -> None:
    specs = {"tabular": Spec("tabular", (1,))}
    good = Labelled({"tabular": np.zeros((4, 1), np.float32)}, np.array([0, 0, 1, 1]))
    train_gan.check_rows(good, ["a", "b"], specs)
    with pytest.raises(InputError, match="single class 'a'"):
        train_gan.check_rows(good, ["a"], specs)
    with pytest.raises(InputError, match="class 'b' has 1 sample"):
        train_gan.check_rows(good.take(np.array([0, 1, 2])), ["a", "b"], specs)
    with pytest.raises(InputError, match="not finite"):
        train_gan.check_rows(Labelled({"tabular": np.full((4, 1), np.nan)}, good.labels), ["a", "b"], specs)
    with pytest.raises(InputError, match="image/encoded.npy: has numbers that are not finite"):
        pixels = Labelled({"image": np.full((4, 1, 8, 8), np.nan, np.float32)}, good.labels)
        train_gan.check_rows(pixels, ["a", "b"], {"image": Spec("image", (1, 8, 8))})
    with pytest.raises(InputError, match="`preprocess.image.size` is 1"):
        picture = Labelled({"image": np.zeros((4, 1, 1, 1), np.uint8)}, good.labels)
        train_gan.check_rows(picture, ["a", "b"], {"image": Spec("image", (1, 1, 1))})


def test_a_collapsed_class_is_noticed() -> None:
    rng = np.random.default_rng(0)
    labels = np.repeat([0, 1], 50)
    train = Labelled({"image": rng.integers(0, 256, (100, 1, 8, 8)).astype(np.uint8)}, labels)
    synthetic = rng.integers(0, 256, (100, 1, 8, 8)).astype(np.uint8)
    synthetic[labels == 1] = synthetic[-1]
    # Numbers that vary do not hide pictures that do not.
    numbers = rng.normal(0, 1, (100, 3)).astype(np.float32)
    both = [Labelled({"image": images, "tabular": numbers}, labels) for images in (synthetic, train.inputs["image"])]
    assert quality.collapsed(both[0], both[1], 2) == {1: ["image"]}
    assert quality.collapsed(both[1], both[1], 2) == {}


def test_curves_are_thinned_to_means() -> None:
    table = thinned([{"step": step, "loss": float(step)} for step in range(1, 11)], most=5)
    assert table["step"].tolist() == [2, 4, 6, 8, 10]
    assert table["loss"].tolist() == [1.5, 3.5, 5.5, 7.5, 9.5]
