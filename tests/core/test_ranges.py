"""Every parameter that is a number has a range, and refuses what is out of it, not finite, or no number at all."""

import math
import warnings
from collections.abc import Iterator
from importlib import import_module
from pkgutil import walk_packages
from typing import Annotated, Any, get_args, get_origin

import pytest
from pydantic import TypeAdapter, ValidationError

import makeweight
from makeweight.core import params
from makeweight.core.errors import InputError
from makeweight.core.params import Section, holds_numbers, read_yaml
from miniature import ROOT

SKIPPED = (
    "makeweight.core.ray_shards",
    "makeweight.stages.ingest.crawl.frontier",
    "makeweight.stages.ingest.crawl.browser",
)
"""Modules that need a package which is optional; they have no parameters."""
HUGE = 10**30


def import_all() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for module in walk_packages(makeweight.__path__, "makeweight."):
            is_program = module.name.endswith("__main__") and ".stages." not in module.name
            if module.name not in SKIPPED and not is_program:
                import_module(module.name)


def subclasses(schema: type[Section]) -> Iterator[type[Section]]:
    for one in schema.__subclasses__():
        if one.__module__.startswith("makeweight."):
            yield one
            yield from subclasses(one)


import_all()
SCHEMAS = sorted(set(subclasses(Section)), key=lambda schema: (schema.__module__, schema.__name__))
NUMBERS = [(schema, field) for schema in SCHEMAS for field in schema.model_fields if holds_numbers(schema, field)]


def whole_type(schema: type[Section], field: str) -> Any:
    """The field's type with its range."""
    info = schema.model_fields[field]
    return Annotated[info.annotation, *info.metadata] if info.metadata else info.annotation


def bounds(kind: Any) -> Iterator[tuple[Any, list[Any]]]:
    """Each type of a number inside a type, with what stands beside it."""
    if get_origin(kind) is Annotated:
        inner, *beside = get_args(kind)
        if inner in (int, float):
            yield inner, [part for info in beside for part in getattr(info, "metadata", [info])]
            return
    if kind in (int, float):
        yield kind, []
    for part in get_args(kind):
        yield from bounds(part)


def shaped(kind: Any, number: object) -> object:
    """A number where the type wants one: by itself, in a list, or in a mapping."""
    while get_origin(kind) is Annotated:
        kind = get_args(kind)[0]
    if get_origin(kind) is dict:
        return {"name": number}
    if get_origin(kind) is tuple:
        parts = get_args(kind)
        return [number] * (1 if Ellipsis in parts else len(parts))
    return number


def refused(schema: type[Section], field: str, value: object) -> str:
    """The message about one field of a section; other fields are left out, and are told as missing after it."""
    with pytest.raises(InputError) as raised:
        params.check(only(schema, field), {field: value}, params.FILE, "stage")
    message = str(raised.value)
    assert message.startswith(f"params.yaml: `stage.{field}") and "\n" not in message, message
    assert len(message) < 300
    return message


def only(schema: type[Section], field: str) -> type[Section]:
    """A section with one field of another."""
    return type("Only", (Section,), {"__annotations__": {field: whole_type(schema, field)}, "__module__": "tests"})


@pytest.mark.parametrize(("schema", "field"), NUMBERS, ids=lambda part: getattr(part, "__name__", part))
def test_a_number_is_refused_that_is_out_of_range_or_none(schema: type[Section], field: str) -> None:
    kind = whole_type(schema, field)
    found = list(bounds(kind))
    assert found and all(beside for _, beside in found), f"{schema}.{field} has no range: core.ranges has types"
    for number in (math.nan, math.inf, -math.inf, HUGE, -HUGE, True, "3", "many", {"a": "b"}, [["x"]]):
        refused(schema, field, shaped(kind, number))
    if int in [one for one, _ in found]:
        refused(schema, field, shaped(kind, 2.5))
    if type(None) not in get_args(kind):
        refused(schema, field, None)
    if get_origin(kind) is None:
        refused(schema, field, [1])


@pytest.mark.parametrize("schema", SCHEMAS, ids=lambda schema: f"{schema.__module__}.{schema.__name__}")
def test_a_section_refuses_what_is_no_section(schema: type[Section]) -> None:
    for value in (None, 7, "words", [1], math.nan):
        with pytest.raises(InputError, match="params.yaml: `stage` is "):
            params.check(schema, value, params.FILE, "stage")


def test_the_parameters_of_this_project_are_in_their_ranges() -> None:
    values = read_yaml(ROOT / "params.yaml")
    assert TypeAdapter(params.Seed).validate_python(values["seed"]) == values["seed"]
    assert len(NUMBERS) > 200


@pytest.mark.parametrize("text", ["many", "-1", ".nan", ".inf", "2.5", "true", "[1]", "null", "4294967296", "1" * 5000])
def test_a_seed_is_a_small_whole_number(tmp_path: Any, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "params.yaml").write_text(f"seed: {text}\n")
    with pytest.raises(InputError, match=r"^params.yaml: (`seed` is|not valid YAML)") as raised:
        params.seed()
    assert len(str(raised.value)) < 300


@pytest.mark.parametrize("text", ["7", "words", "null", "[7]", "{a: b}", "[[a]]", "[null]"])
def test_names_are_a_list_of_words(tmp_path: Any, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "params.yaml").write_text(f"engines: {text}\n")
    with pytest.raises(InputError, match="^params.yaml: `engines` is "):
        params.names("engines")


def test_a_range_is_told() -> None:
    schema = only(next(one for one, field in NUMBERS if field == "ema_decay"), "ema_decay")
    with pytest.raises(InputError, match="`stage.ema_decay` is 1; right would be a number below 1"):
        params.check(schema, {"ema_decay": 1}, params.FILE, "stage")
    with pytest.raises(ValidationError, match="right would be a number, and not '0.5'"):
        schema.model_validate({"ema_decay": "0.5"})
