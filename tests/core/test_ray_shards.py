"""The same work on Ray and locally, with workers that die; skipped where the extra `ray` is not installed."""

import importlib.util
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from makeweight import generators
from makeweight.core import params, shards
from makeweight.core.errors import InputError
from makeweight.data import samples
from makeweight.data.codecs.spec import Spec
from makeweight.data.labelled import Labelled
from makeweight.stages import preprocess
from makeweight.stages.clean import __main__ as clean_stage
from makeweight.stages.ingest import __main__ as ingest_stage
from makeweight.stages.sample.generate import generate
from miniature import write_project
from shard_work import Dying, divide, odd

if importlib.util.find_spec("ray") is None:
    pytest.skip("Ray is not installed: pip install 'ray[data]==2.60.0'", allow_module_level=True)

import ray

from makeweight.core import ray_shards


@pytest.fixture(scope="module", autouse=True)
def cluster() -> Iterator[None]:
    """A small cluster for all tests of this file."""
    patch = pytest.MonkeyPatch()
    patch.delenv("RAY_ADDRESS", raising=False)
    ray_shards.connect(2)
    yield
    ray.shutdown()
    patch.undo()


def test_tables_come_back_in_order_and_with_their_types() -> None:
    pieces = [pd.DataFrame({"n": np.arange(start, start + 8)}) for start in range(0, 400, 8)]
    local, remote = (shards.map_shards(odd, pieces, backend, 1) for backend in ("local", "ray"))
    for one, other in zip(local, remote, strict=True):
        pd.testing.assert_frame_equal(one, other)
        assert [type(cell) for cell in one["mixed"]] == [type(cell) for cell in other["mixed"]]


def test_usage_statistics_are_off() -> None:
    assert os.environ["RAY_USAGE_STATS_ENABLED"] == "0"


def test_an_exception_of_the_work_is_raised_unchanged() -> None:
    with pytest.raises(InputError, match=r"^x.csv: row 3 is empty$"):
        shards.map_shards(divide, [1, 2, 3], "ray")
    with pytest.raises(ZeroDivisionError):
        shards.map_shards(divide, [1, 0], "ray")


def test_a_killed_worker_changes_no_result(tmp_path: Path) -> None:
    assert shards.map_shards(Dying(tmp_path, 2), list(range(12)), "ray") == [n * n for n in range(12)]
    assert len(list(tmp_path.iterdir())) == 2


def test_a_shard_that_kills_every_worker_is_an_input_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="^backend ray: a shard was lost 4 times \\(WorkerCrashedError"):
        shards.map_shards(Dying(tmp_path, 100), list(range(12)), "ray")
    assert len(list(tmp_path.iterdir())) == ray_shards.RETRIES + 1


def test_cleaning_and_encoding_give_the_same_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shards, "ROWS", 50)
    written = {}
    for backend in ("local", "ray"):
        (tmp_path / backend).mkdir()
        monkeypatch.chdir(tmp_path / backend)
        write_project(Path(), {"backend": backend, "preprocess.text.candidates": 2})
        ingest_stage.main()
        clean_stage.main()
        cleaned = samples.read(Path("data/clean/samples.parquet"))
        cleaned.table["mw_split"] = np.where(np.arange(len(cleaned)) % 3, "train", "test")
        samples.write(cleaned, preprocess.SPLIT_FILE)
        for modality in ("image", "tabular", "text"):
            preprocess.main(modality)
        written[backend] = {
            str(path): path.read_bytes() for folder in ("data", "plots", "metrics") for path in files_below(folder)
        }
    assert len(written["local"]) > 15
    assert [name for name in written["local"] if written["local"][name] != written["ray"].get(name)] == []


def files_below(folder: str) -> list[Path]:
    return sorted(path for path in Path(folder).rglob("*") if path.is_file())


def test_sampling_gives_the_same_rows() -> None:
    rng = np.random.default_rng(0)
    data = Labelled({"image": rng.integers(0, 256, (40, 3, 16, 16)).astype(np.uint8)}, np.arange(40) % 2)
    written = params.read_yaml(Path(__file__).parents[2] / "params.yaml")["train_gan"]["engines"]["latent_flow"]
    config = generators.ENGINES["latent_flow"].params.model_validate(written)
    specs = {"image": Spec("image", (3, 16, 16))}
    context = generators.TrainingContext(0, torch.device("cpu"))
    engine = generators.start("latent_flow", data, specs, ["a", "b"], config, 1, context).averaged
    labels = np.arange(600) % 2
    whole = engine.generate(labels, 7)["image"]
    for backend in ("local", "ray"):
        np.testing.assert_array_equal(generate(engine, labels, 7, 1.0, 0.0, backend)["image"], whole)


def test_a_running_cluster_is_joined_and_gets_this_code(tmp_path: Path) -> None:
    """Machines of a cluster may not have the package: here a process whose workers start in a folder without it."""
    script = (
        "from makeweight.core import shards\n"
        "from makeweight.stages.clean.texts import without_markup\n"
        "print(shards.map_shards(without_markup, ['a &amp; b', 'two'], 'ray'))\n"
    )
    done = run_script(tmp_path, script, ray.get_runtime_context().gcs_address)
    assert (done.returncode, done.stdout.strip()) == (0, "['a & b', 'two']"), done.stderr


def test_a_cluster_that_does_not_answer_is_an_input_error(tmp_path: Path) -> None:
    script = "from makeweight.core import shards\nshards.map_shards(len, ['a'], 'ray')\n"
    done = run_script(tmp_path, script, "127.0.0.1:1")
    assert "InputError: backend ray: RAY_ADDRESS is '127.0.0.1:1', but nothing answers there" in done.stderr


def run_script(folder: Path, script: str, address: str) -> subprocess.CompletedProcess[str]:
    """Run a script in another process, with RAY_ADDRESS."""
    environment = {**os.environ, "RAY_ADDRESS": address, "PYTHONPATH": str(Path("src").absolute())}
    command = [sys.executable, "-c", script]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=300)
