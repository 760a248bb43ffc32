"""How Sphinx builds the documentation: the pages of this folder, and an API reference from the docstrings."""

import ast
import importlib
import re
import sys
from pathlib import Path
from typing import Any

from sphinx.ext.autodoc.mock import mock
from sphinx.ext.napoleon import Config, GoogleDocstring

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src" / "makeweight"
REFERENCE = ROOT / "docs" / "api"
sys.path.insert(0, str(ROOT / "src"))

project = "Makeweight"
author = "The authors of Makeweight"
extensions = ["myst_parser", "sphinx.ext.autodoc"]
exclude_patterns: list[str] = []
html_theme = "furo"
html_title = "Makeweight"
html_copy_source = False
html_show_sphinx = False
html_show_copyright = False

myst_heading_anchors = 4

autodoc_default_options = {"members": True, "undoc-members": True}
autodoc_mock_imports = ["dvclive", "mlflow", "playwright", "python_calamine", "ray", "redis", "scrapy_playwright"]
"""What is optional need not be installed."""
autodoc_member_order = "bysource"
autodoc_typehints = "description"
autodoc_preserve_defaults = True
suppress_warnings = ["ref.python"]
"""Types in signatures are short names; where two modules have one of a name, the first is linked."""

FLOORS = ("app", "stages", "tools", "results", "balance", "generators", "learn", "data", "core")
"""From the top downwards: one page of the reference each."""


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
    with mock(autodoc_mock_imports):
        for floor in FLOORS:
            for file in modules_of(floor):
                importlib.import_module(module_name(file))


def read_docstring(_app: Any, what: str, _name: str, _obj: Any, _options: Any, lines: list[str]) -> None:
    """Docstrings are plain text with names in backticks, and sections as Google writes them (Args, Raises).

    What reStructuredText would read as markup is escaped.
    """
    parts = re.split(r"(`+[^`]*`+)", "\n".join(lines))
    parts[::2] = [re.sub(r"([*|\\]|(?<=\w)_(?!\w))", r"\\\1", part) for part in parts[::2]]
    parts[1::2] = ["``" + part.strip("`") + "``" for part in parts[1::2]]
    text = "".join(parts)
    has_sections = what not in {"attribute", "data", "module", "property"}
    lines[:] = (str(GoogleDocstring(text, Config(napoleon_use_rtype=False))) if has_sections else text).splitlines()


def is_foreign(_app: Any, _what: str, _name: str, obj: Any, skip: bool, _options: Any) -> bool | None:
    """Skip what a module imports from other packages."""
    module = getattr(obj, "__module__", None)
    return True if callable(obj) and module and not module.startswith("makeweight") else None


def setup(app: Any) -> None:
    """Called by Sphinx."""
    write_reference()
    import_modules()
    app.connect("autodoc-process-docstring", read_docstring)
    app.connect("autodoc-skip-member", is_foreign)
