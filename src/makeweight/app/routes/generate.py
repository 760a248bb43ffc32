"""The page Generate: samples of a class, their nearest real samples, and downloads."""

import base64
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, HTTPException, Query, Request
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool

from makeweight.app import artefacts, generation
from makeweight.app.generation import Neighbour, SampleRequest, SyntheticSamples
from makeweight.app.pages import page
from makeweight.core.cell_text import json_value
from makeweight.core.errors import InputError

router = APIRouter(tags=["generate"])

MODALITIES = ("image", "text", "tabular")
LARGEST_SEED = 2**31 - 1


class SampleQuery(BaseModel):
    """The query parameters of every address on this page."""

    model_config = ConfigDict(extra="forbid")

    engine: str = Field(max_length=50)
    label: str = Field(max_length=200)
    count: int = Field(default=12, ge=1)
    seed: int = Field(default=0, ge=0, le=LARGEST_SEED)
    truncation: float = Field(default=1.0, ge=0, le=2)
    show: list[str] = Field(default=list(MODALITIES), max_length=3)


QueryParameters = Annotated[SampleQuery, Query()]


async def generate_samples(request: Request, query: SampleQuery) -> tuple[SampleRequest, SyntheticSamples]:
    """Generate the requested samples, in one batch with simultaneous requests."""
    most = request.app.state.limits.samples
    if query.count > most:
        raise InputError(f"count: at most {most} samples at a time")
    sample_request = SampleRequest(query.engine, query.label, query.count, query.seed, query.truncation)
    return sample_request, await request.app.state.generation_batcher.submit(sample_request)


def data_url(picture: bytes) -> str:
    """Encode a PNG as a data URL."""
    return f"data:image/png;base64,{base64.b64encode(picture).decode()}"


def as_json(synthetic: SyntheticSamples, shown: list[str]) -> list[dict[str, Any]]:
    """Convert samples for JSON and for the page: picture as data URL, texts, numbers, of the shown modalities."""
    roles = generation.roles()
    listed = []
    # Iterating over the rows of a table would take longer than everything else here.
    cells = [synthetic.table[name].tolist() for name in synthetic.table]
    for values in zip(*cells, strict=True):
        row = dict(zip(synthetic.table, values, strict=True))
        sample: dict[str, Any] = {}
        if "image" in shown and roles.image in synthetic.table:
            sample["picture"] = data_url(row[roles.image])
        for modality, columns in (("text", roles.text), ("tabular", roles.tabular)):
            if modality in shown:
                sample[modality] = {name: json_value(row[name]) for name in columns if name in synthetic.table}
        listed.append(sample)
    return listed


@router.get("/api/engines")
def engines() -> list[dict[str, Any]]:
    """The trained engines with their classes and modalities."""
    found = {name: generation.engine(name) for name in generation.engine_names()}
    return [{"engine": name, "classes": one.classes, "modalities": sorted(one.specs)} for name, one in found.items()]


@router.get("/api/samples", response_model=list[dict[str, Any]])
async def samples(request: Request, query: QueryParameters) -> Response:
    """Samples of one class; the same query gives the same samples."""
    _, synthetic = await generate_samples(request, query)
    return JSONResponse(as_json(synthetic, query.show))  # FastAPI would validate every value first


@router.get("/api/samples.zip", response_class=Response)
async def samples_as_zip(request: Request, query: QueryParameters) -> Response:
    """The same samples as one PNG each and a CSV."""
    sample_request, synthetic = await generate_samples(request, query)
    content = await run_in_threadpool(generation.as_zip, synthetic, sample_request)
    return attachment(content, "application/zip", "samples.zip")


@router.get("/api/samples.parquet", response_class=Response)
async def samples_as_parquet(request: Request, query: QueryParameters) -> Response:
    """The same samples as Parquet."""
    sample_request, synthetic = await generate_samples(request, query)
    content = await run_in_threadpool(generation.as_parquet, synthetic, sample_request)
    return attachment(content, "application/vnd.apache.parquet", "samples.parquet")


def attachment(content: bytes, media_type: str, name: str) -> Response:
    """Answer with a file to download."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type=media_type, headers=headers)


class NeighbourQuery(SampleQuery):
    """The query parameters of a neighbour: the samples, and the row of one of them."""

    row: int = Field(ge=0)


@router.get("/api/neighbour")
async def neighbour(request: Request, query: Annotated[NeighbourQuery, Query()]) -> dict[str, Any]:
    """The real train sample that is nearest to one of the samples."""
    _, synthetic = await generate_samples(request, query)
    if query.row >= query.count:
        raise HTTPException(404, f"there are {query.count} samples")
    found, own = await run_in_threadpool(generation.nearest_real_samples, synthetic, query.row, query.label)
    return {**neighbour_json(found), "of_class": neighbour_json(own)}


def neighbour_json(found: Neighbour) -> dict[str, Any]:
    """Convert a neighbour for JSON; `scaled` is 1 at the typical distance between two real samples."""
    return {
        "id": found.id,
        "label": found.label,
        "by": found.modality,
        "distance": round(found.distance, 4),
        "scaled": round(found.scaled, 2),
        "cells": found.cells,
        "picture": f"/generate/real?{urlencode({'sample': found.id})}" if found.picture else None,
    }


@router.get("/generate/real", include_in_schema=False)
def real_picture(sample: Annotated[str, Query(max_length=300)]) -> Response:
    """The picture of a real sample."""
    found = artefacts.pictures_in(artefacts.SAMPLES.require()).get(sample)
    if found is None:
        raise HTTPException(404, "there is no such sample, or it has no picture")
    return artefacts.picture_response(found)


@router.get("/generate", include_in_schema=False)
async def show_generate(request: Request) -> Response:
    """The form."""
    known = await run_in_threadpool(engines)
    if not known:
        raise artefacts.MissingError(artefacts.ENGINES.what, artefacts.ENGINES.stage)
    first = known[0]
    query = SampleQuery(engine=first["engine"], label=first["classes"][0])
    return await generate_page(request, known, query)


@router.get("/generate/samples", include_in_schema=False)
async def show_samples(request: Request, query: QueryParameters) -> Response:
    """The samples as a grid."""
    known = await run_in_threadpool(engines)
    _, synthetic = await generate_samples(request, query)
    return await generate_page(request, known, query, as_json(synthetic, query.show))


async def generate_page(
    request: Request, known: list[dict[str, Any]], query: SampleQuery, listed: list[dict[str, Any]] | None = None
) -> Response:
    """The form; where samples were asked for, they and what those of their class are worth."""
    has_samples = listed is not None
    return page(
        request,
        "generate.html",
        engines=known,
        chosen=query,
        samples=listed,
        query_string=request.url.query,
        size=await run_in_threadpool(generation.picture_size),
        quality=await run_in_threadpool(generation.quality_of, query.engine, query.label) if has_samples else [],
        real=await run_in_threadpool(generation.real_pictures, query.label) if has_samples else [],
    )
