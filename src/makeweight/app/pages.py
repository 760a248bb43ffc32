"""HTML pages: one template each; values are escaped, and no script or style stands in the page."""

import time
from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup, escape

from makeweight.results.markup import readable

FOLDER = Path(__file__).parent
NAVIGATION = (
    ("/generate", "Generate"),
    ("/classify", "Classify"),
    ("/compare", "Compare"),
    ("/balance", "Balance a CSV"),
    ("/runs", "Runs"),
)


def percent(share: float | None) -> str:
    """Format a share as a percentage with one decimal; None is a dash."""
    return "–" if share is None else f"{100 * share:.1f}\N{NO-BREAK SPACE}%"


def points(difference: float) -> str:
    """Format a difference of shares in percentage points, with its sign."""
    return f"{100 * difference:+.1f}".replace("-", "−")


def difference(value: float) -> str:
    """Format a difference with its sign and four significant digits."""
    return f"{value:+,.0f}".replace("-", "−") if abs(value) >= 1000 else f"{value:+.4g}".replace("-", "−")


def number(value: Any) -> str:
    """Format a number with four significant digits, and anything else as it is; None is a dash."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return "–" if value is None else str(value)
    return f"{value:,.0f}" if isinstance(value, int) or abs(value) >= 1000 else f"{value:.4g}"


def when(seconds: float) -> str:
    """Format a time in seconds since 1970 as local date and time."""
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(seconds))


def size(count: int) -> str:
    """Format a number of bytes in MB."""
    return f"{count / 2**20:.0f} MB"


def code(text: str) -> Markup:
    """Show what stands between backticks as code; everything else is escaped."""
    parts = str(text).split("`")
    shown = [
        escape(part) if index % 2 == 0 else Markup("<code>{}</code>").format(part) for index, part in enumerate(parts)
    ]
    return Markup("").join(shown) if len(parts) % 2 else escape(text)


def environment() -> Environment:
    """Build the template environment; an unknown name in a template raises an error."""
    found = Environment(
        loader=FileSystemLoader(FOLDER / "templates"),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.filters.update(
        percent=percent,
        points=points,
        difference=difference,
        number=number,
        when=when,
        size=size,
        code=code,
        words=readable,
    )
    found.globals["navigation"] = NAVIGATION
    return found


ENVIRONMENT = environment()


def page(request: Request, template: str, code: int = 200, **values: Any) -> HTMLResponse:
    """Answer with a rendered template."""
    return HTMLResponse(rendered(template, request.url.path, limits=request.app.state.limits, **values), code)


def rendered(template: str, path: str, **values: Any) -> str:
    """Return a page as text; `path` is its address."""
    return ENVIRONMENT.get_template(template).render(path=path, **values)
