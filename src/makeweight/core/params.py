"""The only reader of params.yaml: it returns each section as a frozen, typed object without unknown keys."""

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
    """Read a YAML file as DVC does (YAML 1.2: `1e-4` is a number, `no` is a word).

    Raises:
        InputError: the file does not exist or is not valid YAML.
    """
    try:
        with path.open(encoding="utf-8") as file:
            return YAML(typ="safe").load(file)
    except FileNotFoundError:
        raise InputError(f"{path}: no such file") from None
    except (YAMLError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: not valid YAML: {one_line(str(error))}") from None


def value(section: str) -> Any:
    """Return the value under a dotted name in params.yaml.

    Raises:
        InputError: there is no such name.
    """
    values = read_yaml(FILE)
    for depth, key in enumerate(section.split(".")):
        if not isinstance(values, dict) or key not in values:
            raise InputError(f"{FILE}: `{'.'.join(section.split('.')[: depth + 1])}` is missing")
        values = values[key]
    return values


def load(schema: type[T], section: str) -> T:
    """Return one dotted section of params.yaml, which must match `schema` exactly."""
    return check(schema, value(section), FILE, section)


def check(schema: type[T], values: Any, path: Path, section: str = "") -> T:
    """Return values read from `path` as an object of `schema`.

    Raises:
        InputError: they do not match; the message names file and field of the first mistake.
    """
    try:
        return schema.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join([section, *map(str, first["loc"])] if section else map(str, first["loc"]))
        mistake = {
            "extra_forbidden": f"is not a known field; known are {', '.join(sorted(schema.model_fields))}",
            "missing": "is missing",
        }.get(first["type"], f"is {first.get('input')!r}: {lower_first(first['msg'])}")
        if first["type"] == "extra_forbidden" and len(first["loc"]) > 1:
            mistake = "is not a known field"
        more = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
        raise InputError(f"{path}: `{field}` {mistake}{more}") from None


def lower_first(sentence: str) -> str:
    """Return the sentence with a lower-case first letter, for use inside another sentence."""
    return sentence[:1].lower() + sentence[1:]


def one_line(text: str) -> str:
    """Return the text with every run of white space as a single space."""
    return " ".join(text.split())
