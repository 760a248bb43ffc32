"""Balance a CSV: upload, see how it is understood, choose, watch the job, download."""

import json
from pathlib import PurePath
from typing import Annotated, Any

from fastapi import APIRouter, Depends, File, HTTPException, Request, UploadFile
from fastapi.params import Path as PathParameter
from fastapi.responses import FileResponse, RedirectResponse, Response
from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool

from makeweight.app import csv_table
from makeweight.app.jobs import Job, JobStore, Supervisor
from makeweight.app.pages import page
from makeweight.app.plan import METHODS, Plan, check_plan
from makeweight.core.errors import InputError

router = APIRouter(tags=["balance"])


def store_of(request: Request) -> JobStore:
    """The store of this application."""
    return request.app.state.store


def find_job(request: Request, job_id: Annotated[str, PathParameter(pattern="^[0-9a-f]{32}$")]) -> Job:
    """The job that the address names, or 404."""
    job = store_of(request).get(job_id)
    if job is None:
        raise HTTPException(404, "there is no such job; jobs are removed a day after their upload")
    return job


Found = Annotated[Job, Depends(find_job)]


async def add_draft(request: Request, upload: UploadFile) -> Job:
    """Check an uploaded table and keep it."""
    content = await upload.read()

    def check_and_keep() -> Job:
        csv_table.parse(content, request.app.state.limits)
        name = PurePath((upload.filename or "").replace("\\", "/")).name[:100] or "table.csv"
        return store_of(request).add(name, content)

    return await run_in_threadpool(check_and_keep)


def start_job(request: Request, job: Job, plan: Plan) -> None:
    """Check the plan against the table and queue the job."""
    if job.state != "draft":
        raise InputError("this job was started already")
    check_plan(csv_table.parse(job.upload.read_bytes(), request.app.state.limits), plan, request.app.state.limits)
    supervisor: Supervisor = request.app.state.supervisor
    supervisor.submit(job, plan)


def described(job: Job) -> dict[str, Any]:
    """A job as JSON."""
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
    """Upload a table; the answer tells how its columns are understood, and the id of the job to start."""
    job = await add_draft(request, file)
    return {**described(job), **await run_in_threadpool(understood, request, job)}


def understood(request: Request, job: Job) -> dict[str, Any]:
    """The columns of a draft and the label it seems to have."""
    columns = csv_table.understand(csv_table.parse(job.upload.read_bytes(), request.app.state.limits))
    return {
        "columns": [
            {
                "name": c.name,
                "kind": c.kind,
                "kinds": c.kinds,
                "missing": c.missing,
                "distinct": c.distinct,
                "examples": c.examples,
            }
            for c in columns
        ],
        "label": csv_table.guess_label(columns),
    }


@router.post("/api/jobs/{job_id}/start", status_code=202)
def start(request: Request, job: Found, plan: Plan) -> dict[str, Any]:
    """Start balancing an uploaded table."""
    start_job(request, job, plan)
    return described(store_of(request).get(job.id) or job)


@router.get("/api/jobs/{job_id}")
def job_state(job: Found) -> dict[str, Any]:
    """How far a job is; its report when it is done."""
    return described(job)


@router.post("/api/jobs/{job_id}/cancel")
def cancel(request: Request, job: Found) -> dict[str, Any]:
    """Cancel a job that has not ended."""
    request.app.state.supervisor.cancel(job)
    return described(store_of(request).get(job.id) or job)


@router.get("/api/jobs/{job_id}/balanced.csv", response_class=FileResponse)
def balanced_table(job: Found) -> Response:
    """The balanced table; the column `synthetic` tells new rows (1) from those uploaded (0)."""
    if job.state != "done":
        raise HTTPException(409, f"the job is {job.state}; there is no balanced table")
    return FileResponse(
        job.result, media_type="text/csv; charset=utf-8", filename=f"{PurePath(job.name).stem}-balanced.csv"
    )


@router.get("/api/jobs/{job_id}/report.json")
def quality_report(job: Found) -> Response:
    """How the new rows compare with the real ones."""
    if job.state != "done":
        raise HTTPException(409, f"the job is {job.state}; there is no report")
    headers = {"Content-Disposition": 'attachment; filename="quality.json"'}
    return Response(json.dumps(job.report, indent=2), media_type="application/json", headers=headers)


# The pages


@router.get("/balance", include_in_schema=False)
def show_upload(request: Request) -> Response:
    """The form for a table, and the jobs so far."""
    return page(request, "balance.html", jobs=list(reversed(store_of(request).all())))


@router.post("/balance", include_in_schema=False)
async def receive_upload(request: Request, file: Annotated[UploadFile, File()]) -> Response:
    """Keep an uploaded table and go on to its page."""
    try:
        job = await add_draft(request, file)
    except InputError as mistake:
        jobs = list(reversed(store_of(request).all()))
        return page(request, "balance.html", 422, jobs=jobs, mistake=str(mistake))
    return RedirectResponse(f"/balance/{job.id}", status_code=303)


@router.get("/balance/{job_id}", include_in_schema=False)
def show_job(request: Request, job: Found) -> Response:
    """What to choose for a draft, how far a running job is, or the result."""
    if job.state == "draft":
        return page(request, "draft.html", job=job, kinds=csv_table.KINDS, methods=METHODS, **understood(request, job))
    return page(request, "job.html", job=job, methods=METHODS)


@router.post("/balance/{job_id}/start", include_in_schema=False)
async def start_from_form(request: Request, job: Found) -> Response:
    """Start a job with what the form says; field `kind.N` is the kind of column N."""
    form = await request.form(max_fields=request.app.state.limits.columns + 20)
    try:
        names = [column["name"] for column in understood(request, job)["columns"]] if job.state == "draft" else []
        kinds = {name: form[f"kind.{place}"] for place, name in enumerate(names) if f"kind.{place}" in form}
        chosen = {"label": form.get("label"), "kinds": kinds, "method": form.get("method"), "seed": form.get("seed")}
        plan = Plan.model_validate({**chosen, "share": float(str(form.get("percent"))) / 100})
        await run_in_threadpool(start_job, request, job, plan)
    except (ValueError, InputError) as mistake:
        raise InputError(told(mistake)) from None
    return RedirectResponse(f"/balance/{job.id}", status_code=303)


def told(mistake: ValueError) -> str:
    """A mistake in one line."""
    if isinstance(mistake, ValidationError):
        first = mistake.errors()[0]
        return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
    return str(mistake)


@router.post("/balance/{job_id}/cancel", include_in_schema=False)
def cancel_from_form(request: Request, job: Found) -> Response:
    """Cancel a job and show it."""
    request.app.state.supervisor.cancel(job)
    return RedirectResponse(f"/balance/{job.id}", status_code=303)
