"""What a rule returns: a table with one finding per row of the listings that it concerns."""

from typing import Any, Literal

import pandas as pd

from makeweight.core.params import Section

Action = Literal["drop", "report", "relabel"]


class NoOptions(Section):
    """A rule without thresholds."""


def findings(
    rows: pd.Index, detail: Any, copy_of: Any = None, *, action: Action = "drop", label: str | None = None
) -> pd.DataFrame:
    """Return findings about these rows as a table of strings: `detail, copy_of, action, label`.

    Args:
        rows: row numbers.
        detail: why the rule applies, for all rows or for each.
        copy_of: id of the listing that each row copies, where it copies one.
        action: what happens to the rows.
        label: their new label, where `action` is `relabel`.
    """
    columns = {"detail": detail, "copy_of": copy_of, "action": action, "label": label}
    return pd.DataFrame(columns, index=rows).astype("str")
