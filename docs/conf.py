"""How Sphinx builds the documentation: the pages of this folder, and an API reference from the docstrings."""

import ast
import importlib
import re
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src" / "makeweight"
REFERENCE = ROOT / "docs" / "api"
sys.path.insert(0, str(ROOT / "src"))

project = "Makeweight"
author = "The authors of Makeweight"
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns: list[str] = []
html_theme = "furo"
html_title = "Makeweight"
html_copy_source = False
html_show_sphinx = False

myst_heading_anchors = 4

default_role = "code"
"""Docstrings write names in single backticks."""
autodoc_default_options = {"members": True, "undoc-members": True}
autodoc_mock_imports = ["dvclive", "mlflow", "ray", "redis"]
"""What is optional need not be installed."""
autodoc_member_order = "bysource"
autodoc_typehints = "description"
autodoc_preserve_defaults = True
napoleon_numpy_docstring = False

FLOORS = ("app", "stages", "tools", "results", "balance", "generators", "learn", "data", "core")
"""From the top downwards: one page of the reference each."""


NEED_WHAT_IS_OPTIONAL = {"ray_shards"}
"""Modules that cannot be imported without an optional package: autodoc imports them beside a stand-in."""


def modules_of(floor: str) -> list[Path]:
    """The files of a floor, those that say something, packages before what they hold."""
    files = (PACKAGE / floor).rglob("*.py")
    return sorted((file for file in files if ast.parse(file.read_text(encoding="utf-8")).body), key=module_name)


def module_name(file: Path) -> str:
    """The dotted name that the file is imported by."""
    parts = file.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def page_of(floor: str) -> str:
    """The page of a floor: every module with its docstrings."""
    lines = [f"# `makeweight.{floor}`", ""]
    for file in modules_of(floor):
        name = module_name(file)
        lines += [f"## `{name}`", "", "```{eval-rst}", f".. automodule:: {name}", "```", ""]
    return "\n".join(lines)


def write_reference() -> None:
    """Write the pages of the reference, each only where it changed, so that Sphinx reads it again only then."""
    REFERENCE.mkdir(exist_ok=True)
    contents = ["# API reference", "", "One page per floor, the highest first; imports point downwards only.", ""]
    contents += ["```{toctree}", ":maxdepth: 2", "", *FLOORS, "```", ""]
    pages = {"index": "\n".join(contents)} | {floor: page_of(floor) for floor in FLOORS}
    for name, text in pages.items():
        path = REFERENCE / f"{name}.md"
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")


def import_modules() -> None:
    """Import the package before autodoc does: autodoc makes TYPE_CHECKING true meanwhile, which pydantic can't bear."""
    for floor in FLOORS:
        for file in modules_of(floor):
            if file.stem not in NEED_WHAT_IS_OPTIONAL:
                importlib.import_module(module_name(file))


def plain_docstring(_app: Any, _what: str, _name: str, _obj: Any, _options: Any, lines: list[str]) -> None:
    """Escape what reStructuredText would read as markup: docstrings are plain text with names in backticks."""
    for number, line in enumerate(lines):
        parts = re.split(r"(`+[^`]*`+)", line)
        parts[::2] = [re.sub(r"([*|\\]|(?<=\w)_(?!\w))", r"\\\1", part) for part in parts[::2]]
        lines[number] = "".join(parts)


def setup(app: Any) -> None:
    """Called by Sphinx. Docstrings are escaped before napoleon reads their sections."""
    write_reference()
    import_modules()
    app.connect("autodoc-process-docstring", plain_docstring, priority=100)
