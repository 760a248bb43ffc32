"""The web application under load: 64 clients on generate and classify, requests computed in batches and one by one.

Beside it what a request costs at least: processor time per row of each engine's networks, of a whole sample, and of a
prediction, in batches in a plain loop with one thread, without a server.

Serves the project's own artefacts on loopback (run `dvc repro` first, or name another folder in MAKEWEIGHT_PROJECT).
Usage: python benchmarks/app_load.py [SECONDS]
"""

import asyncio
import json
import os
import random
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image

import record

ROOT = Path(__file__).parents[1]
PROJECT = Path(os.environ.get("MAKEWEIGHT_PROJECT", ROOT))
PORT = 8765
CLIENTS = 64
SAMPLES_PER_REQUEST = 1
ROWS = 32
"""Rows of a batch in the plain loop: as many as 64 clients have waiting for each of both."""
NEEDED = ("data/train_gan", "data/contest/none/networks.json", "data/preprocess", "data/split/samples.parquet")


@dataclass
class Tally:
    """Measurements of the clients: milliseconds per request by kind, and the number of answers other than 200."""

    seconds: float = 0.0
    milliseconds: dict[str, list[float]] = field(default_factory=lambda: {"generate": [], "classify": []})
    errors: int = 0

    @property
    def all(self) -> list[float]:
        """The times of all requests."""
        return [one for kind in self.milliseconds.values() for one in kind]


def get(path: str) -> bytes:
    """Build a GET request."""
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{PORT}\r\n\r\n".encode()


def post(path: str, body: bytes, kind: str) -> bytes:
    """Build a POST request."""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{PORT}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def random_picture(rng: random.Random) -> bytes:
    """Build a random picture of 64 x 64 pixels."""
    pixels = np.frombuffer(rng.randbytes(8 * 8 * 3), np.uint8).reshape(8, 8, 3).repeat(8, 0).repeat(8, 1)
    buffer = BytesIO()
    Image.fromarray(pixels).save(buffer, format="PNG")
    return buffer.getvalue()


def upload(rng: random.Random) -> bytes:
    """Build a form with a random picture."""
    head = b'--b\r\nContent-Disposition: form-data; name="picture"; filename="p.png"\r\nContent-Type: image/png\r\n\r\n'
    return head + random_picture(rng) + b"\r\n--b--\r\n"


async def send(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes) -> int:
    """Send one request on an open connection, read the whole answer, and return its status."""
    writer.write(request)
    head = await reader.readuntil(b"\r\n\r\n")
    lengths = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    await reader.readexactly(int(lengths[0].split(b":")[1]))
    return int(head.split(b" ", 2)[1])


async def run_client(number: int, engines: list[dict], until: float, tally: Tally) -> None:
    """Run one client, which generates and classifies in turn until the time is up."""
    rng = random.Random(number)
    picture = upload(rng)
    reader, writer = await asyncio.open_connection("127.0.0.1", PORT)
    turn = number
    while time.monotonic() < until:
        turn += 1
        engine = engines[turn // 2 % len(engines)]
        kind = ("generate", "classify")[turn % 2]
        if kind == "generate":
            query = f"engine={engine['engine']}&label={rng.choice(engine['classes'])}&seed={rng.randrange(10**6)}"
            request = get(f"/api/samples?{query}&count={SAMPLES_PER_REQUEST}".replace(" ", "%20"))
        else:
            request = post("/api/classify", picture, "multipart/form-data; boundary=b")
        start_time = time.perf_counter()
        status = await send(reader, writer, request)
        tally.milliseconds[kind].append(1000 * (time.perf_counter() - start_time))
        tally.errors += status != 200
    writer.close()


async def run_clients(engines: list[dict], seconds: float) -> Tally:
    """Run all clients at the same time."""
    tally = Tally()
    start_time = time.monotonic()
    await asyncio.gather(*(run_client(number, engines, start_time + seconds, tally) for number in range(CLIENTS)))
    tally.seconds = time.monotonic() - start_time  # the last answers come after the last requests
    return tally


def fetch(path: str) -> bytes:
    """Read one page."""
    return urllib.request.urlopen(f"http://127.0.0.1:{PORT}{path}", timeout=60).read()


def measure(batch_size: int, seconds: float) -> dict[str, float]:
    """Start a server, warm it up, measure it under load, and stop it."""
    command = [sys.executable, "-m", "makeweight.app", "--port", str(PORT), "--requests-per-minute", "1000000000"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    start_time = time.monotonic()
    server = subprocess.Popen([*command, "--requests-per-batch", str(batch_size)], cwd=PROJECT, env=environment)
    try:
        while time.monotonic() - start_time < 60:
            try:
                fetch("/api/status")
                break
            except OSError:
                time.sleep(0.02)
        start = time.monotonic() - start_time
        start_time = time.monotonic()
        fetch("/")
        first_page = time.monotonic() - start_time
        start_time = time.monotonic()
        fetch("/")
        next_page = time.monotonic() - start_time
        engines = json.loads(fetch("/api/engines"))
        asyncio.run(run_clients(engines, 3))
        tally = asyncio.run(run_clients(engines, seconds))
    finally:
        server.terminate()
        server.wait(timeout=20)
    numbers = {
        "errors": tally.errors,
        "requests": len(tally.all),
        "requests_per_second": len(tally.all) / tally.seconds,
        "p50_ms": float(np.percentile(tally.all, 50)),
        "p99_ms": float(np.percentile(tally.all, 99)),
        "start_seconds": start,
        "first_page_ms": 1000 * first_page,
        "next_page_ms": 1000 * next_page,
    }
    for kind, times in tally.milliseconds.items():
        numbers[f"{kind}.requests_per_second"] = len(times) / tally.seconds
        numbers[f"{kind}.p99_ms"] = float(np.percentile(times, 99))
    return numbers


def processor_ms(compute: Callable[[], object], rows: int) -> float:
    """Milliseconds of processor time per row, the least of three calls after one that loads."""
    taken = []
    for _ in range(4):
        begun = time.process_time()
        compute()
        taken.append(time.process_time() - begun)
    return 1000 * min(taken[1:]) / rows


def floors() -> dict[str, float]:
    """Measure what rows cost without a server: nothing that answers requests with these models can be faster."""
    import torch
    from threadpoolctl import threadpool_limits

    from makeweight.app import classification, generation
    from makeweight.app.limits import Limits
    from makeweight.app.uploads import Upload, checked_picture

    torch.set_num_threads(1)
    threadpool_limits(1)
    numbers = {}
    for name in generation.engine_names():
        engine = generation.engine(name)
        labels = [(np.full(1, number % len(engine.classes)), number) for number in range(ROWS)]
        requests = [
            generation.SampleRequest(name, engine.classes[int(label[0])], 1, seed, 1.0) for label, seed in labels
        ]
        numbers[f"processor_ms.{name}.networks"] = processor_ms(partial(engine.generate_together, labels), ROWS)
        numbers[f"processor_ms.{name}.sample"] = processor_ms(partial(generation.generate, requests), ROWS)
    picture = checked_picture(random_picture(random.Random(0)), Limits())
    uploads = [Upload(picture, {}, "")] * ROWS
    numbers["processor_ms.classify"] = processor_ms(partial(classification.classify, uploads, Limits()), ROWS)
    return numbers


def main() -> None:
    """Measure both ways, print and record the numbers."""
    missing = [path for path in NEEDED if not (PROJECT / path).exists()]
    if missing:
        sys.exit(f"skipped: {PROJECT / missing[0]} is not there; `dvc repro` makes it")
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 30.0
    load_average = os.getloadavg()[0]
    single = measure(1, seconds)
    batched = measure(64, seconds)
    results = {**batched, **{f"one_by_one.{name}": value for name, value in single.items()}, "clients": CLIENTS}
    results["speedup.batching"] = batched["requests_per_second"] / single["requests_per_second"]
    os.chdir(PROJECT)
    results |= floors() | {"load_average": round(load_average, 1)}
    os.chdir(ROOT)
    for name, value in results.items():
        print(f"{name}: {value:.2f}")
    record.write("app_load", results)


if __name__ == "__main__":
    main()
