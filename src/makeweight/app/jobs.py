"""Jobs of the CSV page: their state is kept in SQLite, so that it outlives the server and the workers share it."""

import json
import secrets
import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from makeweight.app.plan import Plan
from makeweight.core import files, paths

FOLDER = paths.SCRATCH / "app"
FINISHED = ("done", "failed", "cancelled")
AT_WORK = ("queued", "running")
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
    """One uploaded table with its plan; `state` is uploaded, queued, running, done, failed or cancelled."""

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
        """Whether the job has ended, well or not."""
        return self.state in FINISHED

    @property
    def folder(self) -> Path:
        """The folder of its files; the id comes from the store, never from a request."""
        return FOLDER / "jobs" / self.id

    @property
    def upload(self) -> Path:
        """Path of the uploaded table, unchanged."""
        return self.folder / "upload.csv"

    @property
    def result(self) -> Path:
        """Path of the balanced table."""
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
        """Open a connection; its changes are committed if the block raises nothing."""
        connection = sqlite3.connect(self.path, timeout=10)
        connection.row_factory = sqlite3.Row
        try:
            with connection:
                yield connection
        finally:
            connection.close()

    def add(self, name: str, upload: bytes) -> Job:
        """Keep an uploaded table as a new job, which has no plan yet."""
        job = Job(secrets.token_hex(16), name, "uploaded", time.time(), None, None, 0, 0.0, "", None, None)
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
        """Return the jobs in these states, or all jobs; the oldest first."""
        chosen = f"WHERE state IN ({', '.join('?' * len(states))})" if states else ""
        with self.connection() as connection:
            rows = connection.execute(f"SELECT * FROM jobs {chosen} ORDER BY created", states).fetchall()
        return [job_of(row) for row in rows]

    def change_state(self, job_id: str, origins: tuple[str, ...], state: str, **values: Any) -> bool:
        """Change the state and the given columns if the state is one of `origins`; return whether it was."""
        assigned = ", ".join(f"{name} = ?" for name in ("state", *values))
        marks = ", ".join("?" * len(origins))
        with self.connection() as connection:
            changed = connection.execute(
                f"UPDATE jobs SET {assigned} WHERE id = ? AND state IN ({marks})",
                (state, *values.values(), job_id, *origins),
            )
        return changed.rowcount == 1

    def set_progress(self, job_id: str, progress: float, message: str) -> None:
        """Store the progress of a running job: a share from 0 to 1, and a message for the user."""
        self.change_state(job_id, ("running",), "running", progress=round(progress, 4), message=message)

    def remove(self, job: Job) -> None:
        """Remove the job and its files."""
        shutil.rmtree(job.folder, ignore_errors=True)
        with self.connection() as connection:
            connection.execute("DELETE FROM jobs WHERE id = ?", (job.id,))


def job_of(row: sqlite3.Row) -> Job:
    """Turn a row of the store into a job."""
    values = dict(row)
    values["plan"] = Plan.model_validate_json(values["plan"]) if values["plan"] else None
    values["report"] = json.loads(values["report"]) if values["report"] else None
    return Job(**values)
