"""What cleaning told: values of the kept rows that it changed, and rows that each rule took, with what keeps them."""

from collections.abc import Iterator

import pandas as pd

from makeweight.data import reserved
from makeweight.data.changes import MOST_EXAMPLES, Change
from makeweight.data.samples import Samples
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


def changes_of(raw: Samples, cleaned: Samples, features: pd.DataFrame | None = None) -> list[Change]:
    """Return how the values of the kept rows differ from those that ingest wrote, column by column.

    Args:
        raw: samples as ingest wrote them.
        cleaned: the kept ones.
        features: row features by `id`, which say step by step what changed a text.
    """
    before = raw.table.set_index("id").loc[cleaned.table["id"]].reset_index(drop=True)
    after = cleaned.table.reset_index(drop=True)
    steps = pd.DataFrame() if features is None else features.set_index("id").loc[after["id"]].reset_index(drop=True)
    found: list[Change] = []
    for column in before.columns.intersection(after.columns):
        if column == cleaned.roles.image:
            found += picture_changes(column, before[column], after[column])
        elif column == "label":
            found += label_changes(before[column], steps.get(column, before[column]), after[column])
        elif column in cleaned.roles.numeric:
            found += number_changes(column, before[column], after[column])
        elif column_of(column) in steps:
            for name, remedy, rows in changed_rows(steps[column_of(column)]):
                found += change_of(name, remedy, column, before[column], after[column], rows)
        else:
            found += text_changes(column, before[column], after[column])
    return found


def count_changed(cleaned: Samples, features: pd.DataFrame) -> dict[str, int]:
    """Return for each column of words in how many kept rows it was changed; columns without any are left out."""
    kept = features[features["id"].isin(cleaned.table["id"])]
    words = [column for column in (*cleaned.roles.text, *cleaned.roles.categorical) if column_of(column) in kept]
    counts = {column: int(kept[column_of(column)].notna().sum()) for column in words}
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
