"""The web application under random calls, generated from its own description, and malformed uploads.

Serves the project's own artefacts on loopback (run `dvc repro` first, or name another folder in MAKEWEIGHT_PROJECT);
where they are missing, the calls that need them are answered with 404. Usage: python benchmarks/app_fuzz.py
"""

import io
import json
import os
import random
import struct
import subprocess
import sys
import tempfile
import time
import zlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from PIL import Image

import record

ROOT = Path(__file__).parents[1]
PROJECT = Path(os.environ.get("MAKEWEIGHT_PROJECT", ROOT))
PORT = 8766
ADDRESS = f"http://127.0.0.1:{PORT}"
CALLS = 2000
UPLOADS = 500
SETTINGS = settings(
    max_examples=40,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
LINKED = ("data", "metrics", "plots", "datasets", "params.yaml")


def random_calls(count: int) -> Counter[int]:
    """Count the statuses of calls that schemathesis generates for every operation of the description."""
    schema = schemathesis.openapi.from_url(f"{ADDRESS}/api/openapi.json")
    operations = [found.ok() for found in schema.get_all_operations()]
    session = requests.Session()
    seen: Counter[int] = Counter()

    engines = session.get(f"{ADDRESS}/api/engines", timeout=60).json()
    rng = random.Random(0)

    def call(case: schemathesis.Case) -> None:
        if rng.random() < 0.7:
            use_existing_names(case, engines, rng)
        answer = case.call(session=session, timeout=60)
        seen[answer.status_code] += 1
        if answer.status_code >= 500:
            print(f"{answer.status_code}: {case.method} {case.path} {answer.text[:200]}", flush=True)

    turn = 0
    while sum(seen.values()) < count:
        for operation in operations:
            test = given(case=operation.as_strategy())(call)
            seed(turn)(SETTINGS(test))()
        turn += 1
    return seen


def use_existing_names(case: schemathesis.Case, engines: list[dict], rng: random.Random) -> None:
    """Replace a random engine, class or job by an existing one, so that the call is not refused at once."""
    if isinstance(case.query, dict) and "engine" in case.query and isinstance(engines, list) and engines:
        engine = rng.choice(engines)
        case.query |= {"engine": engine["engine"], "label": rng.choice(engine["classes"])}
    if "job_id" in (case.path_parameters or {}):
        table = "x,y\n" + "".join(f"{n / 3:.2f},{int(n % 4 == 0)}\n" for n in range(30))
        case.path_parameters["job_id"] = requests.post(
            f"{ADDRESS}/api/jobs", files={"file": ("t.csv", table)}, timeout=60
        ).json()["id"]


def png_chunk(name: bytes, content: bytes) -> bytes:
    """Build one chunk of a PNG file."""
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def huge_png(width: int, height: int) -> bytes:
    """Build a PNG that states a size and has no pixels."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + png_chunk(b"IHDR", head)
        + png_chunk(b"IDAT", zlib.compress(b"\0" * 1000))
        + png_chunk(b"IEND", b"")
    )


def malformed_pictures(rng: random.Random) -> Iterator[bytes]:
    """Yield invalid pictures: truncated files, damaged headers, decompression bombs, other formats."""
    buffer = io.BytesIO()
    Image.frombytes("RGB", (64, 64), rng.randbytes(64 * 64 * 3)).save(buffer, format="PNG")
    whole = buffer.getvalue()
    while True:
        yield whole[: rng.randrange(1, len(whole) // 2)]
        yield whole[:16] + rng.randbytes(40) + whole[56:]
        yield huge_png(rng.randrange(5_000, 2**31), rng.randrange(5_000, 2**31))
        yield rng.randbytes(rng.randrange(1, 5000))
        yield b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
        yield b"GIF89a" + struct.pack("<HH", 65535, 65535) + rng.randbytes(50)


def malformed_tables(rng: random.Random) -> Iterator[bytes]:
    """Yield invalid tables: ragged, binary, unclosed quotes, too wide, without rows, without names."""
    while True:
        yield b"a,b\n1,2\n" + b",".join([b"x"] * rng.randrange(3, 50)) + b"\n"
        yield b"a,b\n" + rng.randbytes(rng.randrange(10, 2000)) + b"\x00"
        yield b'a,b\n"never closed,' + b"x" * rng.randrange(1, 5000)
        yield (",".join(f"c{n}" for n in range(rng.randrange(101, 5000))) + "\n1\n").encode()
        yield b"a,b\n"
        yield b"a,a\n1,2\n"
        yield b",\n1,2\n"
        yield b"a,b\n1," + b"y" * 6000 + b"\n"
        yield b"\xff\xfe" + rng.randbytes(2 * rng.randrange(5, 500) + 1)
        yield ("a,b\n" + "1,2\n" * 50_001).encode()
        yield b""


def malformed_uploads(count: int) -> tuple[Counter[int], int]:
    """Count the statuses of malformed uploads, and the refusals without a reason."""
    rng = random.Random(0)
    pictures, tables = malformed_pictures(rng), malformed_tables(rng)
    seen: Counter[int] = Counter()
    silent = 0
    session = requests.Session()
    for number in range(count):
        if number % 2:
            answer = session.post(f"{ADDRESS}/api/classify", files={"picture": ("p.png", next(pictures))}, timeout=60)
        else:
            answer = session.post(f"{ADDRESS}/api/jobs", files={"file": ("t.csv", next(tables))}, timeout=60)
        seen[answer.status_code] += 1
        if not 400 <= answer.status_code < 500:
            print(f"{answer.status_code}: upload {number}: {answer.text[:200]}", flush=True)
        silent += not answer.json().get("error")
    return seen, silent


def resident_mib(process: int) -> float:
    """Return the resident memory of a process, in MiB."""
    status = Path(f"/proc/{process}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1]) / 1024


def start(folder: Path) -> "subprocess.Popen[bytes]":
    """Start the server, and wait until it answers and has loaded its models."""
    command = [sys.executable, "-m", "makeweight.app", "--port", str(PORT), "--requests-per-minute", "1000000000"]
    server = subprocess.Popen(command, cwd=folder, env={**os.environ, "PYTHONPATH": str(ROOT / "src")})
    for _ in range(600):
        try:
            requests.get(f"{ADDRESS}/api/classifiers", timeout=60)
            return server
        except requests.ConnectionError:
            time.sleep(0.1)
    server.kill()
    sys.exit("the server does not answer")


def main() -> None:
    """Send random calls, then malformed uploads; print and record the numbers."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)  # the project's files, but jobs of its own
        for path in LINKED:
            if (PROJECT / path).exists():
                (folder / path).symlink_to((PROJECT / path).resolve())
        server = start(folder)
        try:
            calls = random_calls(CALLS)
            malformed_uploads(50)  # what is loaded on first use is not a leak
            before = resident_mib(server.pid)
            uploads, silent = malformed_uploads(UPLOADS)
            after = resident_mib(server.pid)
        finally:
            server.terminate()
            server.wait(timeout=20)
    print(json.dumps({"calls": calls, "uploads": uploads}))
    record.write(
        "app_fuzz",
        {
            "calls": sum(calls.values()),
            "server_errors": sum(count for status, count in calls.items() if status >= 500),
            "calls_answered_200": calls[200],
            "uploads": sum(uploads.values()),
            "uploads_refused": sum(count for status, count in uploads.items() if 400 <= status < 500) - silent,
            "memory_before_mib": before,
            "memory_after_mib": after,
        },
    )


if __name__ == "__main__":
    main()
