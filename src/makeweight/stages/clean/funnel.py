"""The cleaning funnel: the rules are applied in order, and every dropped row keeps its rule and its reason."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from makeweight.core.params import Section
from makeweight.core.progress import say
from makeweight.core.shards import Backend
from makeweight.data import mapped
from makeweight.stages.clean.listings import Listings, with_copies, with_own_clusters
from makeweight.stages.clean.near_duplicates import NearDuplicates
from makeweight.stages.clean.rules.registry import Rule


@dataclass(frozen=True, slots=True)
class Step:
    """One rule with its thresholds."""

    name: str
    rule: Rule
    options: Section
    asked: bool = False
    """Whether the card names it."""


@dataclass(frozen=True, slots=True)
class Funnel:
    """The result of all rules."""

    remaining: Listings
    findings: pd.DataFrame
    """`rule, detail, copy_of, action, label` by row number, in the order of the rules."""
    steps: tuple[Step, ...]
    """The rules that were applied, in order."""
    searched: Mapping[str, int] = field(default_factory=dict)
    """Rule -> rows that it looked at, where it looked at some of them only."""

    @property
    def dropped(self) -> pd.DataFrame:
        """The findings whose rows were dropped."""
        return self.findings[self.findings["action"] == "drop"]

    def card_line(self, name: str) -> str:
        """Return the line of a card that keeps the rows which the rule of this name took."""
        rule = next(step.rule for step in self.steps if step.name == name)
        return rule.card_line(name, self.findings.loc[self.findings["rule"] == name, "detail"])

    def count(self, action: str) -> dict[str, int]:
        """Return the number of findings with this action for each rule, in order."""
        counts = self.findings.loc[self.findings["action"] == action, "rule"].value_counts()
        return {step.name: int(counts.get(step.name, 0)) for step in self.steps}


def run(
    listings: Listings, steps: Sequence[Step], near_duplicates: NearDuplicates, backend: Backend = "local"
) -> Funnel:
    """Apply the rules one after another, each to the rows that the earlier ones left.

    A rule whose modality or columns the data lack is off, and a line says so. Near duplicates are searched once: before
    the first rule that needs them, or at the end.
    """
    results: list[pd.DataFrame] = []
    searched: dict[str, int] = {}
    applied = applicable(listings, steps)
    copies = any(step.rule.needs == "copies" for step in applied)
    for step in applied:
        if not len(listings):
            break
        if step.rule.needs and listings.clusters is None:
            listings = search_copies(listings, near_duplicates, backend, copies)
        result = step.rule.apply(listings, step.options)
        if "searched" in result.attrs:
            searched[step.name] = result.attrs.pop("searched")
        results.append(result.assign(rule=step.name))
        listings = after_rule(listings, result)
        mapped.release()
        say(f"{step.name}: {len(result)} found, {len(listings)} remain")
    if listings.clusters is None and len(listings):
        listings = search_copies(listings, near_duplicates, backend, copies)
    columns: list[Any] = ["rule", "detail", "copy_of", "action", "label"]
    findings = pd.concat(results)[columns] if results else pd.DataFrame(columns=columns)
    return Funnel(listings, findings, applied, searched)


def applicable(listings: Listings, steps: Sequence[Step]) -> tuple[Step, ...]:
    """Return the rules that the data have everything for; one line names the others and what the data lack.

    That a table has no pictures is only told where the card asks for a rule about pictures.
    """
    lacks = {step.name: step.rule.lacks(listings, step.options) for step in steps}
    told = [step for step in steps if lacks[step.name] and (step.asked or step.rule.columns)]
    off = [f"{step.name} ({lacks[step.name]})" for step in told]
    if off:
        say(f"clean: off, for the data lack what these rules look at: {', '.join(off)}")
    return tuple(step for step in steps if not lacks[step.name])


def after_rule(listings: Listings, result: pd.DataFrame) -> Listings:
    """Return the listings with the rule's rows dropped or relabelled."""
    relabelled = result.loc[result["action"] == "relabel", "label"]
    if len(relabelled):
        labels = listings.table["label"].copy()
        labels[relabelled.index] = relabelled
        listings = listings.with_labels(labels)
    return listings.without(result.index[result["action"] == "drop"])


def search_copies(listings: Listings, near_duplicates: NearDuplicates, backend: Backend, copies: bool) -> Listings:
    """Return the listings with their near duplicates, and say that the search has begun: it takes a while.

    Where no rule needs copies, none are searched among observations without pictures: each is its own cluster anyway.
    """
    if listings.observations and not listings.has_pictures and not copies:
        return with_own_clusters(listings)
    if listings.has_pictures:
        say(f"searching near duplicates among {len(listings)} samples")
    return with_copies(listings, near_duplicates, backend)
