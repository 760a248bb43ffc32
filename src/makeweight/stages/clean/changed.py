"""What cleaning told: values of the kept rows that it changed, and rows that each rule took, with what keeps them."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from makeweight.data import mapped, reserved
from makeweight.data.changes import MOST_EXAMPLES, Change
from makeweight.data.samples import Roles, Samples
from makeweight.stages.clean.funnel import Funnel
from makeweight.stages.clean.text_changes import changed_rows, column_of

ACTIONS = ("drop", "relabel", "report")
MISSING = "read as missing"
RULE_REMEDY = "rules: {small_class: {min_rows: 3}}"


def rule_table(result: Funnel) -> pd.DataFrame:
    """Return `rule, action, count, remedy`, in the order of the rules; rules that found nothing are left out."""
    counts = {action: result.count(action) for action in ACTIONS}
    rows = [
        (
            step.name,
            action,
            counts[action][step.name],
            result.card_line(step.name) if action != "report" else f"rules: {{{step.name}: false}}",
        )
        for step in result.steps
        for action in ACTIONS
        if counts[action][step.name]
    ]
    return pd.DataFrame(rows, columns=["rule", "action", "count", "remedy"])


def missing_table(cleaned: Samples) -> pd.DataFrame:
    """Return `column, values, missing` of the kept rows, a row per column."""
    present = (
        cleaned.table.drop(columns=[name for name in cleaned.table if str(name).startswith(reserved.PREFIX)])
        .notna()
        .sum()
    )
    table = present.rename_axis("column").rename("values").reset_index()
    return table.assign(missing=len(cleaned) - table["values"])


def changes_of(
    raw: Samples, cleaned: Samples, features: pd.DataFrame | None = None, rows: np.ndarray | None = None
) -> list[Change]:
    """Return how the values of the kept rows differ from those that ingest wrote, column by column.

    Args:
        raw: samples as ingest wrote them.
        cleaned: the kept ones.
        features: row features by `id`, which say step by step what changed a text.
        rows: the positions of the kept rows in both tables, where they are known.
    """
    ids = cleaned.table["id"]
    in_raw = positions(raw.table["id"], ids) if rows is None else rows
    features = pd.DataFrame({"id": []}) if features is None else features
    in_features = positions(features["id"], ids) if rows is None else rows
    found: list[Change] = []
    for column in raw.table.columns.intersection(cleaned.table.columns):
        before, after = at(raw.table[column], in_raw), cleaned.table[column].reset_index(drop=True)
        if column == "label":
            named = at(features[column], in_features) if column in features else before
            found += label_changes(before, named, after)
        elif column_of(column) in features and column != cleaned.roles.image:
            for name, remedy, changed in changed_rows(at(features[column_of(column)], in_features)):
                found += change_of(name, remedy, column, before, after, changed)
        elif not before.equals(after):
            found += other_changes(column, before, after, cleaned.roles)
        mapped.release()
    return found


def positions(known: pd.Series, ids: pd.Series) -> np.ndarray:
    """Return the position of each id."""
    return pd.Index(known).get_indexer(pd.Index(ids))


def at(cells: pd.Series, rows: np.ndarray) -> pd.Series:
    """Return the cells at these positions with a new index; the column itself where these are all of them in order."""
    if len(rows) == len(cells) and (rows == np.arange(len(rows))).all():
        return cells.reset_index(drop=True)
    return mapped.on_disk(cells.take(rows).reset_index(drop=True))


def other_changes(column: str, before: pd.Series, after: pd.Series, roles: Roles) -> Iterator[Change]:
    """Yield how a column differs that is not the label, and of which no row feature says what changed it."""
    if column == roles.image:
        return picture_changes(column, before, after)
    return (number_changes if column in roles.numeric else text_changes)(column, before, after)


def count_changed(cleaned: Samples, features: pd.DataFrame, rows: np.ndarray | None = None) -> dict[str, int]:
    """Return for each column of words in how many kept rows it was changed; columns without any are left out.

    Args:
        cleaned: the kept samples.
        features: row features by `id`.
        rows: the positions of the kept rows among the features, where they are known.
    """
    kept = positions(features["id"], cleaned.table["id"]) if rows is None else rows
    words = [column for column in (*cleaned.roles.text, *cleaned.roles.categorical) if column_of(column) in features]
    counts = {column: int(features[column_of(column)].notna().to_numpy()[kept].sum()) for column in words}
    return {column: count for column, count in counts.items() if count}


def picture_changes(column: str, before: pd.Series, after: pd.Series) -> Iterator[Change]:
    """Yield how many pictures are stored otherwise than they came."""
    count = sum(one != other for one, other in zip(before, after, strict=True))
    if count:
        yield Change(column, "picture decoded and stored again, scaled down where it was large", count)


def text_changes(column: str, before: pd.Series, after: pd.Series) -> Iterator[Change]:
    """Yield what became of words: missing, or written otherwise."""
    present = before.notna()
    emptied = present & after.isna()
    yield from change_of(MISSING, missing_remedy(column), column, before, after, emptied)
    written = present & after.notna() & (before.astype(str) != after.astype(str))
    yield from change_of("white space, entities or tags cleaned", "", column, before, after, written)


def label_changes(before: pd.Series, named: pd.Series, after: pd.Series) -> Iterator[Change]:
    """Yield which classes got another name by the card, and which rows another class by a rule.

    Args:
        before: labels as ingest wrote them.
        named: the same after `label_names`.
        after: the labels of the kept rows.
    """
    remedy = "take its line out of `label_names`"
    yield from change_of("class renamed by label_names", remedy, "label", before, named, before != named)
    yield from change_of("class changed by a rule", RULE_REMEDY, "label", named, after, named != after)


def number_changes(column: str, before: pd.Series, after: pd.Series) -> Iterator[Change]:
    """Yield what became of numbers: missing, converted, or read from a text."""
    known = pd.to_numeric(before, errors="coerce")
    present = before.notna() & (before.astype(str).str.strip() != "")
    emptied = present & after.isna()
    yield from change_of(MISSING, missing_remedy(column), column, before, after, emptied)
    converted = known.notna() & after.notna() & (known != after)
    # An exchange rate times an amount has sixteen digits, most of which say nothing.
    shown = after.map(lambda value: f"{value:.10g}", na_action="ignore")
    yield from change_of("amount converted", "money", column, before, shown, converted)
    read = present & known.isna() & after.notna()
    yield from change_of(
        "text read as a number", f"formats: {{{column}: {{decimal: ','}}}}", column, before, after, read
    )


def missing_remedy(column: str) -> str:
    """Return what to write in the card so that nothing in the column means "missing"."""
    return f"missing: {{{column}: []}}"


def change_of(
    change: str, remedy: str, column: str, before: pd.Series, after: pd.Series, rows: pd.Series
) -> Iterator[Change]:
    """Yield the change of these rows, if there are any, with the first examples that differ from each other."""
    if not rows.any():
        return
    pairs = pd.DataFrame({"written": before[rows].astype(str), "read": after[rows].astype(object)})
    pairs["read"] = pairs["read"].map(lambda value: "missing" if pd.isna(value) else str(value))
    shown = pairs.drop_duplicates().head(MOST_EXAMPLES)
    yield Change(column, change, int(rows.sum()), tuple(shown.itertuples(index=False, name=None)), remedy)
