"""What a crawl fetched is kept until its table is written; a ledger that cannot be read is set aside."""

import sqlite3
from pathlib import Path

import loopback
import pandas as pd
import pytest
from ruamel.yaml import YAML

from makeweight.core.errors import InputError
from makeweight.data import samples
from makeweight.stages.ingest import __main__ as ingest
from makeweight.stages.ingest.crawl.ledger import Entry, Ledger

ROOT = Path(__file__).parents[3]
COLUMNS = {"id": "id", "label": "label"}
SITE = {
    "start": ["/"],
    "listings": ["a.l"],
    "fields": {"id": "css:b::text", "label": "css:i::text"},
    "rate_limit": {"concurrent_requests": 4, "delay_seconds": 0.0, "autothrottle": False},
}


def pages(listings: int = 12) -> dict[str, loopback.Page]:
    site: dict[str, loopback.Page] = {
        f"/l{number}": f"<b>{number:02}</b><i>kind {number % 2}</i>" for number in range(listings)
    }
    return site | {"/": "".join(f"<a class=l href=/l{number}>x</a>" for number in range(listings))}


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project whose card is written by `write_card`."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "datasets").mkdir()
    text = (ROOT / "params.yaml").read_text().replace("dataset: openclipart", "dataset: shop")
    (tmp_path / "params.yaml").write_text(text)
    return tmp_path


def write_card(origin: str) -> None:
    card = {"title": "t", "licence": "l", "source": {"kind": "crawl", "site": origin, **SITE}, "columns": COLUMNS}
    with Path("datasets/shop.yaml").open("w") as file:
        YAML().dump(card, file)


def ledgers(here: Path) -> list[Path]:
    return sorted((here / ".scratch" / "ingest").rglob("*.sqlite"))


def test_a_crawl_whose_table_could_not_be_written_is_not_repeated(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with loopback.serving(pages()) as server:
        write_card(server.origin)
        with monkeypatch.context() as patched:
            patched.setattr(samples, "write", full)
            with pytest.raises(OSError, match="No space left"):
                ingest.main()
        requests = server.visits.total()
        assert len(ledgers(here)) == 1 and not (here / "data" / "ingest").exists()
        capsys.readouterr()
        ingest.main()
        assert server.visits.total() == requests, "nothing is fetched again"
    assert "crawl: goes on from .scratch/ingest/" in capsys.readouterr().err
    assert not ledgers(here), "removed once the table is written"
    assert len(pd.read_parquet("data/ingest/samples.parquet")) == 12


@pytest.mark.parametrize("damage", ["nonsense", "truncated", "overwritten", "empty"])
def test_a_corrupt_ledger_is_set_aside_and_named(
    here: Path, damage: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with loopback.serving(pages(40)) as server:
        write_card(server.origin)
        with monkeypatch.context() as patched, pytest.raises(OSError, match="No space left"):
            patched.setattr(samples, "write", full)
            ingest.main()
        (ledger,) = ledgers(here)
        content = ledger.read_bytes()
        assert len(content) > 12_000
        damaged = {
            "nonsense": b"no database at all\n" * 100,
            "truncated": content[: len(content) // 2],
            "overwritten": content[:4_096] + bytes([255]) * 8_000 + content[12_096:],
            "empty": b"",
        }
        ledger.write_bytes(damaged[damage])
        capsys.readouterr()
        ingest.main()
    told = capsys.readouterr().err
    line = f"crawl: {ledger.relative_to(here)}: corrupt ("
    assert (line in told) == (damage != "empty"), told
    if damage != "empty":
        assert "set aside as ledger.corrupt, what it held is fetched again" in told
    assert len(pd.read_parquet("data/ingest/samples.parquet")) == 40
    assert not ledgers(here)


def test_a_second_ingest_says_that_the_first_is_crawling(here: Path) -> None:
    with loopback.serving(pages()) as server:
        write_card(server.origin)
        paths: list[Path] = []

        def busy(visit: loopback.Visit) -> None:
            paths.extend(ledgers(here))
            visit.send("<p>nothing</p>")

        server.pages["/"] = busy
        with pytest.raises(InputError, match="led to no usable listing"):
            ingest.main()
        assert paths and not ledgers(here), "a crawl without a listing leaves nothing"
        ledger = Ledger(paths[0])
        ledger.add(Entry("u", "page"))
        with pytest.raises(InputError, match=f"{paths[0].name}: another ingest of this card is crawling"):
            ingest.main()
        ledger.close()
        with sqlite3.connect(paths[0]) as database:
            assert database.execute("SELECT count(*) FROM urls").fetchone() == (1,)
