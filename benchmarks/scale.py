"""Ray against local processes on two cores: the measuring of 8,000, 80,000 and 800,000 listings without pictures.

Each backend and size runs in a process of its own, and its seconds by the clock include all that it starts: two
processes that import the stage, or a whole Ray. `ray.ratio.<rows>` is Ray's seconds over those of local processes, so
that above 1 Ray is slower; `ray.start_seconds.<rows>` is what Ray spends before the first shard. Both must give
the same table. Short titles, prices and categories are the cheap part of cleaning: the less a row costs, the more
overhead shows. Run: `python benchmarks/scale.py [rows ...]`.
"""

import hashlib
import json
import os
import subprocess
import sys
import time

import numpy as np
import pandas as pd

import record
from makeweight.core import params, shards
from makeweight.data.samples import Roles
from makeweight.stages.clean import settings as clean_settings
from makeweight.stages.clean.row_features import RowFeatures

SIZES = (8_000, 80_000, 800_000)
CORES = 2
DISTINCT = 8_000
WORDS = ("<b>old</b>", "red", "wooden", "boat", "cup", "fine", "&amp;", "drum", "flag", "tall", "caf\u00c3\u00a9")
ROLES = Roles(text=("title",), numeric=("price",), categorical=("origin",), money={"price": "currency"})


def listings(rows: int) -> pd.DataFrame:
    """Listings with markup, mojibake, and prices in several spellings; 8,000 different ones over and over."""
    rng = np.random.default_rng(4)
    prices = ("EUR {:.2f}", "{:.2f}", "{:,.2f} USD", "ask me")
    distinct = pd.DataFrame(
        {
            "id": [f"{row:08d}" for row in range(DISTINCT)],
            "label": rng.choice(["boats", "cups"], DISTINCT),
            "title": [" ".join(rng.choice(WORDS, 3)) for _ in range(DISTINCT)],
            "price": [rng.choice(prices).format(value) for value in rng.lognormal(3, 1, DISTINCT)],
            "currency": rng.choice(["EUR", "USD"], DISTINCT),
            "origin": rng.choice(["DE", "FR", "PE"], DISTINCT),
        }
    )
    return distinct.iloc[np.arange(rows) % DISTINCT].reset_index(drop=True)


def measure(backend: shards.Backend, rows: int) -> dict[str, float | str]:
    """Seconds for all shards, those before the first, and a digest of the result."""
    config = params.load(clean_settings.Params, "clean")
    work = RowFeatures(ROLES, config.picture, clean_settings.general_texts(config), {}, {})
    pieces = shards.cut(listings(rows))
    begun = time.monotonic()
    if backend == "ray":
        from makeweight.core import ray_shards

        ray_shards.connect(CORES)
    ready = time.monotonic()
    measured = pd.concat(shards.map_shards(work, pieces, backend, CORES))
    ended = time.monotonic()
    digest = hashlib.sha256(pd.util.hash_pandas_object(measured.drop(columns="_unread")).to_numpy().tobytes())
    digest.update("\n".join(map(str, measured["_unread"])).encode())
    return {"seconds": ended - begun, "start": ready - begun, "digest": digest.hexdigest()}


def main() -> None:
    """Every size on both backends, or those that are named."""
    if len(sys.argv) == 3 and sys.argv[1] in ("local", "ray"):
        print(json.dumps(measure(sys.argv[1], int(sys.argv[2]))))  # type: ignore[arg-type]
        return
    environment = {**os.environ, "MAKEWEIGHT_THREADS": str(CORES)}
    environment.pop("RAY_ADDRESS", None)
    for rows in map(int, sys.argv[1:] or SIZES):
        found = {}
        for backend in ("local", "ray"):
            command = [sys.executable, __file__, backend, str(rows)]
            output = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True).stdout
            found[backend] = json.loads(output.splitlines()[-1])
        if found["local"]["digest"] != found["ray"]["digest"]:
            sys.exit(f"{rows} rows: Ray's result is another than that of local processes")
        local, there = found["local"]["seconds"], found["ray"]["seconds"]
        record.add(
            "scale",
            {
                f"ray.ratio.{rows}": round(there / local, 3),
                f"ray.seconds.{rows}": round(there, 2),
                f"local.seconds.{rows}": round(local, 2),
                f"ray.start_seconds.{rows}": round(found["ray"]["start"], 2),
            },
        )


if __name__ == "__main__":
    main()
