"""The listings that the rules have left so far: cleaned columns, computed features and near duplicates."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from makeweight.core.shards import Backend
from makeweight.data import mapped, reserved
from makeweight.data.samples import Roles
from makeweight.data.units import unit_numbers
from makeweight.stages.clean import near_duplicates, picture_copies
from makeweight.stages.clean.clusters import bounded, connected_sets
from makeweight.stages.clean.near_duplicates import NearDuplicates
from makeweight.stages.clean.perceptual_hashes import EDGE, channels_between
from makeweight.stages.clean.record_linkage import FieldWeights, field_weights

MIN_CONTRAST = 1e-6
"""Pictures of less contrast show nothing that could be compared."""


@dataclass(frozen=True, slots=True)
class Listings:
    """Cleaned columns, row features (`mw_...`), roles, and the near duplicates once a rule has asked for them.

    The index is the row number in the raw table and never changes.
    """

    table: pd.DataFrame
    roles: Roles
    copies: pd.Series | None = None
    """Row -> number of the set of copies that it belongs to."""
    clusters: pd.Series | None = None
    """Row -> number of its cluster: all that any near pair connects, so that a cluster holds whole sets of copies."""
    near_pairs: pd.DataFrame | None = None
    """Confirmed near pairs by row number: `left, right, difference`."""
    observations: bool = False
    """Whether repeats are data: then near copies only tell which rows belong in one split."""
    group_by: tuple[str, ...] = ()
    """Rows with the same values in all these columns stay in one split."""

    def __len__(self) -> int:
        return len(self.table)

    def without(self, rows: pd.Index) -> "Listings":
        """Return the listings without these rows."""
        if not len(rows):
            return self
        return replace(self, table=mapped.rows_of(self.table, ~self.table.index.isin(rows), keep_index=True))

    def with_labels(self, labels: pd.Series) -> "Listings":
        """Return the listings with other labels."""
        return replace(self, table=self.table.assign(label=labels))

    def units(self) -> pd.Series:
        """Return the unit of each row, as a number: near copies, or rows of one group, stay in one split."""
        assert self.clusters is not None
        table = self.table.assign(**{reserved.CLUSTER: self.clusters[self.table.index]}).reset_index(drop=True)
        return pd.Series(unit_numbers(table, self.group_by), index=self.table.index)

    @property
    def has_pictures(self) -> bool:
        """Whether the data set has a picture column."""
        return self.roles.image is not None


def with_own_clusters(listings: Listings) -> Listings:
    """Return the listings with a cluster of its own for each."""
    return replace(listings, clusters=pd.Series(np.arange(len(listings)), index=listings.table.index))


def with_copies(listings: Listings, params: NearDuplicates, backend: Backend = "local") -> Listings:
    """Return the listings with `copies`, `clusters` and `near_pairs`, from their pictures and other fields.

    Of equal pictures only one is compared. Without pictures, rows with equal features are copies; each observation is
    then a cluster of its own all the same.
    """
    table = listings.table
    content = content_keys(listings)
    distinct = ~content.duplicated()
    if listings.has_pictures:
        distinct &= table["mw_contrast"] > MIN_CONTRAST
    equal = equal_pairs(content)
    near = equal.iloc[:0]
    if listings.has_pictures and distinct.any():
        near = near_pairs(listings, distinct, equal, params, backend)
    best = near[is_best_match(near)]
    clusters = connected_sets(table.index, pd.concat([equal, near]))
    if listings.observations and not listings.has_pictures:
        clusters = with_own_clusters(listings).clusters
    elif listings.observations:
        exact = connected_sets(table.index, equal)
        clusters = bounded(clusters, exact, table["label"], params.max_cluster_share, params.min_class_units)
    return replace(
        listings,
        copies=connected_sets(table.index, pd.concat([equal, best])),
        clusters=clusters,
        near_pairs=pd.concat([equal, near], ignore_index=True),
    )


def near_pairs(
    listings: Listings, distinct: pd.Series, equal: pd.DataFrame, params: NearDuplicates, backend: Backend
) -> pd.DataFrame:
    """Return the near pairs (`left, right, difference`) among the rows where `distinct` is true."""
    rows = listings.table[distinct]
    thumbnails = np.frombuffer(b"".join(rows["mw_thumbnail"]), dtype=np.uint8).reshape(-1, EDGE, EDGE, 3)
    # What supports that two listings are copies says nothing about two observations: there pictures alone count.
    vendors = pd.factorize(rows["group"])[0] if "group" in rows and not listings.observations else None
    pictures = channels_between(thumbnails)
    if by_picture_alone(listings, params):
        pairs = picture_copies.find_picture_copies(pictures, vendors, params, backend)
    else:
        fields = linked_fields(listings, equal).at(distinct.to_numpy())
        pairs = near_duplicates.find_near_duplicates(pictures, fields, vendors, params, backend)
    numbers = rows.index.to_numpy()
    return pairs.assign(left=numbers[pairs["left"]], right=numbers[pairs["right"]])


def by_picture_alone(listings: Listings, params: NearDuplicates) -> bool:
    """Return whether copies are searched by what pictures show: no numbers but prices say what a listing is about."""
    kind = "observations" if listings.observations else "listings"
    return kind in params.by_picture.rows and (listings.observations or not stated_numbers(listings))


def stated_numbers(listings: Listings) -> tuple[str, ...]:
    """Return the columns of numbers and dates, prices left out, that hold anything."""
    columns = (name for name in listings.roles.quantities if name not in listings.roles.money)
    return tuple(name for name in columns if listings.table[name].notna().any())


def linked_fields(listings: Listings, equal: pd.DataFrame) -> FieldWeights:
    """Return the weights of numbers (without prices), dates and texts, learned from equal pictures."""
    if listings.observations:
        return field_weights(listings.table, (), (equal["left"], equal["right"]))
    columns = tuple(name for name in listings.roles.quantities if name not in listings.roles.money)
    certain = pairs_across_vendors(equal, listings.table)
    return field_weights(listings.table, columns, (certain["left"], certain["right"]), listings.roles.text)


def content_keys(listings: Listings) -> pd.Series:
    """Return a key that equal rows share: the pixels' digest, or without pictures a number of all features."""
    table = listings.table
    if listings.has_pictures:
        return table["mw_digest"].where(table["mw_digest"].notna(), "no picture " + table["id"])
    return pd.Series(equal_rows(table, listings.roles.features), index=table.index)


def equal_rows(table: pd.DataFrame, columns: Sequence[str]) -> np.ndarray:
    """Return a number for each row that those rows share which have the same values, also none, in these columns.

    The numbers are exact, no hashes: after each column they are numbered from 0 again, so that they stay small.
    """
    numbers = np.zeros(len(table), dtype=np.int64)
    for column in columns:
        codes, distinct = pd.factorize(table[column], use_na_sentinel=False)
        numbers, found = pd.factorize(numbers * max(1, len(distinct)) + codes)
        mapped.release()
        if len(found) == len(table):
            break
    return numbers


def equal_pairs(keys: pd.Series) -> pd.DataFrame:
    """Return each repeated row (`right`) with the first row of the same key (`left`) and `difference` 0."""
    codes, _ = pd.factorize(keys)
    _, first = np.unique(codes, return_index=True)
    repeated = np.flatnonzero(first[codes] != np.arange(len(codes)))
    left, right = keys.index[first[codes[repeated]]], keys.index[repeated]
    return pd.DataFrame({"left": left, "right": right, "difference": 0.0})


def pairs_across_vendors(pairs: pd.DataFrame, table: pd.DataFrame) -> pd.DataFrame:
    """Return the pairs of different vendors; all of them where vendors are not known.

    A vendor repeats a listing for other reasons than a reseller does.
    """
    if "group" not in table:
        return pairs
    vendors = table["group"]
    return pairs[vendors[pairs["left"]].to_numpy() != vendors[pairs["right"]].to_numpy()]


def is_best_match(pairs: pd.DataFrame) -> pd.Series:
    """Return whether a pair has the smallest difference of one of its two rows.

    A copy differs least from its original, and more from other pictures of the original's series.
    """
    both = pd.concat([pairs["left"], pairs["right"]])
    best = pd.concat([pairs["difference"]] * 2).groupby(both.to_numpy()).min()
    limit = np.maximum(pairs["left"].map(best), pairs["right"].map(best))
    return pairs["difference"] <= limit
