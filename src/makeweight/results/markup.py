"""HTML and SVG elements, and numbers as a person reads them."""

from collections.abc import Sequence
from numbers import Integral, Real

from markupsafe import Markup, escape

MINUS = "\u2212"
NO_DIFFERENCE = 1e-9
"""What is smaller is rounding by the processor."""


def tag(name: str, content: str | Markup = "", **attributes: str | float) -> Markup:
    """An element; attribute names lose a last underscore, and `data_x` is written data-x. Content is escaped."""
    written = "".join(f' {key.rstrip("_").replace("_", "-")}="{escape(value)}"' for key, value in attributes.items())
    return Markup(f"<{name}{written}>{escape(content)}</{name}>")


def join(parts: Sequence[str | Markup]) -> Markup:
    """Elements one after another."""
    return Markup("").join(parts)


def number(value: float, digits: int = 3) -> str:
    """Counts are whole, other numbers have so many digits after the point, small ones two that count."""
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:.2g}" if 0 < abs(value) < 5 * 10**-digits else f"{value:,.{digits}f}"


def counted(count: int, noun: str) -> str:
    """A count with its noun, in the plural but for one."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def signed(value: float, digits: int = 1) -> str:
    """A difference with its sign, which it keeps where it is rounded to 0; the minus is a real minus."""
    sign = "\u00b1" if abs(value) < NO_DIFFERENCE else "+" if value > 0 else MINUS
    return f"{sign}{abs(value):.{digits}f}"


def cell_text(value: object, digits: int = 3) -> str:
    """A table cell as a person reads it; nothing for a missing value."""
    if value is None or (isinstance(value, Real) and value != value):
        return ""
    if isinstance(value, Markup):
        return value
    if isinstance(value, Integral):
        return number(int(value))
    return number(float(value), digits) if isinstance(value, Real) else str(value)


def readable(name: str) -> str:
    """A name from code as words."""
    return name.replace("_", " ").replace("+", " + ")
