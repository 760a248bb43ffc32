"""From the ledger of a finished crawl to raw samples."""

import json
from dataclasses import dataclass
from typing import Any

import pandas as pd

from makeweight.core.errors import InputError
from makeweight.data import changes
from makeweight.data.card import Card, Columns
from makeweight.stages.ingest import raw
from makeweight.stages.ingest.crawl import responses
from makeweight.stages.ingest.crawl.currency_codes import with_codes
from makeweight.stages.ingest.crawl.json_ld import decode_entities
from makeweight.stages.ingest.crawl.ledger import Ledger
from makeweight.stages.ingest.crawl.site import Site
from makeweight.stages.ingest.raw import RawData

ADDRESS = "address of the listing"
"""The id column of listings on a site that does not number them."""


@dataclass(frozen=True, slots=True)
class CollectedListings:
    """What the fetched listing pages of a ledger contain."""

    records: list[dict[str, Any]]
    provenance: list[tuple[Any, ...]]
    failures: list[tuple[str, str, str]]
    """Pages without an id or a label: URL, kind, reason."""
    repeats: list[tuple[str, str, str]]
    """Pages with the id of an earlier one, the same listing at two URLs: URL, kind, rule."""


def collect_samples(ledger: Ledger, site: Site, card: Card, name: str) -> RawData:
    """Return what a finished ledger holds as raw samples.

    Every URL counts as exactly one of fetched, failed and excluded.

    Raises:
        InputError: there is no usable listing.
    """
    key = card.columns.id or ADDRESS
    columns = card.columns.model_copy(update={"id": key})
    listings = collect_listings(ledger, columns, key)
    report = ("url", "kind", "reason")
    failures = sorted([*ledger.select(report, "state = 'failed'"), *listings.failures])
    excluded = sorted([*ledger.select(report, "state = 'excluded'"), *listings.repeats])
    if not listings.records:
        raise InputError(no_listing(ledger, site, name, [*failures, *excluded]))
    fetched = ledger.counts["fetched"] - len(listings.failures) - len(listings.repeats)
    if fetched + len(failures) + len(excluded) != ledger.seen:
        raise RuntimeError(f"of {ledger.seen} URLs seen some have no outcome: {ledger.counts}")
    table = pd.DataFrame(listings.records, columns=list(dict.fromkeys([key, *site.fields])))
    table, changed = with_codes(table, columns.money.values())
    return RawData(
        samples=raw.as_samples(table, columns, name),
        failures=raw.string_table(raw.FAILURES, failures),
        provenance=raw.string_table(raw.PROVENANCE, sorted(listings.provenance)),
        excluded=raw.string_table(raw.EXCLUDED, excluded),
        notes=tuple(currency_note(change) for change in changed),
        changed=changes.table_of(changed),
        unused=raw.unused_columns(table.columns, columns),
        counts={
            "urls.seen": ledger.seen,
            "urls.fetched": fetched,
            "urls.failed": len(failures),
            "urls.excluded": len(excluded),
        },
    )


def collect_listings(ledger: Ledger, columns: Columns, key: str) -> CollectedListings:
    """Return the fetched listings in the order of their URLs, each with its picture; `key` is the id column."""
    source = ("url", "final_url", "status", "sha256")
    pictures = {
        url: (body, provenance)
        for url, *provenance, body in ledger.select((*source, "body"), "kind = 'picture' AND state = 'fetched'")
    }
    listings = CollectedListings([], [], [], [])
    first_urls: dict[Any, str] = {}
    columns_read = (*source, "fields", "faults", "picture", "canonical")
    rows = ledger.select(columns_read, "kind = 'listing' AND state = 'fetched'")
    # Of several pages of one listing the one is kept that names no other as the right one.
    for url, *provenance, fields, faults, picture, canonical in sorted(rows, key=names_another):
        record = read_record(fields, columns)
        if key == ADDRESS:
            record[key] = provenance[0]
        page = (canonical or provenance[0], fields)
        missing = [column for column in (key, columns.label) if record.get(column) is None]
        if missing:
            reason = ": ".join([f"no `{missing[0]}` on the page", *(["; ".join(json.loads(faults))] if faults else [])])
            listings.failures.append((url, "listing", reason[: responses.MAX_REASON_LENGTH]))
        elif record[key] in first_urls:
            listings.repeats.append((url, "listing", f"same id as {first_urls[record[key]]}"))
        elif page in first_urls and key == ADDRESS:
            listings.repeats.append((url, "listing", f"same page as {first_urls[page]}"))
        else:
            first_urls[record[key]] = first_urls[page] = url
            listings.provenance.append((record[key], *provenance))
            if columns.image and picture in pictures:
                body, picture_provenance = pictures[picture]
                record[columns.image] = body
                listings.provenance.append((record[key], *picture_provenance))
            listings.records.append(record)
    return listings


def names_another(row: tuple[Any, ...]) -> bool:
    """Return whether a listing's page names another address as its own."""
    url, final_url, *_, canonical = row
    return canonical is not None and canonical not in (url, final_url)


def read_record(fields: str, columns: Columns) -> dict[str, Any]:
    """Return the fields of a listing as they were written, but for numbers of JSON in numeric columns.

    Entities are decoded in the names of classes and categories, which sites write with and without.
    """
    names = {columns.label, columns.fine_label, *columns.categorical}
    record: dict[str, Any] = {}
    for column, value in json.loads(fields).items():
        if isinstance(value, dict):
            record[column] = float(value["number"]) if column in columns.numeric else value["number"]
        else:
            record[column] = decode_entities(value) if value and column in names else value
    return record


def currency_note(change: changes.Change) -> str:
    """Return in one line that the currencies of a column were read from signs or amounts."""
    written, code = change.examples[0]
    return f"`{change.column}`: {change.count} cells, such as {written!r}, are read as currencies, here as {code}"


def no_listing(ledger: Ledger, site: Site, name: str, others: list[tuple[str, str, str]]) -> str:
    """Return in one line that a crawl found no usable listing, with an example of what it found instead."""
    pages = ledger.select(("url", "faults"), "kind = 'candidate' AND state = 'fetched'")
    elsewhere = ledger.select(("url", "final_url"), "reason = 'redirect: other host' AND final_url IS NOT NULL")
    without_links = ledger.select(("url",), "kind = 'page' AND state = 'fetched'")
    examples = [
        *(moved(url, target, site) for url, target in elsewhere),
        *(f"{url}: {reason}" for url, _, reason in others),
        *(f"{url}: {json.loads(why)[0]}" for url, why in pages),
        *(f"{url}: no link on it matches `source.listings`" for (url,) in without_links),
    ]
    example = f"; {examples[0]}" if examples else ""
    way = "`source.listings`" if site.listings else "`source.sitemap`"
    return f"{name}: {way} led to no usable listing on {site.site}{example}"


def moved(url: str, target: str, site: Site) -> str:
    """Return in words that a page is on another host now, and what to write in the card."""
    host = responses.host_of(target)
    allowed = ", ".join([*site.allowed_hosts, host])
    return (
        f"{url} leads to {target}; if the site is there now, write under `source`: site: "
        f"{target.partition('://')[0]}://{host}, or else: allowed_hosts: [{allowed}]"
    )
