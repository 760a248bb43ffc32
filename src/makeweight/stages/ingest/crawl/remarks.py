"""What a user should know about a finished crawl, in one line each, with what to change in the card."""

import json
from collections import Counter
from collections.abc import Collection, Container, Iterator, Sequence

from makeweight.data.card import Columns
from makeweight.data.values.reading import counted
from makeweight.stages.ingest.crawl import responses
from makeweight.stages.ingest.crawl.json_ld import EMPTY
from makeweight.stages.ingest.crawl.ledger import Ledger
from makeweight.stages.ingest.crawl.page_text import TEXT_FAULT
from makeweight.stages.ingest.crawl.schema_org import SEVERAL
from makeweight.stages.ingest.crawl.site import Site

MOST_REASONS = 4


def remarks(
    ledger: Ledger,
    site: Site,
    columns: Columns,
    name: str,
    failures: Sequence[tuple[str, str, str]],
    repeats: Collection[str],
) -> Iterator[str]:
    """Yield one line for each kind of thing that went by: pages, pictures, scripts, addresses of a sitemap.

    Args:
        ledger: of the finished crawl.
        site: as the card describes it.
        columns: of the card.
        name: of the card's file.
        failures: URL, kind and reason of everything that could not be read.
        repeats: addresses that are excluded, among them those of listings that are there twice.
    """
    left_out = {*repeats, *(url for url, _, _ in failures)}
    yield from pages_lost(failures)
    yield from listings_elsewhere(ledger, site, name)
    if columns.image is not None:
        yield from pictures_elsewhere(ledger, site, name)
        yield from pictures_lost(ledger)
        yield from listings_without_picture(ledger, columns.image, name, left_out)
    yield from faults_of_listings(ledger, left_out)
    if columns.id is None:
        yield from listings_in_languages(ledger, left_out)
    others = list(ledger.select(("url", "faults"), "kind = 'candidate' AND state = 'fetched'"))
    if others:
        url, faults = others[0]
        yield f"{len(others)} addresses of the sitemap are no listings: {url}: {'; '.join(json.loads(faults))}"


def faults_of_listings(ledger: Ledger, left_out: Container[str]) -> Iterator[str]:
    """Yield one line for each kind of fault on the pages of listings."""
    pages = ledger.select(("url", "faults"), "kind = 'listing' AND state = 'fetched' AND faults IS NOT NULL")
    found = [(url, fault) for url, text in pages if url not in left_out for fault in lost(json.loads(text))]
    kinds = {
        "{} listings have several items of one type; such as": [one for one in found if one[1].endswith(SEVERAL)],
        "the text of {} listings is not written as their pages say:": [one for one in found if TEXT_FAULT in one[1]],
    }
    special = [one for ones in kinds.values() for one in ones]
    unread = "on {} listings not all data in the page can be read:"
    for words, ones in {unread: [one for one in found if one not in special], **kinds}.items():
        if ones:
            url = ones[0][0]
            faults = "; ".join(fault for other, fault in ones if other == url)
            yield f"{words.format(len({url for url, _ in ones}))} {url}: {faults}"


def listings_in_languages(ledger: Ledger, left_out: Container[str]) -> Iterator[str]:
    """Yield the line about listings that are there in several languages: without an id each counts."""
    rows = ledger.select(("languages", "url"), "kind = 'listing' AND state = 'fetched' AND languages IS NOT NULL")
    groups: dict[str, list[str]] = {}
    for first, url in rows:
        if url not in left_out:
            groups.setdefault(first, []).append(url)
    repeated = [urls for urls in groups.values() if len(urls) > 1]
    if repeated:
        yield (
            f"{len(repeated)} listings are there in several languages, such as {repeated[0][0]} and {repeated[0][1]}; "
            f"leave one out by `source.deny`, or name the product's number as `columns.id`: then it counts once"
        )


def listings_elsewhere(ledger: Ledger, site: Site, name: str) -> Iterator[str]:
    """Yield the line that lets a crawl read listings and pages that redirect to other hosts."""
    condition = "kind IN ('listing', 'page') AND state = 'excluded' AND reason = 'redirect: other host'"
    rows = list(ledger.select(("url", "final_url"), f"{condition} AND final_url IS NOT NULL"))
    if rows:
        hosts = sorted({responses.host_of(target) for _, target in rows})
        yield (
            f"{len(rows)} pages lead to hosts that {name} does not name: {rows[0][0]} leads to {rows[0][1]}; to read "
            f"them, write under `source`: allowed_hosts: [{', '.join([*site.allowed_hosts, *hosts])}]"
        )


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


def pages_lost(failures: Sequence[tuple[str, str, str]]) -> Iterator[str]:
    """Yield the line that says why pages were not read, or are no samples though they were."""
    rows = [(url, reason) for url, kind, reason in failures if kind != "picture"]
    if rows:
        reasons = Counter(reason.partition(":")[0] for _, reason in rows)
        why = ", ".join(f"{reason} ({count})" for reason, count in reasons.most_common(MOST_REASONS))
        yield f"{counted(len(rows), 'page')} gave no listing: {why}; such as {rows[0][0]}"


def pictures_lost(ledger: Ledger) -> Iterator[str]:
    """Yield the line that says why pictures were not fetched from hosts that the card names."""
    rows = list(ledger.select(("url", "reason"), "kind = 'picture' AND (state = 'failed' OR reason = 'robots.txt')"))
    reasons = Counter(reason.partition(":")[0] for _, reason in rows)
    if rows:
        why = ", ".join(f"{reason} ({count})" for reason, count in reasons.most_common(MOST_REASONS))
        were = "was" if len(rows) == 1 else "were"
        yield f"{counted(len(rows), 'picture')} {were} not fetched: {why}; such as {rows[0][0]}"


def listings_without_picture(ledger: Ledger, picture_field: str, name: str, left_out: Container[str]) -> Iterator[str]:
    """Yield the lines about listings with a placeholder instead of a picture, and with nothing at its places."""
    found = "kind = 'listing' AND state = 'fetched' AND picture"
    placeholders = [url for (url,) in ledger.select(("url",), f"{found} LIKE 'data:%'") if url not in left_out]
    if placeholders:
        yield (
            f"{len(placeholders)} listings, such as {placeholders[0]}, have a placeholder instead of a picture; name "
            f"a further place in {name}, such as css:img::attr(data-src)"
        )
    without = [url for (url,) in ledger.select(("url",), f"{found} IS NULL") if url not in left_out]
    if without:
        yield f"{len(without)} listings, such as {without[0]}, have no picture where {name} places `{picture_field}`"


def lost(faults: list[str]) -> list[str]:
    """Return the faults by which something may be lost: an empty script held nothing."""
    return [fault for fault in faults if not fault.endswith(EMPTY)]
