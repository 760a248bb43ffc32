"""A site's card is made of two of its pages, asked for politely, and crawls the site."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import pytest
from ruamel.yaml import YAML

from makeweight.cards import pages, sites
from makeweight.command import main
from makeweight.core import params
from makeweight.core.errors import InputError
from makeweight.data.card import Card
from makeweight.stages.ingest.crawl.site import Site


def toy(number: int, kind: str = "doll") -> str:
    return f"""<script type="application/ld+json">{{"@type": "Product", "name": "Toy {number}", "sku": "T{number}",
        "category": "{kind}", "image": "/p/{number}.png", "brand": {{"@type": "Brand", "name": "Maker"}},
        "offers": {{"@type": "Offer", "price": "{number}.50", "priceCurrency": "EUR"}}}}</script>"""


SHELF = (
    "<nav><a href='/about'>about</a></nav><ul>"
    + "".join(f"<li class=toy><a href='/toys/t{number}.html'>t</a></li>" for number in range(1, 6))
    + "</ul><div class=pagination><a rel=next href='/?page=2'>2</a></div>"
)


class Server(ThreadingHTTPServer):
    visits: ClassVar[list[tuple[str, str]]] = []
    pages: ClassVar[dict[str, str]] = {}


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:  # noqa: N802
        Server.visits.append((self.path, self.headers["User-Agent"]))
        text = Server.pages.get(self.path)
        self.send_response(200 if text is not None else 404)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write((text or "").encode())

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    Server.visits.clear()
    Server.pages = {"/": SHELF, "/robots.txt": "User-agent: *\nDisallow: /secret\n", "/about": "<p>us</p>"}
    Server.pages |= {f"/toys/t{number}.html": toy(number) for number in range(1, 6)}
    assert main.main(["init", str(tmp_path / "own")]) == 0
    monkeypatch.chdir(tmp_path / "own")
    file = tmp_path / "own" / "params.yaml"
    file.write_text(file.read_text().replace("delay_seconds: 0.5", "delay_seconds: 0.0"))
    server = Server(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def written(name: str) -> Card:
    return params.check(Card, YAML(typ="safe").load(Path("datasets", f"{name}.yaml").read_text()), Path(name))


def test_the_card_of_a_shop(shop: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main.main(["add", f"{shop}/", "--name", "toys"]) == 0
    told = capsys.readouterr().out
    assert "schema:offers.price" in told and "1.50" in told and "a card to complete" in told
    card = written("toys")
    site = Site.model_validate(card.source.options)
    assert site.site == shop and site.start == ("/",) and site.listings == ("li.toy a",)
    assert {"a[rel=next]", ".pagination a"} <= set(site.follow)
    columns = card.columns
    assert (columns.id, columns.label, columns.image, columns.group) == ("sku", "category", "picture", "vendor")
    assert columns.numeric == ("price",) and columns.money == {"price": "currency"} and card.has_listings
    assert params.value("dataset") == "toys" and params.value("modalities") == ["image", "tabular", "text"]
    assert [path for path, _ in Server.visits] == ["/robots.txt", "/", "/toys/t1.html"]
    assert {agent for _, agent in Server.visits} == {params.value("ingest.crawl.user_agent")}


def test_from_a_listing_the_first_page_is_the_index(shop: str) -> None:
    found = sites.look(f"{shop}/toys/t3.html", None)
    assert found.source["start"] == ["/"] and found.source["listings"] == ["li.toy a"]
    assert [path for path, _ in Server.visits] == ["/robots.txt", "/toys/t3.html", "/"]


def test_what_is_not_on_the_pages_is_left_to_complete(shop: str, capsys: pytest.CaptureFixture[str]) -> None:
    Server.pages |= {f"/toys/t{number}.html": f"<h1>Toy {number}</h1>" for number in range(1, 6)}
    assert main.main(["add", shop, "--name", "toys"]) == 0
    assert "complete `fields`" in capsys.readouterr().out
    assert written("toys").columns.label == sites.TO_COMPLETE
    assert main.main(["stage", "ingest"]) == 1
    assert f"names '{sites.TO_COMPLETE}', but `source.fields` has only title" in capsys.readouterr().err


def test_robots_and_missing_pages_are_one_line(shop: str, capsys: pytest.CaptureFixture[str]) -> None:
    for path, said in (("/secret/x", "robots.txt of the site forbids"), ("/nothing", "status 404")):
        assert main.main(["add", f"{shop}{path}", "--name", "toys"]) == 1
        told = capsys.readouterr().err
        assert said in told and told.count("\n") == 1
    assert "/secret/x" not in [path for path, _ in Server.visits]
    with pytest.raises(InputError, match="no answer"):
        sites.look("http://127.0.0.1:9/", None)


@pytest.mark.parametrize("option", ["--group", "--sheet"])
def test_options_of_files_are_refused_for_a_site(option: str, shop: str, capsys: pytest.CaptureFixture[str]) -> None:
    before = Path("params.yaml").read_bytes()
    assert main.main(["add", shop, "--name", "toys", option, "vendor"]) == 1
    told = capsys.readouterr().err
    assert f"{shop}: `{option}` is not for a site" in told and told.count("\n") == 1
    assert (
        Server.visits == [] and Path("params.yaml").read_bytes() == before and not Path("datasets/toys.yaml").exists()
    )


def test_addresses_of_one_form() -> None:
    assert pages.shape("https://a.b/t/x-1.html") == pages.shape("https://a.b/t/y.html") == "/t/*.html"
    assert pages.shape("https://a.b/t?id=3") == pages.shape("https://a.b/u?id=4") != pages.shape("https://a.b/t")
