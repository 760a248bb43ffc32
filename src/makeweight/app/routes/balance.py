"""The page Balance a CSV: upload, settings, progress, and downloads."""

import json
from pathlib import PurePath
from typing import Annotated, Any

from fastapi import APIRouter, Depends, File, HTTPException, Request, UploadFile
from fastapi.params import Path as PathParameter
from fastapi.responses import FileResponse, RedirectResponse, Response
from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData

from makeweight.app import columns, csv_table, told
from makeweight.app.jobs import Job, JobStore
from makeweight.app.pages import page
from makeweight.app.plan import METHODS, Plan, check_plan, columns_of
from makeweight.app.supervisor import Supervisor
from makeweight.core.errors import InputError

router = APIRouter(tags=["balance"])


def store_of(request: Request) -> JobStore:
    """Return the job store of this application."""
    return request.app.state.store


def find_job(request: Request, job_id: Annotated[str, PathParameter(pattern="^[0-9a-f]{32}$")]) -> Job:
    """Return the job of the id in the path, or answer 404."""
    job = store_of(request).get(job_id)
    if job is None:
        raise HTTPException(404, "there is no such job; jobs are removed a day after the upload")
    return job


JobOfPath = Annotated[Job, Depends(find_job)]


async def store_upload(request: Request, upload: UploadFile) -> Job:
    """Check an uploaded table and store it as a job."""
    content = await upload.read()

    def check_and_store() -> Job:
        csv_table.parse(content, request.app.state.limits)
        name = PurePath((upload.filename or "").replace("\\", "/")).name[:100] or "table.csv"
        return store_of(request).add(name, content)

    return await run_in_threadpool(check_and_store)


def uploaded(request: Request, job: Job) -> csv_table.Upload:
    """Return the table of a job."""
    return csv_table.parse(job.upload.read_bytes(), request.app.state.limits)


def start_job(request: Request, job: Job, plan: Plan) -> None:
    """Check the plan against the table and queue the job."""
    if job.state != "uploaded":
        raise InputError("this job was started already")
    check_plan(uploaded(request, job), plan, request.app.state.limits)
    supervisor: Supervisor = request.app.state.supervisor
    supervisor.submit(job, plan)


def job_json(job: Job) -> dict[str, Any]:
    """Convert a job for JSON."""
    return {
        "id": job.id,
        "name": job.name,
        "state": job.state,
        "progress": job.progress,
        "message": job.message,
        "plan": job.plan.model_dump() if job.plan else None,
        "report": job.report,
    }


# The JSON API


@router.post("/api/jobs", status_code=201)
async def upload_table(
    request: Request, file: Annotated[UploadFile, File(description="a CSV with a header")]
) -> dict[str, Any]:
    """Upload a table; the answer has the inferred kinds of its columns, and the id of the job to start."""
    job = await store_upload(request, file)
    return {**job_json(job), **await run_in_threadpool(columns_json, request, job)}


def columns_json(request: Request, job: Job) -> dict[str, Any]:
    """Infer the columns of an uploaded table, guess its label, and say what will happen to each column."""
    upload = uploaded(request, job)
    known = columns.infer_columns(upload)
    plan = told.default_plan(known)
    return {
        "columns": [column_json(column) for column in known],
        "label": plan.label or None,
        "told": [note.to_json() for note in told.notes_on(upload, known, plan)],
        "marker": upload.marker,
    }


def column_json(column: columns.Column) -> dict[str, Any]:
    """Convert a column for JSON; `decimal_signs` is not empty where its cells leave the decimal sign open."""
    return {
        "name": column.name,
        "kind": column.kind,
        "kinds": column.kinds,
        "missing": column.missing,
        "distinct": column.distinct,
        "examples": column.examples,
        "decimal_signs": column.signs,
        "decimal": getattr(column.reading.format, "decimal", None) if column.signs and not column.is_guess else None,
    }


@router.post("/api/jobs/{job_id}/start", status_code=202)
def start(request: Request, job: JobOfPath, plan: Plan) -> dict[str, Any]:
    """Start balancing an uploaded table; the answer says what will be empty, changed or unused."""
    start_job(request, job, plan)
    upload = uploaded(request, job)
    notes = told.notes_on(upload, list(columns_of(upload, plan).values()), plan)
    return {**job_json(store_of(request).get(job.id) or job), "told": [note.to_json() for note in notes]}


@router.get("/api/jobs/{job_id}")
def job_state(job: JobOfPath) -> dict[str, Any]:
    """The state and progress of a job; its report when it is done."""
    return job_json(job)


@router.post("/api/jobs/{job_id}/cancel")
def cancel(request: Request, job: JobOfPath) -> dict[str, Any]:
    """Cancel a job that has not ended."""
    request.app.state.supervisor.cancel(job)
    return job_json(store_of(request).get(job.id) or job)


@router.get("/api/jobs/{job_id}/balanced.csv", response_class=FileResponse)
def balanced_table(job: JobOfPath) -> Response:
    """The balanced table in the dialect of the upload; the last column is 1 for synthetic rows, 0 for uploaded ones."""
    if job.state != "done":
        raise HTTPException(409, f"the job is {job.state}; there is no balanced table")
    encoding = (job.report or {}).get("encoding", "utf-8")
    return FileResponse(
        job.result, media_type=f"text/csv; charset={encoding}", filename=f"{PurePath(job.name).stem}-balanced.csv"
    )


@router.get("/api/jobs/{job_id}/report.json")
def quality_report(job: JobOfPath) -> Response:
    """The quality report: synthetic rows compared with the real ones."""
    if job.state != "done":
        raise HTTPException(409, f"the job is {job.state}; there is no report")
    headers = {"Content-Disposition": 'attachment; filename="quality.json"'}
    return Response(json.dumps(job.report, indent=2), media_type="application/json", headers=headers)


# The pages


@router.get("/balance", include_in_schema=False)
def show_upload(request: Request) -> Response:
    """The form for a table, and the earlier jobs."""
    return page(request, "balance.html", jobs=list(reversed(store_of(request).all())))


@router.post("/balance", include_in_schema=False)
async def receive_upload(request: Request, file: Annotated[UploadFile, File()]) -> Response:
    """Store an uploaded table and redirect to its page."""
    try:
        job = await store_upload(request, file)
    except InputError as mistake:
        jobs = list(reversed(store_of(request).all()))
        return page(request, "balance.html", 422, jobs=jobs, mistake=str(mistake))
    return RedirectResponse(f"/balance/{job.id}", status_code=303)


@router.get("/balance/{job_id}", include_in_schema=False)
def show_job(request: Request, job: JobOfPath) -> Response:
    """The settings of an uploaded table, the progress of a running job, or its result."""
    if job.state == "uploaded":
        return page(request, "setup.html", job=job, kinds=columns.KINDS, methods=METHODS, **columns_json(request, job))
    return page(request, "job.html", job=job, methods=METHODS)


@router.post("/balance/{job_id}/start", include_in_schema=False)
async def start_from_form(request: Request, job: JobOfPath) -> Response:
    """Start a job with the settings of the form; `kind.N` and `decimal.N` are kind and decimal sign of column N."""
    form = await request.form(max_fields=2 * request.app.state.limits.columns + 20)
    try:
        plan = plan_of_form(form, names_of(request, job))
        await run_in_threadpool(start_job, request, job, plan)
    except (ValueError, InputError) as mistake:
        raise InputError(message_of(mistake)) from None
    return RedirectResponse(f"/balance/{job.id}", status_code=303)


def names_of(request: Request, job: Job) -> list[str]:
    """Return the names of the columns of a table that was not started yet."""
    return [str(name) for name in uploaded(request, job).table] if job.state == "uploaded" else []


def plan_of_form(form: FormData, names: list[str]) -> Plan:
    """Return the plan in a form, whose fields are numbered by column: a name may be anything."""
    values = {key: str(value) for key, value in form.items()}
    # A browser writes line breaks, also those in a name, as two characters.
    named = {name.replace("\r\n", "\n").replace("\n", "\r\n"): name for name in names}
    fields = {part: [".".join((part, str(number))) for number in range(len(names))] for part in ("kind", "decimal")}
    numbered = {
        part: dict(zip(names, (values.get(field, "") for field in numbers), strict=True))
        for part, numbers in fields.items()
    }
    return Plan.model_validate(
        {
            "label": named.get(values.get("label", ""), values.get("label")),
            "kinds": {name: kind for name, kind in numbered["kind"].items() if kind},
            "decimals": {name: sign for name, sign in numbered["decimal"].items() if sign},
            "decimal": values.get("decimal") or None,
            "method": values.get("method"),
            "seed": values.get("seed"),
            "share": float(str(values.get("percent"))) / 100,
            "guard_formulas": "guard_formulas" in values or "formulas_asked" not in values,
        }
    )


def message_of(mistake: ValueError) -> str:
    """Return the message of an error in one line."""
    if isinstance(mistake, ValidationError):
        first = mistake.errors()[0]
        return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
    return str(mistake)


@router.post("/balance/{job_id}/cancel", include_in_schema=False)
def cancel_from_form(request: Request, job: JobOfPath) -> Response:
    """Cancel a job and redirect to its page."""
    request.app.state.supervisor.cancel(job)
    return RedirectResponse(f"/balance/{job.id}", status_code=303)
