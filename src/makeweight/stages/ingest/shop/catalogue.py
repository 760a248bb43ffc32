"""What the shop lists: the stock, relistings of it by other vendors, and damaged listings as on any marketplace.

Pictures, titles, descriptions, categories, authors and the numbers about each drawing are real. Prices, currencies,
vendors' reputations, origins, destinations, dates, relistings and damages are simulated from one seed.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

STOCK = Path(__file__).with_name("stock.parquet")
LISTINGS = 11_012
RESELLERS = 60
DAYS = 730

EDITS = ("re-encoded", "resized", "cropped", "watermarked", "retitled")
"""What a reseller does to the picture before relisting it; `retitled` leaves it unchanged."""

DAMAGES = {
    "missing_title": 0.010,
    "missing_description": 0.010,
    "missing_price": 0.012,
    "price_is_words": 0.006,
    "price_slipped": 0.006,
    "missing_number": 0.015,
    "missing_picture": 0.010,
    "dead_picture": 0.010,
    "page_as_picture": 0.005,
    "broken_picture": 0.006,
    "wrong_category": 0.012,
    "html_remains": 0.020,
    "mojibake": 0.020,
}
"""Damage -> share of the listings with it; a listing has at most one."""

CURRENCIES = {"EUR": 1.0, "USD": 1.08, "GBP": 0.85, "CHF": 0.95, "PLN": 4.3, "JPY": 160.0}
"""Units of the currency for one euro."""
CURRENCY_SHARES = (0.55, 0.25, 0.08, 0.05, 0.04, 0.03)

ORIGINS = ("DE", "US", "GB", "FR", "IT", "NL", "PL", "BR")
ORIGIN_SHARES = (0.22, 0.26, 0.12, 0.10, 0.12, 0.07, 0.06, 0.05)
DESTINATIONS = ("worldwide", "Europe", "North America", "South America", "domestic")
DESTINATION_SHARES = {
    "DE": (0.30, 0.50, 0.05, 0.01, 0.14),
    "US": (0.35, 0.03, 0.42, 0.05, 0.15),
    "GB": (0.35, 0.38, 0.12, 0.01, 0.14),
    "FR": (0.25, 0.50, 0.05, 0.03, 0.17),
    "IT": (0.20, 0.55, 0.04, 0.03, 0.18),
    "NL": (0.45, 0.45, 0.05, 0.01, 0.04),
    "PL": (0.15, 0.60, 0.03, 0.01, 0.21),
    "BR": (0.20, 0.04, 0.06, 0.52, 0.18),
}

NUMBERS = {
    "paths": "n_paths",
    "nodes": "n_nodes",
    "colours": "n_colours",
    "gradients": "n_gradients",
    "bytes": "svg_bytes",
}
"""Name of a number on the page -> its column in the stock."""


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All listings in the order of their sku, and the ground truth about them."""

    listings: pd.DataFrame
    truth: pd.DataFrame


def build(stock: pd.DataFrame, seed: int, count: int = LISTINGS) -> Catalogue:
    """Return listings of the whole stock and `count - len(stock)` relistings, with prices and some damages.

    Args:
        stock: rows of the clip art library (`STOCK`).
        seed: seed of everything simulated.
        count: number of listings.
    """
    rng = np.random.default_rng(seed)
    originals = list_originals(stock, rng)
    relistings = list_relistings(originals, count - len(originals), rng)
    listings = pd.concat([originals, relistings], ignore_index=True)
    listings["sku"] = [f"MW{number:06d}" for number in rng.permutation(np.arange(100_000, 1_000_000))[:count]]
    listings["listed_on"] = rng.integers(0, DAYS, count)
    listings = add_vendor_columns(listings, rng)
    first = dict(zip(originals["source"], listings["sku"], strict=False))
    listings["relisting_of"] = [
        first[source] if edit else None for source, edit in zip(listings["source"], listings["edit"], strict=True)
    ]
    listings["true_macro"], listings["true_micro"] = listings["macro"], listings["micro"]
    listings = add_damages(listings, rng)
    listings = listings.sort_values("sku", ignore_index=True)
    truth = listings[
        ["sku", "source", "relisting_of", "edit", "damage", "true_macro", "true_micro", "vendor", "euros", "currency"]
    ].copy()
    return Catalogue(listings, truth)


def list_originals(stock: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Return one listing per row of the stock, sold by its author, at a price in euros that depends on the drawing.

    log price = category + 0.35 z(log nodes) + 0.15 z(log colours) + author + noise, with the category's effect from
    N(2.2, 0.45), the author's from N(0, 0.2) and the noise from N(0, 0.35).
    """
    category = sample_per_key(stock["macro"], lambda size: rng.normal(2.2, 0.45, size))
    author = sample_per_key(stock["author"], lambda size: rng.normal(0.0, 0.2, size))
    log_price = (
        category
        + 0.35 * z_score(np.log1p(stock["n_nodes"]))
        + 0.15 * z_score(np.log1p(stock["n_colours"]))
        + author
        + rng.normal(0.0, 0.35, len(stock))
    )
    return pd.DataFrame(
        {
            "source": stock["path"],
            "macro": stock["macro"],
            "micro": stock["micro"],
            "vendor": stock["author"],
            "title": stock["title"],
            "description": stock["description"],
            "keywords": [list(words) for words in stock["keywords"]],
            **{name: stock[column].astype(str) for name, column in NUMBERS.items()},
            "euros": np.exp(log_price),
            "edit": None,
        }
    )


def list_relistings(originals: pd.DataFrame, count: int, rng: np.random.Generator) -> pd.DataFrame:
    """Return listings of the same drawings by resellers: edited pictures, often edited titles, other prices."""
    relistings = originals.iloc[np.sort(rng.integers(0, len(originals), count))].reset_index(drop=True)
    resellers = np.array([f"reseller-{number:02d}" for number in range(1, RESELLERS + 1)])
    relistings["vendor"] = rng.choice(resellers, count)
    relistings["euros"] *= np.exp(rng.normal(0.1, 0.25, count))
    relistings["edit"] = rng.permutation(np.resize(EDITS, count))
    retitled = (relistings["edit"] == "retitled") | (rng.random(count) < 0.6)
    relistings["title"] = [
        retitle(title, rng) if edited else title for title, edited in zip(relistings["title"], retitled, strict=True)
    ]
    return relistings


def retitle(title: str, rng: np.random.Generator) -> str:
    """Return a title as a reseller would change it."""
    match rng.integers(0, 6):
        case 0:
            return f"NEW {title}"
        case 1:
            return f"{title} - best quality"
        case 2:
            return f"{title.upper()}"
        case 3:
            return f"{title} (vector, instant download)"
        case 4 if len(title) > 3:
            index = int(rng.integers(1, len(title) - 2))
            return f"{title[:index]}{title[index + 1]}{title[index]}{title[index + 2 :]}"
        case _:
            return f"Nice {title.lower()} picture"


def add_vendor_columns(listings: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Add each vendor's reputation, origin, currency and number format, and each listing's destination and prices."""
    vendors = listings["vendor"]
    listings["reputation"] = [
        f"{value:.1f}" for value in sample_per_key(vendors, lambda size: 1 + 4 * rng.beta(6.0, 1.8, size))
    ]
    listings["origin"] = sample_per_key(vendors, lambda size: rng.choice(ORIGINS, size, p=ORIGIN_SHARES))
    currencies = list(CURRENCIES)
    listings["currency"] = sample_per_key(vendors, lambda size: rng.choice(currencies, size, p=CURRENCY_SHARES))
    style = sample_per_key(vendors, lambda size: rng.choice(5, size, p=(0.7, 0.12, 0.08, 0.05, 0.05)))
    listings["destination"] = [rng.choice(DESTINATIONS, p=DESTINATION_SHARES[origin]) for origin in listings["origin"]]
    amount = listings["euros"] * listings["currency"].map(CURRENCIES)
    listings["price"] = [format_price(*row) for row in zip(amount, listings["currency"], style, strict=True)]
    rate = 150.0 * np.exp(np.cumsum(rng.normal(0.0, 0.03, DAYS)))
    crypto = listings["euros"] / rate[listings["listed_on"]]
    listings["crypto_price"] = [f"{value:.4f} XMR" for value in crypto]
    return listings


def format_price(amount: float, currency: str, style: int) -> str:
    """Return an amount in one of five formats: 1234.50, 1.234,50, EUR 1,234.50, 1 234,50 EUR, 1'234.50."""
    decimals = 0 if currency == "JPY" else 2
    english = f"{amount:,.{decimals}f}"
    match style:
        case 0:
            return english.replace(",", "")
        case 1:
            return english.translate(str.maketrans(",.", ".,"))
        case 2:
            return f"{currency} {english}"
        case 3:
            return f"{english.translate(str.maketrans(',.', ' ,'))} {currency}"
        case _:
            return english.replace(",", "'")


def add_damages(listings: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Damage a random sample of the listings in one way each; the column `damage` says how."""
    shares = [*DAMAGES.values(), 1.0 - sum(DAMAGES.values())]
    kinds = rng.choice(np.array([*DAMAGES, None], dtype=object), len(listings), p=shares)
    listings["damage"] = kinds
    blank = {"missing_title": "title", "missing_description": "description", "missing_price": "price"}
    for kind, column in blank.items():
        listings.loc[kinds == kind, column] = ""
    words = kinds == "price_is_words"
    listings.loc[words, "price"] = rng.choice(["ask me", "negotiable", "n/a", "-"], words.sum())
    slipped = kinds == "price_slipped"
    listings.loc[slipped, "price"] = rng.choice(["0", "0.00", "99999999", "1000000.00"], slipped.sum())
    names = list(NUMBERS)
    for row in np.flatnonzero(kinds == "missing_number"):
        listings.loc[row, names[rng.integers(len(names))]] = ""
    categories = listings[["macro", "micro"]].drop_duplicates().to_numpy()
    for row in np.flatnonzero(kinds == "wrong_category"):
        others = categories[categories[:, 0] != listings.loc[row, "macro"]]
        listings.loc[row, ["macro", "micro"]] = others[rng.integers(len(others))]
    for row in np.flatnonzero(kinds == "html_remains"):
        listings.loc[row, "title"] = f"<b>{listings.loc[row, 'title']}</b>&nbsp;<br/>"
        listings.loc[row, "description"] = f"<p class='d'>{listings.loc[row, 'description']}&amp; more</p>"
    for row in np.flatnonzero(kinds == "mojibake"):
        decorated = f"{listings.loc[row, 'title']} – « très joli »"
        listings.loc[row, "title"] = decorated.encode().decode("cp1252", errors="replace")
    return listings


def sample_per_key(keys: pd.Series, sample: Callable[[int], np.ndarray]) -> np.ndarray:
    """Return one random value per distinct key, repeated for all rows with that key."""
    codes, names = pd.factorize(keys)
    return np.asarray(sample(len(names)))[codes]


def z_score(values: pd.Series) -> pd.Series:
    """Return the values with mean 0 and standard deviation 1."""
    return (values - values.mean()) / values.std()
