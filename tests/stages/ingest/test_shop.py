"""The shop shows what its truth says: the stock, relistings of it, and every damage where it should be."""

import http.client
import json
from functools import partial
from io import BytesIO

import numpy as np
import pandas as pd
import pytest
from parsel import Selector
from PIL import Image

from makeweight.stages.ingest.shop import catalogue, pictures, server
from makeweight.stages.ingest.shop.site import PER_PAGE, ShopSite

SEED = 20


@pytest.fixture(scope="module")
def stock() -> pd.DataFrame:
    return pd.read_parquet(catalogue.STOCK)


@pytest.fixture(scope="module")
def listed(stock: pd.DataFrame) -> catalogue.Catalogue:
    return catalogue.build(stock, SEED)


@pytest.fixture(scope="module")
def site(stock: pd.DataFrame, listed: catalogue.Catalogue) -> ShopSite:
    return ShopSite(listed, dict(zip(stock["path"], stock["image"], strict=True)))


def a_sku(listed: catalogue.Catalogue, **values: str) -> str:
    rows = listed.listings
    for column, value in values.items():
        rows = rows[rows[column] == value]
    return str(rows["sku"].iloc[0])


def test_the_counts(stock: pd.DataFrame, listed: catalogue.Catalogue) -> None:
    listings, truth = listed.listings, listed.truth
    assert len(listings) == len(truth) == catalogue.LISTINGS == 11_012
    assert listings["sku"].is_unique
    originals = truth[truth["edit"].isna()]
    assert sorted(originals["source"]) == sorted(stock["path"])
    assert len(truth) - len(originals) == 2_984
    assert truth["edit"].value_counts().between(590, 600).all()
    assert set(truth["damage"].dropna()) == set(catalogue.DAMAGES)


def test_a_relisting_names_the_listing_of_the_same_drawing_by_its_author(listed: catalogue.Catalogue) -> None:
    truth = listed.truth.set_index("sku")
    relistings = truth[truth["edit"].notna()]
    originals = truth.loc[relistings["relisting_of"]]
    assert originals["edit"].isna().all()
    assert (originals["source"].to_numpy() == relistings["source"].to_numpy()).all()
    assert (originals["vendor"].to_numpy() != relistings["vendor"].to_numpy()).all()


def test_the_same_seed_gives_the_same_shop(stock: pd.DataFrame, listed: catalogue.Catalogue) -> None:
    pd.testing.assert_frame_equal(catalogue.build(stock, SEED).listings, listed.listings)
    other = catalogue.build(stock, SEED + 1).listings
    assert not other["sku"].equals(listed.listings["sku"])


def test_the_price_follows_the_published_formula(stock: pd.DataFrame, listed: catalogue.Catalogue) -> None:
    """Within category and author a regression finds the coefficients of complexity again."""
    truth = listed.truth[listed.truth["edit"].isna()].set_index("source")
    drawing = stock.set_index("path").loc[truth.index]

    def standard(values: pd.Series) -> pd.Series:
        return (values - values.mean()) / values.std()

    groups = drawing["macro"] + drawing["author"]
    columns = pd.DataFrame(
        {
            "price": np.log(truth["euros"]),
            "nodes": standard(np.log1p(drawing["n_nodes"])),
            "colours": standard(np.log1p(drawing["n_colours"])),
        }
    )
    within = columns - columns.groupby(groups).transform("mean")
    found = np.linalg.lstsq(within[["nodes", "colours"]].to_numpy(), within["price"].to_numpy(), rcond=None)[0]
    assert found == pytest.approx([0.35, 0.15], abs=0.02)


def test_the_crypto_price_is_no_constant_times_the_price(listed: catalogue.Catalogue) -> None:
    crypto = listed.listings["crypto_price"].str.removesuffix(" XMR").astype(float)
    ratio = (listed.listings["euros"] / crypto)[crypto > 0.01]
    assert ratio.std() / ratio.mean() > 0.1
    per_day = ratio.groupby(listed.listings["listed_on"]).std() / ratio.mean()
    assert per_day.median() < 0.01


def test_vendors_keep_their_origin_currency_and_reputation(listed: catalogue.Catalogue) -> None:
    kept = listed.listings.groupby("vendor")[["origin", "currency", "reputation"]].nunique()
    assert (kept == 1).all(axis=None)


@pytest.mark.parametrize(
    ("style", "currency", "text"),
    [
        (0, "EUR", "1234.50"),
        (1, "EUR", "1.234,50"),
        (2, "USD", "USD 1,234.50"),
        (3, "EUR", "1 234,50 EUR"),
        (4, "CHF", "1'234.50"),
        (0, "JPY", "1234"),
    ],
)
def test_price_formats(style: int, currency: str, text: str) -> None:
    assert catalogue.format_price(1234.5, currency, style) == text


def test_every_listing_is_reached_by_following_links(site: ShopSite) -> None:
    found: list[str] = []
    home = Selector(site.respond("/").body.decode())
    for category in home.css("ul.categories a::attr(href)").getall():
        for subcategory in Selector(site.respond(category).body.decode()).css("ul.categories a::attr(href)").getall():
            first = Selector(site.respond(subcategory).body.decode())
            pager = [href for href in first.css("ul.pager a::attr(href)").getall() if "sort=" not in href]
            for page in [first, *(Selector(site.respond(href).body.decode()) for href in pager)]:
                skus = page.css("a.listing::attr(href)").getall()
                assert 0 < len(skus) <= PER_PAGE
                found.extend(skus)
    assert sorted(found) == sorted(f"/listing/{sku}" for sku in site.listings)


def test_a_listing_page_says_everything_twice(site: ShopSite, listed: catalogue.Catalogue) -> None:
    row = listed.listings[listed.listings["damage"].isna() & (listed.listings["description"] != "")].iloc[0]
    page = Selector(site.respond(f"/listing/{row['sku']}").body.decode())
    product = json.loads(page.css("script[type='application/ld+json']::text").get() or "")
    assert product["sku"] == row["sku"]
    assert product["name"] == page.css("h1::text").get() == row["title"]
    assert product["offers"]["price"] == page.css("span.price::text").get() == row["price"]
    assert product["offers"]["seller"]["name"] == row["vendor"]
    assert product["image"] == page.css("img.picture::attr(src)").get()
    numbers = {entry["name"]: entry["value"] for entry in product["additionalProperty"]}
    assert numbers == {name: row[name] for name in catalogue.NUMBERS}
    assert page.css("ol.crumbs a::attr(data-category)").getall() == [row["macro"], f"{row['macro']}/{row['micro']}"]


def test_every_damage_is_served(site: ShopSite, listed: catalogue.Catalogue) -> None:
    def listing(kind: str) -> dict[str, str]:
        return site.listings[a_sku(listed, damage=kind)]

    assert listing("missing_title")["title"] == ""
    assert listing("missing_price")["price"] == ""
    assert not listing("price_is_words")["price"].replace(".", "").isdigit()
    assert float(listing("price_slipped")["price"]) in (0.0, 99_999_999.0, 1_000_000.0)
    assert "" in [listing("missing_number")[name] for name in catalogue.NUMBERS]
    assert listing("wrong_category")["macro"] != listing("wrong_category")["true_macro"]
    assert "<b>" in listing("html_remains")["title"]
    assert "Ã¨s joli" in listing("mojibake")["title"]
    missing = a_sku(listed, damage="missing_picture")
    assert b"<img" not in site.respond(f"/listing/{missing}").body
    assert site.respond(f"/picture/{a_sku(listed, damage='dead_picture')}.png").status == 404
    posing = site.respond(f"/picture/{a_sku(listed, damage='page_as_picture')}.png")
    assert posing.status == 200 and posing.body.startswith(b"<!doctype")
    broken = site.respond(f"/picture/{a_sku(listed, damage='broken_picture')}.png")
    with pytest.raises(OSError, match="(?i)truncated|cannot identify"):
        Image.open(BytesIO(broken.body)).load()


@pytest.mark.parametrize("edit", catalogue.EDITS)
def test_edits_change_the_bytes_but_not_the_content(stock: pd.DataFrame, edit: str) -> None:
    original = stock["image"].iloc[100]
    body, kind = pictures.served_picture(original, edit, None, seed=5)
    assert pictures.served_picture(original, edit, None, seed=5) == (body, kind)
    assert (body == original) == (edit == "retitled")
    before, after = (
        np.asarray(Image.open(BytesIO(content)).convert("L").resize((8, 8), Image.Resampling.BOX), float).ravel()
        for content in (original, body)
    )
    assert np.corrcoef(before, after)[0, 1] > 0.6
    if edit == "resized":
        assert Image.open(BytesIO(body)).size != (64, 64)


def test_unknown_paths_are_not_found(site: ShopSite) -> None:
    for path in ("/c/nothing/", "/c/animals/nothing/", "/c/animals/birds/?page=99", "/c/animals/birds/?page=x", "/x"):
        assert site.respond(path).status == 404


def test_over_http_by_name_and_as_a_proxy() -> None:
    with server.running(partial(server.open_shop, SEED, None)) as address:
        connection = http.client.HTTPConnection(address.removeprefix("http://"), timeout=300)
        for path in ("/robots.txt", f"http://{server.HOST}/robots.txt"):
            connection.request("GET", path)
            response = connection.getresponse()
            assert (response.status, response.read()) == (
                200,
                b"User-agent: *\nDisallow: /vendor/\nDisallow: /*?sort=\n",
            )
        connection.request("HEAD", "/")
        response = connection.getresponse()
        assert response.status == 200 and response.read() == b""
        connection.request("POST", "/", body=b"")
        assert connection.getresponse().status == 405
    with pytest.raises(OSError, match="refused|reset"):
        http.client.HTTPConnection(address.removeprefix("http://"), timeout=300).request("GET", "/")
