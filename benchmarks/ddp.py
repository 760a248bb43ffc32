"""Updates per second of two processes (gloo, one thread each) against one process with one thread, equal batches.

Both cores of a two-core machine are used by the two processes, one by the one. `ddp.efficiency` is the speed-up over
the number of processes, for wgan_gp on 32 x 32 colour pictures. Run on an idle machine: `python benchmarks/ddp.py`.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import torch

import record
import throughput
from makeweight import generators
from makeweight.core import files
from makeweight.generators import distributed

PROCESSES, ROUNDS, STEPS = 2, 5, 20
ENGINES = ("wgan_gp", "r3gan")


def measure(result: Path) -> None:
    """One process's part; the first writes updates per second of each engine."""
    torch.set_num_threads(1)
    speeds = {}
    with distributed.joined_process_group(torch.device("cpu")) as group:
        for name in ENGINES:
            config = generators.ENGINES[name].params.model_validate(throughput.settings(name))
            classes = [str(label) for label in range(throughput.CLASSES)]
            context = generators.TrainingContext(0, torch.device("cpu"), group)
            trainer = generators.start(name, throughput.rows(), throughput.SPECS, classes, config, 1000, context)
            trainer.step()
            start = time.perf_counter()
            for _ in range(STEPS):
                trainer.step()
            speeds[name] = STEPS / (time.perf_counter() - start)
        if group.is_main:
            files.write_json(result, speeds)


def run(processes: int, result: Path) -> dict[str, float]:
    """Updates per second with this many processes."""
    launcher = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", str(processes)]
    command = [*launcher, __file__, str(result)]
    subprocess.run(command, check=True, env={**os.environ, "OMP_NUM_THREADS": "1"}, capture_output=True)
    return json.loads(result.read_text(encoding="utf-8"))


def main() -> None:
    """One and two processes in turn; the median over the rounds."""
    with tempfile.TemporaryDirectory() as folder:
        rounds = [[run(count, Path(folder) / "speeds.json") for count in (1, PROCESSES)] for _ in range(ROUNDS)]
    results: dict[str, float] = {"ddp.rounds": ROUNDS, "ddp.processes": PROCESSES}
    for name in ENGINES:
        ratio = statistics.median(many[name] / one[name] for one, many in rounds) / PROCESSES
        results["ddp.efficiency" if name == "wgan_gp" else f"ddp.efficiency.{name}"] = round(ratio, 3)
        for count, place in ((1, 0), (PROCESSES, 1)):
            speed = statistics.median(each[place][name] for each in rounds)
            results[f"ddp.updates_per_second.{name}.{count}"] = round(speed, 2)
    results["ddp.load_before"] = round(os.getloadavg()[0], 2)
    record.add("scale", results)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        measure(Path(sys.argv[1]))
    else:
        main()
