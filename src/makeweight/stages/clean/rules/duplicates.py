"""Rules about repeated listings: exact and near duplicates, and long series."""

from typing import Literal

import pandas as pd

from makeweight.core.params import Section
from makeweight.core.ranges import Count
from makeweight.data import reserved
from makeweight.stages.clean.listings import Listings, content_keys, equal_rows
from makeweight.stages.clean.rules.findings import NoOptions, findings


class SeriesCap(Section):
    """How many rows may have the same values in all these columns."""

    columns: tuple[str, ...]
    max_rows: Count


class TwoLabels(Section):
    """What happens to the rows of one picture that have several labels."""

    action: Literal["report", "drop"]


def picture_under_two_labels(listings: Listings, options: TwoLabels) -> pd.DataFrame:
    """The same pixels are there under another label; with `drop` all rows of such a picture go.

    Dropping them flatters the scores, since the test split loses its contradictions too.
    """
    table = listings.table[listings.table["mw_digest"].notna()]
    keys = table["mw_digest"]
    rows = table[table.groupby(keys)["label"].transform("nunique") > 1]
    named = rows.groupby(keys[rows.index])["label"].agg(lambda labels: " / ".join(sorted(labels.unique())))
    return findings(rows.index, keys[rows.index].map(named), action=options.action)


def exact_duplicate(listings: Listings, options: NoOptions) -> pd.DataFrame:
    """The same picture with the same label (without pictures: the same features) as a row that stays."""
    keys = pd.DataFrame({"content": content_keys(listings), "label": listings.table["label"]})
    sets = pd.Series(equal_rows(keys, list(keys)), index=keys.index)
    return all_but_best(listings, sets, "the same pixels" if listings.has_pictures else "the same values")


def near_duplicate(listings: Listings, options: NoOptions) -> pd.DataFrame:
    """A re-encoded, resized, cropped, watermarked or otherwise lightly edited copy of a row that stays."""
    assert listings.copies is not None
    return all_but_best(listings, listings.copies[listings.table.index], "a near copy")


def all_but_best(listings: Listings, sets: pd.Series, detail: str) -> pd.DataFrame:
    """Return findings about all rows of each set but the best.

    The best is a vendor's own listing rather than a reseller's, then the one with fewest missing fields, then the one
    with the smallest id.
    """
    repeated = sets.duplicated(keep=False)
    table = listings.table[repeated]
    own = [name for name in table if not str(name).startswith(reserved.PREFIX)]
    missing = table[own].isna().sum(axis=1)
    resold = resold_share(listings)[repeated]
    order = pd.DataFrame({"set": sets[repeated], "resold": resold, "missing": missing, "id": table["id"]})
    order = order.sort_values(["set", "resold", "missing", "id"])
    best = order.drop_duplicates("set").set_index("set")["id"]
    rows = order[order["set"].duplicated()].sort_index()
    return findings(rows.index, detail, rows["set"].map(best))


def resold_share(listings: Listings) -> pd.Series:
    """Return for each row the share of its vendor's listings that another vendor has too.

    It is near 1 for a reseller, whose pictures are edited copies.
    """
    table = listings.table
    if "group" not in table or listings.copies is None:
        return pd.Series(0.0, index=table.index)
    copies = listings.copies[table.index]
    shared = table.groupby(copies)["group"].transform("nunique") > 1
    return shared.groupby(table["group"]).transform("mean")


def series_cap(listings: Listings, options: SeriesCap) -> pd.DataFrame:
    """One vendor has more listings with one title than add anything new."""
    table = listings.table
    position = table.sort_values("id").groupby(list(options.columns), dropna=False).cumcount()
    rows = position[position >= options.max_rows].sort_index()
    return findings(rows.index, [f"number {number + 1} of its series" for number in rows])
