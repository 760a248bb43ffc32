"""A site that misbehaves in every way we could think of: the crawl ends, has every good listing, names each failure."""

import gzip
import struct
import time
import zlib
from collections.abc import Callable
from pathlib import Path

import loopback
import pytest
from loopback import Visit

from makeweight.stages.ingest.raw import RawData

PNG = b"\x89PNG\r\n\x1a\n rest"

CARD = {
    "start": ["/"],
    "follow": ["a.next"],
    "listings": ["a.l"],
    "deny": ["/private"],
    "fields": {"id": "css:b::text", "label": "css:i::text", "picture": "css:img::attr(src)", "price": "schema:price"},
}
COLUMNS = {"id": "id", "label": "label", "image": "picture"}


def good(name: str, picture: str = "/p.png") -> str:
    return f"<html><b>{name}</b><i>kind</i><img src='{picture}'></html>"


def first_then(fault: Callable[[Visit], None], name: str) -> Callable[[Visit], None]:
    """A fault on the first visit only."""
    return lambda visit: fault(visit) if visit.number == 1 else visit.send(good(name))


def status(code: str, *headers: str) -> Callable[[Visit], None]:
    return lambda visit: visit.send(b"<html>sorry</html>", code, "text/html", *headers)


def raw(content: bytes) -> Callable[[Visit], None]:
    return lambda visit: visit.wfile.write(content) and None


def reset(visit: Visit) -> None:
    """Close with a reset instead of a farewell."""
    visit.connection.setsockopt(1, 13, struct.pack("ii", 1, 0))
    visit.connection.close()


def endless(visit: Visit) -> None:
    """A body without an end."""
    visit.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        visit.wfile.write(b"10000\r\n" + b"x" * 0x10000 + b"\r\n")


def drip(visit: Visit) -> None:
    """One byte now and then."""
    visit.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 100000\r\n\r\n")
    while True:
        visit.wfile.write(b"x")
        time.sleep(0.2)


def silence(visit: Visit) -> None:
    """No answer at all, until the other side has hung up."""
    visit.rfile.read()


def gzip_bomb(visit: Visit) -> None:
    """40 kB that would be 40 MB."""
    visit.send(gzip.compress(bytes(40_000_000)), "200 OK", "text/html", "Content-Encoding: gzip")


def calendar(visit: Visit) -> None:
    """A page whose next page always exists."""
    visit.send(f"<a class=next href='{visit.path}x'>next</a>")


def sidebar(visit: Visit) -> None:
    """The same, with the same listing on every page."""
    visit.send(f"<a class=next href='{visit.path}x'>next</a><a class=l href=/l/plain>best</a>")


def png_of(width: int, height: int) -> bytes:
    """A picture that is small until it is decoded."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    rows = zlib.compress(bytes((width // 8 + 1) * height), 9)
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


BOMB, STRIP = png_of(20_000, 20_000), png_of(1, 100_000)

# Listing -> what the site does. The listing is good in the end: it must be found.
HEALED: dict[str, loopback.Page] = {
    "plain": good("plain"),
    "500-then-200": first_then(status("500 Oops"), "500-then-200"),
    "429-then-200": first_then(status("429 Slow Down", "Retry-After: 1"), "429-then-200"),
    "503-until-date": first_then(status("503 Later", "Retry-After: Wed, 21 Oct 2015 07:28:00 GMT"), "503-until-date"),
    "reset-then-200": first_then(reset, "reset-then-200"),
    "hang-up-then-200": first_then(lambda visit: None, "hang-up-then-200"),
    "text-plain": lambda visit: visit.send(good("text-plain"), "200 OK", "text/plain"),
    "octet-stream": lambda visit: visit.send(good("octet-stream"), "200 OK", "application/octet-stream"),
    "no-content-type": lambda visit: visit.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n" + good("no-content-type").encode()),
    "10-megabytes": good("10-megabytes") + "<p>x" * 2_500_000,
    "deep": good("deep") + "<div>" * 50_000,
    "wrong-charset": lambda visit: visit.send(
        good("wrong-charset").encode() + "é".encode("latin-1"), "200 OK", "text/html; charset=utf-8"
    ),
    "unknown-charset": lambda visit: visit.send(good("unknown-charset"), "200 OK", "text/html; charset=klingon"),
    "nul-bytes": "\0\0<html>\0" + good("nul-bytes"),
    "broken-script": '<script type="application/ld+json">{</script>' + good("broken-script"),
    "nested-script": f'<script type="application/ld+json">{"[" * 200_000}</script>' + good("nested-script"),
    "bad-base": '<base href="http://[">' + good("bad-base"),
    "many-cookies": lambda visit: visit.send(
        good("many-cookies"), "200 OK", "text/html", *(f"Set-Cookie: c{n}={'y' * 50}" for n in range(60))
    ),
    "meta-refresh": good("meta-refresh") + '<meta http-equiv=refresh content="0">',
    "moved": status("301 Moved", "Location: /moved-here"),
    "no-picture": "<b>no-picture</b><i>kind</i>",
    "picture-bomb": good("picture-bomb", "/bomb.png"),
    "picture-strip": good("picture-strip", "/strip.png"),
    "picture-moved": good("picture-moved", "/moved.png"),
    "picture-gone": good("picture-gone", "/gone.png"),
    "picture-is-svg": good("picture-is-svg", "/svg.png"),
    "picture-is-html": good("picture-is-html", "/html.png"),
    "picture-empty": good("picture-empty", "/empty.png"),
    "picture-too-big": good("picture-too-big", "/big.png"),
    "picture-climbs": good("picture-climbs", "../../../../etc/passwd.png"),
    "picture-elsewhere": good("picture-elsewhere", "http://elsewhere.example/p.png"),
    "picture-is-a-file": good("picture-is-a-file", "file:///etc/passwd"),
    "picture-is-no-url": good("picture-is-no-url", "http://[/p.png"),
    "picture-in-the-page": good("picture-in-the-page", "data:image/png;base64,AAAA"),
}

# Listing -> what the site does, and what must be said of it.
LOST: dict[str, tuple[loopback.Page | None, str]] = {
    "404": (None, "status 404"),
    "403": (status("403 No"), "status 403"),
    "500-always": (status("500 Oops"), "status 500"),
    "429-always": (status("429 Slow Down", "Retry-After: 99999"), "status 429"),
    "endless": (endless, "answer too big"),
    "truncated": (
        raw(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 999\r\n\r\n<b>x"),
        "answer cut short",
    ),
    "reset": (reset, "no answer: Connection"),
    "nothing-said": (lambda visit: None, "no answer: Connection"),
    "not-http": (raw(b"SSH-2.0-OpenSSH_9.2\r\n\r\n"), "no answer: ParseError"),
    "bad-chunks": (raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhello"), "answer cut short"),
    "bad-length": (raw(b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\nhello"), "no answer: ValueError"),
    "endless-header": (raw(b"HTTP/1.1 200 OK\r\nX: " + b"y" * 3_000_000 + b"\r\n\r\nhello"), "no answer"),
    "gzip-bomb": (gzip_bomb, "exceeded DOWNLOAD_MAXSIZE"),
    "not-gzip": (lambda visit: visit.send(b"plain", "200 OK", "text/html", "Content-Encoding: gzip"), "BadGzipFile"),
    "empty": (b"", "empty answer"),
    "no-label": ("<b>no-label</b>", "no `label` on the page"),
    "no-id": ("<i>kind</i>", "no `id` on the page"),
    "picture-instead": (lambda visit: visit.send(PNG, "200 OK", "image/png"), "not a page"),
    "loop": (status("302 Round", "Location: /l/loop"), "max redirections reached"),
    "long-chain": (status("302 On", "Location: /hop1"), "max redirections reached"),
    "no-location": (status("302 Where"), "status 302"),
    "to-a-file": (status("302 Here", "Location: file:///etc/passwd"), "status 302"),
    "cookie-wall": (status("302 Again", "Location: /l/cookie-wall", "Set-Cookie: a=b"), "max redirections reached"),
}

# What the page links to besides -> the rule that keeps the crawl from asking it.
EXCLUDED = {
    "/private/list": "deny",
    "http://elsewhere.example/l/x": "other host",
    "http://127.0.0.1:1/l/x": "other host",
    "http://127.0.0.1:99999/l/x": "not a URL",
    "http://[broken/": "not a URL",
    "ftp://127.0.0.1/l/x": "scheme",
    "javascript:void(0)": "scheme",
    "mailto:a@b.example": "scheme",
    "/admin/l": "robots.txt",
    "/l/to-another-host": "redirect: other host",
}


def site() -> dict[str, loopback.Page]:
    """The whole misbehaving site."""
    names = [*HEALED, *LOST]
    hrefs = [
        *(f"/l/{name}" for name in names),
        *EXCLUDED,
        "l/plain",
        "./x/../l/plain",
        "/l/plain#top",
    ]
    home = "".join(f'<a class=l href="{href}">x</a>' for href in [*hrefs, "/l/plain?again"])
    pages: dict[str, loopback.Page] = {f"/l/{name}": page for name, page in HEALED.items()}
    pages |= {f"/l/{name}": page for name, (page, _) in LOST.items() if page is not None}
    pages |= {f"/hop{n}": status("302 On", f"Location: /hop{n + 1}") for n in range(1, 9)}
    pages |= {f"/calendar{'x' * n}": calendar for n in range(200)}
    pages |= {f"/sidebar{'x' * n}": sidebar for n in range(200)}
    robots = "User-agent: *\nDisallow: /admin/\n"
    return pages | {
        "/": f"<html>{home}<a class=next href=/calendar>c</a><a class=next href=/sidebar>s</a></html>",
        "/robots.txt": lambda visit: status("500 Oops")(visit) if visit.number == 1 else visit.send(robots),
        "/l/plain?again": good("plain"),
        "/moved-here": good("moved"),
        "/l/to-another-host": status("302 Away", "Location: http://elsewhere.example/l/x"),
        "/p.png": PNG,
        "/bomb.png": lambda visit: visit.send(BOMB, "200 OK", "image/png"),
        "/strip.png": lambda visit: visit.send(STRIP, "200 OK", "image/png"),
        "/moved.png": status("301 Moved", "Location: /p.png?moved"),
        "/p.png?moved": lambda visit: visit.send(PNG, "200 OK", "application/octet-stream"),
        "/svg.png": lambda visit: visit.send(b"<svg xmlns='http://www.w3.org/2000/svg'/>", "200 OK", "image/png"),
        "/html.png": lambda visit: visit.send(b"<html>", "200 OK", "image/png"),
        "/empty.png": b"",
        "/big.png": PNG + bytes(2_000_000),
    }


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> tuple[RawData, loopback.Loopback]:
    with pytest.MonkeyPatch.context() as patch, loopback.serving(site()) as server:
        patch.chdir(tmp_path_factory.mktemp("faults"))
        return loopback.crawl(server.origin, CARD, COLUMNS), server


Crawled = tuple[RawData, loopback.Loopback]


def test_there_are_faults_enough() -> None:
    assert len(HEALED) + len(LOST) + len(EXCLUDED) > 60


def test_the_crawl_ends_within_its_bounds(crawled: Crawled) -> None:
    """Some answers have no end, and the calendar has no last page."""
    _, server = crawled
    for trap in ("/calendar", "/sidebar"):
        asked = sum(count for path, count in server.visits.items() if path.startswith(trap))
        assert asked <= loopback.LIMITS.max_pages_without_new_listings + 2
    assert server.visits["/l/500-always"] == loopback.LIMITS.max_retries + 1
    assert server.visits["/private/list"] == server.visits["/admin/l"] == 0


@pytest.mark.parametrize("name", HEALED)
def test_every_good_listing_is_there(crawled: Crawled, name: str) -> None:
    table = crawled[0].samples.table
    assert (table["id"] == name).sum() == 1


@pytest.mark.parametrize("name", LOST)
def test_every_failure_is_named(crawled: Crawled, name: str) -> None:
    found, server = crawled
    reasons = found.failures.set_index("url")["reason"]
    reason = reasons[f"{server.origin}/l/{name}"]
    assert LOST[name][1] in reason
    assert reason and "\n" not in reason


@pytest.mark.parametrize("href", EXCLUDED)
def test_every_exclusion_has_its_rule(crawled: Crawled, href: str) -> None:
    found, server = crawled
    url = href if ":" in href else server.origin + href
    assert found.excluded.set_index("url")["rule"][url] == EXCLUDED[href]


def test_pictures(crawled: Crawled) -> None:
    found, server = crawled
    images = found.samples.table.set_index("id")["image"]
    assert images["picture-bomb"] == BOMB
    assert images["picture-strip"] == STRIP
    assert images["plain"] == images["picture-moved"] == PNG
    lost = ["gone", "is-svg", "is-html", "empty", "too-big", "climbs", "elsewhere", "is-a-file", "is-no-url"]
    assert images[[f"picture-{name}" for name in lost] + ["no-picture"]].isna().all()
    reasons = found.failures[found.failures["kind"] == "picture"].set_index("url")["reason"]
    reasons.index = reasons.index.str.removeprefix(server.origin)
    assert set(reasons.index) == {"/gone.png", "/svg.png", "/html.png", "/empty.png", "/big.png", "/etc/passwd.png"}
    assert reasons["/svg.png"] == "an SVG drawing, which is not read"
    assert reasons["/html.png"].startswith("not a picture: image/png that begins <html>")
    assert reasons["/big.png"].startswith("answer too big")
    assert reasons["/empty.png"] == "empty answer"


def test_one_listing_under_two_addresses_is_one_sample(crawled: Crawled) -> None:
    found, server = crawled
    rule = found.excluded.set_index("url")["rule"][f"{server.origin}/l/plain?again"]
    assert rule == f"same id as {server.origin}/l/plain"
    assert server.visits["/l/plain"] == 1


def test_the_counts_add_up(crawled: Crawled) -> None:
    found, _ = crawled
    counts = found.counts
    assert counts["urls.seen"] == sum(counts[f"urls.{outcome}"] for outcome in ("fetched", "failed", "excluded"))
    assert counts["urls.failed"] == len(found.failures)
    assert counts["urls.excluded"] == len(found.excluded)
    urls = [*found.failures["url"], *found.excluded["url"]]
    assert len(urls) == len(set(urls))


def test_answers_that_do_not_come_to_an_end_are_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    limits = loopback.LIMITS.model_copy(update={"timeout_seconds": 10.0, "max_retries": 0})
    settings = loopback.SETTINGS.model_copy(update={"limits": limits})
    names = ("drip", "silence", "plain")
    home = "".join(f"<a class=l href=/l/{name}>x</a>" for name in names)
    pages: dict[str, loopback.Page] = {"/": home, "/l/drip": drip, "/l/silence": silence, "/l/plain": good("plain")}
    with loopback.serving(pages | {"/p.png": PNG}) as server:
        found = loopback.crawl(server.origin, CARD, COLUMNS, settings)
    assert found.samples.table["id"].tolist() == ["plain"]
    reasons = found.failures.set_index("url")["reason"]
    assert sorted(reasons.index) == [f"{server.origin}/l/drip", f"{server.origin}/l/silence"]
    assert reasons.str.startswith("no whole answer in time").all()


def test_a_site_whose_robots_txt_never_answers_is_crawled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    pages: dict[str, loopback.Page] = {
        "/robots.txt": status("500 Oops"),
        "/": "<a class=l href=/l>x</a>",
        "/l": good("only"),
        "/p.png": PNG,
    }
    with loopback.serving(pages) as server:
        found = loopback.crawl(server.origin, CARD, COLUMNS)
    assert found.samples.table["id"].tolist() == ["only"]


def test_a_crawl_stops_at_its_number_of_urls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    limits = loopback.LIMITS.model_copy(update={"max_urls": 11})
    settings = loopback.SETTINGS.model_copy(update={"limits": limits})
    home = "".join(f"<a class=l href=/l{number}>x</a>" for number in range(50))
    pages: dict[str, loopback.Page] = {"/": home} | {f"/l{number}": f"<b>{number}</b><i>k</i>" for number in range(50)}
    with loopback.serving(pages) as server:
        found = loopback.crawl(server.origin, CARD, COLUMNS, settings)
    assert len(found.samples) == 10
    assert (found.excluded["rule"] == "too many URLs").sum() == 40
