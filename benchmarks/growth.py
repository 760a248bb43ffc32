"""How the search for near duplicates grows: the index over 10 thousand, 100 thousand and a million hashes.

Each size runs in a process of its own, which reports its time and its peak memory. A tenth of the hashes are edited
copies of others (6 of 128 bits flipped), so that there is something to find.
"""

import json
import math
import resource
import subprocess
import sys
import time

import numpy as np

import record
from makeweight.core import params
from makeweight.stages.clean import __main__ as stage
from makeweight.stages.clean.hash_index import HashIndex
from makeweight.stages.clean.perceptual_hashes import WORDS

SIZES = (10_000, 100_000, 1_000_000)
FLIPPED = 6


def planted(count: int) -> tuple[np.ndarray, np.ndarray]:
    """Random hashes, the last tenth copies of the first with flipped bits; and the number of each copy's original."""
    rng = np.random.default_rng(3)
    copies = count // 10
    hashes = rng.integers(0, 2**64, (count, WORDS), dtype=np.uint64)
    hashes[-copies:] = hashes[:copies]
    rows = np.arange(count - copies, count)
    for _ in range(FLIPPED):
        bit = rng.integers(0, WORDS * 64, copies)
        hashes[rows, bit // 64] ^= np.uint64(1) << (bit % 64).astype(np.uint64)
    return hashes, np.arange(copies)


def measure(count: int) -> dict[str, float]:
    """Seconds, peak memory in GB and share of the planted copies found, for this many hashes."""
    config = params.load(stage.Params, "clean").near_duplicates
    index = HashIndex(
        max_distance=round(config.max_hash_distance_share * WORDS * 64),
        recall=config.index_recall,
        max_bucket_size=config.max_bucket_size,
    )
    hashes, originals = planted(count)
    start = time.process_time()
    left, right, _ = index.neighbours(hashes, count)
    seconds = time.process_time() - start
    copies = np.arange(count - len(originals), count)
    found = np.isin(copies * count + originals, left * count + right).mean()
    unit = 2**30 if sys.platform == "darwin" else 2**20
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit
    return {"seconds": seconds, "peak_gb": peak, "found": float(found)}


def main() -> None:
    """Measure all sizes and the slope of the time over the largest step."""
    if len(sys.argv) > 1:
        print(json.dumps(measure(int(sys.argv[1]))))
        return
    results: dict[str, float] = {}
    for count in SIZES:
        process = subprocess.run([sys.executable, __file__, str(count)], capture_output=True, text=True, check=True)
        for name, number in json.loads(process.stdout).items():
            results[f"{count}.{name}"] = round(number, 4)
    first, last = (results[f"{count}.seconds"] for count in (SIZES[0], SIZES[-1]))
    step = results[f"{SIZES[-1]}.seconds"] / results[f"{SIZES[-2]}.seconds"]
    results["exponent"] = round(math.log10(last / first) / math.log10(SIZES[-1] / SIZES[0]), 3)
    results["exponent.last_step"] = round(math.log10(step) / math.log10(SIZES[-1] / SIZES[-2]), 3)
    results["peak_gb"] = max(results[f"{count}.peak_gb"] for count in SIZES)
    record.write("growth", results)


if __name__ == "__main__":
    main()
