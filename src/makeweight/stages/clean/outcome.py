"""What cleaning reports: the findings as tables, the metrics, and plots of what was dropped."""

from collections.abc import Mapping

import pandas as pd

from makeweight.core import outputs
from makeweight.data import reserved
from makeweight.data.samples import Samples
from makeweight.stages.clean import changed, gallery
from makeweight.stages.clean.funnel import Funnel
from makeweight.stages.clean.gone import gone_table


def findings_table(result: Funnel, raw: Samples, actions: tuple[str, ...]) -> pd.DataFrame:
    """Return findings with these actions as `id, label, title, rule, detail, copy_of`, in the order of the rules."""
    findings = result.findings[result.findings["action"].isin(actions)]
    rows = raw.table.loc[findings.index]
    title = rows[raw.roles.text[0]] if raw.roles.text else None
    described = pd.DataFrame({"id": rows["id"], "label": rows["label"], "title": title}, index=rows.index)
    return described.join(findings[["rule", "detail", "copy_of"]]).reset_index(drop=True).astype("str")


def measure(result: Funnel, labels: pd.Series, cleaned: Samples, changed_texts: Mapping[str, int]) -> dict[str, float]:
    """Return the numbers of metrics/clean.json; `samples_in` is the sum of `samples_out` and all `dropped.*`.

    `searched.*` is how many rows a rule looked at, where it looked at some of them only.

    Args:
        result: what the rules left.
        labels: of the samples before, with the names of the classes.
        cleaned: the samples after.
        changed_texts: column -> kept rows in which it was changed.
    """
    sizes = cleaned.table["label"].value_counts()
    reported = {name: count for name, count in result.count("report").items() if count}
    relabelled = {name: count for name, count in result.count("relabel").items() if count}
    return {
        "samples_in": len(labels),
        "samples_out": len(cleaned),
        "classes": len(sizes),
        "classes_dropped": len(set(labels.unique()) - set(sizes.index)),
        "imbalance_ratio": float(sizes.max() / sizes.min()),
        # One row of each cluster has the id that names it.
        "clusters": int((cleaned.table[reserved.CLUSTER] == cleaned.table["id"]).sum()),
        **{f"changed.{column}": count for column, count in changed_texts.items()},
        **{f"dropped.{name}": count for name, count in result.count("drop").items()},
        **{f"reported.{name}": count for name, count in reported.items()},
        **{f"relabelled.{name}": count for name, count in relabelled.items()},
        **{f"searched.{name}": count for name, count in result.searched.items()},
    }


def write_plots(
    result: Funnel, raw: Samples, labels: pd.Series, cleaned: Samples, dropped: pd.DataFrame, seed: int
) -> None:
    """Write the funnel, the class counts before and after, and for each rule some of the pictures that it dropped."""
    counts = result.count("drop")
    remaining = [len(raw)]
    for count in counts.values():
        remaining.append(remaining[-1] - count)
    outputs.write_csv("clean", "funnel.csv", pd.DataFrame({"step": ["raw samples", *counts], "rows": remaining}))
    before, after = labels.value_counts(), cleaned.table["label"].value_counts()
    classes = pd.DataFrame({"before": before, "after": after}).fillna(0).astype(int).rename_axis("label")
    outputs.write_csv("clean", "class_counts.csv", classes.sort_index().reset_index())
    rules = changed.rule_table(result)
    outputs.write_csv("clean", "rules.csv", rules)
    remedies = dict(zip(rules["rule"], rules["remedy"], strict=True))
    lost = gone_table(labels, cleaned.table["label"], result.findings, remedies)
    outputs.write_csv("clean", "gone.csv", lost)
    outputs.write_csv("clean", "columns.csv", changed.missing_table(cleaned))
    if raw.roles.image is not None:
        for rule, count in counts.items():
            if count:
                rows = with_pictures(gallery.sample_dropped(dropped, rule, seed), raw)
                outputs.write_png("clean", f"dropped_{rule}.png", gallery.plot_dropped(rule, count, rows))


def with_pictures(rows: pd.DataFrame, raw: Samples) -> pd.DataFrame:
    """Return dropped rows with their `image`, and with `kept_image, kept_label, kept_title` of the row they copy."""
    by_id = raw.table.set_index("id")
    kept = by_id.reindex(rows["copy_of"])
    return rows.assign(
        image=by_id.loc[rows["id"], raw.roles.image].tolist(),
        kept_image=kept[raw.roles.image].tolist(),
        kept_label=kept["label"].tolist(),
        kept_title=kept[raw.roles.text[0]].tolist() if raw.roles.text else None,
    )
