"""Jobs of the CSV page: their state in SQLite, their work in other processes, both outliving the server."""

import json
import secrets
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from os import environ, killpg
from pathlib import Path
from typing import Any

import makeweight
from makeweight.app.limits import Limits
from makeweight.app.plan import Plan
from makeweight.core import files, paths
from makeweight.core.errors import InputError

FOLDER = paths.SCRATCH / "app"
FINISHED = ("done", "failed", "cancelled")
SECONDS_BETWEEN_LOOKS = 0.2
SECONDS_BETWEEN_CLEARINGS = 5.0
MEMORY_STATUS = 77
"""Exit status of a worker that ran out of its memory."""
TABLE = """
CREATE TABLE IF NOT EXISTS jobs (
    id TEXT PRIMARY KEY, name TEXT NOT NULL, state TEXT NOT NULL, created REAL NOT NULL, started REAL, ended REAL,
    attempts INTEGER NOT NULL DEFAULT 0, progress REAL NOT NULL DEFAULT 0, message TEXT NOT NULL DEFAULT '',
    plan TEXT, report TEXT
)
"""


@dataclass(frozen=True, slots=True)
class Job:
    """One uploaded table and what was asked for it; `state` is draft, queued, running, done, failed or cancelled."""

    id: str
    name: str
    state: str
    created: float
    started: float | None
    ended: float | None
    attempts: int
    progress: float
    message: str
    plan: Plan | None
    report: dict[str, Any] | None

    @property
    def finished(self) -> bool:
        """Whether nothing more will happen."""
        return self.state in FINISHED

    @property
    def folder(self) -> Path:
        """Where its files lie; the id comes from the store, never from a request."""
        return FOLDER / "jobs" / self.id

    @property
    def upload(self) -> Path:
        """The table as it came."""
        return self.folder / "upload.csv"

    @property
    def result(self) -> Path:
        """The balanced table."""
        return self.folder / "balanced.csv"


class JobStore:
    """The jobs in SQLite; every call opens its own connection, so threads and processes may share one store."""

    def __init__(self, path: Path = FOLDER / "jobs.sqlite") -> None:
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        with self.connection() as connection:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute(TABLE)

    @contextmanager
    def connection(self) -> Iterator[sqlite3.Connection]:
        """A connection whose changes are kept if the block ends well."""
        connection = sqlite3.connect(self.path, timeout=10)
        connection.row_factory = sqlite3.Row
        try:
            with connection:
                yield connection
        finally:
            connection.close()

    def add(self, name: str, upload: bytes) -> Job:
        """A draft for an uploaded table."""
        job = Job(secrets.token_hex(16), name, "draft", time.time(), None, None, 0, 0.0, "", None, None)
        with files.replacing(job.upload) as partial:
            partial.write_bytes(upload)
        with self.connection() as connection:
            connection.execute(
                "INSERT INTO jobs (id, name, state, created) VALUES (?, ?, ?, ?)",
                (job.id, name, job.state, job.created),
            )
        return job

    def get(self, job_id: str) -> Job | None:
        """The job of this id, or None."""
        with self.connection() as connection:
            row = connection.execute("SELECT * FROM jobs WHERE id = ?", (job_id,)).fetchone()
        return None if row is None else job_of(row)

    def all(self, *states: str) -> list[Job]:
        """The jobs in these states, or all of them; the oldest first."""
        chosen = f"WHERE state IN ({', '.join('?' * len(states))})" if states else ""
        with self.connection() as connection:
            rows = connection.execute(f"SELECT * FROM jobs {chosen} ORDER BY created", states).fetchall()
        return [job_of(row) for row in rows]

    def move(self, job_id: str, origins: tuple[str, ...], state: str, **values: Any) -> bool:
        """Change the state if it is one of `origins`, and other columns with it; whether it was."""
        assigned = ", ".join(f"{name} = ?" for name in ("state", *values))
        marks = ", ".join("?" * len(origins))
        with self.connection() as connection:
            changed = connection.execute(
                f"UPDATE jobs SET {assigned} WHERE id = ? AND state IN ({marks})",
                (state, *values.values(), job_id, *origins),
            )
        return changed.rowcount == 1

    def tell(self, job_id: str, progress: float, message: str) -> None:
        """Note how far a running job is."""
        self.move(job_id, ("running",), "running", progress=round(progress, 4), message=message)

    def forget(self, job: Job) -> None:
        """Remove the job and its files."""
        shutil.rmtree(job.folder, ignore_errors=True)
        with self.connection() as connection:
            connection.execute("DELETE FROM jobs WHERE id = ?", (job.id,))


def job_of(row: sqlite3.Row) -> Job:
    """A row of the store as a job."""
    values = dict(row)
    values["plan"] = Plan.model_validate_json(values["plan"]) if values["plan"] else None
    values["report"] = json.loads(values["report"]) if values["report"] else None
    return Job(**values)


class Supervisor:
    """Starts the worker of each queued job, ends it when cancelled or out of time, and clears away what is old."""

    def __init__(self, store: JobStore, limits: Limits) -> None:
        self.store = store
        self.limits = limits
        self.workers: dict[str, subprocess.Popen[bytes]] = {}
        self.next_clearing = 0.0
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self.watch, name="jobs", daemon=True)

    def start(self) -> None:
        """Take up the jobs that an earlier server left, then watch."""
        for job in self.store.all("running"):
            self.requeue(job)
        self.thread.start()

    def stop(self) -> None:
        """End the workers; their jobs start again with the next server."""
        self.stopping.set()
        self.thread.join(timeout=5)
        for worker in self.workers.values():
            end(worker)

    def submit(self, job: Job, plan: Plan) -> None:
        """Queue a draft.

        Raises:
            InputError: it is no draft any more, or too many jobs wait already.
        """
        if len(self.store.all("queued")) >= self.limits.jobs_waiting:
            raise InputError(f"{self.limits.jobs_waiting} jobs are waiting already; try again later")
        if not self.store.move(job.id, ("draft",), "queued", plan=plan.model_dump_json(), message="waiting"):
            raise InputError("this job was started already")

    def cancel(self, job: Job) -> bool:
        """Cancel a job that has not ended; the watch ends its worker."""
        return self.store.move(
            job.id, ("draft", "queued", "running"), "cancelled", ended=time.time(), message="cancelled"
        )

    def requeue(self, job: Job) -> None:
        """Begin a job anew whose server or worker was killed, unless that has happened too often."""
        if job.attempts >= self.limits.job_attempts:
            self.fail(job, f"the work was broken off {job.attempts} times")
        else:
            self.store.move(
                job.id, ("running",), "queued", progress=0.0, message="waiting, after a restart of the server"
            )

    def fail(self, job: Job, reason: str) -> None:
        """End a running job with a reason that the user can read."""
        self.store.move(job.id, ("running",), "failed", ended=time.time(), message=reason)

    def watch(self) -> None:
        """Look after the jobs until stopped."""
        while not self.stopping.wait(SECONDS_BETWEEN_LOOKS):
            try:
                self.look()
            except (OSError, sqlite3.Error) as error:  # a full disk must not end the watch
                sys.stderr.write(f"jobs: {error}\n")

    def look(self) -> None:
        """One round: workers that ended, jobs to end, jobs to start, files to clear."""
        for job_id, worker in list(self.workers.items()):
            job = self.store.get(job_id)
            if worker.poll() is not None:
                del self.workers[job_id]
                self.next_clearing = 0.0
                if job is not None and job.state == "running":
                    self.fail(job, why_ended(worker.returncode))
            elif job is None or job.state != "running":
                end(worker)
            elif time.time() - (job.started or 0) > self.limits.job_seconds:
                end(worker)
                self.fail(job, f"the work took longer than the {self.limits.job_seconds:.0f} seconds a job may take")
        for job in self.store.all("queued")[: max(0, self.limits.jobs_running - len(self.workers))]:
            self.begin(job)
        if time.monotonic() >= self.next_clearing:
            self.next_clearing = time.monotonic() + SECONDS_BETWEEN_CLEARINGS
            self.clear()

    def begin(self, job: Job) -> None:
        """Start the worker of a queued job."""
        if self.store.move(
            job.id, ("queued",), "running", started=time.time(), attempts=job.attempts + 1, message="starting"
        ):
            source = str(Path(makeweight.__file__).parent.parent)
            threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MAKEWEIGHT_THREADS"), "1")
            inherited = {name: value for name, value in environ.items() if name != "MAKEWEIGHT_TOKEN"}
            self.workers[job.id] = subprocess.Popen(
                [sys.executable, "-m", "makeweight.app.worker", job.id, str(self.limits.job_bytes)],
                env={**inherited, **threads, "PYTHONPATH": source},
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )

    def clear(self) -> None:
        """Remove the uploads of jobs that ended, and all of the jobs that are old or too many."""
        idle = self.store.all("draft", *FINISHED)
        too_many = len(idle) - self.limits.jobs_kept
        for place, job in enumerate(idle):
            if place < too_many or time.time() - job.created > self.limits.job_days * 86_400:
                self.store.forget(job)
            elif job.finished and job.id not in self.workers:
                job.upload.unlink(missing_ok=True)


def end(worker: "subprocess.Popen[bytes]") -> None:
    """Kill a worker and whatever it started; its files are written atomically, so nothing half remains."""
    with suppress(ProcessLookupError):
        killpg(worker.pid, signal.SIGKILL)
    worker.wait()


def why_ended(status: int) -> str:
    """What a worker's exit status tells the user."""
    return "the work needed more memory than a job may have" if status == MEMORY_STATUS else "the work broke down"
