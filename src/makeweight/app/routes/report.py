"""The report of the last run, served with the application's policy: no style or picture stands in the page."""

from typing import Annotated

from fastapi import APIRouter, HTTPException
from fastapi import Path as PathParameter
from fastapi.responses import HTMLResponse, Response

from makeweight.app import artefacts, report_page

router = APIRouter()


@router.get("/report", include_in_schema=False)
def show_report() -> Response:
    """The report."""
    return HTMLResponse(report_page.current().page)


@router.get("/report/seconds", include_in_schema=False)
def show_seconds() -> Response:
    """What the last run took by the clock."""
    return HTMLResponse(report_page.seconds().page)


@router.get("/report/style.css", include_in_schema=False)
def report_style() -> Response:
    """The style sheet of the report."""
    path = artefacts.REPORT if artefacts.REPORT.present else artefacts.SECONDS
    style = artefacts.CACHE.get("served report", path.require(), report_page.served).style
    return Response(style, media_type="text/css")


@router.get("/report/picture/{index}", include_in_schema=False)
def report_picture(index: Annotated[int, PathParameter(ge=0, lt=100_000)]) -> Response:
    """A picture of the report, by its place."""
    pictures = report_page.current().pictures
    if index >= len(pictures):
        raise HTTPException(404, "there is no such picture")
    return Response(pictures[index].content, media_type=pictures[index].media_type)
