"""Rules about missing fields, texts, numbers and prices."""

from functools import lru_cache

import pandas as pd
from py3langid.langid import MODEL_FILE, LanguageIdentifier

from makeweight.core.params import Section
from makeweight.core.ranges import CountOrNone, Number, Share
from makeweight.stages.clean.listings import Listings
from makeweight.stages.clean.rules.findings import NoOptions, findings
from makeweight.stages.clean.texts import LETTER, has_letter


class Columns(Section):
    """Required columns; of these, what the data have as a feature counts."""

    columns: tuple[str, ...]


class Languages(Section):
    """Accepted languages, and from when on a guess counts: a few words are too little for statistics."""

    languages: tuple[str, ...]
    min_words: CountOrNone
    min_probability: Share


class PriceRange(Section):
    """Accepted amounts, in the currency that they are converted to."""

    minimum: Number
    maximum: Number


def missing_field(listings: Listings, options: Columns) -> pd.DataFrame:
    """A field that the task needs is missing."""
    table = listings.table
    present = [name for name in options.columns if name in listings.roles.features and name in table]
    missing = pd.DataFrame({name: table[name].isna() for name in present}, index=table.index)
    if "image" in missing:
        missing["image"] &= table["mw_fault"].isna()
    rows = missing[missing.any(axis=1)]
    return findings(rows.index, [", ".join(name for name in present if row[name]) for _, row in rows.iterrows()])


def empty_text(listings: Listings, options: NoOptions) -> pd.DataFrame:
    """No text has a letter after cleaning."""
    texts = listings.table[list(listings.roles.text)]
    empty = ~texts.map(has_letter).any(axis=1)
    return findings(empty[empty].index, "no letter in " + ", ".join(texts.columns))


def wrong_language(listings: Listings, options: Languages) -> pd.DataFrame:
    """All texts together are long enough to identify their language, which is not an accepted one."""
    texts = listings.table[list(listings.roles.text)].fillna("").agg(". ".join, axis=1)
    words = texts.map(lambda text: sum(bool(LETTER.search(word)) for word in text.split()))
    guesses = texts[words >= options.min_words].map(language_identifier().classify)
    others = {
        row: f"{language} with {probability:.3f}"
        for row, (language, probability) in guesses.items()
        if language not in options.languages and probability >= options.min_probability
    }
    return findings(pd.Index(list(others), dtype="int64"), list(others.values()))


@lru_cache(maxsize=1)
def language_identifier() -> LanguageIdentifier:
    """Return the language identifier with its built-in model; loading it takes a second."""
    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


def unreadable_number(listings: Listings, options: NoOptions) -> pd.DataFrame:
    """A number or a price is written ambiguously or is not a number, or its currency has no rate."""
    faults = listings.table["mw_unread"].dropna()
    return findings(faults.index, faults)


def price_out_of_range(listings: Listings, options: PriceRange) -> pd.DataFrame:
    """An amount is a typing error or a placeholder."""
    amounts = listings.table[list(listings.roles.money)]
    wrong = (amounts < options.minimum) | (amounts > options.maximum)
    rows = amounts[wrong.any(axis=1)]
    return findings(rows.index, [", ".join(f"{value:.2f}" for value in row.dropna()) for _, row in rows.iterrows()])
