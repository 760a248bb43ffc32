"""What a user should know about a finished crawl, in one line each, with what to change in the card."""

import json
from collections import Counter
from collections.abc import Iterator

from makeweight.stages.ingest.crawl import responses
from makeweight.stages.ingest.crawl.json_ld import EMPTY
from makeweight.stages.ingest.crawl.ledger import Ledger
from makeweight.stages.ingest.crawl.site import Site


def remarks(ledger: Ledger, site: Site, name: str) -> Iterator[str]:
    """Yield one line for each kind of thing that went by: pictures, scripts, addresses of a sitemap."""
    yield from pictures_elsewhere(ledger, site, name)
    placeholders = listings_without(ledger, "picture LIKE 'data:%'")
    if placeholders:
        yield (
            f"{len(placeholders)} listings, such as {placeholders[0]}, have a placeholder instead of a picture; name "
            f"a further place in {name}, such as css:img::attr(data-src)"
        )
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


def listings_without(ledger: Ledger, condition: str) -> list[str]:
    """Return the listings that meet an SQL condition."""
    return [url for (url,) in ledger.select(("url",), f"kind = 'listing' AND state = 'fetched' AND {condition}")]


def lost(faults: list[str]) -> list[str]:
    """Return the faults by which something may be lost: an empty script held nothing."""
    return [fault for fault in faults if not fault.endswith(EMPTY)]
