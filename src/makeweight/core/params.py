"""The only reader of params.yaml: it returns each section as a frozen, typed object without unknown keys."""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError, ValidationInfo, field_validator
from ruamel.yaml import YAML, YAMLError

from makeweight.core.errors import InputError
from makeweight.core.names import shortened
from makeweight.core.ranges import Seed

FILE = Path("params.yaml")
LONGEST_VALUE = 60
"""Characters of a wrong value that a message repeats."""
RIGHT = {
    "greater_than": "a number above {gt}",
    "greater_than_equal": "{ge} or more",
    "less_than": "a number below {lt}",
    "less_than_equal": "{le} or less",
    "finite_number": "a finite number",
    "int_from_float": "a whole number",
    "int_type": "a whole number",
    "float_type": "a number",
    "tuple_type": "a list",
    "string_type": "a word",
    "too_short": "a list of {min_length} or more",
}
"""Kind of pydantic's error -> what would be right, where we say it more shortly."""


class Section(BaseModel):
    """Base of every parameter section: no unknown keys, no changes after reading, no defaults in code.

    Numbers are finite, and are written as numbers: neither `"3"` nor `true` is one. `core.ranges` has their types.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    @field_validator("*", mode="before")
    @classmethod
    def check_numbers(cls, value: Any, info: ValidationInfo) -> Any:
        """Refuse words and truth values where a number belongs, which pydantic would convert."""
        if holds_numbers(cls, str(info.field_name)):
            wrong = [one for one in leaves(value) if isinstance(one, str | bool)]
            if wrong:
                raise ValueError(f"right would be a number, and not {shown(wrong[0])}")
        return value


@cache
def holds_numbers(schema: type[BaseModel], field: str) -> bool:
    """Return whether a field has numbers, and nothing that is written as a word or a truth value."""
    kinds = set(leaf_types(schema.model_fields[field].annotation))
    return bool(kinds & {int, float}) and not kinds & {str, bool, Any}


def leaf_types(annotation: Any) -> Iterator[Any]:
    """Yield the types that a type is made of; of a mapping those of its values."""
    parts = [part for part in get_args(annotation) if part is not Ellipsis]
    if not parts:
        yield annotation
    for part in parts[1:] if getattr(annotation, "__origin__", None) is dict else parts:
        yield from leaf_types(part)


def leaves(value: Any) -> Iterator[Any]:
    """Yield what a value holds: that of its lists and mappings, at any depth."""
    if isinstance(value, list | tuple | Mapping):
        for part in value.values() if isinstance(value, Mapping) else value:
            yield from leaves(part)
    else:
        yield value


T = TypeVar("T", bound=BaseModel)


def read_yaml(path: Path) -> Any:
    """Read a YAML file as DVC does (YAML 1.2: `1e-4` is a number, `no` is a word).

    Raises:
        InputError: the file does not exist or is not valid YAML.
    """
    try:
        return deepcopy(parsed(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise InputError(f"{path}: no such file") from None
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from None
    except (YAMLError, ValueError, RecursionError) as error:  # ValueError: no UTF-8, or a date such as 2026-13-45
        raise InputError(f"{path}: not valid YAML: {one_line(str(error))}") from None


@lru_cache(maxsize=8)
def parsed(text: str) -> Any:
    """Parse YAML; params.yaml takes a tenth of a second, and a stage asks for it up to six times."""
    return YAML(typ="safe").load(text)


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


def seed() -> int:
    """Return the parameter `seed`."""
    return typed("seed", Seed)


def names(section: str) -> tuple[str, ...]:
    """Return the names under a dotted name in params.yaml, such as `engines`.

    Raises:
        InputError: it is no list of names.
    """
    return typed(section, tuple[str, ...])


def typed(section: str, kind: Any) -> Any:
    """Return one value of params.yaml that must be of this type.

    Raises:
        InputError: it is missing, or of another type.
    """
    given = value(section)
    try:
        return TypeAdapter(kind).validate_python(given, strict=not isinstance(given, list))
    except ValidationError as error:
        raise InputError(f"{FILE}: `{section}` {mistake_of(error.errors()[0])}") from None


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
        mistake = mistake_of(first)
        if first["type"] == "extra_forbidden" and len(first["loc"]) == 1:
            mistake += f"; known are {', '.join(sorted(schema.model_fields))}"
        more = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
        raise InputError(f"{path}: `{field}` {mistake}{more}") from None


def mistake_of(error: Mapping[str, Any]) -> str:
    """Return one of pydantic's errors as the end of a sentence that begins with the field."""
    known = {"extra_forbidden": "is not a known field", "missing": "is missing"}
    if error["type"] in known:
        return known[error["type"]]
    ends = {name: f"{end:g}" if isinstance(end, float) else end for name, end in error.get("ctx", {}).items()}
    right = RIGHT.get(error["type"], "").format(**ends)
    message = f"; right would be {right}" if right else f": {lower_first(one_line(error['msg']))}"
    return f"is {shown(error.get('input'))}{message.replace(': value error, ', '; ')}"


def shown(value: Any) -> str:
    """Return a value as messages repeat it."""
    try:
        return shortened(repr(value), LONGEST_VALUE)
    except ValueError:  # a whole number of more digits than Python writes
        return "a number of thousands of digits"


def lower_first(sentence: str) -> str:
    """Return the sentence with a lower-case first letter, for use inside another sentence."""
    return sentence[:1].lower() + sentence[1:]


def one_line(text: str) -> str:
    """Return the text with every run of white space as a single space."""
    return " ".join(text.split())
