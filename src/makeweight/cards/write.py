"""The text of a card: what was found, as YAML with comments that say why."""

import io
import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq

from makeweight.cards.found import SEVERAL, Column, Found, Role
from makeweight.core import params
from makeweight.core.names import listed
from makeweight.data.card import Card

SINGLE: tuple[Role, ...] = ("id", "label", "group", "image")
ROLE_COMMENTS: dict[str, str] = {
    "id": "names a row",
    "label": "the class; never a feature",
    "group": "",
    "image": "the picture",
    "text": "new texts are joined from words of yours: leave private texts out",
}
KINDS = {
    False: "a repeat is data, not dirt; `listings` for scraped rows with relistings",
    True: "scraped: repeats and dirt are dropped, rule by rule; `observations` where a repeat is data",
}
COMMENT_COLUMN = 40


def card_name(text: str) -> str:
    """Return a name for a card's file, made of a title or the name of a file: small letters, digits and dashes."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-") or "data"


def card_text(found: Found, title: str, writer: str = "`makeweight add`") -> str:
    """Return a card that loads.

    Args:
        found: what the source holds.
        title: of the report's page.
        writer: what wrote the card, for its first line.
    """
    card = CommentedMap()
    card["title"] = title
    card["licence"] = "not stated"
    card.yaml_add_eol_comment("who may use the data; stands in the report", "licence", COMMENT_COLUMN)
    card["source"] = plain(found.source)
    card["rows"] = "listings" if found.listings else "observations"
    card.yaml_add_eol_comment(KINDS[found.listings], "rows", COMMENT_COLUMN)
    card["columns"] = columns_of(found.columns)
    if found.money:
        card["columns"]["money"] = plain(found.money)
    card.update(plain(found.extra))
    text = dumped(card)
    left_out = [column for column in found.columns if column.role == "ignored"]
    ignored = [f"#   {one_line(column.name)}: {one_line(column.why)}" for column in left_out]
    if ignored:
        text += "\n".join(["# Not used; to use one, name it under its role above:", *ignored]) + "\n"
    if found.hints:
        text += "\n".join(["# You may want:", *(f"#   {one_line(line)}" for line in found.hints)]) + "\n"
    check(text)
    return f"{head(found, writer)}{text}"


def head(found: Found, writer: str) -> str:
    """Return the comment at the top of a card."""
    classes = listed([f"{one_line(name)} {count:,}" for name, count in found.classes.items()], 8)
    said = f": {found.rows:,} rows; {classes}" if classes else ""
    return f"# Written by {writer}{said}.\n# The documentation's page Your own data says what else a card can hold.\n"


def check(text: str) -> None:
    """Check that a card says what it should: its YAML is read again, as `ingest` will read it."""
    params.check(Card, YAML(typ="safe").load(text), params.FILE)


def columns_of(columns: tuple[Column, ...]) -> CommentedMap:
    """Return the roles of columns, each column with why it has its role."""
    roles = CommentedMap()
    for role in SINGLE:
        for column in columns:
            if column.role == role:
                roles[role] = column.name
                said = "; ".join(text for text in (ROLE_COMMENTS[role], one_line(column.why)) if text)
                roles.yaml_add_eol_comment(said, role, COMMENT_COLUMN)
    for role in SEVERAL:
        own = [column for column in columns if column.role == role]
        if not own:
            continue
        names = CommentedSeq([column.name for column in own])
        for position, column in enumerate(own):
            names.yaml_add_eol_comment(one_line(column.why), position, COMMENT_COLUMN)
        roles[role] = names
        if role in ROLE_COMMENTS:
            roles.yaml_add_eol_comment(ROLE_COMMENTS[role], role, COMMENT_COLUMN)
    return roles


def plain(values: Mapping[str, Any]) -> CommentedMap:
    """Return a mapping that is written key by key."""
    return CommentedMap({key: plain(value) if isinstance(value, dict) else value for key, value in values.items()})


def one_line(text: str) -> str:
    """Return a text without line breaks and signs that end a line for YAML, for a comment."""
    return "".join(sign if sign.isprintable() else " " for sign in " ".join(text.split()))


def dumped(card: CommentedMap) -> str:
    """Return a card as YAML."""
    yaml = YAML()
    yaml.width = 100_000
    buffer = io.StringIO()
    yaml.dump(card, buffer)
    return buffer.getvalue()
