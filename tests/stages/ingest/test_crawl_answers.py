"""What servers answer besides a page: the right value, or a row with a reason and a line for the user."""

import time
from email.utils import formatdate
from pathlib import Path
from typing import Any

import loopback
import pages
import pytest
from loopback import Visit
from pages import COLUMNS, COUNT, FIELDS, SITE, product, script

from makeweight.core.errors import InputError
from makeweight.stages.ingest.raw import RawData


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def status(code: str, *headers: str, body: str = "<html>sorry</html>") -> loopback.Page:
    return lambda visit: visit.send(body, code, "text/html", *headers)


def first(code: str, header: str, number: int) -> loopback.Page:
    """An error on the first visit, the page of the product after it."""

    def answer(visit: Visit) -> None:
        if visit.number == 1:
            visit.send("sorry", code, "text/html", header)
        else:
            visit.send(f"<html>{script(product(number))}</html>")

    return answer


def crawl(site: dict[str, loopback.Page], columns: dict[str, Any] = COLUMNS, **card: Any) -> tuple[RawData, str]:
    with loopback.serving(site) as server:
        return loopback.crawl(server.origin, {**SITE, **card}, columns), server.origin


def shop() -> dict[str, loopback.Page]:
    return pages.shop(lambda number: script(product(number)))


@pytest.mark.parametrize(
    ("answer", "forbidden", "told"),
    [
        (status("404 Gone", body="User-agent: *\nDisallow: /"), False, None),
        (status("500 Oops", body="User-agent: *\nDisallow: /"), False, "holds no rules (status 500)"),
        ("<!doctype html><p>User-agent: *\nDisallow: /p3.html", False, "holds no rules (it is a page)"),
        (status("301 Moved", "Location: /rules.txt"), True, None),
        (status("301 Moved", "Location: /robots.txt"), False, "holds no rules ("),
        ("User-agent: *\nDisallow: /p3.html\n" + "".join(f"Disallow: /x{n}\n" for n in range(60_000)), True, None),
        ("User-agent: *\nDisallow: /p3.html\n".encode("utf-16"), True, None),
    ],
    ids=["404", "500", "page", "redirect", "loop", "huge", "UTF-16"],
)
def test_robots_txt(
    answer: loopback.Page, forbidden: bool, told: str | None, capfd: pytest.CaptureFixture[str]
) -> None:
    rules = {"/robots.txt": answer, "/rules.txt": "User-agent: *\nDisallow: /p3.html\n"}
    found, _ = crawl(shop() | rules)
    assert len(found.samples) == COUNT - forbidden
    said = [line for line in capfd.readouterr().err.splitlines() if "robots.txt" in line]
    assert len(said) == (told is not None)
    assert (told or "") in "".join(said)


def test_statuses() -> None:
    site = shop()
    site["/p0.html"] = status("410 Gone")
    site["/p1.html"] = status("451 Legal")
    site["/p2.html"] = first("429 Slow", "Retry-After: 1", 2)
    site["/p3.html"] = first("429 Slow", f"Retry-After: {formatdate(time.time() + 1, usegmt=True)}", 3)
    site["/p4.html"] = first("503 Later", "Retry-After: Mon, 99 Foo 99999 99:99:99 GMT", 4)
    site["/p5.html"] = first("503 Later", "Retry-After: -5", 5)
    site["/p6.html"] = status("308 On", "Location: /there?x=1#y")
    site["/there?x=1"] = f"<html>{script(product(6))}"
    site["/p7.html"] = lambda visit: visit.send(f"<html>{script(product(7))}", "203 Changed")
    site["/p8.html"] = lambda visit: visit.send(f"<html>{script(product(8))}", "206 A Part")
    site["/p9.html"] = status("204 Nothing", body="")
    found, origin = crawl(site)
    assert found.samples.table["id"].tolist() == ["s02", "s03", "s04", "s05", "s06", "s07", "s10", "s11"]
    reasons = dict(zip(found.failures["url"].str.removeprefix(origin), found.failures["reason"], strict=True))
    expected = {"/p0.html": "410", "/p1.html": "451", "/p8.html": "206", "/p9.html": "204"}
    assert reasons == {path: f"status {code}" for path, code in expected.items()}
    assert found.notes == (
        f"4 pages gave no listing: status 410 (1), status 451 (1), status 206 (1), status 204 (1); such as "
        f"{origin}/p0.html",
    )


def test_a_site_that_has_moved_names_the_line_to_change() -> None:
    site = shop()
    with loopback.serving(site) as other:
        host = f"localhost:{other.server_address[1]}"
        moved: dict[str, loopback.Page] = {path: status("301 Moved", f"Location: http://{host}{path}") for path in site}
        with pytest.raises(InputError) as caught:
            crawl(moved)
        assert str(caught.value).endswith(
            f"/ leads to http://{host}/; if the site is there now, write under `source`: site: http://{host}, or "
            f"else: allowed_hosts: [{host}]"
        )
        assert len(crawl(moved, allowed_hosts=[host])[0].samples) == COUNT
        one = shop() | {"/p3.html": moved["/p3.html"]}
        found, origin = crawl(one)
    [note] = found.notes
    assert note == (
        f"1 pages lead to hosts that datasets/x.yaml does not name: {origin}/p3.html leads to http://{host}/p3.html; "
        f"to read them, write under `source`: allowed_hosts: [{host}]"
    )
    assert found.excluded["rule"].tolist() == ["redirect: other host"]


def test_texts_and_items_that_are_doubtful_are_told() -> None:
    site = shop()
    words = "Café – Österreich"
    site["/p0.html"] = lambda visit: visit.send(
        f"<html>{script(product(0))}<h1>{words}</h1>".encode("cp1252"), "200 OK", "text/html; charset=utf-8"
    )
    site["/p1.html"] = f"<html>{script(product(1, name='x'))}{script(product(5, name='y'))}<h1>1</h1>"
    site["/p2.html"] = f"<html>{script(product(2))}<script type='application/ld+json'>{{x</script><h1>2</h1>"
    found, origin = crawl(site, fields={**FIELDS, "title": ["css:h1", "schema:name"]})
    table = found.samples.table
    assert table["title"].tolist()[:3] == [words, "1", "2"]
    assert found.notes[0].startswith(f"on 1 listings not all data in the page can be read: {origin}/p2.html: script 2")
    assert found.notes[1:] == (
        f"1 listings have several items of one type; such as {origin}/p1.html: 2 Product items fit the page equally "
        "well; the first is read",
        f"the text of 1 listings is not written as their pages say: {origin}/p0.html: its text is not all utf-8, as "
        "the page says; other bytes are read as windows-1252",
    )


def in_two_languages() -> dict[str, loopback.Page]:
    """Every product at three addresses: its own, with the mark of a visitor, and in German."""
    languages = "<link rel=alternate hreflang=de href=/de/{0}><link rel=alternate hreflang=en href=/p{0}.html>"
    site = shop()
    for number in range(COUNT):
        own = f"<link rel=canonical href=/p{number}.html>{languages.format(number)}{script(product(number))}"
        site[f"/p{number}.html"] = site[f"/p{number}.html?from=x"] = f"<html>{own}"
        german = f"<link rel=canonical href=/de/{number}>{languages.format(number)}"
        site[f"/de/{number}"] = f"<html>{german}{script(product(number, name=f'Ding {number}'))}"
    links = "".join(
        f"<a class=item href=/de/{number}>x</a><a class=item href='/p{number}.html?from=x'>x</a>"
        for number in range(COUNT)
    )
    return site | {"/": pages.home() + links}


def test_without_an_id_a_page_counts_once_and_languages_are_told() -> None:
    found, origin = crawl(in_two_languages(), {key: value for key, value in COLUMNS.items() if key != "id"})
    assert len(found.samples) == 2 * COUNT
    assert found.excluded["rule"].tolist() == [f"same page as {url[:-7]}" for url in found.excluded["url"]]
    assert all(url.endswith(".html?from=x") for url in found.excluded["url"])
    [note] = found.notes
    assert note.startswith(f"12 listings are there in several languages, such as {origin}/de/0 and {origin}/p0.html;")


def test_of_pages_with_one_id_the_one_is_kept_that_calls_itself_so() -> None:
    site = in_two_languages()
    site |= {
        f"/de/{number}": str(site[f"/de/{number}"]).replace(
            f"canonical href=/de/{number}", f"canonical href=/p{number}.html"
        )
        for number in range(COUNT)
    }
    found, _ = crawl(site)
    assert found.samples.table["title"].tolist() == [f"thing {number}" for number in range(COUNT)]
    assert len(found.excluded) == 2 * COUNT
