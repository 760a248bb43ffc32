"""The source `crawl`: from a card's site to raw samples."""

import hashlib
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd

from makeweight import paths, progress
from makeweight.card import Card
from makeweight.errors import InputError
from makeweight.ingest import raw
from makeweight.ingest.crawl.ledger import Ledger
from makeweight.ingest.crawl.process import Job, crawl
from makeweight.ingest.crawl.site import Limits, Pace, Site
from makeweight.ingest.raw import Raw
from makeweight.ingest.shop import server
from makeweight.params import Section


class CrawlParams(Section):
    """How to crawl; a card may set another `pace` for its site."""

    user_agent: str
    proxy: str | None
    """Such as http://localhost:3128; the built-in shop is never asked through it."""
    http_cache: bool
    """Keep every answer in .scratch/ and ask it there the next time (for work on a card, not for results)."""
    pace: Pace
    limits: Limits


def read(site: Site, card: Card, name: str, settings: CrawlParams, shop_seed: int, truth: Path | None = None) -> Raw:
    """Crawl a site into raw samples; goes on where an earlier crawl with the same card and settings was killed.

    Args:
        site: where to start, what to follow, where the fields stand.
        card: roles of the fields.
        name: of the card's file, for messages.
        settings: manners and bounds.
        shop_seed: of the built-in shop, where `site: shop`.
        truth: where the shop writes its truth; for tests and benchmarks.
    """
    check_roles(site, card, name)
    scratch = paths.SCRATCH / "ingest" / fingerprint(site, card, settings, shop_seed)
    with serving(site, shop_seed, truth) as (origin, proxy):
        crawl(
            Job(
                site=site,
                limits=settings.limits,
                pace=site.pace or settings.pace,
                origin=origin,
                ledger=scratch / "ledger.sqlite",
                picture_field=card.columns.image,
                user_agent=settings.user_agent,
                proxy=proxy or settings.proxy,
                cache=(paths.SCRATCH / "http_cache").absolute() if settings.http_cache else None,
            )
        )
    ledger = Ledger(scratch / "ledger.sqlite")
    gathered = gather(ledger, site, card, name)
    ledger.close()
    shutil.rmtree(scratch)
    return gathered


def check_roles(site: Site, card: Card, name: str) -> None:
    """Every column of the card is a field of its site.

    Raises:
        InputError: one is not.
    """
    columns = card.columns
    singles = {role: getattr(columns, role) for role in raw.ROLE_COLUMNS if getattr(columns, role)}
    several = {role: getattr(columns, role) for role in ("text", "numeric", "categorical")}
    named = [*singles.items(), *((role, column) for role, names in several.items() for column in names)]
    for role, column in [*named, *(("money", currency) for currency in columns.money.values())]:
        if column not in site.fields:
            raise InputError(
                f"{name}: `columns.{role}` names {column!r}, but `source.fields` has only {raw.listed(site.fields)}"
            )


@contextmanager
def serving(site: Site, shop_seed: int, truth: Path | None) -> Iterator[tuple[str, str | None]]:
    """The site's origin, and the proxy by which it is reached: the built-in shop runs for as long as it is needed."""
    if site.site != "shop":
        yield site.site, None
        return
    with server.running(partial(server.open_shop, shop_seed, truth)) as address:
        progress.say(f"ingest: the shop is open at {address}")
        yield f"http://{server.HOST}", address


def fingerprint(site: Site, card: Card, settings: CrawlParams, shop_seed: int) -> str:
    """Of all that a crawl's result depends on, the code included: an unfinished crawl is taken up only if it agrees."""
    parts = [site.model_dump_json(), card.columns.model_dump_json(), settings.model_dump_json(), str(shop_seed)]
    code = sorted(Path(__file__).parents[1].rglob("*.py"))
    digest = hashlib.sha256("\n".join(parts).encode())
    for file in code:
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def gather(ledger: Ledger, site: Site, card: Card, name: str) -> Raw:
    """What a finished ledger holds as raw samples; every URL ends in exactly one of fetched, failed, excluded."""
    table, provenance, unusable = listings_of(ledger, site, card)
    failed = list(ledger.select(("url", "kind", "reason"), "state = 'failed'"))
    excluded = list(ledger.select(("url", "kind", "reason"), "state = 'excluded'"))
    if table.empty:
        told = f"; {failed[0][0]}: {failed[0][2]}" if failed else ""
        raise InputError(f"{name}: `source.listings` led to no usable listing on {site.site}{told}")
    failures = sorted([*failed, *((url, kind, reason) for url, kind, rule, reason in unusable if not rule)])
    left = sorted([*excluded, *((url, kind, reason) for url, kind, rule, reason in unusable if rule)])
    fetched = ledger.counts.get("fetched", 0) - len(unusable)
    counts = {
        "requests.seen": ledger.seen,
        "requests.fetched": fetched,
        "requests.failed": len(failures),
        "requests.excluded": len(left),
    }
    if fetched + len(failures) + len(left) != ledger.seen:
        raise RuntimeError(f"of {ledger.seen} URLs seen the fate of some is unknown: {counts}")
    return Raw(
        samples=raw.as_samples(table, card.columns, name),
        failures=raw.rows(raw.FAILURES, failures),
        provenance=raw.rows(raw.PROVENANCE, sorted(provenance)),
        excluded=raw.rows(raw.EXCLUDED, left),
        counts=counts,
    )


Unusable = tuple[str, str, bool, str]
"""URL, kind, whether a rule excludes it (else it is a failure), and which or why."""


def listings_of(ledger: Ledger, site: Site, card: Card) -> tuple[pd.DataFrame, list[tuple[Any, ...]], list[Unusable]]:
    """The listings as a table in the site's columns, their provenance, and fetched pages that are no sample.

    A page without a label is a failure; one whose id stands on an earlier page too (the same listing under two URLs)
    is excluded.
    """
    pictures = {
        url: (body, final_url, status, digest)
        for url, body, final_url, status, digest in ledger.select(
            ("url", "body", "final_url", "status", "sha256"), "kind = 'picture' AND state = 'fetched'"
        )
    }
    columns = card.columns
    records: list[dict[str, Any]] = []
    provenance: list[tuple[Any, ...]] = []
    unusable: list[Unusable] = []
    owners: dict[str, str] = {}
    wanted = ("url", "final_url", "status", "sha256", "fields", "picture")
    for url, final_url, status, digest, written, picture in ledger.select(
        wanted, "kind = 'listing' AND state = 'fetched'"
    ):
        record: dict[str, Any] = json.loads(written)
        own = record.get(columns.id) if columns.id else final_url
        if record.get(columns.label) is None or own is None:
            lacking = columns.label if record.get(columns.label) is None else columns.id
            unusable.append((url, "listing", False, f"no `{lacking}` on the page"))
            continue
        if own in owners:
            unusable.append((url, "listing", True, f"same id as {owners[own]}"))
            continue
        owners[own] = url
        record["id" if columns.id is None else columns.id] = own
        provenance.append((own, final_url, status, digest))
        if columns.image:
            body, *answer = pictures.get(picture, (None,))
            record[columns.image] = body
            provenance.extend([(own, *answer)] if answer else [])
        records.append(record)
    names = [*(["id"] if columns.id is None else []), *site.fields]
    table = pd.DataFrame(records, columns=list(dict.fromkeys(names)))
    if site.decimal is not None:
        for column in columns.numeric:
            table[column] = table[column].map(lambda text: plain_number(text, site.decimal), na_action="ignore")
    return table, provenance, unusable


def plain_number(text: str, decimal: str | None) -> str:
    """A number as the site writes it, without thousands marks and with a decimal point; other text stays."""
    thousands = "." if decimal == "," else ","
    return text.replace(thousands, "").replace("\u00a0", "").replace(",", ".")
