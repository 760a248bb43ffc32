"""Objects of JSON-LD, microdata and RDFa: their types, properties and references, and the values at a path."""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

PATH_STEP = re.compile(r"([^.\[\]]+)(?:\[([^=\]]+)=([^\]]*)\])?(?:\.|$)")
"""One step of a dotted path: `name`, or `name[key=value]`."""

Nodes = dict[str, dict[str, Any]]
"""Objects by their `@id`."""


@lru_cache(maxsize=1024)
def local_name(name: str) -> str:
    """Return the last part of a type or property that is written as an address or with a prefix."""
    return re.split(r"[/#:]", name.strip().rstrip("/#"))[-1]


def types_of(content: dict[str, Any]) -> list[str]:
    """Return the types of an object by name: `Product` also where it is `http://schema.org/Product`."""
    return [local_name(value) for value in as_list(content.get("@type")) if isinstance(value, str)]


def is_a(content: dict[str, Any], name: str) -> bool:
    """Return whether an object has a type, in capitals or not."""
    return any(found.lower() == name.lower() for found in types_of(content))


def property_of(content: dict[str, Any], name: str) -> Any:
    """Return a property, also where its name is written with a prefix or as an address."""
    if name in content:
        return content[name]
    return next((value for key, value in content.items() if key[:1] != "@" and local_name(key) == name), None)


def as_list(value: Any) -> list[Any]:
    """Return a list unchanged, any other value as the only member of one."""
    return value if isinstance(value, list) else [value]


def objects(value: Any) -> list[dict[str, Any]]:
    """Return the objects among a value or its members."""
    return [one for one in as_list(value) if isinstance(one, dict)]


def objects_in(content: Any) -> Iterator[dict[str, Any]]:
    """Yield every object, at any depth."""
    if isinstance(content, dict):
        yield content
    members = content.values() if isinstance(content, dict) else content if isinstance(content, list) else ()
    for value in members:
        if isinstance(value, (dict, list)):
            yield from objects_in(value)


def index_nodes(contents: list[Any]) -> Nodes:
    """Return id -> the object that says most about it."""
    nodes: Nodes = {}
    for node in objects_in(contents):
        identifier = node.get("@id")
        if isinstance(identifier, str) and len(node) > len(nodes.get(identifier, {"@id": identifier})):
            nodes[identifier] = node
    return nodes


def resolve(value: dict[str, Any], nodes: Nodes) -> dict[str, Any]:
    """Return the object to which a mere `@id` refers, any other object unchanged."""
    return nodes.get(value["@id"], value) if isinstance(value.get("@id"), str) and len(value) <= 2 else value


def values_at(value: Any, steps: Sequence[tuple[str, str, str]], nodes: Nodes) -> Iterator[Any]:
    """Yield the values at the steps of a path; of a list those of every member in turn."""
    if isinstance(value, list):
        for member in value:
            yield from values_at(member, steps, nodes)
    elif not steps:
        yield value
    elif isinstance(value, dict):
        name, key, expected = steps[0]
        found = property_of(resolve(value, nodes), name)
        yield from values_at(selected(found, key, expected) if key else found, steps[1:], nodes)


def selected(value: Any, key: str, expected: str) -> list[dict[str, Any]]:
    """Return the members of a list whose property has a value; `position=-1` is the last one by its position."""
    members = objects(value)
    if key == "position" and re.fullmatch(r"-\d+", expected):
        ordered = sorted(members, key=position_of)
        return ordered[int(expected) :][:1] if len(ordered) >= -int(expected) else []
    return [member for member in members if str(property_of(member, key)) == expected]


def position_of(member: dict[str, Any]) -> float:
    """Return the position of a list's member; those without one keep their order at the end."""
    try:
        return float(str(property_of(member, "position")))
    except ValueError:
        return float("inf")
