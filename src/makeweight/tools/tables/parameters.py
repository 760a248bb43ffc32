"""docs/parameters.md: every number and choice of params.yaml, what it means, its unit and range, what runs again.

What a parameter means stands beside its field in the code, as a text below it, or in `parameter_words.yaml`, where its
unit and the values that are worth trying stand too.
"""

import ast
import importlib
import inspect
import re
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatch
from functools import cache
from importlib import resources
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from ruamel.yaml import YAML

SECTIONS = {
    "sample": "makeweight.stages.sample.__main__:SampleParams",
    "train_gan": "makeweight.stages.train_gan.__main__:Params",
    "contest": "makeweight.stages.contest.__main__:Params",
    "learners": "makeweight.stages.learners.__main__:Params",
    "verdict": "makeweight.stages.verdict.__main__:Params",
    "ingest": "makeweight.stages.ingest.sources:Params",
    "clean": "makeweight.stages.clean.settings:Params",
    "split": "makeweight.stages.split.__main__:Params",
    "fidelity": "makeweight.stages.fidelity.comparison:Params",
    "classify": "makeweight.stages.classify.training:Params",
    "fewshot": "makeweight.stages.fewshot.experiment:Params",
    "tsne": "makeweight.stages.tsne:Params",
}
"""Section of params.yaml -> the class that reads it. Its modules are imported by name: tools stand below the stages."""


@dataclass(frozen=True)
class Field:
    """A parameter as its class declares it."""

    name: str
    value: Any
    what: str
    """Empty where the class does not say."""
    type: Any
    metadata: tuple[Any, ...]


def schema_of(section: str) -> type[BaseModel] | None:
    """Return the class that reads a section, also of one codec or engine; None where no class does."""
    if section in SECTIONS:
        module, _, name = SECTIONS[section].partition(":")
        found = getattr(importlib.import_module(module), name)
        assert isinstance(found, type) and issubclass(found, BaseModel)
        return found
    *path, last = section.split(".")
    if path == ["preprocess"]:
        return importlib.import_module("makeweight.data.codecs").CODECS[last].params  # type: ignore[no-any-return]
    if path == ["train_gan", "engines"]:
        return importlib.import_module("makeweight.generators").ENGINES[last].params  # type: ignore[no-any-return]
    if path == ["clean", "rules"]:
        return importlib.import_module("makeweight.stages.clean.rules.registry").RULES[last].options  # type: ignore[no-any-return]
    if section == "clean.text":
        return importlib.import_module("makeweight.stages.clean.texts").Texts  # type: ignore[no-any-return]
    return None


@cache
def described(schema: type[BaseModel]) -> Mapping[str, str]:
    """Return the texts below the fields of a class and of its bases, in one line each."""
    found: dict[str, str] = {}
    for base in reversed(schema.__mro__):
        if not (isinstance(base, type) and issubclass(base, BaseModel)) or base is BaseModel:
            continue
        (tree,) = ast.parse(textwrap.dedent(inspect.getsource(base))).body
        assert isinstance(tree, ast.ClassDef)
        for field, after in zip(tree.body, tree.body[1:], strict=False):
            is_text = isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant)
            if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name) and is_text:
                found[field.target.id] = " ".join(str(after.value.value).split())  # type: ignore[attr-defined]
    return found


def fields(values: Mapping[str, Any], schema: type[BaseModel] | None, section: str) -> Iterator[Field]:
    """Yield every parameter of a section of params.yaml, in the order of the file."""
    for key, value in values.items():
        name = f"{section}.{key}"
        declared = None if schema is None else schema.model_fields.get(key)
        if isinstance(value, Mapping):
            inner = schema_of(name) or (None if declared is None else model_in(declared.annotation))
            if inner is not None or declared is None or any(isinstance(one, Mapping) for one in value.values()):
                yield from fields(value, inner, name)
                continue
        what = (declared.description or "") if declared is not None else ""
        if schema is not None:
            what = what or described(schema).get(key, "")
        yield Field(name, value, what, *((declared.annotation, tuple(declared.metadata)) if declared else (None, ())))


def model_in(annotation: Any) -> type[BaseModel] | None:
    """Return the class of parameters that a type holds, also beside None or in a dictionary or list."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for part in get_args(annotation) if (found := model_in(part)) is not None), None)


def all_fields(values: Mapping[str, Any]) -> list[Field]:
    """Return every parameter of params.yaml, in the order of the file."""
    found = []
    for key, value in values.items():
        if isinstance(value, Mapping):
            found += list(fields(value, schema_of(key), key))
        else:
            found.append(Field(key, value, "", None, ()))
    return found


@cache
def words() -> dict[str, dict[str, str]]:
    """Return name or pattern -> `what`, `unit` and `usual`, of `parameter_words.yaml`."""
    text = resources.files("makeweight.tools.tables").joinpath("parameter_words.yaml").read_text(encoding="utf-8")
    found: dict[str, dict[str, str]] = YAML(typ="safe").load(text)
    return found


def word(name: str, kind: str) -> str:
    """Return what the words say of a parameter; the name itself counts before patterns, then the first that fits."""
    known = words()
    candidates = [known.get(name, {}), *(entry for pattern, entry in known.items() if fnmatch(name, pattern))]
    return next((str(entry[kind]) for entry in candidates if kind in entry), "")


def what(field: Field) -> str:
    """Return what a parameter means; empty where nothing says."""
    return words().get(field.name, {}).get("what") or field.what or word(field.name, "what")


def usual(field: Field) -> str:
    """Return the values worth trying, or those that are allowed; empty where any number is."""
    told = word(field.name, "usual")
    return told or choices(field.type) or bounds(field)


def choices(annotation: Any) -> str:
    """Return the values of a type that has few."""
    if annotation is bool:
        return "true, false"
    if get_origin(annotation) is Literal:
        return ", ".join(map(str, get_args(annotation)))
    return ""


def bounds(field: Field) -> str:
    """Return the range that the type allows, such as `at least 1, below 10`."""
    parts = [field.type, *get_args(field.type)] if get_origin(field.type) in (Annotated, Union, UnionType) else []
    limits = [
        *field.metadata,
        *(one for part in parts if part is not NoneType for one in getattr(part, "__metadata__", ())),
    ]
    limits += [inner for one in limits for inner in getattr(one, "metadata", ())]
    found = {key: getattr(one, key) for one in limits for key in LIMITS if getattr(one, key, None) is not None}
    return ", ".join(f"{text} {found[key]:g}" for key, text in LIMITS.items() if key in found)


LIMITS = {"ge": "at least", "gt": "above", "le": "at most", "lt": "below"}


def run_again(name: str, stages: Mapping[str, Any]) -> tuple[list[str], int]:
    """Return the stages that declare a parameter, and how many more follow from them."""
    direct = [stage for stage, content in stages.items() if depends(name, content)]
    reached, waiting = set(direct), list(direct)
    while waiting:
        writer = stages[waiting.pop()]
        outs = plain([*writer.get("outs", []), *writer.get("metrics", [])])
        for stage, content in stages.items():
            if stage not in reached and any(touch(out, dep) for out in outs for dep in plain(content.get("deps", []))):
                reached.add(stage)
                waiting.append(stage)
    return direct, len(reached) - len(direct)


def depends(name: str, stage: Mapping[str, Any]) -> bool:
    """Return whether a stage declares a parameter or a section above it, or has a cell for each of its values."""
    axes = [str(values).removeprefix("${").removesuffix("}") for values in stage.get("matrix", {}).values()]
    declared = [re.sub(r"\$\{[^}]*\}", "*", str(one)) for one in stage.get("params", [])]
    return any(fnmatch(name, one) or fnmatch(name, f"{one}.*") for one in (*declared, *axes))


def plain(entries: list[Any]) -> list[str]:
    """Return the paths of outs or deps up to the first part that differs from cell to cell."""
    names = [next(iter(one)) if isinstance(one, Mapping) else str(one) for one in entries]
    return [name.partition("/${")[0] for name in names if not name.startswith("src/")]


def touch(one: str, other: str) -> bool:
    """Return whether a path is the other, or lies in it, or the other way round."""
    return one == other or one.startswith(f"{other}/") or other.startswith(f"{one}/")


HEAD = """# Parameters

Every number and choice of `params.yaml`, in its order. Written by `make tables` from the classes that check them:
change the text beside a field there, or `parameter_words.yaml`, not this page. *Usual* are values worth trying, or else
those that are allowed. *Runs again* names the stages that a change re-runs, and how many others follow from them.

"""


def page(values: Mapping[str, Any], stages: Mapping[str, Any]) -> str:
    """Return docs/parameters.md.

    Args:
        values: the content of params.yaml.
        stages: those of dvc.yaml.
    """
    sections: dict[str, list[str]] = {}
    for field in all_fields(values):
        top, dot, _ = field.name.partition(".")
        sections.setdefault(top if dot else "The first choices", []).append(row(field, stages))
    parts = [HEAD]
    for title, lines in sections.items():
        head = "| parameter | default | what | unit | usual | runs again |\n|---|---|---|---|---|---|"
        shown = f"`{title}`" if title in values else title
        parts.append("\n".join([f"## {shown}", "", head, *lines, "", ""]))
    return "".join(parts).rstrip() + "\n"


def row(field: Field, stages: Mapping[str, Any]) -> str:
    """Return the line of one parameter."""
    direct, more = run_again(field.name, stages)
    again = ", ".join(f"`{stage}`" for stage in direct) + (f" and {more} more" if direct and more else "")
    cells = [
        f"`{field.name}`",
        default(field.value),
        what(field),
        word(field.name, "unit"),
        usual(field),
        again or "`report`",
    ]
    return f"| {' | '.join(cell.replace('|', '&#124;') for cell in cells)} |"


def default(value: Any) -> str:
    """Return the value in params.yaml; of a long list its length."""
    if isinstance(value, list | Mapping) and len(str(value)) > LONGEST:
        return f"{len(value)} entries"
    return f"`{'null' if value is None else str(value).lower() if isinstance(value, bool) else value}`"


LONGEST = 60
"""Characters of a default that is shown in full."""
