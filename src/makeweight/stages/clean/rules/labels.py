"""Rules about labels: meaningless, contradictory or probably wrong."""

from typing import Literal

import pandas as pd

from makeweight.core.params import Section
from makeweight.core.progress import say
from makeweight.stages.clean.listings import Listings
from makeweight.stages.clean.rules.findings import findings


class Labels(Section):
    """Labels that say nothing about the sample."""

    labels: tuple[str, ...]


class Majority(Section):
    """Share of the copies that must agree on a label for it to be kept."""

    min_majority_share: float


class LabelErrors(Section):
    """How probable label errors are searched, and what happens to their rows."""

    action: Literal["report", "drop"]
    folds: int
    """Folds of the cross-validation."""
    dimensions_per_modality: int
    """Principal components kept of pictures, edges and texts each."""
    max_given_label_probability: float
    min_suggested_label_probability: float
    max_rows: int
    """Larger tables are not searched: a classifier is fitted `folds` times."""


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
    """All other columns suggest another label (confident learning, on out-of-fold predictions)."""
    if len(listings) > options.max_rows:
        say(f"label_error: {len(listings)} samples are more than `max_rows` {options.max_rows}; the rule is skipped")
        return findings(listings.table.index[:0], [])
    from makeweight.stages.clean.label_errors import find_label_errors

    rows = find_label_errors(
        listings,
        folds=options.folds,
        dimensions=options.dimensions_per_modality,
        max_given_probability=options.max_given_label_probability,
        min_suggested_probability=options.min_suggested_label_probability,
    )
    detail = [f"{row.given}, rather {row.suggested} ({row.probability:.2f})" for row in rows.itertuples()]
    return findings(rows.index, detail, action=options.action)
