"""The application put together: pages, JSON API, error answers, and the door in front of them."""

import secrets
import sys
import threading
import time
import traceback
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException

from makeweight import __version__
from makeweight.app import classification, generation
from makeweight.app.artefacts import MissingError
from makeweight.app.batching import Batcher
from makeweight.app.jobs import JobStore, Supervisor
from makeweight.app.limits import Limits
from makeweight.app.pages import FOLDER, page
from makeweight.app.routes import api, balance, classify, compare, generate, home, runs
from makeweight.app.security import Guard
from makeweight.core.errors import InputError

ROUTERS = (home.router, generate.router, classify.router, compare.router, balance.router, runs.router, api.router)

SECONDS_BEFORE_WARM_UP = 2.0


def create(limits: Limits, token: str | None = None) -> Guard:
    """The whole application for the current folder, behind its guard."""

    @asynccontextmanager
    async def lifespan(application: FastAPI) -> AsyncIterator[None]:
        application.state.supervisor.start()
        threading.Thread(target=warm_up, name="warm up", daemon=True).start()
        yield
        application.state.supervisor.stop()

    application = FastAPI(
        title="Makeweight",
        version=__version__,
        description="Generate samples, classify with and without synthetic training data, balance a CSV.",
        openapi_url="/api/openapi.json",
        docs_url=None,  # the usual pages load their scripts from other sites; /api is ours
        redoc_url=None,
        lifespan=lifespan,
    )
    application.state.limits = limits
    application.state.token = token
    application.state.store = JobStore()
    application.state.generating = Batcher(generation.generate, limits.requests_together, limits.requests_waiting)
    application.state.classifying = Batcher(classification.classify, limits.requests_together, limits.requests_waiting)
    application.state.supervisor = Supervisor(application.state.store, limits)
    for router in ROUTERS:
        application.include_router(router)
    application.mount("/static", StaticFiles(directory=FOLDER / "static"), name="static")
    application.add_exception_handler(MissingError, tell_missing)
    application.add_exception_handler(InputError, tell_mistake)
    application.add_exception_handler(RequestValidationError, tell_invalid)
    application.add_exception_handler(HTTPException, tell_refusal)
    application.add_exception_handler(Exception, tell_defect)
    return Guard(application, limits, token)


def warm_up() -> None:
    """Load what the first visitor of Generate would wait for, once the first pages are out."""
    time.sleep(SECONDS_BEFORE_WARM_UP)
    try:
        generation.codecs()
        for name in generation.engine_names():
            generation.engine(name)
    except (MissingError, InputError):
        return  # the pages say what is missing


def answer(request: Request, status: int, reason: str, command: str | None = None) -> Response:
    """An error as JSON under /api/, elsewhere as a page: a reason, and the command that would help."""
    if request.url.path.startswith("/api/"):
        return JSONResponse({"error": reason, **({"command": command} if command else {})}, status)
    return page(request, "error.html", status, status=status, reason=reason, command=command)


def tell_missing(request: Request, error: Exception) -> Response:
    """404 with the command that makes what is missing."""
    assert isinstance(error, MissingError)
    return answer(request, 404, f"still missing: {error.what}", error.command)


def tell_mistake(request: Request, error: Exception) -> Response:
    """422 with the reason."""
    return answer(request, 422, str(error))


def tell_invalid(request: Request, error: Exception) -> Response:
    """422 with the first field that is wrong, and what would be right."""
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    field = ".".join(str(part) for part in first["loc"][1:]) or "the request"
    return answer(request, 422, f"{field}: {first['msg']}")


def tell_refusal(request: Request, error: Exception) -> Response:
    """The status and reason that a route raised."""
    assert isinstance(error, HTTPException)
    return answer(request, error.status_code, error.detail)


def tell_defect(request: Request, error: Exception) -> Response:
    """500 with a number that stands in the server's log beside the traceback; nothing inner is told."""
    number = secrets.token_hex(4)
    sys.stderr.write(f"defect {number}:\n{''.join(traceback.format_exception(error))}")
    return answer(request, 500, f"something broke; the server's log has it under {number}")
