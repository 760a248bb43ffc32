"""How one data set is cleaned: what params.yaml says for its kind of data, with its card over it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from makeweight.core import params
from makeweight.core.errors import InputError
from makeweight.core.params import Section
from makeweight.core.progress import say
from makeweight.data import card
from makeweight.data.card import Card
from makeweight.stages.clean import money
from makeweight.stages.clean.funnel import Step
from makeweight.stages.clean.money import Money
from makeweight.stages.clean.near_duplicates import NearDuplicates
from makeweight.stages.clean.picture_features import PictureLimits
from makeweight.stages.clean.rules.registry import RULES
from makeweight.stages.clean.texts import AS_WRITTEN, Texts

KINDS = ("listings", "observations")
FOR = "for"
"""The key under which params.yaml names the kinds of data that a section is for."""


class Params(Section):
    """How samples are cleaned."""

    picture: PictureLimits
    text: dict[str, Any]
    """`for`: the kinds of data whose texts are changed, and how (`Texts`)."""
    money: Money
    near_duplicates: NearDuplicates
    rules: dict[str, dict[str, Any]]
    """Rule -> `for`, the kinds of data for which it is on, and its thresholds."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How one data set is cleaned."""

    picture: PictureLimits
    texts: Texts
    money: Money
    near_duplicates: NearDuplicates
    steps: tuple[Step, ...]
    """The rules that are on, in order."""
    observations: bool
    group_by: tuple[str, ...]
    card: Path

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the rules that are on, in order."""
        return tuple(step.name for step in self.steps)


def settings(config: Params, chosen: Card, path: Path, group_by: tuple[str, ...]) -> Settings:
    """Return how the data set of a card is cleaned.

    Args:
        config: the section `clean` of params.yaml.
        chosen: the card.
        path: the card's file, for messages.
        group_by: columns whose values keep rows in one split.

    Raises:
        InputError: a rule or a field does not exist, or has a wrong value; the message names it and its file.
    """
    kind = "listings" if chosen.has_listings else "observations"
    check_names(config.rules, params.FILE, "clean.rules")
    check_names(chosen.rules, path, "rules")
    tell_card(config, chosen, path)
    steps = [step for name in RULES if (step := rule_step(name, config, chosen, path, kind))]
    return Settings(
        picture=config.picture,
        texts=texts(config, chosen, path, kind),
        money=money.over(config.money, chosen.money, path),
        near_duplicates=config.near_duplicates,
        steps=tuple(steps),
        observations=not chosen.has_listings,
        group_by=group_by,
        card=path,
    )


def load(config: Params) -> tuple[Settings, Card]:
    """Return how the chosen data set is cleaned, and its card."""
    chosen = card.chosen()
    path = card.path_of(str(params.value("dataset")))
    return settings(config, chosen, path, chosen.grouping(params.names("split.group_by"))), chosen


def check_names(rules: Mapping[str, Any], path: Path, section: str) -> None:
    """Check that all rules exist.

    Raises:
        InputError: one does not.
    """
    for name in rules:
        if name not in RULES:
            raise InputError(f"{path}: `{section}.{name}` is not a rule; rules are {', '.join(RULES)}")


def tell_card(config: Params, chosen: Card, path: Path) -> None:
    """Say which thresholds of params.yaml are not used, because the card has others."""
    over = [
        f"{name}.{key} {value} ({config.rules[name][key]})"
        for name, own in chosen.rules.items()
        for key, value in (own.items() if isinstance(own, dict) else ())
        if config.rules.get(name, {}).get(key, value) != value
    ]
    if over:
        say(f"clean: {path} has other values than {params.FILE}, in brackets: {', '.join(over)}")


def rule_step(name: str, config: Params, chosen: Card, path: Path, kind: str) -> Step | None:
    """Return a rule with its thresholds, the card's over those of params.yaml; None where it is off."""
    general, own = dict(config.rules.get(name, {})), chosen.rules.get(name)
    kinds = kinds_of(general, f"clean.rules.{name}") if name in config.rules else ()
    if own is False or (own is None and kind not in kinds):
        return None
    if not isinstance(own, dict):
        from_card = own is True and name not in config.rules
        where = (path, f"rules.{name}") if from_card else (params.FILE, f"clean.rules.{name}")
        return Step(name, RULES[name], params.check(RULES[name].options, general, *where), asked=own is True)
    options = RULES[name].options
    own = {key: columns_named(value, chosen) if key == "columns" else value for key, value in own.items()}
    return Step(name, RULES[name], params.check(options, general | own, path, f"rules.{name}"), asked=True)


def columns_named(columns: Any, chosen: Card) -> Any:
    """Return names of columns as the sample table has them: a card may name them as its source does."""
    return [chosen.column_named(name) for name in columns] if isinstance(columns, list) else columns


def kinds_of(section: dict[str, Any], where: str) -> tuple[str, ...]:
    """Take the kinds of data out of a section and return them.

    Raises:
        InputError: there are none, or one does not exist.
    """
    kinds = section.pop(FOR, None)
    if not isinstance(kinds, list) or any(kind not in KINDS for kind in kinds):
        given = "is missing" if kinds is None else f"is {kinds!r}"
        raise InputError(f"{params.FILE}: `{where}.{FOR}` {given}; right would be a list of {', '.join(KINDS)}")
    return tuple(kinds)


def texts(config: Params, chosen: Card, path: Path, kind: str) -> Texts:
    """Return what is changed in texts: nothing but white space where the kind of data has clean ones."""
    kinds = kinds_of(dict(config.text), "clean.text")
    base = general_texts(config) if kind in kinds else AS_WRITTEN
    return params.check(Texts, base.model_dump() | chosen.text, path, "text") if chosen.text else base


def general_texts(config: Params) -> Texts:
    """Return what params.yaml says is changed in texts of the kinds of data that it names."""
    section = {key: value for key, value in config.text.items() if key != FOR}
    return params.check(Texts, section, params.FILE, "clean.text")
