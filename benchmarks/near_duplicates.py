"""The search for near duplicates compared with imagededup and cleanvision, on the same picture files.

Run from the repository's root after `dvc repro ingest`; a folder as argument reads another `samples.parquet`. The peers
are not installed with the project: `pip install --no-deps imagededup cleanvision ImageHash PyWavelets` into the
environment, or into a folder on PYTHONPATH. Each runs in a process of its own, on one thread, from files to pairs;
seconds are processor time, so that other work on the machine does not count; imports and set-up before the first file
is read do not count either. Ours reads pictures, numbers and vendors, but not the texts that the search in `clean` also
uses. A second figure is for a third of the drawings with all their listings, where comparing all with all costs less.
"""

import importlib
import json
import os
import resource
import subprocess
import sys
import tempfile
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd

import clean_truth
import record
from makeweight.core import params, paths
from makeweight.data import pictures, samples
from makeweight.stages.clean import __main__ as stage
from makeweight.stages.clean import listings
from makeweight.stages.clean import settings as clean_settings
from makeweight.stages.clean.listings import Listings

PARTS = {1: "", 3: "third."}
"""One drawing of so many is searched, with all its listings; and how the keys of its results begin."""
ROUNDS = 3
"""How often each search runs."""
THRESHOLDS = range(0, 11, 2)
"""Bits of 64 within which imagededup calls two pictures duplicates."""


def load(folder: Path, part: int) -> tuple[samples.Samples, pd.DataFrame]:
    """Return the raw samples with a readable picture of some contrast, and their ground truth."""
    raw = samples.read(record.need(folder / "samples.parquet"))
    truth = clean_truth.ground_truth(raw)
    keep = []
    for content in raw.table["image"]:
        try:
            keep.append(isinstance(content, bytes) and pictures.decode(content).std() > 2)
        except pictures.PictureError:
            keep.append(False)
    rows = np.array(keep) & (truth["drawing"] % part == 0).to_numpy()
    return raw.select(rows), truth[rows].reset_index(drop=True)


def spent() -> float:
    """Processor seconds of this process and of those it has waited for."""
    usages = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def ours(raw: samples.Samples, files: Path, alone: bool) -> tuple[float, dict[str, set[tuple[int, int]]]]:
    """Seconds and pairs of our search; `alone` compares pictures only."""
    settings, chosen = clean_settings.load(params.load(clean_settings.Params, "clean"))
    start = spent()
    raw.table["image"] = [contents(f"{files}/{row}.img") for row in range(len(raw))]
    numbers = samples.Roles(image="image", numeric=raw.roles.numeric, money=raw.roles.money)
    roles = samples.Roles(image="image") if alone else numbers
    table = raw.table[["id", "label", "image"]] if alone else raw.table
    found = Listings(stage.with_features(samples.Samples(table, roles), settings, chosen), roles)
    result = listings.with_copies(found, settings.near_duplicates)
    assert result.near_pairs is not None
    best = result.near_pairs[listings.is_best_match(result.near_pairs)]
    pairs = set(zip(best["left"].astype(int), best["right"].astype(int), strict=True))
    return spent() - start, {"as shipped": pairs}


def contents(path: str) -> bytes:
    """The bytes of a file."""
    with open(path, "rb") as file:  # noqa: PTH123 -- a Path for each of ten thousand files takes longer than to read it
        return file.read()


def imagededup(files: Path) -> tuple[float, dict[str, set[tuple[int, int]]]]:
    """Seconds at its default threshold (10), and pairs at each threshold, by perceptual hash."""
    importlib.import_module("makeweight.core.vision")  # first: imagededup imports torchvision, whatever it is used for
    from imagededup.methods import PHash

    start = spent()
    method = PHash(verbose=False)
    encodings = method.encode_images(str(files), num_enc_workers=0)
    found = method.find_duplicates(
        encoding_map=encodings, max_distance_threshold=max(THRESHOLDS), scores=True, num_dist_workers=0
    )
    seconds = spent() - start
    scored = {
        (min(number(one), number(two)), max(number(one), number(two))): bits
        for one, others in found.items()
        for two, bits in others
    }
    return seconds, {str(most): {pair for pair, bits in scored.items() if bits <= most} for most in THRESHOLDS}


def cleanvision(files: Path) -> tuple[float, dict[str, set[tuple[int, int]]]]:
    """Seconds and pairs of its exact and near duplicate checks."""
    from cleanvision import Imagelab

    start = spent()
    lab = Imagelab(data_path=str(files))
    lab.find_issues({"exact_duplicates": {}, "near_duplicates": {}}, n_jobs=1, verbose=False)
    seconds = spent() - start
    sets = [*lab.info["exact_duplicates"]["sets"], *lab.info["near_duplicates"]["sets"]]
    pairs = {pair for names in sets for pair in combinations(sorted(number(name) for name in names), 2)}
    return seconds, {"as shipped": pairs}


def number(name: str) -> int:
    """The row of a picture file."""
    return int(Path(name).stem)


def score(pairs: set[tuple[int, int]], truth: pd.DataFrame) -> dict[str, float]:
    """Precision of the pairs with a relisting, recall of the relistings that have another listing of their drawing."""
    both = np.array(sorted(pairs), dtype=np.int64).reshape(-1, 2)
    drawing, relisting = truth["drawing"].to_numpy(), truth["relisting"].to_numpy()
    counted = both[relisting[both].any(axis=1)]
    same = drawing[counted[:, 0]] == drawing[counted[:, 1]]
    found = np.isin(np.arange(len(truth)), counted[same])
    findable = relisting & (truth.groupby("drawing")["drawing"].transform("size") > 1).to_numpy()
    return {"precision": float(same.mean()) if len(same) else 1.0, "recall": float(found[findable].mean())}


def search(folder: Path, part: int, name: str, files: Path) -> tuple[float, dict[str, set[tuple[int, int]]]]:
    """One search, in this process."""
    if name.startswith("ours"):
        return ours(load(folder, part)[0], files, alone=name == "ours_picture_only")
    return {"imagededup": imagededup, "cleanvision": cleanvision}[name](files)


def compare(folder: Path, part: int) -> dict[str, float]:
    """Every search in a process of its own, over the same picture files."""
    raw, truth = load(folder, part)
    results: dict[str, float] = {"pictures": len(raw)}
    with tempfile.TemporaryDirectory() as temporary:
        files, plain = Path(temporary) / "pictures", Path(temporary) / "plain"
        files.mkdir()
        plain.mkdir()
        for row, content in enumerate(raw.table["image"]):
            suffix = "jpg" if content[:2] == b"\xff\xd8" else "png"
            (files / f"{row}.{suffix}").write_bytes(content)
            (plain / f"{row}.img").write_bytes(content)
        # In turns, so that a slow phase of the machine affects all; the fastest round counts.
        spent_by: dict[str, list[float]] = {}
        for name in ROUNDS * ("ours", "ours_picture_only", "imagededup", "cleanvision"):
            output = Path(temporary) / f"{name}.json"
            given = plain if name.startswith("ours") else files
            command = [sys.executable, __file__, str(folder), str(part), name, str(given), str(output)]
            threads = {"OMP_NUM_THREADS": "1", "MAKEWEIGHT_THREADS": "1"}
            done = subprocess.run(command, env=os.environ | threads, capture_output=True, text=True, check=False)
            if done.returncode:
                print(f"{name} left out: {done.stderr.strip().splitlines()[-1]}")
                continue
            outcome = json.loads(output.read_text())
            spent_by.setdefault(name, []).append(outcome["seconds"])
            results[f"{name}.seconds"] = round(min(spent_by[name]), 2)
            for threshold, pairs in outcome["pairs"].items():
                key = name if threshold == "as shipped" else f"{name}.{threshold}_bits"
                scores = score({(one, two) for one, two in pairs}, truth)
                results |= {f"{key}.{measure}": round(value, 4) for measure, value in scores.items()}
    for name in ("imagededup", "cleanvision"):
        if f"{name}.seconds" in results:
            results[f"speedup.{name}"] = round(results[f"{name}.seconds"] / results["ours.seconds"], 2)
    return results


def main() -> None:
    """Compare over all drawings and over a third of them; called by itself with more arguments, search once."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else paths.INGEST
    if len(sys.argv) > 2:
        seconds, found = search(folder, int(sys.argv[2]), sys.argv[3], Path(sys.argv[4]))
        result = {"seconds": seconds, "pairs": {name: sorted(pairs) for name, pairs in found.items()}}
        Path(sys.argv[5]).write_text(json.dumps(result))
        return
    results = {}
    for part, prefix in PARTS.items():
        results |= {prefix + name: value for name, value in compare(folder, part).items()}
    record.write("near_duplicates", results)


if __name__ == "__main__":
    main()
