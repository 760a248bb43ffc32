"""The same work on Ray and locally, with workers that die; skipped where the extra `ray` is not installed."""

import importlib.util
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
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
from shard_work import Dying, LastOne, divide, odd

if importlib.util.find_spec("ray") is None:
    pytest.skip("Ray is not installed: pip install 'ray[data]==2.60.0'", allow_module_level=True)

import ray
from ray.cluster_utils import Cluster

from makeweight.core import ray_shards

HELD = """
import time
from pathlib import Path

from makeweight.core import ray_shards, shards

ray_shards.PATIENCE = 1.0
FOLDER = Path({folder!r})

def held(shard):
    (FOLDER / f"started-{{shard}}").touch()
    while not (FOLDER / "go").exists():
        time.sleep(0.05)
    return shard * shard

(FOLDER / "squares").write_text(str(shards.map_shards(held, list(range(6)), "ray")))
"""
"""Work of which each shard says that it has begun, and waits for the file `go`; the results are in `squares`."""
MEMORY = 100_000_000
ENDED = "127.0.0.1:1"
"""Where no cluster is."""


@pytest.fixture(scope="module", autouse=True)
def cluster() -> Iterator[None]:
    """A small cluster for all tests of this file, started where one that was killed has left its address."""
    # Ray's sockets lie in it, and their paths may have 107 bytes: pytest's folders are too long.
    with tempfile.TemporaryDirectory(prefix="ray-", dir="/tmp") as folder, pytest.MonkeyPatch.context() as patch:
        patch.delenv("RAY_ADDRESS", raising=False)
        patch.setenv("RAY_TMPDIR", folder)
        left = Path(folder, "ray", "ray_current_cluster")
        left.parent.mkdir()
        left.write_text(ENDED)
        ray_shards.connect(2)
        yield
        ray.shutdown()


def test_an_address_that_a_killed_cluster_left_is_not_taken() -> None:
    assert ray.get_runtime_context().gcs_address != ENDED


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
    done = run_script(tmp_path, script, ENDED)
    assert f"InputError: backend ray: RAY_ADDRESS is {ENDED!r}, but nothing answers there" in done.stderr


def test_killed_nodes_change_no_result_and_without_any_there_is_one_line(tmp_path: Path) -> None:
    head = {"num_cpus": 0, "include_dashboard": False, "object_store_memory": MEMORY}
    nodes = Cluster(initialize_head=True, head_node_args=head)
    try:
        one, other = (nodes.add_node(num_cpus=1, object_store_memory=MEMORY) for _ in range(2))
        nodes.wait_for_nodes()
        with started_held(tmp_path / "killed", nodes.address) as process:
            wait_until(lambda: len(list((tmp_path / "killed").glob("started-*"))) == 2, process)
            nodes.remove_node(one, allow_graceful=False)
            (tmp_path / "killed" / "go").touch()
            _, errors = ended(process)
        assert process.returncode == 0, errors
        assert (tmp_path / "killed" / "squares").read_text() == "[0, 1, 4, 9, 16, 25]"

        with started_held(tmp_path / "gone", nodes.address) as process:
            wait_until(lambda: list((tmp_path / "gone").glob("started-*")), process)
            nodes.remove_node(other, allow_graceful=False)
            _, errors = ended(process)
        line = f"InputError: backend ray: the cluster at {nodes.address} has had no core for 1 seconds; start its nodes"
        assert process.returncode == 1 and line in errors, errors
    finally:
        nodes.shutdown()


def test_a_connection_that_breaks_is_an_input_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise BrokenPipeError("Broken pipe")

    monkeypatch.setattr(ray_shards, "gather", broken)
    with pytest.raises(InputError, match="^backend ray: the connection to the cluster broke \\(Broken pipe\\); start"):
        shards.map_shards(len, ["a"], "ray")


def test_a_slow_shard_holds_up_no_other_one(tmp_path: Path) -> None:
    """The first shard waits until all others are done, many more than are submitted at a time."""
    assert shards.map_shards(LastOne(tmp_path, 40), list(range(40)), "ray") == [n * n for n in range(40)]


def started_held(folder: Path, address: str) -> "subprocess.Popen[str]":
    """Start `HELD` in a new folder, on the cluster at an address."""
    folder.mkdir()
    return started_script(folder, HELD.format(folder=str(folder)), address)


def started_script(folder: Path, script: str, address: str) -> "subprocess.Popen[str]":
    """Start a script in another process, with RAY_ADDRESS."""
    environment = {**os.environ, "RAY_ADDRESS": address, "PYTHONPATH": str(Path("src").absolute())}
    pipe = subprocess.PIPE
    return subprocess.Popen(
        [sys.executable, "-c", script], cwd=folder, env=environment, stdout=pipe, stderr=pipe, text=True
    )


def ended(process: "subprocess.Popen[str]") -> tuple[str, str]:
    """Wait for the end of a script, and return what it printed and its errors."""
    try:
        return process.communicate(timeout=300)
    except subprocess.TimeoutExpired:
        process.kill()
        raise


def wait_until(is_so: Callable[[], object], process: "subprocess.Popen[str]", seconds: float = 240.0) -> None:
    """Wait until something is so; fail if the process ends before, or does not come that far."""
    end = time.monotonic() + seconds
    while not is_so():
        if process.poll() is not None or time.monotonic() > end:
            process.kill()
            pytest.fail(f"it did not come to this: {process.communicate()}")
        time.sleep(0.05)


def run_script(folder: Path, script: str, address: str) -> subprocess.CompletedProcess[str]:
    """Run a script as `started_script` starts it, to its end."""
    with started_script(folder, script, address) as process:
        output, errors = ended(process)
    return subprocess.CompletedProcess(process.args, process.returncode, output, errors)
