"""Stage `clean`: one rule after another; each dropped row keeps its reason."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from makeweight.core import files, outputs, params, paths, shards
from makeweight.core.errors import InputError
from makeweight.core.params import Section
from makeweight.core.progress import say
from makeweight.core.shards import Backend
from makeweight.data import card, samples
from makeweight.data.card import Card
from makeweight.data.samples import Roles, Samples
from makeweight.stages.clean import funnel, gallery
from makeweight.stages.clean.amounts import Money, parse_number
from makeweight.stages.clean.funnel import Funnel, Step
from makeweight.stages.clean.listings import Listings
from makeweight.stages.clean.looks import Measure, Pictures, Redraw
from makeweight.stages.clean.near import NearDuplicates
from makeweight.stages.clean.rules import RULES
from makeweight.stages.clean.texts import Texts

RAW = paths.INGEST / "samples.parquet"


class Params(Section):
    """How samples are cleaned."""

    picture: Pictures
    text: Texts
    money: Money
    near_duplicates: NearDuplicates
    rules: tuple[dict[str, Any], ...]
    """The rules in order, each with its `rule` name and its thresholds."""

    def steps(self) -> list[Step]:
        """The rules with their thresholds.

        Raises:
            InputError: a rule that does not exist or stands twice, or thresholds that do not fit it.
        """
        steps: list[Step] = []
        for place, given in enumerate(self.rules):
            where = f"clean.rules.{place}"
            name = given.get("rule")
            if name not in RULES:
                raise InputError(f"{params.FILE}: `{where}.rule` is {name!r}; rules are {', '.join(RULES)}")
            if any(step.name == name for step in steps):
                raise InputError(f"{params.FILE}: `{where}.rule` {name!r} stands twice; a rule runs once")
            thresholds = {key: value for key, value in given.items() if key != "rule"}
            options = params.check(RULES[name].options, thresholds, params.FILE, where)
            steps.append(Step(name, RULES[name], options))
        return steps


def measured(raw: Samples, config: Params, told: Card, backend: Backend = "local") -> pd.DataFrame:
    """All rows with cleaned columns and findings, shard by shard; equal files side by side, so as to read them once."""
    say(f"measuring {len(raw)} samples")
    work = Measure(raw.roles, config.picture, config.text, config.money, told.missing, told.label_names)
    table = raw.table.reset_index(drop=True)
    if raw.roles.image:
        table = table.iloc[np.argsort(pd.factorize(table[raw.roles.image])[0], kind="stable")]
    return pd.concat(shards.map_shards(work, shards.cut(table), backend)).sort_index()


def clean(raw: Samples, config: Params, told: Card, backend: Backend = "local") -> Funnel:
    """Measure all rows, with what the card tells of their values, then run the rules."""
    steps = config.steps()
    return funnel.run(Listings(measured(raw, config, told, backend), raw.roles), steps, config.near_duplicates, backend)


def cleaned_samples(result: Funnel, config: Params, backend: Backend = "local") -> Samples:
    """What is left as the sample table, with `cluster`: the smallest id among its near copies."""
    left = result.left
    assert left.clusters is not None
    table = left.table[[name for name in left.table.columns if not str(name).startswith("_")]].copy()
    if left.roles.image:
        redrawn = shards.map_shards(Redraw(config.picture), shards.cut(table[["image"]]), backend)
        table["image"] = pd.concat(redrawn)["image"]
    cluster = left.clusters[table.index]
    table["cluster"] = table["id"].groupby(cluster).transform("min")
    roles = Roles(
        image=left.roles.image,
        text=left.roles.text,
        numeric=left.roles.numeric,
        categorical=left.roles.categorical,
    )
    return Samples(table.sort_values("id", ignore_index=True), roles)


def account(result: Funnel, raw: Samples, fates: tuple[str, ...]) -> pd.DataFrame:
    """Findings with these fates as a table: `id, label, title, rule, detail, repeats`, in the order of the rules."""
    findings = result.findings[result.findings["fate"].isin(fates)]
    rows = raw.table.loc[findings.index]
    title = rows[raw.roles.text[0]] if raw.roles.text else None
    told = pd.DataFrame({"id": rows["id"], "label": rows["label"], "title": title}, index=rows.index)
    return told.join(findings[["rule", "detail", "repeats"]]).reset_index(drop=True).astype("str")


def measure(result: Funnel, raw: Samples, cleaned: Samples) -> dict[str, float]:
    """The numbers of metrics/clean.json; `samples_in` is `samples_out` and all `dropped.*` together."""
    sizes = cleaned.table["label"].value_counts()
    reported = {name: count for name, count in result.count("report").items() if count}
    relabelled = {name: count for name, count in result.count("relabel").items() if count}
    return {
        "samples_in": len(raw),
        "samples_out": len(cleaned),
        "classes": len(sizes),
        "imbalance_ratio": float(sizes.max() / sizes.min()),
        "clusters": cleaned.table["cluster"].nunique(),
        **{f"dropped.{name}": count for name, count in result.count("drop").items()},
        **{f"reported.{name}": count for name, count in reported.items()},
        **{f"relabelled.{name}": count for name, count in relabelled.items()},
    }


def blame(result: Funnel) -> str:
    """The rule that most went by, as part of a sentence; empty where none went."""
    counts = result.count("drop")
    rule = max(counts, key=counts.__getitem__, default=None)
    return f", most went by `{rule}` ({counts[rule]})" if rule and counts[rule] else ""


def check_door(raw: Samples, path: Path) -> None:
    """Columns have a type that can be cleaned.

    Raises:
        InputError: a picture column without bytes, an amount without its currency, or a list where a value belongs.
    """
    samples.check(raw, path)
    for column in (*raw.roles.features, *raw.roles.money.values()):
        if column not in raw.table:
            raise InputError(f"{path}: column `{column}` is missing; the card names it as a currency")
        values = raw.table[column].dropna()
        wanted = bytes if column == raw.roles.image else (str, int, float, bool)
        fits = values.map(lambda value, wanted=wanted: isinstance(value, wanted) or hasattr(value, "dtype"))
        if not fits.all():
            strange = type(values[~fits].iloc[0]).__name__
            expected = "encoded bytes" if wanted is bytes else "a text or a number"
            raise InputError(f"{path}: column `{column}` holds a {strange}; right would be {expected}")


def check_missing(raw: Samples, told: Card) -> None:
    """What the card tells of missing values is about feature columns, and numbers where the column is numeric.

    Raises:
        InputError: names the column or the value.
    """
    known = (*raw.roles.text, *raw.roles.numeric, *raw.roles.categorical)
    where = card.path_of(str(params.value("dataset")))
    for column, values in told.missing.items():
        if column not in known:
            raise InputError(f"{where}: `missing.{column}` is no feature column; those are {', '.join(known)}")
        strange = [value for value in values if column in raw.roles.numeric and parse_number(str(value)) is None]
        if strange:
            raise InputError(f"{where}: `missing.{column}` has {strange[0]!r}, which is no number")


def draw(result: Funnel, raw: Samples, cleaned: Samples, gone: pd.DataFrame, seed: int) -> None:
    """The funnel, the class counts before and after, and a few dropped pictures for each rule."""
    counts = result.count("drop")
    left = [len(raw)]
    for count in counts.values():
        left.append(left[-1] - count)
    outputs.write_csv("clean", "funnel.csv", pd.DataFrame({"step": ["raw samples", *counts], "rows": left}))
    before, after = raw.table["label"].value_counts(), cleaned.table["label"].value_counts()
    classes = pd.DataFrame({"before": before, "after": after}).fillna(0).astype(int).rename_axis("label")
    outputs.write_csv("clean", "class_counts.csv", classes.sort_index().reset_index())
    if raw.roles.image is None:
        return
    by_id = raw.table.set_index("id")
    for rule, count in counts.items():
        if count:
            rows = gallery.drawn_by_lot(gone, rule, seed)
            kept = by_id.reindex(rows["repeats"])
            title = kept[raw.roles.text[0]].tolist() if raw.roles.text else None
            shown = rows.assign(
                image=by_id.loc[rows["id"], raw.roles.image].tolist(),
                kept_image=kept[raw.roles.image].tolist(),
                kept_label=kept["label"].tolist(),
                kept_title=title,
            )
            outputs.write_png("clean", f"dropped_{rule}.png", gallery.draw_rule(rule, count, shown))


def main() -> None:
    """Read the raw samples, clean them, write what is left, what went and why."""
    config = params.load(Params, "clean")
    seed = int(params.value("seed"))
    backend = shards.backend()
    raw = samples.read(RAW)
    check_door(raw, RAW)
    told = card.chosen()
    check_missing(raw, told)
    result = clean(raw, config, told, backend)
    if result.left.table["label"].nunique() < 2:
        raise InputError(
            f"{params.FILE}: `clean.rules` leave {len(result.left)} samples of "
            f"{result.left.table['label'].nunique()} classes{blame(result)}; at least two classes are needed"
        )
    cleaned = cleaned_samples(result, config, backend)
    gone = account(result, raw, ("drop",))
    samples.write(cleaned, paths.CLEAN / "samples.parquet")
    write_account(gone, paths.CLEAN / "dropped.parquet")
    write_account(account(result, raw, ("report", "relabel")), paths.CLEAN / "reported.parquet")
    outputs.write_metrics("clean", measure(result, raw, cleaned))
    draw(result, raw, cleaned, gone, seed)
    say(f"{len(cleaned)} of {len(raw)} samples are left")


def write_account(account: pd.DataFrame, path: Path) -> None:
    """Write a plain Parquet table."""
    with files.replacing(path) as partial:
        account.to_parquet(partial, index=False, compression="zstd")


if __name__ == "__main__":
    main()
