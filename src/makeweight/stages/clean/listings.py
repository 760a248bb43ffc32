"""The rows that are still there, with what was found out about them."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from makeweight.core.shards import Backend
from makeweight.data.samples import Roles
from makeweight.stages.clean import near
from makeweight.stages.clean.hashes import EDGE, planar
from makeweight.stages.clean.linkage import weigh

FLAT = 1e-6
"""Contrast under which a picture has nothing that could be compared."""


@dataclass(frozen=True, slots=True)
class Listings:
    """Cleaned columns, findings (`_...`), roles, and the near duplicates once a rule has asked for them.

    The index is the row number in the raw table and stays with the row.
    """

    table: pd.DataFrame
    roles: Roles
    copies: pd.Series | None = None
    """Row -> number of the set of copies it belongs to."""
    clusters: pd.Series | None = None
    """Row -> number of its cluster: all that are joined by any near pair, wider than copies."""
    differences: pd.DataFrame | None = None
    """Confirmed near pairs by row number: `left, right, difference`."""

    def __len__(self) -> int:
        return len(self.table)

    def without(self, rows: pd.Index) -> "Listings":
        """The listings that are left."""
        return replace(self, table=self.table.drop(index=rows))

    def with_labels(self, labels: pd.Series) -> "Listings":
        """The listings under other labels."""
        return replace(self, table=self.table.assign(label=labels))

    @property
    def has_pictures(self) -> bool:
        """Whether the data set has pictures at all."""
        return self.roles.image is not None


def with_copies(listings: Listings, search: near.NearDuplicates, backend: Backend = "local") -> Listings:
    """The listings with their near duplicates: pictures compared, and what the listings state beside them.

    Exactly equal pictures are one picture to the search. Without pictures, rows with equal features are copies.
    """
    table = listings.table
    picture = identity(listings)
    first = ~picture.duplicated()
    if listings.has_pictures:
        first &= table["_contrast"] > FLAT
    shown = table[first]
    equal = equal_pairs(picture)
    joined = equal.iloc[:0]
    if listings.has_pictures and len(shown):
        pictures = planar(np.frombuffer(b"".join(shown["_thumbnail"]), dtype=np.uint8).reshape(-1, EDGE, EDGE, 3))
        columns = tuple(name for name in listings.roles.numeric if name not in listings.roles.money)
        certain = resales(equal, table)
        vendors = pd.factorize(shown["group"])[0] if "group" in shown else None
        copies = certain["left"], certain["right"]
        stated = weigh(table, columns, copies, listings.roles.text).at(first.to_numpy())
        pairs = near.find_near_pairs(pictures, stated, vendors, search, backend)
        numbers = shown.index.to_numpy()
        joined = pairs.assign(left=numbers[pairs["left"]], right=numbers[pairs["right"]])
    best = joined[nearest(joined)]
    return replace(
        listings,
        copies=components(table.index, pd.concat([equal, best])),
        clusters=components(table.index, pd.concat([equal, joined])),
        differences=pd.concat([equal, joined], ignore_index=True),
    )


def identity(listings: Listings) -> pd.Series:
    """What makes two rows the same thing: the pixels, or all features where there are no pictures."""
    table = listings.table
    if listings.has_pictures:
        return table["_digest"].where(table["_digest"].notna(), "no picture " + table["id"])
    return pd.Series(pd.util.hash_pandas_object(table[list(listings.roles.features)], index=False), index=table.index)


def equal_pairs(identities: pd.Series) -> pd.DataFrame:
    """Each row beside the first that is the same thing."""
    firsts = identities.drop_duplicates()
    first = identities.map(pd.Series(firsts.index, index=firsts.to_numpy()))
    repeated = first[first != first.index]
    return pd.DataFrame({"left": repeated.to_numpy(), "right": repeated.index, "difference": 0.0})


def resales(pairs: pd.DataFrame, table: pd.DataFrame) -> pd.DataFrame:
    """The pairs of different vendors, where vendors are known: a vendor repeats himself in other ways."""
    if "group" not in table:
        return pairs
    vendors = table["group"]
    return pairs[vendors[pairs["left"]].to_numpy() != vendors[pairs["right"]].to_numpy()]


def nearest(pairs: pd.DataFrame) -> pd.Series:
    """Whether a pair is the best of one of its two: a copy is nearest to its original, not to the original's series."""
    both = pd.concat([pairs["left"], pairs["right"]])
    best = pd.concat([pairs["difference"]] * 2).groupby(both.to_numpy()).min()
    limit = np.maximum(pairs["left"].map(best), pairs["right"].map(best))
    return pairs["difference"] <= limit


def components(rows: pd.Index, pairs: pd.DataFrame) -> pd.Series:
    """The number of the connected component of each row."""
    places = pd.Series(np.arange(len(rows)), index=rows)
    left, right = places[pairs["left"]].to_numpy(), places[pairs["right"]].to_numpy()
    graph = coo_array((np.ones(len(left)), (left, right)), shape=(len(rows), len(rows)))
    return pd.Series(connected_components(graph, directed=False)[1], index=rows)
