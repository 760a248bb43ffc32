"""The page Classify: one upload, two sets of classifiers side by side."""

import base64
import binascii
import json
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, File, Form, Query, Request, UploadFile
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile as Uploaded

from makeweight.app import artefacts, classification, classification_example, uploads
from makeweight.app.classification import Prediction
from makeweight.app.pages import page
from makeweight.app.routes.generate import data_url
from makeweight.core.errors import InputError

router = APIRouter(tags=["classify"])


@router.get("/api/classifiers")
def classifiers() -> dict[str, Any]:
    """The arms to compare with, and the columns that can be filled in."""
    fields = [
        {"name": field.name, "modality": field.modality, "kind": field.kind, "choices": field.choices}
        for field in uploads.fields()
    ]
    return {"arms": [arm for arm in classification.arms() if arm != classification.UNBALANCED], "fields": fields}


async def predictions_of(request: Request, picture: bytes, cells: Mapping[str, str], arm: str) -> dict[str, Prediction]:
    """Predict for an upload with a checked picture (arm -> prediction), in one batch with simultaneous requests."""
    return await request.app.state.classification_batcher.submit(uploads.Upload(picture, cells, arm))


async def checked(request: Request, picture: bytes) -> bytes:
    """Return a picture as `checked_picture` does; nothing where there is none."""
    limits = request.app.state.limits
    return await run_in_threadpool(uploads.checked_picture, picture, limits) if picture else b""


@router.post("/api/classify")
async def classify(
    request: Request,
    picture: Annotated[UploadFile | None, File(description="PNG, JPEG, GIF, WebP, BMP or TIFF")] = None,
    cells: Annotated[
        str, Form(description='JSON: column -> value, such as {"title": "a cat"}', max_length=100_000)
    ] = "",
    arm: Annotated[str, Form(max_length=100)] = "",
) -> dict[str, Any]:
    """Classify a picture, texts, numbers or all of them, by the arm `none` and by another arm."""
    content = await picture.read() if picture else b""
    predictions = await predictions_of(request, await checked(request, content), read_cells(cells), arm)
    return {
        arm: {
            "fused": dict(one.fused),
            "views": {view: dict(top) for view, top in one.views.items()},
            "weights": one.weights,
        }
        for arm, one in predictions.items()
    }


def read_cells(text: str) -> dict[str, str]:
    """Parse the cells of an upload from JSON."""
    if not text.strip():
        return {}
    try:
        values = json.loads(text)
    except (json.JSONDecodeError, RecursionError):
        raise InputError("cells: not valid JSON") from None
    if not isinstance(values, dict) or not all(isinstance(value, str | int | float) for value in values.values()):
        raise InputError("cells: a JSON object of columns with a text or a number each would be right")
    return {name: str(value) for name, value in values.items()}


@router.get("/classify", include_in_schema=False)
def show_classify(request: Request) -> Response:
    """The form."""
    return page(request, "classify.html", **form_values({}, ""))


def finding_on(arm: str) -> str:
    """What the verdict says of an arm, and which one it recommends; empty where there is none."""
    from makeweight.results.key_facts import arm_name, points

    verdict = artefacts.run().verdict
    result = None if verdict is None else verdict.result(arm)
    if verdict is None or result is None:
        return ""
    claim = result.against_none
    found = f"{arm_name(arm)}: {claim.word}, {points(claim)} points of macro-F1 against doing nothing"
    if verdict.recommended == arm:
        return f"{found}; this way is recommended"
    nothing = verdict.recommended == classification.UNBALANCED
    return f"{found}; recommended is {'to add nothing' if nothing else arm_name(verdict.recommended)}"


def form_values(cells: Mapping[str, str], arm: str, picture: bytes = b"") -> dict[str, Any]:
    """Return the values of the form, and of the page without predictions."""
    others = [name for name in classification.arms() if name != classification.UNBALANCED]
    known = classification.codecs()
    return {
        "fields": uploads.fields(),
        "takes_picture": "image" in known,
        "arms": others,
        "arm": arm or classification.default_arm(),
        "cells": cells,
        "kept": kept_picture(picture),
        "has_example": artefacts.SAMPLES.present,
        "predictions": None,
        "picture": None,
        "example": None,
    }


def kept_picture(content: bytes) -> str:
    """Encode an uploaded picture for the form, which sends it again; empty where there is none, or a very large one."""
    return base64.b64encode(content).decode() if len(content) <= artefacts.MAX_INLINE_BYTES else ""


def picture_again(text: str) -> bytes:
    """Return the picture that the form kept from the last request.

    Raises:
        InputError: it was changed on the way.
    """
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise InputError("the kept picture cannot be read; choose it again") from None


@router.post("/classify", include_in_schema=False)
async def receive_upload(request: Request) -> Response:
    """Classify the upload of the form; field `cell.NAME` is the cell of a column."""
    limits = request.app.state.limits
    form = await request.form(max_files=1, max_fields=2 * limits.columns, max_part_size=2 * artefacts.MAX_INLINE_BYTES)
    cells = {name.removeprefix("cell."): str(value) for name, value in form.items() if name.startswith("cell.")}
    uploaded = form.get("picture")
    content = await uploaded.read() if isinstance(uploaded, Uploaded) else b""
    content = content or picture_again(str(form.get("kept_picture") or ""))
    return await classified(request, content, cells, str(form.get("arm") or ""))


@router.get("/classify/example", include_in_schema=False)
async def show_example(request: Request, number: Annotated[int, Query(ge=0, lt=1_000_000)] = 0) -> Response:
    """Classify a sample of the test split, and fill the form with it."""
    fields = await run_in_threadpool(uploads.fields)
    found = await run_in_threadpool(classification_example.example, number, fields)
    return await classified(request, found.picture, found.cells, "", {"actual": found.label, "number": number})


async def classified(
    request: Request, content: bytes, cells: Mapping[str, str], arm: str, example: Mapping[str, Any] | None = None
) -> Response:
    """The page with the predictions for an upload, or with what is wrong with it; the form keeps what was given.

    Args:
        request: the request.
        content: the picture as it was uploaded; empty where there is none.
        cells: the other cells, by column.
        arm: the arm to compare with; empty: the first one.
        example: number and actual class of the test sample that this is.
    """
    values = await run_in_threadpool(form_values, cells, arm, content)
    try:
        picture = await checked(request, content)
    except InputError as mistake:
        return page(request, "classify.html", 422, **{**values, "kept": "", "mistake": str(mistake)})
    values["picture"] = data_url(picture) if 0 < len(picture) < artefacts.MAX_INLINE_BYTES else None
    try:
        predictions = await predictions_of(request, picture, cells, arm)
    except InputError as mistake:
        return page(request, "classify.html", 422, **values, mistake=str(mistake))
    finding = finding_on(next(name for name in predictions if name != classification.UNBALANCED))
    return page(
        request, "classify.html", **{**values, "predictions": predictions, "finding": finding, "example": example}
    )
