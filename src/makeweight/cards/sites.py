"""What a site shows: one page of a listing and one of an index are fetched, and a card to complete is made of them."""

from typing import Any
from urllib.parse import urljoin, urlsplit

from parsel import Selector

from makeweight.cards import pages
from makeweight.cards.found import Column, Found, Role
from makeweight.cards.labels import check_there
from makeweight.cards.pages import Listing
from makeweight.cards.visits import Visitor
from makeweight.core import params
from makeweight.core.errors import InputError
from makeweight.core.names import shortened
from makeweight.stages.ingest.crawl import responses
from makeweight.stages.ingest.crawl.page_text import parse_page
from makeweight.stages.ingest.crawl.source import CrawlParams

ROLES: dict[str, Role] = {
    "sku": "id",
    "category": "label",
    "title": "text",
    "description": "text",
    "picture": "image",
    "price": "numeric",
    "vendor": "group",
    "rating": "numeric",
}
TO_COMPLETE = "COMPLETE_ME"
"""Stands in a card where the pages do not say what is right; `ingest` refuses it in one line."""


def look(address: str, label: str | None) -> Found:
    """Return what a site shows of its listings, as far as two of its pages say it.

    Args:
        address: of a listing or of an index (a category, the first page).
        label: the field that is the label, where the user names it.

    Raises:
        InputError: robots.txt forbids the page, there is no answer, or no page of a listing is found.
    """
    visitor = Visitor(params.load(CrawlParams, "ingest.crawl"))
    page, url = opened(visitor, address)
    listing = pages.read_listing(page, url, responses.base_url(page, url))
    notes: list[str] = []
    if listing is None:
        index, index_url, target = page, url, pages.likely_listing(page, url)
        if target is None:
            raise InputError(f"{address}: no links to other pages of the site; the address of a listing would be right")
        page, url = opened(visitor, target)
        listing = pages.read_listing(page, url, responses.base_url(page, url))
        notes.append(f"{index_url} is read as an index, {url} as a listing")
    else:
        index_url = urljoin(url, "/")
        index, index_url = opened(visitor, index_url)
        notes.append(f"{url} is read as a listing, {index_url} as an index")
    return found_on(index, index_url, url, listing, label, notes)


def opened(visitor: Visitor, address: str) -> tuple[Selector, str]:
    """Return a page and its address after redirects.

    Raises:
        InputError: there is none.
    """
    response = visitor.page(address)
    parsed = parse_page(response)
    if parsed.selector is None:
        raise InputError(f"{address}: {parsed.fault}")
    return parsed.selector, response.url


def found_on(
    index: Selector, index_url: str, url: str, listing: Listing | None, label: str | None, notes: list[str]
) -> Found:
    """Return what the two pages say, with marks where the user has to complete it."""
    fields = listing.fields() if listing else {}
    if listing is None:
        notes.append(f"{url} has no schema.org data of a single thing: complete `fields` with css: or xpath: places")
    else:
        notes.append(f"schema.org data of the type {listing.schema_type}: {len(fields)} fields")
    if label is not None:
        check_there(label, list(fields), url, "--label")
    chosen = label or ("category" if "category" in fields else TO_COMPLETE)
    if chosen == TO_COMPLETE:
        notes.append("nothing on the page says its class: complete `columns.label` and its place under `fields`")
    selector = pages.selector_for(index, index_url, url)
    if selector is None:
        notes.append(f"{index_url} has no link of the form of {url}: complete `follow` and `listings`")
    origin = f"{urlsplit(url).scheme}://{urlsplit(url).netloc}"
    start = index_url.removeprefix(origin) or "/"
    source: dict[str, Any] = {
        "kind": "crawl",
        "site": origin,
        "start": [start],
        "follow": pages.followed(index) or ["a[rel=next]"],
        "listings": [selector or f"a.{TO_COMPLETE}"],
        **({"schema_type": listing.schema_type} if listing and listing.schema_type != "Product" else {}),
        "fields": {name: place for name, (place, _) in fields.items()} or {"title": "css:h1"},
    }
    host = picture_host(fields, url)
    if host:
        source["allowed_hosts"] = [host]
        notes.append(f"pictures are on {host}, which is allowed")
    return Found(
        source=source,
        columns=columns_of(fields, chosen),
        rows=0,
        notes=tuple(notes),
        listings=True,
        money={"price": "currency"} if {"price", "currency"} <= set(fields) and chosen != "price" else {},
    )


def columns_of(fields: dict[str, tuple[str, str]], label: str) -> tuple[Column, ...]:
    """Return the fields of a listing with their roles, and the label, which the page may lack."""
    columns = []
    for name, (place, text) in fields.items():
        role: Role = "label" if name == label else ROLES.get(name, "ignored")
        if role == "label" and name != label:
            role = "categorical"
        why = "names the currency of the price" if name == "currency" else place
        columns.append(Column(name, role, why, (shortened(" ".join(text.split()), 24),)))
    if not fields:
        columns.append(Column("title", "text", "css:h1"))
    if label not in fields:
        columns.append(Column(label, "label", "to be completed"))
    return tuple(columns)


def picture_host(fields: dict[str, tuple[str, str]], url: str) -> str | None:
    """Return the host of the picture, where it is another than that of the page."""
    host = urlsplit(urljoin(url, fields["picture"][1])).netloc if "picture" in fields else ""
    return host if host and host != urlsplit(url).netloc else None
