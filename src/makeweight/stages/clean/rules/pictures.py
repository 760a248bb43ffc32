"""Rules about pictures."""

import pandas as pd

from makeweight.core.params import Section
from makeweight.core.ranges import CountOrNone, SomeAmount, Weight
from makeweight.stages.clean.listings import Listings
from makeweight.stages.clean.rules.findings import NoOptions, findings


class MinEdge(Section):
    """Pixels of the shorter edge."""

    min_edge_pixels: CountOrNone


class MaxAspectRatio(Section):
    """Longer edge divided by the shorter one."""

    max_aspect_ratio: SomeAmount


class MinContrast(Section):
    """Standard deviation of the most varied colour channel, of 255."""

    min_contrast: Weight


def unreadable_picture(listings: Listings, options: NoOptions) -> pd.DataFrame:
    """The bytes are not a picture, are broken, or decode to too many pixels."""
    faults = listings.table["mw_fault"].dropna()
    return findings(faults.index, faults)


def missing_picture(listings: Listings, options: NoOptions) -> pd.DataFrame:
    """There is no picture, and no other feature of the row has a value."""
    table = listings.table
    known = table[[name for name in listings.roles.features if name in table]].notna().any(axis=1)
    rows = table.index[~known & table["mw_fault"].isna()]
    return findings(rows, "no picture and no other value")


def with_picture(listings: Listings) -> pd.DataFrame:
    """Return the rows that have a picture."""
    return listings.table[listings.table["mw_width"] > 0]


def small_picture(listings: Listings, options: MinEdge) -> pd.DataFrame:
    """The picture has too few pixels to show anything."""
    table = with_picture(listings)
    small = table[table[["mw_width", "mw_height"]].min(axis=1) < options.min_edge_pixels]
    sizes = small[["mw_width", "mw_height"]].itertuples(index=False)
    return findings(small.index, [f"{width} x {height}" for width, height in sizes])


def extreme_aspect_ratio(listings: Listings, options: MaxAspectRatio) -> pd.DataFrame:
    """The picture is a strip: a banner, a ruler, a stitched page."""
    table = with_picture(listings)
    edges = table[["mw_width", "mw_height"]]
    ratio = edges.max(axis=1) / edges.min(axis=1)
    extreme = ratio[ratio > options.max_aspect_ratio]
    return findings(extreme.index, extreme.map("{:.1f} to 1".format))


def blank_picture(listings: Listings, options: MinContrast) -> pd.DataFrame:
    """The picture is of one colour, or nearly."""
    contrast = with_picture(listings)["mw_contrast"]
    blank = contrast[contrast < options.min_contrast]
    return findings(blank.index, blank.map("contrast {:.2f}".format))
