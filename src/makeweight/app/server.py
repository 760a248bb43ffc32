"""Assembles the application: pages, JSON API, error answers, and the guard in front of them."""

import secrets
import sys
import threading
import time
import traceback
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from functools import partial

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException

from makeweight import __version__
from makeweight.app import classification, generation
from makeweight.app.artefacts import MissingError
from makeweight.app.batching import Batcher
from makeweight.app.compression import CompressPages
from makeweight.app.jobs import JobStore
from makeweight.app.limits import Limits
from makeweight.app.pages import FOLDER, page
from makeweight.app.routes import api, balance, classify, compare, generate, home, report, runs
from makeweight.app.security import Guard
from makeweight.app.supervisor import Supervisor
from makeweight.app.threads import share_cores
from makeweight.core.errors import InputError

PAGES = (home, report, generate, classify, compare, balance, runs, api)

SECONDS_BEFORE_WARM_UP = 2.0


def create(limits: Limits, token: str | None = None, is_warmed_up: bool = False) -> Guard:
    """Build the application for the current folder, behind its guard.

    Args:
        limits: of requests.
        token: what visitors must know; None where only this machine can connect.
        is_warmed_up: whether pages and engines are loaded before somebody asks for them.
    """

    @asynccontextmanager
    async def lifespan(application: FastAPI) -> AsyncIterator[None]:
        application.state.supervisor.start()
        if is_warmed_up:
            threading.Thread(target=warm_up, name="warm up", daemon=True).start()
        yield
        application.state.supervisor.stop()

    application = FastAPI(
        title="Makeweight",
        version=__version__,
        description="Generate samples, classify with and without synthetic training data, balance a CSV.",
        openapi_url="/api/openapi.json",
        docs_url=None,  # FastAPI's own pages load scripts from other sites; /api is ours
        redoc_url=None,
        lifespan=lifespan,
    )
    application.state.limits = limits
    application.state.token = token
    application.state.store = JobStore()
    application.state.generation_batcher = Batcher(
        generation.generate, limits.requests_per_batch, limits.requests_waiting, share_cores
    )
    application.state.classification_batcher = Batcher(
        partial(classification.classify, limits=limits), limits.requests_per_batch, limits.requests_waiting, share_cores
    )
    application.state.supervisor = Supervisor(application.state.store, limits)
    for module in PAGES:
        application.include_router(module.router)
    application.add_middleware(CompressPages)
    application.mount("/static", StaticFiles(directory=FOLDER / "static"), name="static")
    application.add_exception_handler(MissingError, handle_missing)
    application.add_exception_handler(InputError, handle_input_error)
    application.add_exception_handler(RequestValidationError, handle_invalid_request)
    application.add_exception_handler(HTTPException, handle_http_exception)
    application.add_exception_handler(Exception, handle_defect)
    return Guard(application, limits, token)


def warm_up() -> None:
    """Make what the first visitors of the pages would wait for: the first page at once, all others soon after it."""
    load(home.show_home)
    time.sleep(SECONDS_BEFORE_WARM_UP)
    load(compare.show_comparison)
    load(load_engines)
    load(load_classifiers)


def load(make: Callable[[], object]) -> None:
    """Make a page or load a model; where an artefact is missing, its page says so."""
    with suppress(MissingError, InputError):
        make()


def load_engines() -> None:
    """Load codecs and engines."""
    generation.codecs()
    for name in generation.engine_names():
        generation.engine(name)


def load_classifiers() -> None:
    """Load the classifiers that a visitor of Classify gets first, and the features that they read."""
    classification.features()
    for arm in (classification.UNBALANCED, classification.default_arm()):
        classification.models(arm)


def answer(request: Request, status: int, reason: str, command: str | None = None) -> Response:
    """Answer with an error, as JSON under /api/ and elsewhere as a page: the reason, and a command that would help."""
    if request.url.path.startswith("/api/"):
        return JSONResponse({"error": reason, **({"command": command} if command else {})}, status)
    return page(request, "error.html", status, status=status, reason=reason, command=command)


def handle_missing(request: Request, error: Exception) -> Response:
    """Answer 404 with the command that makes the missing artefact."""
    assert isinstance(error, MissingError)
    return answer(request, 404, f"missing: {error.what}", error.command)


def handle_input_error(request: Request, error: Exception) -> Response:
    """Answer 422 with the reason."""
    return answer(request, 422, str(error))


def handle_invalid_request(request: Request, error: Exception) -> Response:
    """Answer 422 with the first invalid field, and what would be right."""
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    field = ".".join(str(part) for part in first["loc"][1:]) or "the request"
    return answer(request, 422, f"{field}: {first['msg']}")


def handle_http_exception(request: Request, error: Exception) -> Response:
    """Answer with the status and reason that a route raised."""
    assert isinstance(error, HTTPException)
    return answer(request, error.status_code, error.detail)


def handle_defect(request: Request, error: Exception) -> Response:
    """Answer 500 with a number under which the log has the traceback; no detail is disclosed."""
    number = secrets.token_hex(4)
    sys.stderr.write(f"defect {number}:\n{''.join(traceback.format_exception(error))}")
    return answer(request, 500, f"internal error; see the server's log under {number}")
