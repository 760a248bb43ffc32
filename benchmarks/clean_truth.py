"""The cleaning of the built-in shop compared with the shop's ground truth: duplicates, damages and repaired texts.

Run from the repository's root after `dvc repro ingest`; `python benchmarks/clean_truth.py [FOLDER]` reads another
`samples.parquet`.
"""

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

import record
from makeweight.core import params, paths
from makeweight.data import samples
from makeweight.data.samples import Roles, Samples
from makeweight.stages.clean import __main__ as stage
from makeweight.stages.clean import funnel
from makeweight.stages.clean import settings as clean_settings
from makeweight.stages.clean.funnel import Funnel
from makeweight.stages.clean.listings import Listings, with_copies
from makeweight.stages.clean.settings import Settings
from makeweight.stages.ingest.shop import catalogue

MEANT_FOR = {
    "missing_field": ("missing_title", "missing_picture", "dead_picture"),
    "unreadable_picture": ("page_as_picture", "broken_picture"),
    "unreadable_number": ("price_is_words",),
    "price_out_of_range": ("price_slipped",),
    "label_conflict": ("wrong_category",),
}
"""Rule -> the damages that it should find."""


def ground_truth(raw: Samples) -> pd.DataFrame:
    """Return the truth about each row: `drawing` (equal for equal pixels), `relisting`, `edit`, `damage`, `title`."""
    stock = pd.read_parquet(catalogue.STOCK)
    truth = catalogue.build(stock, int(params.value("ingest.shop_seed"))).truth.set_index("sku")
    truth = truth.reindex(raw.table["id"]).reset_index()
    of_source = stock.set_index("path")
    return pd.DataFrame(
        {
            "known": truth["source"].notna(),
            "drawing": pd.factorize(truth["source"].map(of_source["image_sha256"]))[0],
            "relisting": truth["relisting_of"].notna(),
            "edit": truth["edit"].fillna("none"),
            "damage": truth["damage"].fillna("none"),
            "title": truth["source"].map(of_source["title"]),
        }
    )


def score_copies(copies: pd.Series, pairs: pd.DataFrame, truth: pd.DataFrame) -> dict[str, float]:
    """Return recall and precision of near duplicates, in total and by edit.

    Recall: relistings that share their set of copies with another listing of the same drawing. Precision: of the rows
    dropped as a copy of another, one of the two a relisting, those that show the same drawing as the other.

    Args:
        copies: the set of copies of each row that was searched.
        pairs: `row, copy_of` by row number, all rows dropped as copies.
        truth: by row number.
    """
    searched = truth.loc[copies.index].assign(copies=copies)
    findable = searched["relisting"] & (searched.groupby("drawing")["drawing"].transform("size") > 1)
    found = searched.groupby(["copies", "drawing"])["drawing"].transform("size") > 1
    row, kept = truth.loc[pairs["row"]], truth.loc[pairs["copy_of"]]
    same = row["drawing"].to_numpy() == kept["drawing"].to_numpy()
    counted = row["relisting"].to_numpy() | kept["relisting"].to_numpy()
    numbers = {
        "near_duplicates.recall": found[findable].mean(),
        "near_duplicates.precision": same[counted].mean(),
        "near_duplicates.relistings": int(findable.sum()),
        "near_duplicates.drops_judged": int(counted.sum()),
        "near_duplicates.drops_without_relisting": int((~counted).sum()),
    }
    for edit in catalogue.EDITS:
        numbers[f"near_duplicates.{edit}.recall"] = found[findable & (searched["edit"] == edit)].mean()
        numbers[f"near_duplicates.{edit}.precision"] = same[(row["edit"] == edit).to_numpy()].mean()
    return numbers


def dropped_copies(result: Funnel, ids: pd.Series) -> pd.DataFrame:
    """Return the rows dropped as exact or near duplicates, with the row that each copies, by row number."""
    number = pd.Series(ids.index, index=ids)
    rows = result.findings[result.findings["rule"].isin(["exact_duplicate", "near_duplicate"])]
    return pd.DataFrame({"row": rows.index, "copy_of": number[rows["copy_of"]].to_numpy()})


def score_rules(result: Funnel, truth: pd.DataFrame) -> dict[str, float]:
    """Return precision and recall of the rules in `MEANT_FOR`.

    Precision is the share of the rule's dropped rows with its damages, recall the share of rows with these damages that
    any rule dropped.
    """
    numbers: dict[str, float] = {}
    dropped = result.dropped
    for rule, damages in MEANT_FOR.items():
        damaged = truth["damage"].isin(damages)
        rows = dropped.index[dropped["rule"] == rule]
        numbers[f"{rule}.precision"] = damaged[rows].mean()
        numbers[f"{rule}.recall"] = damaged.index[damaged].isin(dropped.index).mean()
    return numbers


def score_texts(result: Funnel, truth: pd.DataFrame) -> dict[str, float]:
    """Return the shares of remaining titles that were repaired (HTML, mojibake) or rightly stayed unchanged."""
    titles = result.remaining.table["title"]
    own = truth.loc[titles.index]
    plain = own["title"].str.split().str.join(" ")
    html = (own["damage"] == "html_remains") & ~own["relisting"]
    moji = own["damage"] == "mojibake"
    sound = (own["damage"] == "none") & ~own["relisting"]
    return {
        "html_mended": (titles[html] == plain[html]).mean(),
        "mojibake_mended": (~titles[moji].str.contains("[ÃÂ]|â€", regex=True)).mean(),
        "sound_titles_kept_whole": (titles[sound] == plain[sound]).mean(),
    }


def score_with_roles(
    name: str, roles: Roles, listings: Listings, settings: Settings, truth: pd.DataFrame
) -> dict[str, float]:
    """Return precision and recall of a search with these roles only, as metrics under `name`."""
    searched = with_copies(replace(listings, roles=roles), settings.near_duplicates)
    assert searched.copies is not None
    first = searched.table.index.to_series().groupby(searched.copies).transform("first")
    pairs = pd.DataFrame({"row": first.index, "copy_of": first.to_numpy()})[(first != first.index).to_numpy()]
    scores = score_copies(searched.copies, pairs, truth)
    return {
        f"{name}.precision": scores["near_duplicates.precision"],
        f"{name}.recall": scores["near_duplicates.recall"],
    }


def main() -> None:
    """Clean the crawled shop and compare it with the ground truth."""
    path = Path(sys.argv[1]) / "samples.parquet" if len(sys.argv) > 1 else paths.INGEST / "samples.parquet"
    raw = samples.read(record.need(path))
    settings, chosen = clean_settings.load(params.load(clean_settings.Params, "clean"))
    truth = ground_truth(raw)
    listings = stage.listings_of(raw, settings, chosen)
    result = funnel.run(listings, settings.steps, settings.near_duplicates)
    assert result.remaining.copies is not None
    searched = result.remaining.copies.index
    before_search = replace(listings, table=listings.table.loc[searched])
    numbers = {
        "listings": catalogue.LISTINGS,
        "listings_found": int(truth["known"].sum()),
        "samples_out": len(result.remaining),
        **score_copies(result.remaining.copies, dropped_copies(result, raw.table["id"]), truth),
        **score_rules(result, truth),
        **score_texts(result, truth),
        **score_with_roles("picture_only", Roles(image=raw.roles.image), before_search, settings, truth),
        **score_with_roles(
            "picture_and_text", Roles(image=raw.roles.image, text=raw.roles.text), before_search, settings, truth
        ),
    }
    record.write(
        "clean_truth",
        {name: round(float(n), 4) if isinstance(n, float | np.floating) else n for name, n in numbers.items()},
    )


if __name__ == "__main__":
    main()
