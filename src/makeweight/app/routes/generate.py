"""Generate: samples of a class, their nearest real neighbours, and downloads."""

import base64
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, HTTPException, Query, Request
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool

from makeweight.app import artefacts, generation
from makeweight.app.generation import Generated, Wish
from makeweight.app.pages import page
from makeweight.core.errors import InputError

router = APIRouter(tags=["generate"])

MODALITIES = ("image", "text", "tabular")
LARGEST_SEED = 2**31 - 1


class Asked(BaseModel):
    """The query of every address on this page."""

    model_config = ConfigDict(extra="forbid")

    engine: str = Field(max_length=50)
    label: str = Field(max_length=200)
    count: int = Field(default=12, ge=1)
    seed: int = Field(default=0, ge=0, le=LARGEST_SEED)
    truncation: float = Field(default=1.0, ge=0, le=2)
    show: list[str] = Field(default=list(MODALITIES), max_length=3)


Wanted = Annotated[Asked, Query()]


async def generated(request: Request, asked: Asked) -> tuple[Wish, Generated]:
    """The samples asked for, made together with what others ask for at the same time."""
    most = request.app.state.limits.samples
    if asked.count > most:
        raise InputError(f"count: at most {most} samples at a time")
    wish = Wish(asked.engine, asked.label, asked.count, asked.seed, asked.truncation)
    await run_in_threadpool(generation.check, wish)
    return wish, await request.app.state.generating.ask(wish)


def data_address(picture: bytes) -> str:
    """A PNG as an address that carries it."""
    return f"data:image/png;base64,{base64.b64encode(picture).decode()}"


def described(made: Generated, shown: list[str]) -> list[dict[str, Any]]:
    """Samples for JSON and for the page: picture address, texts, numbers and categories, as far as shown."""
    roles = generation.roles()
    listed = []
    cells = [made.table[name].tolist() for name in made.table]  # cutting a table into rows takes longer than all else
    for values in zip(*cells, strict=True):
        row = dict(zip(made.table, values, strict=True))
        sample: dict[str, Any] = {}
        if "image" in shown and roles.image in made.table:
            sample["picture"] = data_address(row[roles.image])
        for modality, columns in (("text", roles.text), ("tabular", (*roles.numeric, *roles.categorical))):
            if modality in shown:
                sample[modality] = {name: generation.plain(row[name]) for name in columns if name in made.table}
        listed.append(sample)
    return listed


@router.get("/api/engines")
def engines() -> list[dict[str, Any]]:
    """The trained engines with their classes and modalities."""
    found = {name: generation.engine(name) for name in generation.engine_names()}
    return [{"engine": name, "classes": one.classes, "modalities": sorted(one.specs)} for name, one in found.items()]


@router.get("/api/samples", response_model=list[dict[str, Any]])
async def samples(request: Request, asked: Wanted) -> Response:
    """Samples of one class; the same query gives the same samples."""
    _, made = await generated(request, asked)
    return JSONResponse(described(made, asked.show))  # FastAPI would look into every value first


@router.get("/api/samples.zip", response_class=Response)
async def samples_as_zip(request: Request, asked: Wanted) -> Response:
    """The same samples as one PNG each and a CSV."""
    wish, made = await generated(request, asked)
    return attachment(await run_in_threadpool(generation.as_zip, made, wish), "application/zip", "samples.zip")


@router.get("/api/samples.parquet", response_class=Response)
async def samples_as_parquet(request: Request, asked: Wanted) -> Response:
    """The same samples as Parquet."""
    wish, made = await generated(request, asked)
    content = await run_in_threadpool(generation.as_parquet, made, wish)
    return attachment(content, "application/vnd.apache.parquet", "samples.parquet")


def attachment(content: bytes, media_type: str, name: str) -> Response:
    """A file to be kept."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type=media_type, headers=headers)


class AskedNeighbour(Asked):
    """The query of a neighbour: the samples, and which of them."""

    row: int = Field(ge=0)


@router.get("/api/neighbour")
async def neighbour(request: Request, asked: Annotated[AskedNeighbour, Query()]) -> dict[str, Any]:
    """The real train sample that is nearest to one of the samples."""
    _, made = await generated(request, asked)
    if asked.row >= asked.count:
        raise HTTPException(404, f"there are {asked.count} samples")
    found = await run_in_threadpool(generation.nearest_real, made, asked.row)
    return {
        "id": found.id,
        "label": found.label,
        "by": found.modality,
        "distance": round(found.distance, 4),
        "cells": found.cells,
        "picture": f"/generate/real?{urlencode({'sample': found.id})}" if found.picture else None,
    }


@router.get("/generate/real", include_in_schema=False)
def real_picture(sample: Annotated[str, Query(max_length=300)]) -> Response:
    """The picture of a real sample."""
    found = artefacts.pictures_in(artefacts.SAMPLES.need()).get(sample)
    if found is None:
        raise HTTPException(404, "there is no such sample, or it has no picture")
    return artefacts.picture_answer(found)


@router.get("/generate", include_in_schema=False)
async def show_generate(request: Request) -> Response:
    """The form."""
    known = await run_in_threadpool(engines)
    if not known:
        raise artefacts.MissingError(artefacts.GENERATORS.what, artefacts.GENERATORS.stage)
    first = known[0]
    asked = Asked(engine=first["engine"], label=first["classes"][0])
    return page(request, "generate.html", engines=known, asked=asked, samples=None, query="")


@router.get("/generate/samples", include_in_schema=False)
async def show_samples(request: Request, asked: Wanted) -> Response:
    """The samples as a grid."""
    known = await run_in_threadpool(engines)
    _, made = await generated(request, asked)
    listed = described(made, asked.show)
    return page(request, "generate.html", engines=known, asked=asked, samples=listed, query=request.url.query)
