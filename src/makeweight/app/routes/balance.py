"""The page Balance a CSV: upload, settings, progress, and downloads."""

import json
import re
from collections.abc import Mapping
from pathlib import PurePath
from typing import Annotated, Any

from fastapi import APIRouter, Depends, File, HTTPException, Request, UploadFile
from fastapi.params import Path as PathParameter
from fastapi.responses import FileResponse, RedirectResponse, Response
from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData

from makeweight.app import cards, columns, csv_table, reasons, shapes, told
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
    """Infer the columns of an uploaded table, and convert what is known of them for JSON."""
    upload = uploaded(request, job)
    return columns_json_of(upload, columns.infer_columns(upload))


def columns_json_of(upload: csv_table.Upload, known: list[columns.Column]) -> dict[str, Any]:
    """Guess the label of a table, and say what will happen to each of its inferred columns."""
    plan = told.default_plan(known)
    return {
        "columns": [{**column_json(one), "reason": reasons.reason_of(upload, one, plan)} for one in known],
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


def card_answer(request: Request, job: Job, plan: Plan) -> Response:
    """Return the card of an uploaded table as a file."""
    from makeweight.cards.write import card_name

    cards.check_label(plan)
    upload = uploaded(request, job)
    name = f"{card_name(PurePath(job.name).name.partition('.')[0])}.yaml"
    text = cards.card_of(upload, columns_of(upload, plan), plan, job.name)
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(text, media_type="application/yaml", headers=headers)


@router.get("/api/jobs/{job_id}/card.yaml")
def card_of_job(request: Request, job: JobOfPath) -> Response:
    """The card of the table, for a project: what its columns are, by the started plan or else as they were inferred."""
    plan = job.plan or told.default_plan(columns.infer_columns(uploaded(request, job)))
    return card_answer(request, job, plan)


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


@router.post("/balance/example", include_in_schema=False)
def use_example(request: Request) -> Response:
    """Store a table to try the page with, as if it had been uploaded, and redirect to its page."""
    from sklearn.datasets import load_breast_cancer

    frame = load_breast_cancer(as_frame=True).frame.iloc[:, [0, 1, 2, 3, 4, 5, 6, 30]]
    diagnosis = frame.pop("target").map({0: "malignant", 1: "benign"})
    content = frame.assign(diagnosis=diagnosis).to_csv(index=False).encode()
    job = store_of(request).add("breast-cancer-example.csv", content)
    return RedirectResponse(f"/balance/{job.id}", status_code=303)


@router.get("/balance/{job_id}", include_in_schema=False)
def show_job(request: Request, job: JobOfPath) -> Response:
    """The settings of an uploaded table, the progress of a running job, or its result."""
    if job.state == "uploaded":
        return show_setup(request, job, {})
    return page(request, "job.html", job=job, methods=METHODS)


def show_setup(request: Request, job: Job, given: Mapping[str, str], mistake: str = "") -> Response:
    """The columns as they were understood; after a mistake with the choices that were made, and what is wrong."""
    upload = uploaded(request, job)
    known = columns.infer_columns(upload)
    return page(
        request,
        "setup.html",
        422 if mistake else 200,
        job=job,
        kinds=columns.KINDS,
        methods=METHODS,
        given=given,
        mistake=mistake,
        wrong=mistake.partition(":")[0],
        rows=len(upload.table),
        shapes=[shapes.shape_of(upload, column) for column in known],
        **columns_json_of(upload, known),
    )


@router.post("/balance/{job_id}/start", include_in_schema=False)
async def start_from_form(request: Request, job: JobOfPath) -> Response:
    """Start a job with the settings of the form; `kind.N` and `decimal.N` are kind and decimal sign of column N."""
    form = await request.form(max_fields=2 * request.app.state.limits.columns + 20)
    try:
        plan = plan_of_form(form, names_of(request, job))
        await run_in_threadpool(start_job, request, job, plan)
    except (ValueError, InputError) as mistake:
        if job.state != "uploaded":
            raise InputError(message_of(mistake)) from None
        given = {name: str(value) for name, value in form.items()}
        return await run_in_threadpool(show_setup, request, job, given, message_of(mistake))
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
            "seed": whole_or_text(values.get("seed", "")),
            "share": float(str(values.get("percent"))) / 100,
            "guard_formulas": "guard_formulas" in values or "formulas_asked" not in values,
        }
    )


def whole_or_text(text: str) -> int | str:
    """Return the whole number in a field of the form; a text that is none, for the plan to refuse."""
    return int(text) if re.fullmatch(r"-?[0-9]{1,12}", text.strip()) else text


def message_of(mistake: ValueError) -> str:
    """Return the message of an error in one line."""
    if isinstance(mistake, ValidationError):
        first = mistake.errors()[0]
        return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
    return str(mistake)


@router.post("/balance/{job_id}/card", include_in_schema=False)
async def card_from_form(request: Request, job: JobOfPath) -> Response:
    """The card of the table with the kinds and decimal signs of the form."""
    form = await request.form(max_fields=2 * request.app.state.limits.columns + 20)
    try:
        plan = plan_of_form(form, names_of(request, job))
        return await run_in_threadpool(card_answer, request, job, plan)
    except (ValueError, InputError) as mistake:
        raise InputError(message_of(mistake)) from None


@router.post("/balance/{job_id}/cancel", include_in_schema=False)
def cancel_from_form(request: Request, job: JobOfPath) -> Response:
    """Cancel a job and redirect to its page."""
    request.app.state.supervisor.cancel(job)
    return RedirectResponse(f"/balance/{job.id}", status_code=303)
