"""The first page, the state of every artefact, and the login with a token."""

import threading
from typing import Annotated, Literal

from fastapi import APIRouter, Form, HTTPException, Request
from fastapi import Path as PathParameter
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from makeweight.app import artefacts
from makeweight.app.pages import page, rendered
from makeweight.app.security import COOKIE, equal, session_of

router = APIRouter()
READING = threading.Lock()
"""Who asks while the first page is being made waits: two who read the results at once take twice as long."""


@router.get("/", include_in_schema=False)
def show_home() -> Response:
    """The first page."""
    with READING:
        return HTMLResponse(first_page())


def first_page() -> str:
    """Render what the last run found, with its chart and pictures; the other pages; the pipeline's state."""
    from makeweight.results import figures
    from makeweight.results.choice import choice_in_words, read_choice
    from makeweight.results.finding import headline
    from makeweight.results.key_facts import data_facts

    run = artefacts.run()
    verdict = artefacts.verdict()
    choice = None if verdict is None else read_choice(run, verdict)
    return rendered(
        "home.html",
        "/",
        title=artefacts.data_title(),
        verdict=verdict,
        finding=None if verdict is None else headline(verdict),
        choice=None if choice is None else choice_in_words(choice),
        facts=data_facts(run),
        chart=None if verdict is None else figures.arm_intervals(verdict, figures.interval_label(run.alpha), True),
        legend=figures.words_legend(),
        strip=artefacts.strip(),
        has_report=artefacts.REPORT.present,
        stages=artefacts.pipeline(),
    )


@router.get("/strip/{index}/{side}.png", include_in_schema=False)
def picture_of_strip(
    index: Annotated[int, PathParameter(ge=0, lt=100)], side: Literal["real", "synthetic"]
) -> Response:
    """Pictures of a class on the first page, one side of them."""
    strip = artefacts.strip()
    if index >= len(strip):
        raise HTTPException(404, "there is no such picture")
    return artefacts.picture_response(getattr(strip[index], side))


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
