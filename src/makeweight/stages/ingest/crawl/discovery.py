"""Which addresses a crawl asks for: those that the card and the limits allow go into the ledger to be fetched."""

import hashlib
import re
from collections.abc import Iterable
from urllib.parse import urljoin, urlsplit

from parsel import Selector

from makeweight.core import patterns
from makeweight.stages.ingest.crawl import fields, responses
from makeweight.stages.ingest.crawl.ledger import Entry, Ledger
from makeweight.stages.ingest.crawl.site import Kind, Limits, Site
from makeweight.stages.ingest.crawl.sitemaps import Addresses

MAX_PLACEHOLDER_LENGTH = 100
"""Characters that are kept of an address that cannot be asked for, such as a picture inside the page."""


class Discovery:
    """Puts what a crawl finds into its ledger, as pending or as excluded by a rule."""

    def __init__(self, site: Site, limits: Limits, ledger: Ledger, origin: str) -> None:
        self.site = site
        self.limits = limits
        self.ledger = ledger
        self.hosts = {responses.host_of(origin), *site.allowed_hosts}
        self.deny = [re.compile(pattern) for pattern in site.deny]
        self.sitemap_listings = [re.compile(pattern) for pattern in site.sitemap_listings]
        for path in site.start_pages:
            self.add(Entry(urljoin(origin, path), "page"))
        for path in site.sitemaps:
            self.add(Entry(urljoin(origin, path), "sitemap"))

    def add(self, entry: Entry) -> None:
        """Put a URL into the ledger, as pending or as excluded by a rule."""
        rule = self.excluding_rule(entry.url)
        if rule is None and entry.depth > self.limits.max_depth:
            rule = "too deep"
        if rule is None and entry.pages_without_new > self.limits.max_pages_without_new_listings:
            rule = "chain without new listings"
        if rule is None and self.ledger.seen >= self.limits.max_urls:
            rule = "too many URLs"
        if rule is None:
            self.ledger.add(entry)
        else:
            self.ledger.exclude(entry, rule)

    def excluding_rule(self, url: str) -> str | None:
        """Return the rule of the card that excludes a URL, or None."""
        if urlsplit(url).scheme not in ("http", "https"):
            return "scheme"
        if responses.host_of(url) not in self.hosts:
            return "other host"
        if any(patterns.found(pattern, url, "source.deny") for pattern in self.deny):
            return "deny"
        return None

    def add_links(self, entry: Entry, page: Selector, base: str) -> None:
        """Put the links that the card follows into the ledger, listings first."""
        listings = self.absolute_urls(base, fields.links(page, self.site.listings))
        follow = self.absolute_urls(base, fields.links(page, self.site.follow))
        digest = hashlib.sha256("\n".join(sorted(listings)).encode()).hexdigest()[:16] if listings else ""
        pages_without_new = entry.pages_without_new + 1 if digest in ("", entry.listings_digest) else 0
        kinds: tuple[tuple[Kind, list[str]], ...] = (("listing", listings), ("page", follow))
        for kind, urls in kinds:
            for url in urls:
                self.add(Entry(url, kind, entry.depth + 1, pages_without_new, digest))

    def add_sitemap(self, entry: Entry, url: str, found: Addresses) -> None:
        """Put the addresses of a sitemap, itself fetched from `url`, into the ledger."""
        for address in self.absolute_urls(url, [*found.sitemaps]):
            self.add(Entry(address, "sitemap", entry.depth + 1))
        for address in self.absolute_urls(url, [*found.pages]):
            if not self.sitemap_listings:
                self.add(Entry(address, "candidate", entry.depth + 1))
            elif self.is_listing(address):
                self.add(Entry(address, "listing", entry.depth + 1))
            else:
                self.ledger.exclude(Entry(address, "page"), "sitemap_listings")

    def is_listing(self, address: str) -> bool:
        """Return whether the card says that an address of a sitemap is a listing's."""
        return any(patterns.found(one, address, "source.sitemap_listings") for one in self.sitemap_listings)

    def choose_picture(self, base: str, addresses: Iterable[str]) -> str | None:
        """Return the first address that can be asked for; else the first, which the ledger records as excluded.

        A drawing comes after pictures.
        """
        absolute = {address: responses.absolute_url(base, address) for address in addresses}
        good = [url for url in absolute.values() if url and urlsplit(url).scheme in ("http", "https")]
        if good:
            return min(good, key=lambda url: urlsplit(url).path.lower().endswith((".svg", ".svgz")))
        if not absolute:
            return None
        first, url = next(iter(absolute.items()))
        if url is None:
            self.ledger.exclude(Entry(first, "picture"), "not a URL")
        return url and url[:MAX_PLACEHOLDER_LENGTH]

    def absolute_urls(self, base: str, hrefs: list[str]) -> list[str]:
        """Return links as absolute URLs without fragments, each once; invalid ones go to the ledger as excluded."""
        urls = []
        for href in hrefs:
            url = responses.absolute_url(base, href)
            if url is None:
                self.ledger.exclude(Entry(href, "page"), "not a URL")
            else:
                urls.append(url)
        return list(dict.fromkeys(urls))
