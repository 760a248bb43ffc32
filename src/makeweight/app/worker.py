"""The process of one job: `python -m makeweight.app.worker JOB BYTES` balances the table of a job within its limits."""

import json
import sys
import time
from collections.abc import Callable
from typing import Any

from makeweight.app import jobs
from makeweight.core import files, stopping
from makeweight.core.errors import InputError


def limit_memory(size: int) -> None:
    """Limit the address space of this process, in bytes, where the system can."""
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (size, size))
    except (ImportError, OSError, ValueError):
        sys.stderr.write("worker: this system cannot limit the memory of a process\n")


def balance(job: jobs.Job, report_progress: Callable[[float, str], None]) -> dict[str, Any]:
    """Balance the job's table, write the result, and return the report."""
    from makeweight.app import balance_table, csv_table, formulas, quality, told
    from makeweight.app.limits import Limits
    from makeweight.app.plan import Features, columns_of, features_of, rows_needed

    assert job.plan is not None
    plan = job.plan
    upload = csv_table.parse(job.upload.read_bytes(), Limits())
    known = columns_of(upload, plan)
    features = features_of(upload, plan, known)
    method = balance_table.METHODS[plan.method]
    needed = rows_needed(features.labels, plan.share)
    report_progress(0.02, "generating synthetic rows")
    synthetic = method(features, needed, plan.seed, lambda done, message: report_progress(0.02 + 0.58 * done, message))
    report_progress(0.6, "writing the table")
    table = balance_table.balanced(upload, plan, features, synthetic)
    table, guarded = formulas.guarded(table) if plan.guard_formulas else (table, 0)
    with files.replacing(job.result) as partial:
        partial.write_bytes(upload.write(table))
    report_progress(0.65, "comparing synthetic with real rows")

    def regenerate(part: Features, counts: dict[str, int]) -> balance_table.SyntheticRows:
        def progress(done: float, message: str) -> None:
            report_progress(0.65 + 0.3 * done, f"checking privacy: {message}")

        return method(part, counts, plan.seed, progress)

    return {
        **quality.report(features, synthetic, regenerate, plan.seed),
        "marker": upload.marker,
        "encoding": upload.dialect.encoding,
        "guarded": guarded,
        "told": [note.to_json() for note in told.notes_on(upload, list(known.values()), plan)],
    }


def main(job_id: str, memory: str) -> int:
    """Do the job and store its end; a mistake in the table becomes a message, any other error ends the process."""
    stopping.end_with_parent()  # the next server starts the job again
    limit_memory(int(memory))
    store = jobs.JobStore()
    job = store.get(job_id)
    if job is None or job.state != "running":
        return 1
    try:
        report = balance(job, lambda progress, message: store.set_progress(job_id, progress, message))
    except MemoryError:
        return jobs.MEMORY_STATUS
    except InputError as mistake:
        store.change_state(job_id, ("running",), "failed", ended=time.time(), message=str(mistake))
        return 0
    store.change_state(
        job_id, ("running",), "done", ended=time.time(), progress=1.0, message="done", report=json.dumps(report)
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
