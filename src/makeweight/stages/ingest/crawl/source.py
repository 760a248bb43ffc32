"""The source `crawl`: from a card's site to raw samples."""

import hashlib
import importlib.util
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

import pandas as pd

from makeweight.core import files, paths, progress
from makeweight.core.errors import InputError
from makeweight.core.names import listed
from makeweight.core.params import Section
from makeweight.core.ranges import Size, SomeAmount
from makeweight.data.card import Card
from makeweight.stages.ingest import raw
from makeweight.stages.ingest.crawl.collect import collect_samples
from makeweight.stages.ingest.crawl.job import CrawlJob, RedisOptions
from makeweight.stages.ingest.crawl.ledger import Ledger
from makeweight.stages.ingest.crawl.ledger_files import set_aside_corrupt
from makeweight.stages.ingest.crawl.process import crawl
from makeweight.stages.ingest.crawl.remarks import remarks
from makeweight.stages.ingest.crawl.site import Limits, RateLimit, Site
from makeweight.stages.ingest.raw import RawData
from makeweight.stages.ingest.shop import server


class CrawlParams(Section):
    """How to crawl; a card may set another `rate_limit` for its site."""

    user_agent: str
    proxy: str | None
    """Such as http://localhost:3128; the built-in shop is never crawled through it."""
    http_cache: bool
    """Whether to keep every response in .scratch/ and use it the next time (for work on a card, not for results)."""
    processes: Size
    """Processes that crawl in parallel and share the site's `concurrent_requests`; more than one need `redis_url`."""
    redis_url: str | None
    """Server that holds the URL frontier of several processes, such as redis://localhost:6379/0."""
    redis_timeout_seconds: SomeAmount
    """How long a crawl waits for that server."""
    rate_limit: RateLimit
    limits: Limits


BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
NO_EFFECT_ON_RESULT = {"processes", "redis_url", "redis_timeout_seconds"}


def read(
    site: Site, card: Card, name: str, settings: CrawlParams, shop_seed: int, truth: Path | None = None
) -> RawData:
    """Crawl a site into raw samples; continues a crawl with the same card and settings that wrote no table.

    Args:
        site: where to start, which links to follow, where the fields are.
        card: roles of the fields.
        name: of the card's file, for messages.
        settings: rate limit and bounds.
        shop_seed: seed of the built-in shop, where `site: shop`.
        truth: where the shop writes its ground truth; for tests and benchmarks.
    """
    check_roles(site, card, name)
    rate_limit = site.rate_limit or settings.rate_limit
    redis = redis_options(settings, rate_limit)
    browser = find_browser(site, name) if site.render == "browser" else None
    scratch = paths.SCRATCH / "ingest" / fingerprint(site, card, settings, shop_seed)
    set_aside_corrupt(scratch)
    tell_continued(scratch)
    with serving(site, shop_seed, truth) as (origin, proxy):
        crawl(
            CrawlJob(
                site=site,
                limits=settings.limits,
                rate_limit=rate_limit,
                origin=origin,
                ledger=scratch / "ledger.sqlite",
                picture_field=card.columns.image,
                needed_fields=tuple(name for name in (card.columns.id, card.columns.label) if name),
                user_agent=settings.user_agent,
                proxy=proxy or settings.proxy,
                cache=(paths.SCRATCH / "http_cache").absolute() if settings.http_cache else None,
                browser=browser,
                redis=redis,
            )
        )
    return collected(scratch, site, card, name)


def tell_continued(scratch: Path) -> None:
    """Say that a crawl goes on from an earlier one, or has only its table to write."""
    if (scratch / "ledger.sqlite").is_file():
        progress.say(f"crawl: goes on from {scratch}, which an earlier ingest left; delete it to fetch all again")


def collected(scratch: Path, site: Site, card: Card, name: str) -> RawData:
    """Return the samples of a finished crawl; its ledger is kept until they are written.

    Raises:
        InputError: there is no usable listing, so that the ledger is deleted.
    """
    ledger = Ledger(scratch / "ledger.sqlite")
    try:
        write_fetch_times(ledger, scratch.parent / "fetched_at.csv")
        data = collect_samples(ledger, site, card, name)
        failures = list(data.failures.itertuples(index=False, name=None))
        told = remarks(ledger, site, card.columns, name, failures, set(data.excluded["url"]))
        return replace(data, notes=(*data.notes, *told), scratch=scratch)
    except InputError:
        shutil.rmtree(scratch)
        raise
    finally:
        ledger.close()


def redis_options(settings: CrawlParams, rate_limit: RateLimit) -> RedisOptions | None:
    """Return how several processes share the crawl, None for a single one without Redis.

    Raises:
        InputError: several processes without a server, or more than the site's concurrent requests.
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
    return RedisOptions(count, settings.redis_url, settings.redis_timeout_seconds)


def find_browser(site: Site, name: str) -> Path:
    """Return the Chromium that renders the pages of a site.

    Raises:
        InputError: it, or the package that drives it, is not installed.
    """
    if importlib.util.find_spec("scrapy_playwright") is None:
        raise InputError(f"{name}: `source.render: browser` needs an extra: pip install 'makeweight[browser]'")
    for command in (site.browser,) if site.browser else BROWSERS:
        found = shutil.which(command)
        if found is not None:
            return Path(found)
    raise InputError(
        f"{name}: `source.render: browser` finds no {site.browser or 'Chromium'}; install one (on Debian: apt-get "
        f"install chromium), or name its path as `source.browser`"
    )


def write_fetch_times(ledger: Ledger, path: Path) -> None:
    """Write when each URL was fetched to a separate file, because data must not depend on the clock."""
    fetched = ledger.select(("url", "fetched_at"), "fetched_at IS NOT NULL")
    times = pd.DataFrame(fetched, columns=["url", "fetched_at"])
    times["fetched_at"] = pd.to_datetime(times["fetched_at"], unit="s", utc=True).dt.strftime("%Y-%m-%dT%H:%M:%SZ")
    files.write_text(path, times.to_csv(index=False, lineterminator="\n"))


def check_roles(site: Site, card: Card, name: str) -> None:
    """Check that every column of the card is a field of its site.

    Raises:
        InputError: one is not.
    """
    columns = card.columns
    singles = {role: getattr(columns, role) for role in raw.ROLE_COLUMNS if getattr(columns, role)}
    several = {role: getattr(columns, role) for role in ("text", "numeric", "categorical", "date")}
    named = [*singles.items(), *((role, column) for role, names in several.items() for column in names)]
    for role, column in [*named, *(("money", currency) for currency in columns.money.values())]:
        if column not in site.fields:
            raise InputError(
                f"{name}: `columns.{role}` names {column!r}, but `source.fields` has only {listed(site.fields)}"
            )


@contextmanager
def serving(site: Site, shop_seed: int, truth: Path | None) -> Iterator[tuple[str, str | None]]:
    """Yield the site's origin and the proxy that leads to it; the built-in shop runs until the block ends."""
    if site.site != "shop":
        yield site.site, None
        return
    with server.running(partial(server.open_shop, shop_seed, truth)) as address:
        progress.say(f"ingest: the shop is open at {address}")
        yield f"http://{server.HOST}", address


def fingerprint(site: Site, card: Card, settings: CrawlParams, shop_seed: int) -> str:
    """Return a digest of everything that a crawl's result depends on, including the code.

    An unfinished crawl is continued only if the digest is the same.
    """
    parts = [
        site.model_dump_json(),
        card.columns.model_dump_json(),
        settings.model_dump_json(exclude=NO_EFFECT_ON_RESULT),
        str(shop_seed),
    ]
    code = sorted(Path(__file__).parents[1].rglob("*.py"))
    digest = hashlib.sha256("\n".join(parts).encode())
    for file in code:
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]
