"""A few polite requests to a site: robots.txt is obeyed, and there is a pause between two of them."""

import time
import urllib.error
import urllib.request
from urllib.parse import urlsplit

from scrapy.http import HtmlResponse
from scrapy.robotstxt import ProtegoRobotParser

from makeweight.core.errors import InputError
from makeweight.stages.ingest.crawl.robots import rules_in
from makeweight.stages.ingest.crawl.source import CrawlParams


class Visitor:
    """Asks one site for pages, as the crawl would: the same name, limits, proxy, rules and pauses."""

    def __init__(self, settings: CrawlParams) -> None:
        self.settings = settings
        proxy = {"http": settings.proxy, "https": settings.proxy} if settings.proxy else {}
        self.opener = urllib.request.build_opener(urllib.request.ProxyHandler(proxy))
        self.rules: dict[str, ProtegoRobotParser] = {}
        self.last: float | None = None

    def page(self, url: str) -> HtmlResponse:
        """Return a page.

        Raises:
            InputError: robots.txt forbids it, or the site gives none; the message says why.
        """
        rules = self.rules_of(url)
        if not rules.allowed(url, self.settings.user_agent):
            raise InputError(f"{url}: robots.txt of the site forbids this page; a crawl would leave it out as well")
        response = self.fetch(url, rules.rp.crawl_delay(self.settings.user_agent) or 0.0)
        if response.status != 200:
            raise InputError(
                f"{url}: the site answers with status {response.status}; the address of a page would be right"
            )
        return response

    def rules_of(self, url: str) -> ProtegoRobotParser:
        """Return the rules of a host, which are asked for once."""
        parts = urlsplit(url)
        host = f"{parts.scheme}://{parts.netloc}"
        if host not in self.rules:
            text, _ = rules_in(self.fetch(f"{host}/robots.txt", 0.0))
            self.rules[host] = ProtegoRobotParser(text, None)  # type: ignore[arg-type]
        return self.rules[host]

    def fetch(self, url: str, least_pause: float) -> HtmlResponse:
        """Return the answer to one request, after a pause since the last one.

        Raises:
            InputError: there is no answer.
        """
        limits = self.settings.limits
        pause = min(max(self.settings.rate_limit.delay_seconds, least_pause), limits.max_backoff_seconds)
        if self.last is not None:
            time.sleep(max(0.0, self.last + pause - time.monotonic()))
        request = urllib.request.Request(
            url, headers={"User-Agent": self.settings.user_agent, "Accept": "text/html,*/*"}
        )
        try:
            with self.opener.open(request, timeout=limits.timeout_seconds) as answer:
                body = answer.read(limits.max_page_bytes + 1)[: limits.max_page_bytes]
                return HtmlResponse(answer.url, status=answer.status, headers=dict(answer.headers), body=body)
        except urllib.error.HTTPError as error:
            return HtmlResponse(url, status=error.code, body=error.read(limits.max_page_bytes))
        except (OSError, ValueError) as error:
            reason = getattr(error, "reason", None) or error
            raise InputError(f"{url}: no answer ({reason}); is the address right, and this machine online?") from None
        finally:
            self.last = time.monotonic()
