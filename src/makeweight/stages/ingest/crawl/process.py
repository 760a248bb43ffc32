"""A crawl in processes of its own, because Twisted's reactor starts only once per process."""

import gc
import hashlib
import logging
import multiprocessing
import platform
import sys
import time
from multiprocessing import connection
from pathlib import Path

from makeweight.core import stopping
from makeweight.core.errors import InputError
from makeweight.stages.ingest.crawl.job import CrawlJob, RedisOptions
from makeweight.stages.ingest.crawl.ledger import ENTRY_COLUMNS, EXIT_REDIS_LOST, Entry, Ledger

SECONDS_TO_END = 3.0
"""How long a process may still read the answers that it waits for; its ledger has what came before."""
NEW_OBJECTS = 5000
"""New objects after which the garbage collector looks for cycles: at Python's 700 it took a twentieth of a crawl."""


def crawl(job: CrawlJob) -> None:
    """Crawl until every URL in the ledger has an outcome; continues an earlier crawl with the same ledger.

    Raises:
        InputError: Redis did not reply, or stopped replying.
        RuntimeError: a process of the crawl died.
    """
    if job.redis is not None:
        crawl_with_redis(job, job.redis)
        return
    if partial_ledgers(job):
        merged_ledger(job).close()
    run_processes(job, 1)


def crawl_with_redis(job: CrawlJob, options: RedisOptions) -> None:
    """Crawl with several processes, in further rounds as long as URLs are left because Redis lost its data."""
    from makeweight.stages.ingest.crawl.frontier import Frontier, RedisUnavailableError

    frontier = Frontier(options.url, redis_name(job), options.timeout_seconds)
    before = None
    try:
        while True:
            frontier.clear()
            ledger = merged_ledger(job)
            progress = (ledger.seen, ledger.counts["pending"])
            if ledger.seen and not ledger.counts["pending"]:
                ledger.close()
                return
            if progress == before:
                raise RuntimeError(f"the crawl leaves {progress[1]} URLs without an outcome")
            pending = [Entry(*row) for row in ledger.select(ENTRY_COLUMNS, "state = 'pending'")]
            frontier.fill(ledger.select(("url", "kind"), "true"), pending)
            ledger.close()
            before = progress
            run_processes(job, options.processes)
    except RedisUnavailableError as error:
        raise InputError(redis_message(options, str(error))) from None


def merged_ledger(job: CrawlJob) -> Ledger:
    """Return the crawl's ledger with everything that processes of an earlier round wrote into theirs."""
    ledger = Ledger(job.ledger)
    for part in partial_ledgers(job):
        ledger.merge(part)
    return ledger


def partial_ledgers(job: CrawlJob) -> list[Path]:
    """Return the ledgers of single processes."""
    return sorted(job.ledger.parent.glob("part-*.sqlite"))


def redis_name(job: CrawlJob) -> str:
    """Return the crawl's name in Redis: the same when it is continued, different for any other crawl."""
    return hashlib.sha256(f"{platform.node()} {job.ledger.absolute()}".encode()).hexdigest()[:16]


def redis_message(options: RedisOptions, reason: str) -> str:
    """Return the message for a user whose Redis is gone, without the address, which may hold a password."""
    return (
        f"params.yaml: the server of `ingest.crawl.redis_url` did not reply for {options.timeout_seconds:g} s"
        f"{f' ({reason})' if reason else ''}; start it, and the crawl again, which continues where it was"
    )


def run_processes(job: CrawlJob, count: int) -> None:
    """Run the crawl's processes until all have ended or one has failed.

    Raises:
        InputError: a process lost Redis.
        RuntimeError: a process failed.
    """
    context = multiprocessing.get_context("spawn")
    processes = [
        context.Process(target=run, args=(job, number), name=f"crawl-{number}", daemon=True) for number in range(count)
    ]
    with stopping.starting_children():
        for process in processes:
            process.start()
    try:
        while True:
            # Each status is read once a round: a process that ends between two readings must not pass as successful.
            statuses = [process.exitcode for process in processes]
            failed = [status for status in statuses if status]
            alive = [process.sentinel for process, status in zip(processes, statuses, strict=True) if status is None]
            if failed or not alive:
                break
            connection.wait(alive)
    finally:
        for process in processes:
            process.terminate()
        end = time.monotonic() + SECONDS_TO_END
        for process in processes:
            process.join(max(0.0, end - time.monotonic()))
            process.kill()
            process.join()
    if not failed:
        return
    if job.redis is not None and EXIT_REDIS_LOST in failed:
        raise InputError(redis_message(job.redis, ""))
    raise RuntimeError(f"the crawl ended with status {failed[0]}; start it again to continue where it was")


def open_ledger(job: CrawlJob, number: int) -> Ledger:
    """Return the ledger that one process writes."""
    if job.redis is None:
        return Ledger(job.ledger)
    from makeweight.stages.ingest.crawl.frontier import Frontier, SharedLedger

    frontier = Frontier(job.redis.url, redis_name(job), job.redis.timeout_seconds)
    return SharedLedger(job.ledger.with_name(f"part-{number}.sqlite"), frontier, number)


def run(job: CrawlJob, number: int) -> None:
    """Run one process of the crawl; exits with status 1 if it did not finish."""
    stopping.end_with_parent()
    from scrapy.crawler import CrawlerProcess

    from makeweight.stages.ingest.crawl.scrapy_settings import scrapy_settings, takes_turns
    from makeweight.stages.ingest.crawl.spider import ListingSpider
    from makeweight.stages.ingest.crawl.turns import Turns

    ledger = open_ledger(job, number)
    process = CrawlerProcess(scrapy_settings(job))
    crawler = process.create_crawler(ListingSpider)
    process.crawl(
        crawler,
        site=job.site,
        limits=job.limits,
        ledger=ledger,
        picture_field=job.picture_field,
        needed_fields=job.needed_fields,
        origin=job.origin,
        turns=Turns(
            ledger,
            job.user_agent,
            shared_delay_seconds=job.rate_limit.delay_seconds if takes_turns(job) else 0.0,
            longest_delay_seconds=job.limits.max_backoff_seconds,
        ),
    )
    # Scrapy reports every response; of what is below CRITICAL, which the settings leave out, no record is made.
    logging.disable(logging.ERROR)
    gc.freeze()  # the libraries stay: nothing in them is ever garbage
    gc.set_threshold(NEW_OBJECTS)
    process.start()
    # With Redis, URLs that this process found and others were given stay pending in its own ledger.
    pending = ledger.counts["pending"] if job.redis is None else 0
    ledger.close()
    sys.exit(1 if pending or crawler.stats is None or crawler.stats.get_value("finish_reason") != "finished" else 0)
