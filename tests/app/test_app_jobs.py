"""Jobs run in processes of their own, within limits, and outlive the server."""

import csv
import io
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from makeweight.app import jobs
from makeweight.app.jobs import Job, JobStore
from makeweight.app.limits import Limits
from makeweight.app.plan import Plan
from makeweight.app.supervisor import Supervisor
from makeweight.core.errors import InputError

TABLE = ("x,kind\n" + "".join(f"{n / 7:.3f},{'rare' if n % 5 == 0 else 'common'}\n" for n in range(60))).encode()


@pytest.fixture()
def store(project: Path) -> JobStore:
    return JobStore()


@pytest.fixture()
def supervise(store: JobStore) -> Iterator[Callable[..., Supervisor]]:
    started: list[Supervisor] = []

    def start(**limits: float) -> Supervisor:
        started.append(Supervisor(store, Limits(**limits)))  # type: ignore[arg-type]
        started[-1].start()
        return started[-1]

    yield start
    for supervisor in started:
        supervisor.stop()


def plan(method: str = "smote") -> Plan:
    return Plan(label="kind", kinds={}, method=method)  # type: ignore[arg-type]


def wait(store: JobStore, job: Job, done: Callable[[Job], bool], seconds: float = 300) -> Job:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        found = store.get(job.id)
        assert found is not None
        if done(found):
            return found
        time.sleep(0.05)
    raise AssertionError(f"still {found.state}: {found.message}")


def test_a_job_runs_to_its_end(store: JobStore, supervise: Callable[..., Supervisor]) -> None:
    supervisor = supervise()
    job = store.add("table.csv", TABLE)
    supervisor.submit(job, plan())
    with pytest.raises(InputError, match="started already"):
        supervisor.submit(job, plan())
    done = wait(store, job, lambda job: job.finished)
    assert (
        done.state == "done"
        and done.report is not None
        and done.report["classes"]["rare"] == {"real": 12, "synthetic": 36}
    )
    rows = list(csv.DictReader(io.StringIO(done.result.read_bytes().decode(), newline="")))
    assert len(rows) == 96 and sum(row["mw_synthetic"] == "1" for row in rows) == 36
    wait(store, job, lambda job: not job.upload.exists())
    assert sorted(path.name for path in done.folder.iterdir()) == ["balanced.csv"]


def test_a_running_job_is_cancelled_at_once(store: JobStore, supervise: Callable[..., Supervisor]) -> None:
    supervisor = supervise()
    job = store.add("table.csv", TABLE)
    supervisor.submit(job, plan("gan"))
    # Before its work begins, a worker would see by itself that the job is cancelled, and end with 1.
    wait(store, job, lambda job: job.progress > 0)
    worker = supervisor.workers[job.id]
    assert supervisor.cancel(job) and not supervisor.cancel(job)
    assert worker.wait(timeout=300) == -signal.SIGKILL, "it did not come to its end"
    found = store.get(job.id)
    assert found is not None and found.state == "cancelled" and not found.result.exists()


def test_a_job_out_of_time_fails(store: JobStore, supervise: Callable[..., Supervisor]) -> None:
    supervisor = supervise(job_seconds=0.5)
    job = store.add("table.csv", TABLE)
    supervisor.submit(job, plan("gan"))
    failed = wait(store, job, lambda job: job.finished)
    assert failed.state == "failed" and "longer than" in failed.message


def test_a_job_out_of_memory_fails(store: JobStore, supervise: Callable[..., Supervisor]) -> None:
    supervisor = supervise(job_bytes=300 * 2**20)
    job = store.add("table.csv", TABLE)
    supervisor.submit(job, plan())
    failed = wait(store, job, lambda job: job.finished)
    assert failed.state == "failed" and ("memory" in failed.message or "failed unexpectedly" in failed.message)


def test_a_mistake_that_only_the_worker_finds_is_reported(
    store: JobStore, supervise: Callable[..., Supervisor]
) -> None:
    supervisor = supervise()
    job = store.add("table.csv", b"x,kind\n1\n")
    supervisor.submit(job, plan())
    assert "row 2 has 1 cell; the header has 2" in wait(store, job, lambda job: job.finished).message


def test_a_job_of_a_killed_server_starts_again(store: JobStore, supervise: Callable[..., Supervisor]) -> None:
    job = store.add("table.csv", TABLE)
    store.change_state(
        job.id, ("uploaded",), "running", plan=plan("random").model_dump_json(), attempts=1, progress=0.7
    )
    supervise()
    done = wait(store, job, lambda job: job.finished)
    assert done.state == "done" and done.attempts == 2


def test_a_job_interrupted_too_often_fails(store: JobStore) -> None:
    job = store.add("table.csv", TABLE)
    store.change_state(job.id, ("uploaded",), "running", plan=plan().model_dump_json(), attempts=3)
    supervisor = Supervisor(store, Limits())
    supervisor.requeue(store.get(job.id))  # type: ignore[arg-type]
    found = store.get(job.id)
    assert found is not None and found.state == "failed" and "interrupted 3 times" in found.message


def test_too_many_waiting_jobs_are_refused(store: JobStore) -> None:
    supervisor = Supervisor(store, Limits(jobs_waiting=1))
    supervisor.submit(store.add("one.csv", TABLE), plan())
    with pytest.raises(InputError, match="waiting already"):
        supervisor.submit(store.add("two.csv", TABLE), plan())


def test_old_jobs_are_removed_with_their_files(store: JobStore) -> None:
    job = store.add("table.csv", TABLE)
    with store.connection() as connection:
        connection.execute("UPDATE jobs SET created = created - 90000")
    Supervisor(store, Limits()).check_jobs()
    assert store.get(job.id) is None and not job.folder.exists()
    assert not list((jobs.FOLDER / "jobs").iterdir())


def test_the_oldest_tables_are_removed(store: JobStore) -> None:
    uploads = [store.add(f"{number}.csv", TABLE) for number in range(4)]
    waiting = store.add("waiting.csv", TABLE)
    supervisor = Supervisor(store, Limits(jobs_kept=2, jobs_running=0))
    supervisor.submit(waiting, plan())
    supervisor.check_jobs()
    assert [job.id for job in store.all()] == [uploads[2].id, uploads[3].id, waiting.id]
    assert not uploads[0].folder.exists() and uploads[3].upload.exists() and waiting.upload.exists()
