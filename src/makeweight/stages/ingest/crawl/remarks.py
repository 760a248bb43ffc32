"""What a user should know about a finished crawl, in one line each, with what to change in the card."""

import json
from collections import Counter
from collections.abc import Iterator

from makeweight.stages.ingest.crawl import responses
from makeweight.stages.ingest.crawl.json_ld import EMPTY
from makeweight.stages.ingest.crawl.ledger import Ledger
from makeweight.stages.ingest.crawl.site import Site

MOST_REASONS = 4


def remarks(ledger: Ledger, site: Site, picture_field: str | None, name: str) -> Iterator[str]:
    """Yield one line for each kind of thing that went by: pictures, scripts, addresses of a sitemap."""
    if picture_field is not None:
        yield from pictures_elsewhere(ledger, site, name)
        yield from pictures_lost(ledger)
        yield from listings_without_picture(ledger, picture_field, name)
    pages = ledger.select(("url", "faults"), "kind = 'listing' AND state = 'fetched' AND faults IS NOT NULL")
    unread = [(url, faults) for url, text in pages if (faults := lost(json.loads(text)))]
    if unread:
        url, faults = unread[0]
        yield f"on {len(unread)} listings not all data in the page can be read: {url}: {'; '.join(faults)}"
    others = list(ledger.select(("url", "faults"), "kind = 'candidate' AND state = 'fetched'"))
    if others:
        url, faults = others[0]
        yield f"{len(others)} addresses of the sitemap are no listings: {url}: {'; '.join(json.loads(faults))}"


def pictures_elsewhere(ledger: Ledger, site: Site, name: str) -> Iterator[str]:
    """Yield the line that lets a crawl fetch pictures from hosts that the card does not name."""
    condition = "kind = 'picture' AND state = 'excluded' AND reason IN ('other host', 'redirect: other host')"
    urls = [url for (url,) in ledger.select(("url",), condition)]
    hosts = Counter(responses.host_of(url) for url in urls)
    if hosts:
        allowed = ", ".join([*site.allowed_hosts, *sorted(hosts)])
        yield (
            f"{len(urls)} pictures are on hosts that {name} does not name, such as {urls[0]}; to fetch them, write "
            f"under `source`: allowed_hosts: [{allowed}]"
        )


def pictures_lost(ledger: Ledger) -> Iterator[str]:
    """Yield the line that says why pictures were not fetched from hosts that the card names."""
    rows = list(ledger.select(("url", "reason"), "kind = 'picture' AND (state = 'failed' OR reason = 'robots.txt')"))
    reasons = Counter(reason.partition(":")[0] for _, reason in rows)
    if rows:
        why = ", ".join(f"{reason} ({count})" for reason, count in reasons.most_common(MOST_REASONS))
        yield f"{len(rows)} pictures were not fetched: {why}; such as {rows[0][0]}"


def listings_without_picture(ledger: Ledger, picture_field: str, name: str) -> Iterator[str]:
    """Yield the lines about listings with a placeholder instead of a picture, and with nothing at its places."""
    found = "kind = 'listing' AND state = 'fetched' AND picture"
    placeholders = [url for (url,) in ledger.select(("url",), f"{found} LIKE 'data:%'")]
    if placeholders:
        yield (
            f"{len(placeholders)} listings, such as {placeholders[0]}, have a placeholder instead of a picture; name "
            f"a further place in {name}, such as css:img::attr(data-src)"
        )
    without = [url for (url,) in ledger.select(("url",), f"{found} IS NULL")]
    if without:
        yield f"{len(without)} listings, such as {without[0]}, have no picture where {name} places `{picture_field}`"


def lost(faults: list[str]) -> list[str]:
    """Return the faults by which something may be lost: an empty script held nothing."""
    return [fault for fault in faults if not fault.endswith(EMPTY)]
