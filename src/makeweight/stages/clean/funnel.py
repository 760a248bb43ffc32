"""The rules in order over the listings; every row that goes keeps its rule and its reason."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from makeweight.core.params import Section
from makeweight.core.progress import say
from makeweight.core.shards import Backend
from makeweight.stages.clean.listings import Listings, with_copies
from makeweight.stages.clean.near import NearDuplicates
from makeweight.stages.clean.rules import Rule


@dataclass(frozen=True, slots=True)
class Step:
    """One rule with its thresholds."""

    name: str
    rule: Rule
    options: Section


@dataclass(frozen=True, slots=True)
class Funnel:
    """What is left, and what each rule said: `rule, detail, repeats, fate, label` by row number, in order."""

    left: Listings
    findings: pd.DataFrame
    steps: tuple[str, ...]

    @property
    def dropped(self) -> pd.DataFrame:
        """The findings whose rows went."""
        return self.findings[self.findings["fate"] == "drop"]

    def count(self, fate: str) -> dict[str, int]:
        """Findings with this fate for each rule, in order; rules without any have 0."""
        counts = self.findings.loc[self.findings["fate"] == fate, "rule"].value_counts()
        return {name: int(counts.get(name, 0)) for name in self.steps}


def run(listings: Listings, steps: Sequence[Step], search: NearDuplicates, backend: Backend = "local") -> Funnel:
    """Apply the rules one after another to what is left.

    A rule whose modality the data lack says nothing. Near duplicates are searched once, among the rows that the first
    rule in need of them finds, or among those that are left at the end.
    """
    findings: list[pd.DataFrame] = []
    for step in steps:
        if step.rule.needs_copies and listings.copies is None:
            listings = search_copies(listings, search, backend)
        result = step.rule.apply(listings, step.options) if applies(step.rule, listings) and len(listings) else None
        if result is None:
            continue
        findings.append(result.assign(rule=step.name))
        listings = carried_out(listings, result)
        say(f"{step.name}: {len(result)} found, {len(listings)} left")
    if listings.copies is None:
        listings = search_copies(listings, search, backend)
    names: list[Any] = ["rule", "detail", "repeats", "fate", "label"]
    told = pd.concat(findings)[names] if findings else pd.DataFrame(columns=names)
    return Funnel(listings, told, tuple(step.name for step in steps))


def applies(rule: Rule, listings: Listings) -> bool:
    """Whether the data have what the rule looks at."""
    roles = listings.roles
    present = {None: True, "image": bool(roles.image), "text": bool(roles.text), "money": bool(roles.money)}
    return present[rule.modality]


def carried_out(listings: Listings, result: pd.DataFrame) -> Listings:
    """The listings after the rule: rows dropped, labels replaced."""
    renamed = result.loc[result["fate"] == "relabel", "label"]
    if len(renamed):
        labels = listings.table["label"].copy()
        labels[renamed.index] = renamed
        listings = listings.with_labels(labels)
    return listings.without(result.index[result["fate"] == "drop"])


def search_copies(listings: Listings, search: NearDuplicates, backend: Backend) -> Listings:
    """The listings with their near duplicates."""
    say(f"searching near duplicates among {len(listings)} samples")
    return with_copies(listings, search, backend)
