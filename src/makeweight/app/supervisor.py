"""The supervisor of the CSV jobs: starts a worker process per job, within limits, and clears up behind it."""

import signal
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import suppress
from os import environ, killpg
from pathlib import Path

import makeweight
from makeweight.app.jobs import AT_WORK, MEMORY_STATUS, Job, JobStore
from makeweight.app.limits import Limits
from makeweight.app.plan import Plan
from makeweight.core.errors import InputError

POLL_SECONDS = 0.2
CLEANUP_SECONDS = 5.0


class Supervisor:
    """Starts the worker of each queued job, kills it when cancelled or out of time, and removes old files."""

    def __init__(self, store: JobStore, limits: Limits) -> None:
        self.store = store
        self.limits = limits
        self.workers: dict[str, subprocess.Popen[bytes]] = {}
        self.next_cleanup = 0.0
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self.run, name="jobs", daemon=True)

    def start(self) -> None:
        """Queue the jobs that an earlier server left unfinished, then start the supervising thread."""
        for job in self.store.all("running"):
            self.requeue(job)
        self.thread.start()

    def stop(self) -> None:
        """Stop the thread and kill the workers; their jobs start again with the next server."""
        self.stopping.set()
        self.thread.join(timeout=5)
        for worker in self.workers.values():
            kill(worker)

    def submit(self, job: Job, plan: Plan) -> None:
        """Queue an uploaded table with its plan.

        Raises:
            InputError: the job was started already, or too many jobs wait.
        """
        if len(self.store.all("queued")) >= self.limits.jobs_waiting:
            raise InputError(f"{self.limits.jobs_waiting} jobs are waiting already; try again later")
        if not self.store.change_state(job.id, ("uploaded",), "queued", plan=plan.model_dump_json(), message="waiting"):
            raise InputError("this job was started already")

    def cancel(self, job: Job) -> bool:
        """Cancel a job that has not ended, and return whether it had not; the thread kills its worker."""
        return self.store.change_state(
            job.id, ("uploaded", "queued", "running"), "cancelled", ended=time.time(), message="cancelled"
        )

    def requeue(self, job: Job) -> None:
        """Queue a job again whose server or worker was killed, unless that has happened too often."""
        if job.attempts >= self.limits.job_attempts:
            self.fail(job, f"the job was interrupted {job.attempts} times")
        else:
            self.store.change_state(
                job.id, ("running",), "queued", progress=0.0, message="waiting, after a restart of the server"
            )

    def fail(self, job: Job, reason: str) -> None:
        """Mark a running job as failed, with a reason for the user."""
        self.store.change_state(job.id, ("running",), "failed", ended=time.time(), message=reason)

    def run(self) -> None:
        """Check the jobs again and again until stopped."""
        while not self.stopping.wait(POLL_SECONDS):
            try:
                self.check_jobs()
            except (OSError, sqlite3.Error) as error:  # a full disk must not end the thread
                sys.stderr.write(f"jobs: {error}\n")

    def check_jobs(self) -> None:
        """One round: handle workers that ended, kill jobs out of time, start queued jobs, remove old files."""
        for job_id, worker in list(self.workers.items()):
            job = self.store.get(job_id)
            if worker.poll() is not None:
                del self.workers[job_id]
                self.next_cleanup = 0.0
                if job is not None and job.state == "running":
                    self.fail(job, exit_reason(worker.returncode))
            elif job is None or job.state != "running":
                kill(worker)
            elif time.time() - (job.started or 0) > self.limits.job_seconds:
                kill(worker)
                self.fail(job, f"the job took longer than the limit of {self.limits.job_seconds:.0f} seconds")
        for job in self.store.all("queued")[: max(0, self.limits.jobs_running - len(self.workers))]:
            self.start_worker(job)
        if time.monotonic() >= self.next_cleanup:
            self.next_cleanup = time.monotonic() + CLEANUP_SECONDS
            self.clean_up()

    def start_worker(self, job: Job) -> None:
        """Start a process for a queued job; it gets one thread and no token."""
        if self.store.change_state(
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

    def clean_up(self) -> None:
        """Remove the uploads of ended jobs, and all files of jobs that are too old or too many."""
        idle = [job for job in self.store.all() if job.state not in AT_WORK]
        too_many = len(idle) - self.limits.jobs_kept
        for index, job in enumerate(idle):
            if index < too_many or time.time() - job.created > self.limits.job_days * 86_400:
                self.store.remove(job)
            elif job.finished and job.id not in self.workers:
                job.upload.unlink(missing_ok=True)


def kill(worker: "subprocess.Popen[bytes]") -> None:
    """Kill a worker and its child processes; files are written atomically, so none is left half written."""
    with suppress(ProcessLookupError):
        killpg(worker.pid, signal.SIGKILL)
    worker.wait()


def exit_reason(status: int) -> str:
    """Say for the user why a worker ended, from its exit status."""
    return "the job needed more memory than the limit" if status == MEMORY_STATUS else "the job failed unexpectedly"
