"""What ingest tells about the data, as small tables below plots/ingest: left out, not readable, changed, columns."""

import json
from collections.abc import Iterable

import pandas as pd

from makeweight.core import outputs
from makeweight.core.cell_text import cell_text
from makeweight.data import changes, mapped
from makeweight.data.samples import Samples
from makeweight.stages.ingest.raw import RawData

MOST_GROUPS = 30
"""Reasons that are listed one by one; further ones are counted together, so that the counts still add up."""
EXAMPLES = 3
OTHER = "other reasons"


def write_plots(data: RawData) -> None:
    """Write excluded.csv, failures.csv, changed.csv, notes.csv and columns.csv."""
    outputs.write_csv("ingest", "excluded.csv", grouped(data.excluded, "rule"))
    outputs.write_csv("ingest", "failures.csv", grouped(data.failures, "reason"))
    outputs.write_csv("ingest", "changed.csv", data.changed)
    outputs.write_csv("ingest", "notes.csv", pd.DataFrame({"note": list(data.notes)}, dtype=object))
    outputs.write_csv("ingest", "columns.csv", column_table(data.samples, data.unused))


def grouped(table: pd.DataFrame, reason: str) -> pd.DataFrame:
    """Return `kind, <reason>, count, example_1` to `example_3`, the most frequent first.

    Args:
        table: `url, kind` and the reason, a row per row, file or page.
        reason: the name of the column with the reason.
    """
    counts = table.groupby(["kind", reason]).size().sort_values(ascending=False, kind="stable")
    listed = set(counts.index[:MOST_GROUPS])
    keys = pd.MultiIndex.from_frame(table[["kind", reason]])
    shown = table.assign(**{reason: table[reason].where([key in listed for key in keys], OTHER)})
    rows = []
    for (kind, text), own in shown.groupby(["kind", reason], sort=False):
        examples = [*own["url"].iloc[:EXAMPLES], *[None] * EXAMPLES][:EXAMPLES]
        rows.append((kind, text, len(own), *examples))
    columns = ["kind", reason, "count", *(f"example_{number + 1}" for number in range(EXAMPLES))]
    found = pd.DataFrame(rows, columns=columns)
    return found.sort_values("count", ascending=False, kind="stable", ignore_index=True)


def column_table(samples: Samples, unused: Iterable[str]) -> pd.DataFrame:
    """Return `column, use, values, missing, examples` of every column of the source; an unused one has no counts.

    `examples` is a JSON list of up to three different values as they were read; pictures have none.
    """
    roles, table = samples.roles, samples.table
    uses = {name: name for name in ("id", "label", "fine_label", "group") if name in table}
    uses |= {roles.image: "picture"} if roles.image else {}
    for use, names in (
        ("text", roles.text),
        ("number", roles.numeric),
        ("category", roles.categorical),
        ("date", getattr(roles, "date", ())),
        ("currency", roles.money.values()),
    ):
        uses |= dict.fromkeys(names, use)
    rows: list[tuple[str, str, int | None, int | None, str]] = [
        (name, use, int(table[name].notna().sum()), int(table[name].isna().sum()), examples_of(table[name]))
        for name, use in uses.items()
    ]
    rows += [(name, "unused", None, None, "[]") for name in unused]
    found = pd.DataFrame(rows, columns=["column", "use", "values", "missing", "examples"])
    return found.astype({"values": "Int64", "missing": "Int64"})


def examples_of(values: pd.Series) -> str:
    """Return the first different values of a column as a JSON list of texts; whole numbers have no `.0`."""
    found = pd.Series(values.unique()).dropna().head(EXAMPLES).tolist()
    mapped.release()
    texts = [cell_text(value) for value in found if not isinstance(value, bytes)]
    return json.dumps([changes.shortened(text) for text in texts], ensure_ascii=False)
