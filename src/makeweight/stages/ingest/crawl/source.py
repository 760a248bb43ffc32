"""The source `crawl`: from a card's site to raw samples."""

import hashlib
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd

from makeweight.core import files, paths, progress
from makeweight.core.errors import InputError
from makeweight.core.params import Section
from makeweight.data.card import Card, Columns
from makeweight.stages.ingest import raw
from makeweight.stages.ingest.crawl.ledger import Ledger
from makeweight.stages.ingest.crawl.process import Job, Shared, crawl
from makeweight.stages.ingest.crawl.site import Limits, RateLimit, Site
from makeweight.stages.ingest.raw import Raw
from makeweight.stages.ingest.shop import server


class CrawlParams(Section):
    """How to crawl; a card may set another `rate_limit` for its site."""

    user_agent: str
    proxy: str | None
    """Such as http://localhost:3128; the built-in shop is never asked through it."""
    http_cache: bool
    """Keep every answer in .scratch/ and ask it there the next time (for work on a card, not for results)."""
    processes: int
    """How many crawl side by side, each with its share of the site's `concurrency`; more than one need `redis`."""
    redis_url: str | None
    """The server that holds the frontier of several processes, such as redis://localhost:6379/0."""
    redis_timeout_seconds: float
    """Seconds for which a crawl waits where that server is gone."""
    rate_limit: RateLimit
    limits: Limits


HOW = {"processes", "redis_url", "redis_timeout_seconds"}
"""Parameters that a crawl's result does not depend on."""


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
    rate_limit = site.rate_limit or settings.rate_limit
    shared = sharing(settings, rate_limit)
    scratch = paths.SCRATCH / "ingest" / fingerprint(site, card, settings, shop_seed)
    with serving(site, shop_seed, truth) as (origin, proxy):
        crawl(
            Job(
                site=site,
                limits=settings.limits,
                rate_limit=rate_limit,
                origin=origin,
                ledger=scratch / "ledger.sqlite",
                picture_field=card.columns.image,
                user_agent=settings.user_agent,
                proxy=proxy or settings.proxy,
                cache=(paths.SCRATCH / "http_cache").absolute() if settings.http_cache else None,
                shared=shared,
            )
        )
    ledger = Ledger(scratch / "ledger.sqlite")
    try:
        write_times(ledger, scratch.parent / "fetched_at.csv")
        return gather(ledger, site, card, name)
    finally:
        ledger.close()
        shutil.rmtree(scratch)


def sharing(settings: CrawlParams, rate_limit: RateLimit) -> Shared | None:
    """How several processes crawl, None for one by itself.

    Raises:
        InputError: they have no server, or are more than the requests that the site may be asked at a time.
    """
    count = settings.processes
    if count < 1:
        raise InputError(f"params.yaml: `ingest.crawl.processes` is {count}; right would be 1 or more")
    if count > rate_limit.concurrent_requests:
        raise InputError(
            f"params.yaml: `ingest.crawl.processes` is {count}; right would be at most "
            f"`rate_limit.concurrent_requests`, which is {rate_limit.concurrent_requests}"
        )
    if settings.redis_url is None:
        if count > 1:
            raise InputError(
                f"params.yaml: `ingest.crawl.processes` is {count}, but `ingest.crawl.redis_url` names no server; "
                f"right would be such as redis://localhost:6379/0"
            )
        return None
    return Shared(count, settings.redis_url, settings.redis_timeout_seconds)


def write_times(ledger: Ledger, path: Path) -> None:
    """When each URL was answered: kept apart, because data must not depend on the clock."""
    answered = ledger.select(("url", "fetched_at"), "fetched_at IS NOT NULL")
    times = pd.DataFrame(answered, columns=["url", "fetched_at"])
    times["fetched_at"] = pd.to_datetime(times["fetched_at"], unit="s", utc=True).dt.strftime("%Y-%m-%dT%H:%M:%SZ")
    files.write_text(path, times.to_csv(index=False, lineterminator="\n"))


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
    parts = [
        site.model_dump_json(),
        card.columns.model_dump_json(),
        settings.model_dump_json(exclude=HOW),
        str(shop_seed),
    ]
    code = sorted(Path(__file__).parents[1].rglob("*.py"))
    digest = hashlib.sha256("\n".join(parts).encode())
    for file in code:
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


ADDRESS = "address of the listing"
"""What tells listings apart where the site has no number for them."""


@dataclass(frozen=True, slots=True)
class Gathered:
    """What the fetched listing pages of a ledger amount to."""

    records: list[dict[str, Any]]
    provenance: list[tuple[Any, ...]]
    failures: list[tuple[str, str, str]]
    """Pages without an id or a label: URL, kind, reason."""
    repeats: list[tuple[str, str, str]]
    """Pages whose id stands on an earlier one too, the same listing under two URLs: URL, kind, rule."""


def gather(ledger: Ledger, site: Site, card: Card, name: str) -> Raw:
    """What a finished ledger holds as raw samples; every URL ends in exactly one of fetched, failed, excluded."""
    key = card.columns.id or ADDRESS
    columns = card.columns.model_copy(update={"id": key})
    found = read_listings(ledger, columns, key)
    account = ("url", "kind", "reason")
    failures = sorted([*ledger.select(account, "state = 'failed'"), *found.failures])
    excluded = sorted([*ledger.select(account, "state = 'excluded'"), *found.repeats])
    if not found.records:
        told = f"; {failures[0][0]}: {failures[0][2]}" if failures else ""
        raise InputError(f"{name}: `source.listings` led to no usable listing on {site.site}{told}")
    fetched = ledger.counts["fetched"] - len(found.failures) - len(found.repeats)
    if fetched + len(failures) + len(excluded) != ledger.seen:
        raise RuntimeError(f"of {ledger.seen} URLs seen some have no fate: {ledger.counts}")
    table = pd.DataFrame(found.records, columns=list(dict.fromkeys([key, *site.fields])))
    return Raw(
        samples=raw.as_samples(with_plain_numbers(table, columns, site), columns, name),
        failures=raw.rows(raw.FAILURES, failures),
        provenance=raw.rows(raw.PROVENANCE, sorted(found.provenance)),
        excluded=raw.rows(raw.EXCLUDED, excluded),
        counts={
            "urls.seen": ledger.seen,
            "urls.fetched": fetched,
            "urls.failed": len(failures),
            "urls.excluded": len(excluded),
        },
    )


def read_listings(ledger: Ledger, columns: Columns, key: str) -> Gathered:
    """The fetched listings in the order of their URLs, each with its picture; `key` is the column of the id."""
    answer = ("url", "final_url", "status", "sha256")
    pictures = {
        url: (body, evidence)
        for url, *evidence, body in ledger.select((*answer, "body"), "kind = 'picture' AND state = 'fetched'")
    }
    found = Gathered([], [], [], [])
    owners: dict[str, str] = {}
    listings = ledger.select((*answer, "fields", "picture"), "kind = 'listing' AND state = 'fetched'")
    for url, *evidence, fields, picture in listings:
        record: dict[str, Any] = json.loads(fields)
        if key == ADDRESS:
            record[key] = evidence[0]
        lacking = [column for column in (key, columns.label) if record.get(column) is None]
        if lacking:
            found.failures.append((url, "listing", f"no `{lacking[0]}` on the page"))
        elif record[key] in owners:
            found.repeats.append((url, "listing", f"same id as {owners[record[key]]}"))
        else:
            owners[record[key]] = url
            found.provenance.append((record[key], *evidence))
            if columns.image and picture in pictures:
                body, evidence = pictures[picture]
                record[columns.image] = body
                found.provenance.append((record[key], *evidence))
            found.records.append(record)
    return found


def with_plain_numbers(table: pd.DataFrame, columns: Columns, site: Site) -> pd.DataFrame:
    """The numeric columns without thousands marks and with a decimal point, where the card says how the site writes."""
    if site.decimal is None:
        return table
    thousands = "." if site.decimal == "," else ","
    plain = str.maketrans({thousands: None, "\u00a0": None, site.decimal: "."})
    return table.assign(**{name: table[name].str.translate(plain) for name in columns.numeric})
