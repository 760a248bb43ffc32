"""What two pages of a site say for its card: the fields of a listing, and which links of an index lead to listings."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from parsel import Selector

from makeweight.stages.ingest.crawl.schema_org import PageData, read_data

TYPES = (
    "Product", "Book", "Vehicle", "Car", "Movie", "MusicAlbum", "Recipe", "Event", "JobPosting", "Course", "Apartment",
    "House", "RealEstateListing", "SoftwareApplication", "NewsArticle", "BlogPosting", "Article", "CreativeWork",
)  # fmt: skip
"""Types of schema.org that a listing may have, the likeliest first."""
PLACES = {
    "sku": ("sku", "productID", "isbn", "gtin13", "mpn", "identifier"),
    "category": ("category", "genre", "articleSection", "recipeCategory", "bodyType"),
    "title": ("name", "headline", "title"),
    "description": ("description",),
    "picture": ("image",),
    "price": ("offers.price", "offers.lowPrice", "baseSalary.value.value"),
    "currency": ("offers.priceCurrency", "baseSalary.currency"),
    "vendor": ("offers.seller.name", "brand.name", "author.name", "hiringOrganization.name"),
    "rating": ("aggregateRating.ratingValue",),
}
"""Column -> the places in schema.org data where it may be."""
FOLLOWED = ("a[rel=next]", "link[rel=next]", ".pagination a", ".pager a", ".next a", "ul.categories a", "nav a")
"""Links that often lead to further lists."""
FEWEST_LINKS = 2


@dataclass(frozen=True, slots=True)
class Listing:
    """The schema.org data of a listing's page."""

    schema_type: str
    data: PageData

    def fields(self) -> dict[str, tuple[str, str]]:
        """Return column -> its place in the data, and what stands there on this page."""
        found: dict[str, tuple[str, str]] = {}
        for column, places in PLACES.items():
            for place in places:
                pictures = self.data.pictures(place) if column == "picture" else iter(())
                text = next(pictures, None) or self.data.text(place)
                if text:
                    found[column] = (f"schema:{place}", text)
                    break
        return found


def read_listing(page: Selector, url: str, base: str) -> Listing | None:
    """Return the data of a listing; None for a page that is about no single thing."""
    for schema_type in TYPES:
        data = read_data(page, url, base, schema_type)
        if data.choice is not None and not data.choice.equals:
            return Listing(schema_type, data)
    return None


def shape(url: str) -> str:
    """Return the form of an address: addresses of listings differ in numbers and in the last part of the path."""
    parts = urlsplit(url)
    folders = parts.path.rstrip("/").split("/")
    last = folders[-1]
    ending = last[last.rfind(".") :] if "." in last else ""
    query = "&".join(re.sub(r"=.*", "", one) for one in parts.query.split("&")) if parts.query else ""
    return re.sub(r"\d+", "0", "/".join([*folders[:-1], f"*{ending}"])) + (f"?{query}" if query else "")


def links_of(page: Selector, base: str) -> list[tuple[Selector, str]]:
    """Return the links of a page to other pages of its host, each with its element."""
    host = urlsplit(base).netloc
    found = []
    for link in page.css("a[href]"):
        url = urljoin(base, link.attrib["href"].strip()).partition("#")[0]
        if urlsplit(url).netloc == host and url != base.partition("#")[0]:
            found.append((link, url))
    return found


def likely_listing(page: Selector, base: str) -> str | None:
    """Return a link of an index that probably leads to a listing: one of the largest family of links."""
    links = [(link, url) for link, url in links_of(page, base) if not is_paging(link, url)]
    families = Counter(shape(url) for url in dict.fromkeys(url for _, url in links))
    # Deeper addresses are those of things, shallower ones those of lists.
    best = max(families, key=lambda one: (families[one] >= FEWEST_LINKS, one.count("/"), families[one]), default=None)
    return next((url for _, url in links if shape(url) == best), None)


def is_paging(link: Selector, url: str) -> bool:
    """Return whether a link leads to another part of a list."""
    return bool(re.search(r"[?&/](?:p|page|start|offset)[=/-]?\d+", url)) or link.attrib.get("rel") in ("next", "prev")


def selector_for(page: Selector, base: str, target: str) -> str | None:
    """Return a CSS selector of the links that lead to addresses of the form of one; None where there are none."""
    wanted = [link for link, url in links_of(page, base) if shape(url) == shape(target)]
    if not wanted:
        return None
    others = {id(link.root) for link, url in links_of(page, base) if shape(url) != shape(target)}
    candidates = Counter(name for link in wanted for name in names_of(link))
    for name, count in candidates.most_common():
        matched = page.css(name)
        if count >= 0.8 * len(wanted) and not any(id(one.root) in others for one in matched):
            return name
    prefix = urlsplit(target).path.rsplit("/", 1)[0]
    return f'a[href*="{prefix}/"]' if len(prefix) > 1 else candidates.most_common(1)[0][0]


def names_of(link: Selector) -> Iterable[str]:
    """Return CSS selectors of a link, by its own class and by the element around it."""
    for own in link.attrib.get("class", "").split():
        if re.fullmatch(r"[A-Za-z][\w-]*", own):
            yield f"a.{own}"
    around = link.xpath("..")
    if around:
        for own in around[0].attrib.get("class", "").split():
            if re.fullmatch(r"[A-Za-z][\w-]*", own):
                yield f"{around[0].root.tag}.{own} a"
        yield f"{around[0].root.tag} a"


def followed(page: Selector) -> list[str]:
    """Return selectors of links on an index that lead to further lists."""
    return [name for name in FOLLOWED if page.css(name)]
