"""The description of the JSON API as a page; the description itself is /api/openapi.json."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from makeweight.app.pages import page

router = APIRouter()


@router.get("/api", include_in_schema=False)
def show_api(request: Request) -> Response:
    """The page with every call and its parameters."""
    described = request.app.openapi()
    calls = [
        (method.upper(), path, operation)
        for path, operations in described["paths"].items()
        for method, operation in operations.items()
    ]
    return page(request, "api.html", calls=calls)
