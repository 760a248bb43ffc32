"""The last lines of `clean`: what each rule took, which line of the card keeps it, and when so much is gone."""

from pathlib import Path

import pandas as pd

from makeweight.core.errors import InputError
from makeweight.core.names import listed
from makeweight.core.progress import say
from makeweight.stages.clean.funnel import Funnel
from makeweight.stages.clean.listings import Listings
from makeweight.stages.clean.rules.registry import Rule
from makeweight.stages.clean.settings import Settings

LOUD_SHARE = 1 / 3
"""From this share of dropped rows on, a line says so that nobody overlooks."""


def check_pictures(listings: Listings, path: Path) -> None:
    """Check that there is at least one picture, where the data should have pictures.

    Raises:
        InputError: there is none.
    """
    table = listings.table
    if not listings.has_pictures or table["image"].notna().any():
        return
    faults = table["mw_fault"].dropna()
    reason = f"; {len(faults)} cannot be read, the first because: {faults.iloc[0]}" if len(faults) else ""
    raise InputError(
        f"{path}: none of the {len(table)} samples has a picture ({len(table) - len(faults)} have no file{reason}); "
        f"the reasons of `ingest` are in {path.with_name('failures.parquet')}; without `columns.image` in the card "
        f"the other columns can be used"
    )


def check_classes(result: Funnel, samples_in: int, settings: Settings) -> None:
    """Check that two classes are left.

    Raises:
        InputError: there are fewer; the message names the rule that dropped most rows.
    """
    left = result.remaining.table["label"].nunique()
    if left >= 2:
        return
    counts = result.count("drop")
    most = max(counts, key=counts.__getitem__, default=None)
    by = ""
    if most is not None and counts[most]:
        line = result.card_line(most)
        by = f', most were dropped by `{most}` ({counts[most]}), which "{line}" in {settings.card} changes'
    raise InputError(
        f"{settings.card}: the rules of `clean` leave {len(result.remaining)} of {samples_in} samples and {left} "
        f"classes{by}; at least two classes are needed"
    )


def tell_rules(result: Funnel, labels: pd.Series, settings: Settings) -> None:
    """Say for each rule how many rows it took or relabelled, and what keeps them; loudly where many are gone."""
    dropped, relabelled = result.count("drop"), result.count("relabel")
    for name, count in dropped.items():
        if count:
            rule = rule_of(result, name)
            note = f" ({rule.note})" if rule.note else ""
            say(f'clean: {name} took {count} rows{note}; "{result.card_line(name)}" in {settings.card} keeps them')
    for name, count in relabelled.items():
        if count:
            label = result.findings.loc[result.findings["rule"] == name, "label"].iloc[0]
            say(
                f'clean: {name} gave {count} rows the label {label!r}; "rules: {{{name}: {{action: drop}}}}" drops them'
            )
    reported = {name: count for name, count in result.count("report").items() if count}
    for name, count in reported.items():
        say(f"clean: {name} found {count} rows and changed nothing: data/clean/reported.parquet names them")
    tell_classes(result, labels)
    gone = sum(dropped.values())
    if gone > LOUD_SHARE * len(labels):
        most = max(dropped, key=dropped.__getitem__)
        say(
            f"clean: ATTENTION: {gone} of {len(labels)} rows ({gone / len(labels):.0%}) are gone, most by {most} "
            f"({dropped[most]}); is that what you want? The lines above keep them"
        )


def tell_classes(result: Funnel, labels: pd.Series) -> None:
    """Name the classes that are gone."""
    before = labels.value_counts()
    gone = sorted(set(before.index) - set(result.remaining.table["label"].unique()))
    if gone:
        say(f"clean: gone are the classes {listed((f'{label} ({before[label]})' for label in gone), 12)}")


def rule_of(result: Funnel, name: str) -> Rule:
    """Return the rule of this name."""
    return next(step.rule for step in result.steps if step.name == name)
