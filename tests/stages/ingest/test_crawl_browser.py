"""A site whose pages a script draws is rendered by Chromium, with the politeness and bounds of any other crawl."""

import importlib.util
import json
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import loopback
import pages
import pytest
from loopback import Visit
from pages import COLUMNS, COUNT, FIELDS, product

from makeweight.core.errors import InputError
from makeweight.stages.ingest.crawl import source
from makeweight.stages.ingest.crawl.site import Site
from makeweight.stages.ingest.raw import RawData

BROWSER = next((found for name in source.BROWSERS if (found := shutil.which(name))), None)
drawn = pytest.mark.skipif(
    importlib.util.find_spec("scrapy_playwright") is None or BROWSER is None,
    reason="Chromium or scrapy-playwright is not installed: pip install 'makeweight[browser]'",
)
SITE: dict[str, Any] = {"listings": ["a.item"], "follow": ["a.next"], "fields": FIELDS, "render": "browser"}

LIST_SCRIPT = """
fetch('/api/list.json' + location.search).then(reply => reply.json()).then(data => {
  for (const number of data.numbers) {
    document.body.insertAdjacentHTML('beforeend', `<a class=item href=/p${number}.html>${number}</a>`);
  }
  if (data.next) document.body.insertAdjacentHTML('beforeend', `<a class=next href=/?${data.next}>more</a>`);
});
"""
PRODUCT_SCRIPT = """
const number = location.pathname.match(/\\d+/)[0];
fetch(`/api/${number}.json`).then(reply => reply.json()).then(data => {
  const script = document.createElement('script');
  script.type = 'application/ld+json';
  script.textContent = JSON.stringify(data);
  document.head.append(script);
  document.body.insertAdjacentHTML('beforeend', `<img src=${data.image}><h1>${data.name}</h1>`);
});
"""
BY_SCRIPT = {
    "/list.js": LIST_SCRIPT,
    "/product.js": PRODUCT_SCRIPT,
}


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def shop() -> dict[str, loopback.Page]:
    """Two pages of listings and 12 products, none of which is in the HTML that the server sends."""
    half = COUNT // 2
    site = pages.shop(lambda number: "<body><script src=/product.js></script></body>")
    site["/"] = site[f"/?{half}"] = "<html><body><script src=/list.js></script></body></html>"
    site["/api/list.json"] = json.dumps({"numbers": list(range(half)), "next": half})
    site[f"/api/list.json?{half}"] = json.dumps({"numbers": list(range(half, COUNT))})
    site |= {f"/api/{number}.json": json.dumps(product(number)) for number in range(COUNT)}
    return site | dict(BY_SCRIPT.items())


def crawl(site: dict[str, loopback.Page], **more: Any) -> tuple[RawData, loopback.Loopback]:
    limits = loopback.LIMITS.model_copy(update={"timeout_seconds": 600.0})
    settings = loopback.SETTINGS.model_copy(update={"limits": limits, **more.pop("settings", {})})
    with loopback.serving(site) as server:
        return loopback.crawl(server.origin, {**SITE, **more}, COLUMNS, settings), server


@drawn
def test_a_shop_that_a_script_draws() -> None:
    site = shop()
    site["/robots.txt"] = "User-agent: *\nDisallow: /p3.html\nDisallow: /api/7.json\n"
    agents: list[bytes] = []

    def list_json(visit: Visit) -> None:
        agents.extend(header for header in visit.headers if header.lower().startswith(b"user-agent:"))
        visit.send(json.dumps({"numbers": list(range(COUNT // 2)), "next": COUNT // 2}))

    site["/api/list.json"] = list_json
    found, server = crawl(site)
    expected = [number for number in range(COUNT) if number not in (3, 7)]
    assert found.samples.table["id"].tolist() == [f"s{number:02d}" for number in expected]
    assert found.samples.table["image"].tolist() == [pages.png(number) for number in expected]
    assert found.excluded["rule"].tolist() == ["robots.txt"]
    assert found.failures["url"].tolist() == [f"{server.origin}/p7.html"], "its data may not be fetched"
    visits = server.visits
    assert visits["/p3.html"] == visits["/api/7.json"] == visits["/favicon.ico"] == 0
    assert all(visits[f"/img/{number}.png"] == 1 for number in expected), "pictures are not fetched by the browser"
    assert len(agents) == 1
    assert b"makeweight tests" in agents[0]


@drawn
def test_without_a_browser_there_is_nothing() -> None:
    with pytest.raises(InputError, match="led to no usable listing"):
        crawl(shop(), render=None)


@drawn
def test_scripts_wait_for_their_turns_too(capfd: pytest.CaptureFixture[str]) -> None:
    times: list[float] = []
    site = shop()

    def timed(page: loopback.Page) -> loopback.Page:
        def answer(visit: Visit) -> None:
            times.append(time.monotonic())
            assert isinstance(page, str | bytes)
            visit.send(page)

        return answer

    site = {path: timed(page) for path, page in site.items()}
    site["/robots.txt"] = "User-agent: *\nCrawl-delay: 0.1\n"
    found, _ = crawl(site)
    assert len(found.samples) == COUNT
    # The browser itself may be late with a request that had its turn, so that single gaps are shorter.
    assert len(times) > 2 * COUNT
    assert max(times) - min(times) > 0.075 * (len(times) - 1)
    assert "asks for 0.1 s" in capfd.readouterr().err


@drawn
def test_a_browser_obeys_the_card_and_the_bounds() -> None:
    site = shop()
    site["/p1.html"] = lambda visit: visit.send("", "302 Away", "text/html", "Location: http://localhost:1/x")
    site["/p2.html"] = "<html><body><script>document.body.innerText = 'x'.repeat(3e6)</script></body></html>"
    site["/p4.html"] = lambda visit: visit.send("gone", "404 Not Found")
    limits = loopback.LIMITS.model_copy(update={"timeout_seconds": 600.0, "max_page_bytes": 1_000_000})
    found, server = crawl(site, deny=["/api/5.json"], settings={"limits": limits})
    reasons = {url.removeprefix(server.origin): reason for url, _, reason in found.failures.itertuples(index=False)}
    assert reasons["/p2.html"].startswith("answer too big")
    assert reasons["/p4.html"] == "status 404"
    assert reasons["/p5.html"].startswith("no `sku` on the page")
    assert "/p1.html" in {*reasons, *found.excluded["url"].str.removeprefix(server.origin)}
    assert len(found.samples) == COUNT - 4


@drawn
def test_a_page_whose_script_never_ends_is_given_up() -> None:
    site = shop()
    site["/api/list.json"] = json.dumps({"numbers": [0, 1]})
    site["/p0.html"] = "<html><body><script>while (true) {}</script></body></html>"
    limits = loopback.LIMITS.model_copy(update={"timeout_seconds": 20.0, "max_retries": 0})
    found, server = crawl(site, settings={"limits": limits})
    assert found.samples.table["id"].tolist() == ["s01"]
    assert found.failures["url"].tolist() == [f"{server.origin}/p0.html"]
    assert found.failures["reason"][0].startswith("no whole answer in time")


IMPORTED = """
import sys
from pathlib import Path
import loopback
from scrapy.crawler import Crawler
from scrapy.utils.misc import load_object
from makeweight.stages.ingest.crawl.job import CrawlJob
from makeweight.stages.ingest.crawl.scrapy_settings import scrapy_settings
from makeweight.stages.ingest.crawl.site import Site
site = Site(site="http://a.example", listings=["a"], fields={})
limit = loopback.SETTINGS.rate_limit
job = CrawlJob(site, loopback.LIMITS, limit, "http://a.example", Path("x"), None, "me", None, None)
handlers = scrapy_settings(job)["DOWNLOAD_HANDLERS"]
for handler in handlers.values():
    load_object(handler)
print(sorted(name for name in sys.modules if "playwright" in name or name.endswith("crawl.browser")))
"""


def test_a_site_that_needs_no_browser_imports_none() -> None:
    here = Path(__file__).parent
    run = subprocess.run([sys.executable, "-c", IMPORTED], capture_output=True, text=True, cwd=here, check=True)
    assert run.stdout.strip() == "[]"


def test_a_missing_browser_or_extra_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    site = Site(site="http://a.example", listings=["a"], fields={}, render="browser", browser="/no/such/browser")
    if importlib.util.find_spec("scrapy_playwright") is not None:
        with pytest.raises(InputError, match=r"datasets/x.yaml: `source.render: browser` finds no /no/such/browser"):
            source.find_browser(site, "datasets/x.yaml")
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(InputError, match=r"needs an extra: pip install 'makeweight\[browser\]'"):
        source.find_browser(site, "datasets/x.yaml")
