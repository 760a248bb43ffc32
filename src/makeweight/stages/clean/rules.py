"""The rules: each is one function that says which rows go, and why."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

import pandas as pd
from py3langid.langid import MODEL_FILE, LanguageIdentifier

from makeweight.core.params import Section
from makeweight.core.progress import say
from makeweight.stages.clean.listings import Listings, identity
from makeweight.stages.clean.texts import LETTER, has_letter


class Plain(Section):
    """A rule without thresholds."""


class Columns(Section):
    """Columns; those that a data set lacks are passed over."""

    columns: tuple[str, ...]


class MinEdge(Section):
    """Pixels of the shorter edge."""

    min_edge_pixels: int


class MaxRatio(Section):
    """Longer to shorter edge."""

    max_aspect_ratio: float


class MinContrast(Section):
    """Standard deviation of the most varied colour channel, of 255."""

    min_contrast: float


class Languages(Section):
    """Which languages are wanted, and when a guess counts: statistics say nothing about a few words."""

    languages: tuple[str, ...]
    min_words: int
    min_probability: float


class Range(Section):
    """Amounts, in the currency that they are converted to."""

    minimum: float
    maximum: float


class Labels(Section):
    """Labels that say nothing about the sample."""

    labels: tuple[str, ...]


class Share(Section):
    """Share of the copies that must agree on a label for it to count."""

    min_majority_share: float


class Cap(Section):
    """How many rows may have the same values in these columns."""

    columns: tuple[str, ...]
    max_rows: int


class LabelErrors(Section):
    """How suspicious labels are looked for, and what happens to their rows."""

    action: Literal["report", "drop"]
    folds: int
    dimensions_per_modality: int
    max_given_label_probability: float
    min_suggested_label_probability: float
    max_rows: int
    """More rows are not looked at: every class' odds are fitted `folds` times."""


class Least(Section):
    """Rows that a class needs, and what happens to smaller ones."""

    min_rows: int
    action: Literal["drop", "merge"]
    merged_label: str


Fate = Literal["drop", "report", "relabel"]


def found(
    rows: pd.Index, detail: Any, repeats: Any = None, *, fate: Fate = "drop", label: str | None = None
) -> pd.DataFrame:
    """What a rule says of these rows: `detail`, the id of the row that each `repeats`, their `fate` and new `label`."""
    return pd.DataFrame({"detail": detail, "repeats": repeats, "fate": fate, "label": label}, index=rows).astype("str")


def missing_field(listings: Listings, options: Columns) -> pd.DataFrame:
    """A field that the task needs is missing."""
    table = listings.table
    present = [name for name in options.columns if name in table]
    lacking = pd.DataFrame({name: table[name].isna() for name in present}, index=table.index)
    if "image" in lacking:
        lacking["image"] &= table["_fault"].isna()
    rows = lacking[lacking.any(axis=1)]
    return found(rows.index, [", ".join(name for name in present if row[name]) for _, row in rows.iterrows()])


def unreadable_picture(listings: Listings, options: Plain) -> pd.DataFrame:
    """The bytes are no picture, broken, or unpack to too many pixels."""
    faults = listings.table["_fault"].dropna()
    return found(faults.index, faults)


def pictured(listings: Listings) -> pd.DataFrame:
    """The rows that have a picture."""
    return listings.table[listings.table["_width"] > 0]


def small_picture(listings: Listings, options: MinEdge) -> pd.DataFrame:
    """The picture has too few pixels to show anything."""
    table = pictured(listings)
    small = table[table[["_width", "_height"]].min(axis=1) < options.min_edge_pixels]
    return found(small.index, [f"{row._1} x {row._2}" for row in small[["_width", "_height"]].itertuples()])


def extreme_aspect_ratio(listings: Listings, options: MaxRatio) -> pd.DataFrame:
    """The picture is a strip: a banner, a ruler, a stitched page."""
    table = pictured(listings)
    edges = table[["_width", "_height"]]
    ratio = edges.max(axis=1) / edges.min(axis=1)
    odd = ratio[ratio > options.max_aspect_ratio]
    return found(odd.index, odd.map("{:.1f} to 1".format))


def blank_picture(listings: Listings, options: MinContrast) -> pd.DataFrame:
    """The picture is of one colour, or nearly."""
    contrast = pictured(listings)["_contrast"]
    blank = contrast[contrast < options.min_contrast]
    return found(blank.index, blank.map("contrast {:.2f}".format))


def empty_text(listings: Listings, options: Plain) -> pd.DataFrame:
    """No text has a letter left after cleaning."""
    texts = listings.table[list(listings.roles.text)]
    empty = ~texts.map(has_letter).any(axis=1)
    return found(empty[empty].index, "no letter in " + ", ".join(texts.columns))


def wrong_language(listings: Listings, options: Languages) -> pd.DataFrame:
    """All texts together are long enough to tell their language, and it is another one."""
    texts = listings.table[list(listings.roles.text)].fillna("").agg(". ".join, axis=1)
    words = texts.map(lambda text: sum(bool(LETTER.search(word)) for word in text.split()))
    guesses = texts[words >= options.min_words].map(identifier().classify)
    others = {
        row: f"{language} with {probability:.3f}"
        for row, (language, probability) in guesses.items()
        if language not in options.languages and probability >= options.min_probability
    }
    return found(pd.Index(list(others), dtype="int64"), list(others.values()))


@lru_cache(maxsize=1)
def identifier() -> LanguageIdentifier:
    """The language identifier with its built-in model."""
    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


def unreadable_number(listings: Listings, options: Plain) -> pd.DataFrame:
    """A number or a price is written in a way that nobody can read for sure, or in a currency without a rate."""
    faults = listings.table["_unread"].dropna()
    return found(faults.index, faults)


def price_out_of_range(listings: Listings, options: Range) -> pd.DataFrame:
    """An amount that is a slip of the pen or a placeholder."""
    amounts = listings.table[list(listings.roles.money)]
    wrong = (amounts < options.minimum) | (amounts > options.maximum)
    rows = amounts[wrong.any(axis=1)]
    return found(rows.index, [", ".join(f"{value:.2f}" for value in row.dropna()) for _, row in rows.iterrows()])


def uninformative_label(listings: Listings, options: Labels) -> pd.DataFrame:
    """The label means "not sorted yet"."""
    labels = listings.table["label"]
    rows = labels[labels.str.casefold().isin([name.casefold() for name in options.labels])]
    return found(rows.index, rows)


def label_conflict(listings: Listings, options: Share) -> pd.DataFrame:
    """Copies of one thing are filed under several labels; a clear majority keeps its label, otherwise all go."""
    table = listings.table
    assert listings.copies is not None
    votes = pd.DataFrame({"copies": listings.copies[table.index], "label": table["label"]})
    counts = votes.groupby(["copies", "label"]).size().rename("count").reset_index()
    totals = counts.groupby("copies")["count"].agg(["sum", "size"])
    top = counts.sort_values(["copies", "count", "label"], ascending=[True, False, True]).drop_duplicates("copies")
    top = top.set_index("copies").join(totals)
    clear = top["count"] >= options.min_majority_share * top["sum"]
    winner = top["label"].where(clear, None)
    several = votes["copies"].map(totals["size"]) > 1
    loses = several & (votes["label"] != votes["copies"].map(winner))
    rows = votes[loses]
    filed = counts.groupby("copies")["label"].agg(" / ".join)
    return found(rows.index, rows["copies"].map(filed), witnesses(table, votes, rows))


def witnesses(table: pd.DataFrame, votes: pd.DataFrame, rows: pd.DataFrame) -> pd.Series:
    """For each row the id of a copy under another label, the first of them."""
    other = votes.assign(id=table["id"]).sort_values("id").drop_duplicates(["copies", "label"])
    first, second = (other.groupby("copies").nth(place).set_index("copies") for place in (0, 1))
    own = rows["label"] == rows["copies"].map(first["label"])
    return rows["copies"].map(first["id"]).mask(own, rows["copies"].map(second["id"]))


def exact_duplicate(listings: Listings, options: Plain) -> pd.DataFrame:
    """The same picture under the same label (without pictures: the same features) as a row that stays."""
    same = identity(listings).astype(str) + "|" + listings.table["label"]
    return repeated(listings, same, "the same pixels" if listings.has_pictures else "the same values")


def near_duplicate(listings: Listings, options: Plain) -> pd.DataFrame:
    """A re-encoded, resized, cropped, watermarked or otherwise lightly edited copy of a row that stays."""
    assert listings.copies is not None
    return repeated(listings, listings.copies[listings.table.index], "a near copy")


def repeated(listings: Listings, same: pd.Series, detail: str) -> pd.DataFrame:
    """All but the best row of each set: a vendor's own rather than a reseller's, then with fewest gaps, then by id."""
    table = listings.table
    order = pd.DataFrame(
        {"same": same, "resold": resold(listings), "gaps": table.isna().sum(axis=1), "id": table["id"]}
    ).sort_values(["same", "resold", "gaps", "id"])
    kept = order.drop_duplicates("same").set_index("same")["id"]
    rows = order[order["same"].duplicated()].sort_index()
    return found(rows.index, detail, rows["same"].map(kept))


def resold(listings: Listings) -> pd.Series:
    """Share of its vendor's listings that another vendor has too: near 1 for a reseller, whose pictures are edited."""
    table = listings.table
    if "group" not in table or listings.copies is None:
        return pd.Series(0.0, index=table.index)
    copies = listings.copies[table.index]
    shared = table.groupby(copies)["group"].transform("nunique") > 1
    return shared.groupby(table["group"]).transform("mean")


def series_cap(listings: Listings, options: Cap) -> pd.DataFrame:
    """One vendor lists more under one title than says anything new."""
    table = listings.table
    present = [name for name in options.columns if name in table]
    if not present:
        return found(table.index[:0], [])
    place = table.sort_values("id").groupby(present, dropna=False).cumcount()
    rows = place[place >= options.max_rows].sort_index()
    return found(rows.index, [f"number {number + 1} of its series" for number in rows])


def label_error(listings: Listings, options: LabelErrors) -> pd.DataFrame:
    """Everything else about the sample speaks for another label (confident learning, out of fold)."""
    if len(listings) > options.max_rows:
        say(f"label_error: {len(listings)} samples are more than `max_rows` {options.max_rows}; not looked for")
        return found(listings.table.index[:0], [])
    from makeweight.stages.clean.label_errors import suspects

    rows = suspects(
        listings,
        options.folds,
        options.dimensions_per_modality,
        options.max_given_label_probability,
        options.min_suggested_label_probability,
    )
    detail = [f"{row.given}, rather {row.suggested} ({row.probability:.2f})" for row in rows.itertuples()]
    return found(rows.index, detail, fate=options.action)


def small_class(listings: Listings, options: Least) -> pd.DataFrame:
    """Too few rows to learn the class from."""
    labels = listings.table["label"]
    size = labels.map(labels.value_counts())
    rows = labels[size < options.min_rows]
    detail = [f"{label}: {number}" for label, number in zip(rows, size[rows.index], strict=True)]
    if options.action == "merge":
        return found(rows.index, detail, fate="relabel", label=options.merged_label)
    return found(rows.index, detail)


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule and what it needs."""

    apply: Callable[[Listings, Any], pd.DataFrame]
    options: type[Section]
    modality: Literal["image", "text", "money"] | None = None
    """What a data set must have for the rule to say anything."""
    needs_copies: bool = False


RULES: dict[str, Rule] = {
    "missing_field": Rule(missing_field, Columns),
    "unreadable_picture": Rule(unreadable_picture, Plain, "image"),
    "small_picture": Rule(small_picture, MinEdge, "image"),
    "extreme_aspect_ratio": Rule(extreme_aspect_ratio, MaxRatio, "image"),
    "blank_picture": Rule(blank_picture, MinContrast, "image"),
    "empty_text": Rule(empty_text, Plain, "text"),
    "wrong_language": Rule(wrong_language, Languages, "text"),
    "unreadable_number": Rule(unreadable_number, Plain),
    "price_out_of_range": Rule(price_out_of_range, Range, "money"),
    "uninformative_label": Rule(uninformative_label, Labels),
    "label_conflict": Rule(label_conflict, Share, needs_copies=True),
    "exact_duplicate": Rule(exact_duplicate, Plain, needs_copies=True),
    "near_duplicate": Rule(near_duplicate, Plain, needs_copies=True),
    "series_cap": Rule(series_cap, Cap),
    "label_error": Rule(label_error, LabelErrors),
    "small_class": Rule(small_class, Least),
}
