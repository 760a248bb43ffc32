"""The battery of tests/faults at other moments and on other inputs than the tests, and kills while engines train.

Writes benchmarks/results/faults.json, of which docs/reliability.md is made. Minutes on two cores.
Usage: python benchmarks/faults.py [PART ...] [--seed N]
"""

import argparse
import os
import random
import shutil
import signal
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

TESTS = Path(__file__).parents[1] / "tests"
sys.path[:0] = [str(TESTS), str(TESTS / "faults")]
for name in ("MAKEWEIGHT_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"

import battery  # noqa: E402
import forked  # noqa: E402
from battery import DAMAGES, FaultError, Reference  # noqa: E402
from forked import Stop  # noqa: E402
from tiny_run import content_of, remove_outs  # noqa: E402

import record  # noqa: E402
from miniature import set_params  # noqa: E402

SIGNALS = {"kill -9": signal.SIGKILL, "SIGTERM": signal.SIGTERM, "Ctrl-C": signal.SIGINT}
KILLS = 20
ENGINE_KILLS = 3
TRAINING = {"train_gan.steps": 60, "train_gan.checkpoint_seconds": 0.0}
"""For kills while an engine trains: a checkpoint after every step."""
MOST_FILES = 1
"""Inputs of a cell that are damaged, in each of the ways."""

Case = tuple[str, Callable[[], str]]
"""What is counted together, such as `clean.kill -9`, and a case, which returns its outcome."""


def stopped(reference: Reference, rng: random.Random, copy: Path) -> Iterator[Case]:
    """Every cell, stopped by each signal at a random moment."""
    for address in reference.cells:
        for name, number in SIGNALS.items():
            share = rng.random()
            yield key(address, name), lambda a=address, n=number, s=share: battery.stopped(reference, a, n, s, copy)


def no_room(reference: Reference, rng: random.Random, copy: Path) -> Iterator[Case]:
    """Every cell with files that are full after some bytes."""
    for address in reference.cells:
        for limit in battery.LIMITS:
            yield (
                key(address, "no space"),
                lambda a=address, size=limit: battery.without_room(reference, a, size, copy),
            )


def read_only(reference: Reference, rng: random.Random, copy: Path) -> Iterator[Case]:
    """Every cell in a folder that it may not write."""
    for address in reference.cells:
        yield key(address, "read-only"), lambda a=address: battery.read_only(reference, a, copy)


def damaged(reference: Reference, rng: random.Random, copy: Path) -> Iterator[Case]:
    """Inputs of every cell in each kind of damage."""
    for address, cell in reference.cells.items():
        inputs = cell.inputs(reference.folder)
        for damage in DAMAGES:
            for file in rng.sample(inputs, min(MOST_FILES, len(inputs))):
                seed = rng.randrange(1 << 30)
                yield (
                    key(address, damage),
                    lambda a=address, f=file, d=damage, s=seed: battery.damaged(reference, a, f, d, s, copy),
                )


def kills(reference: Reference, rng: random.Random, copy: Path) -> Iterator[Case]:
    """Kills at random moments of random cells, by the time that each takes."""
    seconds = {address: ended.seconds for address, ended in reference.ended.items()}
    for address in rng.choices(list(seconds), list(seconds.values()), k=KILLS):
        share = rng.random() * 0.95
        yield "all", lambda a=address, s=share: battery.stopped(reference, a, signal.SIGKILL, s, copy)


def engines(reference: Reference, rng: random.Random, copy: Path) -> Iterator[Case]:
    """Kills of each engine's training after it has written a checkpoint."""
    for address, cell in reference.cells.items():
        if not address.startswith("train_gan@"):
            continue
        whole: list[dict[str, bytes]] = []
        for _ in range(ENGINE_KILLS):
            after = rng.random() * 0.5
            yield (
                cell.arguments[1],
                lambda a=address, s=after, w=whole: killed_after_checkpoint(reference, a, s, w, copy),
            )


def killed_after_checkpoint(
    reference: Reference, address: str, after: float, whole: list[dict[str, bytes]], copy: Path
) -> str:
    """Kill a training some seconds after its first checkpoint and run it again.

    Args:
        reference: the finished run.
        address: of the engine's cell.
        after: seconds.
        whole: what an unbroken training gives, once it is known.
        copy: the folder that the project is copied to.
    """
    cell = reference.cells[address]
    folder = reference.restored(copy)
    set_params(folder, TRAINING)
    if not whole:
        forked.run(folder, cell.arguments)
        whole.append(content_of(folder))
    remove_outs(folder, cell)
    checkpoint = f".scratch/train_gan/{cell.arguments[1]}-*/checkpoint.safetensors"
    ended = forked.run(folder, cell.arguments, Stop(signal.SIGKILL, after, checkpoint))
    if ended.status == 0 or not list(folder.glob(checkpoint)):
        return "had ended"
    again = forked.run(folder, cell.arguments)
    if again.status or "goes on after step" not in again.text or content_of(folder) != whole[0]:
        raise FaultError(f"{address}: other bytes after a kill:\n{again.text}")
    return "the same bytes"


def key(address: str, fault: str) -> str:
    """The name under which a case is counted: the stage and the fault."""
    return f"{address.partition('@')[0]}.{fault}"


PARTS = {
    "stopped": stopped,
    "no_room": no_room,
    "read_only": read_only,
    "damaged": damaged,
    "kills": kills,
    "engines": engines,
}


def measure(part: str, reference: Reference, seed: int, copy: Path) -> dict[str, int]:
    """Count the outcomes of one part: `<part>.<stage>.<fault>.<outcome>`."""
    counts: Counter[str] = Counter()
    for name, case in PARTS[part](reference, random.Random(f"{seed} {part}"), copy):
        try:
            outcome = case()
        except AssertionError as failure:
            outcome = "FAILED"
            print(failure, file=sys.stderr, flush=True)
        counts[f"{part}.{name}.{outcome}"] += 1
        print(part, name, outcome, flush=True)
    return dict(counts)


def main() -> None:
    """Run the parts and write what was counted."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)}; all by default")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    top = Path(tempfile.mkdtemp())
    (top / "reference").mkdir()
    reference = battery.finished(top / "reference")
    for part in given.parts or PARTS:
        record.add("faults", measure(part, reference, given.seed, top / "copy"), renewed=f"{part}.")
    shutil.rmtree(top)


if __name__ == "__main__":
    main()
