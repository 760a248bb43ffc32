"""A small shop for tests: 12 products in two classes, each on a page of its own with a picture."""

import io
import json
from collections.abc import Callable
from typing import Any

import loopback
from PIL import Image

COUNT = 12
COLUMNS = {
    "id": "sku",
    "label": "category",
    "image": "picture",
    "text": ["title"],
    "numeric": ["price"],
    "money": {"price": "currency"},
}
FIELDS = {
    "sku": "schema:sku",
    "category": "schema:category",
    "picture": "schema:image",
    "title": "schema:name",
    "price": "schema:offers.price",
    "currency": "schema:offers.priceCurrency",
}
SITE: dict[str, Any] = {"listings": ["a.item"], "fields": FIELDS}


def product(number: int, **more: Any) -> dict[str, Any]:
    """What JSON-LD says about a product."""
    return {
        "@context": "https://schema.org",
        "@type": "Product",
        "sku": f"s{number:02d}",
        "name": f"thing {number}",
        "category": ("disc", "bar")[number % 2],
        "image": f"/img/{number}.png",
        "offers": {"@type": "Offer", "price": f"{10 + number}.50", "priceCurrency": "EUR"},
        **more,
    }


def script(content: Any) -> str:
    text = content if isinstance(content, str) else json.dumps(content)
    return f'<script type="application/ld+json">{text}</script>'


def png(number: int) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (32, 32), (20 * number, 100, 200 - 10 * number)).save(buffer, "PNG")
    return buffer.getvalue()


def home() -> str:
    return "<html>" + "".join(f"<a class=item href=/p{number}.html>{number}</a> " for number in range(COUNT))


def shop(page: Callable[[int], str]) -> dict[str, loopback.Page]:
    """The shop whose product pages `page` writes."""
    pages: dict[str, loopback.Page] = {"/": home()}
    for number in range(COUNT):
        pages[f"/p{number}.html"] = f"<html>{page(number)}</html>"
        pages[f"/img/{number}.png"] = png(number)
    return pages
