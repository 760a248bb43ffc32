"""The only reader of params.yaml: a section becomes a frozen, strict, typed object."""

from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from ruamel.yaml import YAML, YAMLError

from makeweight.core.errors import InputError

FILE = Path("params.yaml")


class Section(BaseModel):
    """Base of every parameter section: no unknown keys, no changes after reading, no defaults in code."""

    model_config = ConfigDict(extra="forbid", frozen=True)


T = TypeVar("T", bound=BaseModel)


def read_yaml(path: Path) -> Any:
    """A YAML file as DVC reads it (YAML 1.2: `1e-4` is a number, `no` is a word)."""
    try:
        with path.open(encoding="utf-8") as file:
            return YAML(typ="safe").load(file)
    except FileNotFoundError:
        raise InputError(f"{path}: no such file") from None
    except (YAMLError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: not valid YAML: {one_line(str(error))}") from None


def value(section: str) -> Any:
    """The value under a dotted name in params.yaml."""
    values = read_yaml(FILE)
    for depth, key in enumerate(section.split(".")):
        if not isinstance(values, dict) or key not in values:
            raise InputError(f"{FILE}: `{'.'.join(section.split('.')[: depth + 1])}` is missing")
        values = values[key]
    return values


def load(schema: type[T], section: str) -> T:
    """One dotted section of params.yaml, which must match `schema` exactly."""
    return check(schema, value(section), FILE, section)


def check(schema: type[T], values: Any, path: Path, section: str = "") -> T:
    """Values read from `path` as a `schema`; the first mistake is told in one line with file and field."""
    try:
        return schema.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join([section, *map(str, first["loc"])] if section else map(str, first["loc"]))
        told = {
            "extra_forbidden": f"is not a known field; known are {', '.join(sorted(schema.model_fields))}",
            "missing": "is missing",
        }.get(first["type"], f"is {first.get('input')!r}: {lower_first(first['msg'])}")
        if first["type"] == "extra_forbidden" and len(first["loc"]) > 1:
            told = "is not a known field"
        more = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
        raise InputError(f"{path}: `{field}` {told}{more}") from None


def lower_first(sentence: str) -> str:
    """The sentence with a small first letter, to stand inside another."""
    return sentence[:1].lower() + sentence[1:]


def one_line(text: str) -> str:
    """The text with all white space folded to single spaces."""
    return " ".join(text.split())
