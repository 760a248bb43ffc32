"""Classes of the raw samples that no kept row has: their rows, the rule that took most, and what keeps them."""

from collections.abc import Mapping

import pandas as pd

COLUMNS = ("label", "rows", "rule", "remedy")


def gone_table(
    before: pd.Series, after: pd.Series, findings: pd.DataFrame, remedies: Mapping[str, str]
) -> pd.DataFrame:
    """Return `label, rows, rule, remedy` of every class that is gone, the largest first.

    Args:
        before: the label of every raw row, by row number.
        after: the labels of the kept rows.
        findings: `rule, action` by row number.
        remedies: rule -> what to write in the card to keep what it takes.
    """
    counts = before.value_counts()
    taken = findings[findings["action"].isin(["drop", "relabel"])]
    rules = taken.assign(label=before.loc[taken.index]).groupby(["label", "rule"], sort=False).size()
    rows, left = [], set(after.unique())
    for label, count in counts.items():
        if label in left:
            continue
        rule = str(rules.loc[label].idxmax()) if label in rules.index.get_level_values(0) else ""
        rows.append((label, int(count), rule, remedies.get(rule, "")))
    return pd.DataFrame(rows, columns=list(COLUMNS))
