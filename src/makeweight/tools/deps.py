"""Write the code that each stage imports into dvc.yaml, because DVC does not follow imports (dvc#9195): `make deps`.

The files that `makeweight init` writes follow from dvc.yaml and params.yaml; they are written as well.

A stage depends on its own folder or module and on each floor (folder of `makeweight`) below it that its imports reach.
"""

import ast
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path, PurePosixPath

from makeweight.core import entry, files
from makeweight.core.errors import InputError
from makeweight.core.params import read_yaml
from makeweight.core.progress import say
from makeweight.tools import scaffold

PIPELINE = Path("dvc.yaml")
SOURCE = Path("src")
PACKAGE = "makeweight"
ENTRY_SCRIPT = "src/stage.py"


@cache
def parsed(file: Path) -> ast.Module:
    """Return the syntax tree of a source file, parsed once."""
    return ast.parse(file.read_text(encoding="utf-8"))


def module_file(module: str, source: Path = SOURCE) -> Path | None:
    """Return the file of a module, or None if the name is not a module below `source`."""
    base = source.joinpath(*module.split("."))
    for candidate in (base.with_suffix(".py"), base / "__init__.py"):
        if candidate.is_file():
            return candidate
    return None


def imports_of(file: Path, source: Path = SOURCE) -> set[str]:
    """Return the modules of the package that the file imports, at its top or inside a function.

    Raises:
        InputError: a relative import.
    """
    found: set[str] = set()
    for node in ast.walk(parsed(file)):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            if node.level:
                raise InputError(f"{file}: line {node.lineno}: a relative import; imports are absolute here")
            names = [f"{node.module}.{alias.name}" for alias in node.names]
            found.update(name if module_file(name, source) else str(node.module) for name in names)
    return {name for name in found if name.startswith(f"{PACKAGE}.") and module_file(name, source)}


def entry_module(stage: str, source: Path = SOURCE) -> str:
    """Return the module with the stage's `main`."""
    folder = f"{PACKAGE}.stages.{stage}.__main__"
    return folder if module_file(folder, source) else f"{PACKAGE}.stages.{stage}"


@cache
def import_closure(module: str, source: Path = SOURCE) -> frozenset[Path]:
    """Return the files that importing a module may execute, except the package's `__init__.py`, which has no logic.

    Raises:
        InputError: there is no such module.
    """
    reached: set[Path] = set()
    waiting, seen = {module}, set[str]()
    while waiting:
        name = waiting.pop()
        seen.add(name)
        file = module_file(name, source)
        if file is None:
            raise InputError(f"{source}: there is no module {name}")
        reached.add(file)
        parents = {".".join(name.split(".")[:depth]) for depth in range(2, name.count(".") + 1)}
        waiting |= (parents | imports_of(file, source)) - seen
    return frozenset(reached)


def code_deps(stage: str, source: Path = SOURCE) -> list[str]:
    """Return the paths of code that a stage depends on: the entry script, the stage itself, then floors by name."""
    package = source / PACKAGE
    floors = set()
    for file in import_closure(entry_module(stage, source), source):
        parts = file.relative_to(package).parts
        if parts[0] != "stages":
            floors.add(parts[0])
    own = f"stages/{stage}" if (package / "stages" / stage).is_dir() else f"stages/{stage}.py"
    return [ENTRY_SCRIPT, *(f"src/{PACKAGE}/{name}" for name in (own, *sorted(floors)))]


def is_code(dep: str) -> bool:
    """Return whether a dependency in dvc.yaml is code of this project."""
    return PurePosixPath(dep).is_relative_to("src")


def with_code_deps(text: str, code: Mapping[str, list[str]]) -> str:
    """Return dvc.yaml with each stage's dependencies on code replaced and all other lines unchanged.

    Args:
        text: dvc.yaml, each dependency on its own line.
        code: the paths of code by stage.
    """
    lines: list[str] = []
    stage, in_deps = "", False
    for line in text.splitlines():
        indent = len(line) - len(line.lstrip())
        if indent == 2 and line.endswith(":") and line.strip()[:-1] in code:
            stage = line.strip()[:-1]
        if in_deps and line.strip().startswith("- "):
            if is_code(line.strip()[2:]):
                continue
        elif indent <= 4:
            in_deps = line.strip() == "deps:"
            if in_deps:
                lines += [line, *(f"    - {path}" for path in code[stage])]
                continue
        lines.append(line)
    return "\n".join(lines) + "\n"


def main() -> None:
    """Rewrite the code dependencies in dvc.yaml from the imports, and the scaffold from both files."""
    code = {stage: code_deps(stage) for stage in read_yaml(PIPELINE)["stages"]}
    before = PIPELINE.read_text(encoding="utf-8")
    after = with_code_deps(before, code)
    if after != before:
        files.write_text(PIPELINE, after)
    say(f"{PIPELINE}: {'unchanged' if after == before else 'rewritten'}")
    for name in scaffold.write():
        say(f"{scaffold.FOLDER / name}: rewritten")


if __name__ == "__main__":
    sys.exit(entry.run_tool("make deps", main))
