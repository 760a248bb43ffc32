"""Rules about labels: meaningless, contradictory or probably wrong."""

from typing import Literal

import pandas as pd

from makeweight.core.params import Section
from makeweight.core.progress import say
from makeweight.core.ranges import Count, Folds, Share, Size, SomeShare
from makeweight.stages.clean.listings import Listings
from makeweight.stages.clean.rules.findings import findings


class Labels(Section):
    """Labels that say nothing about the sample."""

    labels: tuple[str, ...]


class Majority(Section):
    """Share of the copies that must agree on a label for it to be kept."""

    min_majority_share: SomeShare


class LabelErrors(Section):
    """How probable label errors are searched, and what happens to their rows."""

    action: Literal["report", "drop"]
    folds: Folds
    """Folds of the cross-validation."""
    dimensions_per_modality: Size
    """Principal components kept of pictures, edges and texts each."""
    max_given_label_probability: Share
    min_suggested_label_probability: Share
    max_rows: Count
    """Of larger tables so many rows, chosen at random, are looked at: a classifier is fitted `folds` times."""


def uninformative_label(listings: Listings, options: Labels) -> pd.DataFrame:
    """The label means "not sorted yet"."""
    labels = listings.table["label"]
    rows = labels[labels.str.casefold().isin([name.casefold() for name in options.labels])]
    return findings(rows.index, rows)


def label_conflict(listings: Listings, options: Majority) -> pd.DataFrame:
    """Copies of one thing have several labels; rows of a clear majority stay, without one all go.

    The rows that go are the hard ones, in the test split too: scores on what is left flatter every classifier.
    """
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
    labels = counts.groupby("copies")["label"].agg(" / ".join)
    return findings(rows.index, rows["copies"].map(labels), other_label_copies(table, votes, rows))


def other_label_copies(table: pd.DataFrame, votes: pd.DataFrame, rows: pd.DataFrame) -> pd.Series:
    """Return for each of the rows the smallest id of a copy that has another label."""
    by_label = votes.assign(id=table["id"]).sort_values("id").drop_duplicates(["copies", "label"])
    first, second = (by_label.groupby("copies").nth(rank).set_index("copies") for rank in (0, 1))
    same_label = rows["label"] == rows["copies"].map(first["label"])
    return rows["copies"].map(first["id"]).mask(same_label, rows["copies"].map(second["id"]))


def label_error(listings: Listings, options: LabelErrors) -> pd.DataFrame:
    """All other columns suggest another label (confident learning, on out-of-fold predictions).

    Of a larger table than `max_rows`, so many rows chosen at random are looked at, as the attribute `searched` says.
    """
    from makeweight.stages.clean.label_errors import find_label_errors, sampled

    total, searched = len(listings), min(len(listings), options.max_rows)
    if searched < total:
        say(f"label_error: looks at {searched:,} of {total:,} samples, chosen at random: `max_rows` of the rule")
    rows = find_label_errors(
        listings if searched == total else sampled(listings, searched),
        folds=options.folds,
        dimensions=options.dimensions_per_modality,
        max_given_probability=options.max_given_label_probability,
        min_suggested_probability=options.min_suggested_label_probability,
    )
    detail = [f"{row.given}, rather {row.suggested} ({row.probability:.2f})" for row in rows.itertuples()]
    found = findings(rows.index, detail, action=options.action)
    if searched < total:
        found.attrs["searched"] = searched
    return found
