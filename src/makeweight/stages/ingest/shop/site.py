"""The shop's answers: path -> status, content type, body. Pages are rendered when they are asked for."""

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jinja2
import pandas as pd
from markupsafe import Markup

from makeweight.stages.ingest.shop import pictures
from makeweight.stages.ingest.shop.catalogue import NUMBERS, Catalogue

PER_PAGE = 48
RELATED = 4
HTML = "text/html; charset=utf-8"
ROBOTS = "User-agent: *\nDisallow: /vendor/\nDisallow: /*?sort=\n"


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back to the browser."""

    body: bytes
    content_type: str = HTML
    status: int = 200


NOT_FOUND = Answer(b"<!doctype html><title>Not found</title><h1>Not found</h1>", status=404)


class Site:
    """All pages of the shop over one catalogue; `stock` maps a drawing's path to its picture."""

    def __init__(self, catalogue: Catalogue, stock: dict[str, bytes]) -> None:
        listings = catalogue.listings.copy()
        listings["picture"] = picture_paths(listings)
        listings["vendor_number"] = pd.factorize(listings["vendor"])[0]
        self.stock = stock
        plain = listings.astype(object).where(listings.notna(), None)
        self.listings: dict[str, dict[Any, Any]] = {row["sku"]: row for row in plain.to_dict("records")}
        self.numbers = {sku: number for number, sku in enumerate(self.listings)}
        self.shelves: dict[str, dict[str, list[str]]] = {}
        for (macro, micro), shelf in listings.groupby(["macro", "micro"], sort=True):
            self.shelves.setdefault(macro, {})[micro] = shelf.sort_values(["listed_on", "sku"])["sku"].tolist()
        self.places = {sku: place for shelf in self.every_shelf() for place, sku in enumerate(shelf)}
        templates = jinja2.Environment(
            loader=jinja2.PackageLoader("makeweight.stages.ingest.shop"),
            autoescape=True,
            auto_reload=False,
            cache_size=-1,
        )
        templates.globals.update(name=readable, numbers=tuple(NUMBERS))
        self.templates = {name: templates.get_template(f"{name}.html") for name in PAGES}

    def every_shelf(self) -> list[list[str]]:
        """The skus of every sub-category."""
        return [shelf for shelves in self.shelves.values() for shelf in shelves.values()]

    def answer(self, target: str) -> Answer:
        """What the shop answers to GET of a path with its query."""
        address = urlsplit(target)
        match address.path.strip("/").split("/"):
            case [""]:
                return self.home()
            case ["robots.txt"]:
                return Answer(ROBOTS.encode(), "text/plain")
            case ["c", macro] if macro in self.shelves:
                return self.category(macro)
            case ["c", macro, micro] if micro in self.shelves.get(macro, ()):
                return self.shelf(macro, micro, parse_qs(address.query).get("page", ["1"])[0])
            case ["listing", sku] if sku in self.listings:
                return self.listing(sku)
            case ["picture", name] if name.partition(".")[0] in self.listings:
                return self.picture(name.partition(".")[0])
        return NOT_FOUND

    def home(self) -> Answer:
        """The categories."""
        counts = [(macro, sum(map(len, shelves.values()))) for macro, shelves in self.shelves.items()]
        return self.page("home", categories=counts)

    def category(self, macro: str) -> Answer:
        """The sub-categories of a category."""
        counts = [(micro, len(shelf)) for micro, shelf in self.shelves[macro].items()]
        return self.page("category", macro=macro, subcategories=counts)

    def shelf(self, macro: str, micro: str, wanted: str) -> Answer:
        """One numbered page of a sub-category."""
        skus = self.shelves[macro][micro]
        pages = -(-len(skus) // PER_PAGE)
        if not wanted.isdecimal() or not 1 <= int(wanted) <= pages:
            return NOT_FOUND
        page = int(wanted)
        rows = [self.listings[sku] for sku in skus[(page - 1) * PER_PAGE : page * PER_PAGE]]
        return self.page("listings", macro=macro, micro=micro, rows=rows, page=page, pages=pages)

    def listing(self, sku: str) -> Answer:
        """One listing with its schema.org Product and links to its neighbours on the shelf."""
        row = self.listings[sku]
        shelf = self.shelves[row["macro"]][row["micro"]]
        first = max(0, self.places[sku] - RELATED // 2)
        related = [other for other in shelf[first : first + RELATED + 1] if other != sku]
        return self.page("listing", row=row, product=script_json(product(row)), related=related)

    def picture(self, sku: str) -> Answer:
        """A listing's picture, unless its link is dead."""
        row = self.listings[sku]
        if row["damage"] in ("dead_picture", "missing_picture"):
            return NOT_FOUND
        body, kind = pictures.served(self.stock[row["source"]], row["edit"], row["damage"], self.numbers[sku])
        return Answer(body, kind)

    def page(self, template: str, **values: Any) -> Answer:
        """A rendered template."""
        return Answer(self.templates[template].render(values).encode())


PAGES = ("home", "category", "listings", "listing")


def picture_paths(listings: pd.DataFrame) -> list[str | None]:
    """Where each listing says that its picture is."""
    return [
        None if damage == "missing_picture" else f"/picture/{sku}.{'jpg' if edit == 're-encoded' else 'png'}"
        for sku, edit, damage in listings[["sku", "edit", "damage"]].itertuples(index=False)
    ]


def product(row: dict[Any, Any]) -> dict[str, Any]:
    """The listing as a schema.org Product; what is missing is left out."""
    numbers = [{"@type": "PropertyValue", "name": name, "value": row[name]} for name in NUMBERS if row[name]]
    offer = {
        "@type": "Offer",
        "price": row["price"],
        "priceCurrency": row["currency"],
        "seller": {
            "@type": "Organization",
            "name": row["vendor"],
            "aggregateRating": {"@type": "AggregateRating", "ratingValue": row["reputation"], "bestRating": "5"},
        },
    }
    whole = {
        "@context": "https://schema.org/",
        "@type": "Product",
        "sku": row["sku"],
        "name": row["title"],
        "description": row["description"],
        "image": row["picture"],
        "offers": {key: value for key, value in offer.items() if value},
        "additionalProperty": numbers,
    }
    return {key: value for key, value in whole.items() if value}


def script_json(content: dict[str, Any]) -> Markup:
    """JSON that can stand inside a script element."""
    return Markup(json.dumps(content, ensure_ascii=False).replace("</", "<\\/"))


def readable(slug: str) -> str:
    """`signs_and_symbols` as a heading; listings without a sub-category stand under Other."""
    return "Other" if slug == "none" else slug.replace("_", " ").capitalize()
