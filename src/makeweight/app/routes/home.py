"""The first page, the state of every artefact, and the login with a token."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from makeweight.app import artefacts
from makeweight.app.pages import page
from makeweight.app.security import COOKIE, equal, session_of

router = APIRouter()


@router.get("/", include_in_schema=False)
def show_home(request: Request) -> Response:
    """The first page: what the last run found, the other pages, and which artefacts exist."""
    record = artefacts.run().folders.record("verdict", "verdict.json") or {}
    finding = record.get("sentences", {}).get("recommendation", "")
    return page(request, "home.html", artefacts=artefacts.ALL, finding=finding)


@router.get("/api/status", tags=["status"])
def status() -> list[dict[str, str | bool]]:
    """Every artefact that the pages need, whether it exists, and the command that makes it."""
    return [
        {"what": artefact.what, "present": artefact.present, "command": f"dvc repro {artefact.stage}"}
        for artefact in artefacts.ALL
    ]


@router.get("/login", include_in_schema=False)
def show_login(request: Request) -> Response:
    """The form that asks for the token."""
    return page(request, "login.html", wrong=False)


@router.post("/login", include_in_schema=False)
def log_in(request: Request, token: Annotated[str, Form(max_length=1000)]) -> Response:
    """Exchange the token for a session cookie."""
    expected = request.app.state.token
    if expected is None or not equal(token, expected):
        return page(request, "login.html", 403, wrong=True)
    welcome = RedirectResponse("/", status_code=303)
    welcome.set_cookie(COOKIE, session_of(expected), httponly=True, samesite="strict", max_age=7 * 86_400)
    return welcome
