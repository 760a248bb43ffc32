"""Stages with `backend: ray` on a cluster of three node processes on this machine, of which nodes fail.

A table of pictures, words and amounts goes through `clean`, `split` and `preprocess` with local processes. Then each
stage that uses Ray runs on three nodes: undisturbed; with one node killed while it works on a shard; with the workers
of one node stopped for some seconds. `clean` also runs with a node that freezes for good. All outputs must have the
same bytes as those of local processes. In the end all nodes that have cores are killed, and the head of the cluster:
the stage must end with status 1 and one line, write nothing, and give the same bytes once it is run again. Where the
head is killed, Ray itself may end the stage before it has said its line.

Seconds are by the clock, on one machine: three nodes share its cores. Needs Ray; some 20 minutes.
Run: `python benchmarks/ray_nodes.py [--rows ROWS]`.
"""

import argparse
import hashlib
import io
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import psutil
from PIL import Image

import record
import stage_runs
from makeweight.core import files, ray_shards  # before Ray, which reads the settings of `ray_shards`

import ray.cluster_utils as clusters  # isort: skip

ROWS = 12_000
COPIES = 0.03
"""Share of the rows whose picture is another one's, with new noise and compressed again."""
STAGES = ("clean", "preprocess image", "preprocess tabular", "preprocess text")
GONE_STAGES = ("clean", "preprocess image")
RULES = ("exact_duplicate", "near_duplicate")
CHANGES = {f"clean.rules.{rule}.for": ["observations"] for rule in RULES} | {"dataset": "made", "device": "cpu"}
FOLDERS = ("data", "metrics", "plots")
MEMORY = 400_000_000
SLOW_SECONDS = 15.0
INTO_CLEAN = 4.0
"""Processor seconds of a worker before its node is disturbed in `clean`; in `preprocess`, which is short, at once."""
LIMIT = 600.0
WORDS = ("red", "wooden", "boat", "cup", "fine", "drum", "flag", "tall", "old", "painted")

Disturb = Callable[["Cluster"], None]


def table(rows: int) -> pd.DataFrame:
    """Pictures of eight by eight coloured patches, with noise, words and amounts that depend on the class."""
    rng = np.random.default_rng(17)
    labels = rng.choice(["boats", "cups", "drums"], rows, p=[0.8, 0.17, 0.03])
    pictures, bases = [], rng.integers(0, 256, (rows, 8, 8, 3), dtype=np.uint8)
    for row, base in enumerate(bases):
        if row and rng.random() < COPIES:
            base = bases[rng.integers(row)]
        noisy = np.kron(base, np.ones((6, 6, 1))) + rng.normal(0, 4, (48, 48, 3))
        file = io.BytesIO()
        Image.fromarray(np.clip(noisy, 0, 255).astype(np.uint8)).save(file, "JPEG", quality=int(rng.integers(80, 96)))
        pictures.append(file.getvalue())
    return pd.DataFrame(
        {
            "id": [f"{row:06}" for row in range(rows)],
            "label": labels,
            "image": pictures,
            "title": [" ".join(rng.choice(WORDS, 4)) for _ in range(rows)],
            "price": rng.lognormal(2 + (labels == "cups"), 0.5).round(2),
            "origin": rng.choice(["DE", "FR", "PE"], rows),
        }
    )


def write_project(folder: Path, rows: int) -> None:
    """Write the table, its card and the repository's parameters, and ingest it."""
    folder.mkdir(parents=True)
    table(rows).to_parquet(folder / "made.parquet", index=False)
    roles = {"id": "id", "label": "label", "image": "image", "text": ["title"], "numeric": ["price"]}
    source = {"kind": "parquet", "files": ["made.parquet"]}
    card = {"title": "Made", "licence": "none needed", "source": source}
    files.write_json(folder / "datasets" / "made.yaml", {**card, "columns": {**roles, "categorical": ["origin"]}})
    write_params(folder, "local")
    end(start(folder, "ingest"))


def write_params(folder: Path, backend: str) -> None:
    """Write the repository's parameters with a backend."""
    stage_runs.write_params(folder, {**CHANGES, "backend": backend})


def copied(project: Path, name: str, backend: str, needs: Sequence[str] = ("ingest",)) -> Path:
    """Copy a project with the outputs of these stages only."""
    folder = project.parent / name
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "data").mkdir(parents=True)
    shutil.copytree(project / "datasets", folder / "datasets")
    for stage in needs:
        shutil.copytree(project / "data" / stage, folder / "data" / stage)
    write_params(folder, backend)
    return folder


@dataclass(frozen=True)
class Ended:
    """How a stage ended."""

    status: int
    seconds: float
    output: str
    errors: str


def start(folder: Path, stage: str, address: str | None = None) -> subprocess.Popen[str]:
    """Start a stage, on the cluster at an address if there is one."""
    variables = {"RAY_ADDRESS": address} if address else {}
    pipe = subprocess.PIPE
    return stage_runs.start(folder, stage, variables, stdout=pipe, stderr=pipe, text=True)


def end(process: subprocess.Popen[str], begun: float = 0.0, status: int = 0) -> Ended:
    """Wait for a stage; end the benchmark if its status is another one."""
    output, errors = process.communicate(timeout=LIMIT)
    if process.returncode != status:
        sys.exit(f"{process.args} ended with status {process.returncode}, not {status}:\n{output}{errors}")
    return Ended(process.returncode, time.monotonic() - begun, output, errors)


def digests(folder: Path) -> dict[str, str]:
    """The SHA-256 of every output, by path."""
    paths = sorted(path for name in FOLDERS for path in (folder / name).rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}


class Cluster:
    """A head and node processes; `nodes` are those that have a core and are not the head."""

    def __init__(self, head_cores: int) -> None:
        head = {"num_cpus": head_cores, "include_dashboard": False, "object_store_memory": MEMORY}
        self.all = clusters.Cluster(initialize_head=True, head_node_args=head)
        self.head = self.all.head_node
        self.nodes: list[clusters.NodeProcess] = []
        self.fill()

    def fill(self) -> None:
        """Add nodes until there are two beside the head."""
        while len(self.nodes) < 2:
            self.nodes.append(self.all.add_node(num_cpus=1, object_store_memory=MEMORY))
        self.all.wait_for_nodes()

    def busy(self, node: object) -> list[psutil.Process]:
        """The workers of a node that are at work on a shard."""
        return [process for process in tree(node) if title(process).startswith("ray::apply")]

    def remove(self, node: object) -> None:
        """Kill a node without notice: raylet, agents and workers."""
        send(tree(node), signal.SIGKILL)
        self.all.remove_node(node, allow_graceful=False)
        self.nodes.remove(node)


@contextmanager
def cluster(head_cores: int) -> Iterator[Cluster]:
    """A cluster that ends with the block."""
    made = Cluster(head_cores)
    try:
        yield made
    finally:
        made.all.shutdown()


def tree(node: object) -> list[psutil.Process]:
    """The processes of a node with all that they have started."""
    found: list[psutil.Process] = []
    for processes in node.all_processes.values():  # type: ignore[attr-defined]
        for one in processes:
            try:
                top = psutil.Process(one.process.pid)
                found += [top, *top.children(recursive=True)]
            except psutil.NoSuchProcess:
                continue
    return found


def title(process: psutil.Process) -> str:
    """What a process calls itself."""
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return ""


def send(processes: Sequence[psutil.Process], number: int) -> None:
    """Send a signal to processes, of which some may have ended."""
    for process in processes:
        try:
            process.send_signal(number)
        except psutil.NoSuchProcess:
            continue


def kill_one(on: Cluster) -> None:
    """Kill one node."""
    on.remove(on.nodes[0])


def kill_all(on: Cluster) -> None:
    """Kill all nodes that have a core, where the head has none."""
    for node in list(on.nodes):
        on.remove(node)


def kill_head(on: Cluster) -> None:
    """Kill the head, to which the stage itself is connected."""
    send(tree(on.head), signal.SIGKILL)


def slow_down(on: Cluster) -> None:
    """Stop the workers of one node for some seconds."""
    workers = [process for process in tree(on.nodes[0]) if title(process).startswith(("ray::apply", "ray::IDLE"))]
    send(workers, signal.SIGSTOP)
    time.sleep(SLOW_SECONDS)
    send(workers, signal.SIGCONT)


def freeze(on: Cluster) -> None:
    """Stop all processes of one node, as of a machine that hangs."""
    send(tree(on.nodes[0]), signal.SIGSTOP)


def run(folder: Path, stage: str, on: Cluster, disturb: Disturb | None = None, status: int = 0) -> Ended:
    """Run a stage on a cluster, and disturb it while a node works on one of its shards."""
    begun = time.monotonic()
    process = start(folder, stage, on.all.address)
    if disturb is not None:
        wait_for_work(process, on, INTO_CLEAN if stage == "clean" else 0.0)
        disturb(on)
        if process.poll() is not None and disturb is not slow_down:
            sys.exit(f"{stage} had ended before it was disturbed")
    return end(process, begun, status)


def wait_for_work(process: subprocess.Popen[str], on: Cluster, seconds: float) -> None:
    """Wait until the node that is to be disturbed works on a shard, and a worker has used some processor seconds."""
    while process.poll() is None:
        workers = on.busy(on.nodes[0])
        if workers and (not seconds or spent(workers) >= seconds):
            return
        time.sleep(0.01)


def spent(workers: Sequence[psutil.Process]) -> float:
    """Processor seconds of workers, imports included."""
    try:
        return max(sum(worker.cpu_times()[:2]) for worker in workers)
    except psutil.Error:
        return 0.0


def retried(ended: Ended) -> int:
    """How many shards Ray says it tries again."""
    return ended.output.count("the task will be retried") + ended.errors.count("the task will be retried")


def compared(folder: Path, expected: Mapping[str, str], what: str) -> int:
    """Return the number of files; end the benchmark where one has other bytes than with local processes."""
    found = digests(folder)
    other = sorted(name for name in found.keys() | expected.keys() if found.get(name) != expected.get(name))
    if other:
        sys.exit(f"{what}: other bytes than with local processes: {', '.join(other)}")
    return len(found)


def chain(project: Path, name: str, run_stage: Callable[[Path, str], Ended], backend: str) -> tuple[Path, list[Ended]]:
    """Run all stages in a copy of the project, `split` as it is between them."""
    folder, ended = copied(project, name, backend), []
    for stage in STAGES:
        ended.append(run_stage(folder, stage))
        print(name, stage, f"{ended[-1].seconds:.1f} s, {retried(ended[-1])} shards again", flush=True)
        if stage == "clean":
            end(start(folder, "split"))
    return folder, ended


def numbers(case: str, ended: Sequence[Ended]) -> dict[str, float]:
    """The numbers of a case under their dotted names."""
    named = list(zip((stage.replace(" ", "_") for stage in STAGES), ended, strict=False))
    seconds = {f"{case}.seconds.{stage}": round(one.seconds, 1) for stage, one in named}
    return seconds | ({f"{case}.retried.{stage}": retried(one) for stage, one in named} if case == "killed" else {})


def disturbed(project: Path, expected: Mapping[str, str]) -> dict[str, float]:
    """Three nodes: undisturbed, one killed, one slow, one frozen."""
    results: dict[str, float] = {}
    with cluster(1) as on:
        for case, disturb in (("ray", None), ("killed", kill_one), ("slow", slow_down)):

            def run_stage(folder: Path, stage: str, disturb: Disturb | None = disturb) -> Ended:
                on.fill()
                return run(folder, stage, on, disturb)

            folder, ended = chain(project, case, run_stage, "ray")
            results[f"{case}.files"] = compared(folder, expected, case)
            results |= numbers(case, ended)
        folder = copied(project, "frozen", "ray")
        on.fill()
        frozen = run(folder, "clean", on, freeze)
        cleaned = {name: digest for name, digest in expected.items() if name.startswith(tuple(outputs_of("clean")))}
        results["frozen.files"] = compared_outputs(folder, cleaned, "clean", "frozen")
        results |= numbers("frozen", [frozen])
        print("frozen clean", f"{frozen.seconds:.1f} s", flush=True)
    return results


def outputs_of(stage: str) -> list[str]:
    """What the paths of a stage's outputs start with."""
    name, _, cell = stage.partition(" ")
    inner = f"{name}/{cell}" if cell else name
    return [f"data/{inner}/", *(f"{folder}/{inner}{end}" for folder in ("metrics", "plots") for end in ("/", "."))]


def compared_outputs(folder: Path, expected: Mapping[str, str], stage: str, what: str) -> int:
    """As `compared`, for the outputs of one stage."""
    own = tuple(outputs_of(stage))
    found = {name: digest for name, digest in digests(folder).items() if name.startswith(own)}
    if found != expected or not found:
        sys.exit(f"{what}: other bytes than with local processes, or none: {sorted(found)}")
    return len(found)


def gone(project: Path, local: Path, expected: Mapping[str, str]) -> dict[str, float]:
    """All nodes that have cores are killed, then added again; then the head is killed."""
    results: dict[str, float] = {}
    for stage, head_cores, disturb in (
        *((stage, 0, kill_all) for stage in GONE_STAGES),
        ("clean", 1, kill_head),
    ):
        case = "headless" if disturb is kill_head else "gone"
        needs = ("ingest",) if stage == "clean" else ("ingest", "clean", "split")
        folder = copied(local if len(needs) > 1 else project, case, "ray", needs)
        before = digests(folder)
        with cluster(head_cores) as on:
            ended = run(folder, stage, on, disturb, status=1)
            line = own_line(ended, needed=case == "gone")
            print(case, stage, f"{ended.seconds:.1f} s:", line or "ended by Ray, without a line of its own", flush=True)
            if digests(folder) != before:
                sys.exit(f"{case} {stage}: something was written: {sorted(digests(folder).keys() - before.keys())}")
            results |= {f"{case}.seconds.{stage.replace(' ', '_')}": round(ended.seconds, 1)}
            results |= {f"{case}.line.{stage.replace(' ', '_')}": int(bool(line))}
            if case == "gone":
                on.fill()
                run(folder, stage, on)
        if case == "headless":
            with cluster(1) as on:
                run(folder, stage, on)
        wanted = {name: digest for name, digest in expected.items() if name.startswith(tuple(outputs_of(stage)))}
        results[f"{case}.files.{stage.replace(' ', '_')}"] = compared_outputs(folder, wanted, stage, case)
    return results


def own_line(ended: Ended, needed: bool) -> str:
    """The one line of the stage among the errors; the benchmark ends where there are more, or none if needed."""
    lines = [line for line in ended.errors.splitlines() if "backend ray: " in line]
    if len(lines) > 1 or (needed and not lines) or "Traceback" in ended.errors:
        sys.exit(f"one line was expected, not:\n{ended.errors}")
    return "".join(lines)


def main() -> None:
    """Run all cases; end with a message where a byte differs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS)
    asked = parser.parse_args()
    os.environ.pop("RAY_ADDRESS", None)
    with tempfile.TemporaryDirectory() as scratch, tempfile.TemporaryDirectory(prefix="ray-", dir="/tmp") as own:
        # What clusters of a benchmark that is killed leave must not be found by other programs that use Ray.
        os.environ["RAY_TMPDIR"] = own
        project = Path(scratch) / "project"
        write_project(project, asked.rows)

        def run_here(folder: Path, stage: str) -> Ended:
            begun = time.monotonic()
            return end(start(folder, stage), begun)

        local, ended = chain(project, "local", run_here, "local")
        expected = digests(local)
        results: dict[str, float | int | str] = {"rows": asked.rows, "patience": ray_shards.PATIENCE}
        results |= {**numbers("local", ended), "local.files": len(expected)}
        results |= disturbed(project, expected)
        results |= gone(project, local, expected)
    record.write("ray_nodes", results)


if __name__ == "__main__":
    main()
