"""The shop's pages: path -> status, content type, body. Pages are rendered on request."""

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
class HttpResponse:
    """Body, content type and status."""

    body: bytes
    content_type: str = HTML
    status: int = 200


NOT_FOUND = HttpResponse(b"<!doctype html><title>Not found</title><h1>Not found</h1>", status=404)


class ShopSite:
    """All pages of the shop for one catalogue; `stock` maps a drawing's path to its picture."""

    def __init__(self, catalogue: Catalogue, stock: dict[str, bytes]) -> None:
        listings = catalogue.listings.copy()
        listings["picture"] = picture_paths(listings)
        listings["vendor_number"] = pd.factorize(listings["vendor"])[0]
        self.stock = stock
        plain = listings.astype(object).where(listings.notna(), None)
        self.listings: dict[str, dict[Any, Any]] = {row["sku"]: row for row in plain.to_dict("records")}
        self.numbers = {sku: number for number, sku in enumerate(self.listings)}
        self.skus: dict[str, dict[str, list[str]]] = {}
        for (macro, micro), rows in listings.groupby(["macro", "micro"], sort=True):
            self.skus.setdefault(macro, {})[micro] = rows.sort_values(["listed_on", "sku"])["sku"].tolist()
        self.positions = {
            sku: position
            for subcategories in self.skus.values()
            for skus in subcategories.values()
            for position, sku in enumerate(skus)
        }
        templates = jinja2.Environment(
            loader=jinja2.PackageLoader("makeweight.stages.ingest.shop"),
            autoescape=True,
            auto_reload=False,
            cache_size=-1,
        )
        templates.globals.update(name=readable, numbers=tuple(NUMBERS))
        self.templates = {name: templates.get_template(f"{name}.html") for name in PAGES}

    def respond(self, target: str) -> HttpResponse:
        """Return the response to GET of a path with its query."""
        address = urlsplit(target)
        match address.path.strip("/").split("/"):
            case [""]:
                return self.home()
            case ["robots.txt"]:
                return HttpResponse(ROBOTS.encode(), "text/plain")
            case ["c", macro] if macro in self.skus:
                return self.category(macro)
            case ["c", macro, micro] if micro in self.skus.get(macro, ()):
                return self.subcategory(macro, micro, parse_qs(address.query).get("page", ["1"])[0])
            case ["listing", sku] if sku in self.listings:
                return self.listing(sku)
            case ["picture", name] if name.partition(".")[0] in self.listings:
                return self.picture(name.partition(".")[0])
        return NOT_FOUND

    def home(self) -> HttpResponse:
        """Return the page of all categories."""
        counts = [(macro, sum(map(len, subcategories.values()))) for macro, subcategories in self.skus.items()]
        return self.page("home", categories=counts)

    def category(self, macro: str) -> HttpResponse:
        """Return the page of a category's sub-categories."""
        counts = [(micro, len(skus)) for micro, skus in self.skus[macro].items()]
        return self.page("category", macro=macro, subcategories=counts)

    def subcategory(self, macro: str, micro: str, number: str) -> HttpResponse:
        """Return one numbered page of a sub-category's listings."""
        skus = self.skus[macro][micro]
        pages = -(-len(skus) // PER_PAGE)
        if not number.isdecimal() or not 1 <= int(number) <= pages:
            return NOT_FOUND
        page = int(number)
        rows = [self.listings[sku] for sku in skus[(page - 1) * PER_PAGE : page * PER_PAGE]]
        return self.page("listings", macro=macro, micro=micro, rows=rows, page=page, pages=pages)

    def listing(self, sku: str) -> HttpResponse:
        """Return one listing's page with its schema.org Product and links to its neighbours in the sub-category."""
        row = self.listings[sku]
        skus = self.skus[row["macro"]][row["micro"]]
        first = max(0, self.positions[sku] - RELATED // 2)
        related = [other for other in skus[first : first + RELATED + 1] if other != sku]
        return self.page("listing", row=row, product=script_json(product(row)), related=related)

    def picture(self, sku: str) -> HttpResponse:
        """Return a listing's picture, 404 if its link is dead."""
        row = self.listings[sku]
        if row["damage"] in ("dead_picture", "missing_picture"):
            return NOT_FOUND
        body, content_type = pictures.served_picture(
            self.stock[row["source"]], row["edit"], row["damage"], self.numbers[sku]
        )
        return HttpResponse(body, content_type)

    def page(self, template: str, **values: Any) -> HttpResponse:
        """Return a rendered template."""
        return HttpResponse(self.templates[template].render(values).encode())


PAGES = ("home", "category", "listings", "listing")


def picture_paths(listings: pd.DataFrame) -> list[str | None]:
    """Return the path of the picture that each listing names, None where it names none."""
    return [
        None if damage == "missing_picture" else f"/picture/{sku}.{'jpg' if edit == 're-encoded' else 'png'}"
        for sku, edit, damage in listings[["sku", "edit", "damage"]].itertuples(index=False)
    ]


def product(row: dict[Any, Any]) -> dict[str, Any]:
    """Return the listing as a schema.org Product without its missing values."""
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
    values = {
        "@context": "https://schema.org/",
        "@type": "Product",
        "sku": row["sku"],
        "name": row["title"],
        "description": row["description"],
        "image": row["picture"],
        "offers": {key: value for key, value in offer.items() if value},
        "additionalProperty": numbers,
    }
    return {key: value for key, value in values.items() if value}


def script_json(content: dict[str, Any]) -> Markup:
    """Return JSON that is safe inside a script element."""
    return Markup(json.dumps(content, ensure_ascii=False).replace("</", "<\\/"))


def readable(slug: str) -> str:
    """Return a slug such as `signs_and_symbols` as a heading; listings without a sub-category are under Other."""
    return "Other" if slug == "none" else slug.replace("_", " ").capitalize()
