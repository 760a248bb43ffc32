"""Everything that a stage imports is written to dvc.yaml; the rest of the file is unchanged."""

from pathlib import Path

import pytest

from makeweight.core.errors import InputError
from makeweight.tools import deps

PIPELINE = """# a comment
stages:
  clean:
    desc: deps
    cmd: python src/stage.py clean
    deps:
    - src/old.py
    - data/raw
    outs:
    - data/clean
  split:
    deps:
    - data/clean
plots:
- src/not_a_dep
"""


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A stage whose `main` reaches the floor `core` through a function of the floor `data`."""
    contents = {
        "__init__.py": "",
        "stages/__init__.py": "",
        "stages/clean/__init__.py": "",
        "stages/clean/__main__.py": "from makeweight.data import table\ndef main(): pass\n",
        "stages/split.py": "import json\ndef main(): pass\n",
        "data/__init__.py": "",
        "data/table.py": "def read():\n    from makeweight.core.disk import whole\n",
        "core/__init__.py": "",
        "core/disk.py": "whole = 1\n",
        "core/unused.py": "from makeweight.app import pages\n",
        "app/__init__.py": "",
        "app/pages.py": "",
    }
    for name, text in contents.items():
        path = tmp_path / "src" / "makeweight" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path / "src"


def test_floors_behind_a_function_are_found_and_unused_modules_reach_nothing(source: Path) -> None:
    root = "src/makeweight"
    assert deps.code_deps("clean", source) == ["src/stage.py", f"{root}/stages/clean", f"{root}/core", f"{root}/data"]
    assert deps.code_deps("split", source) == ["src/stage.py", f"{root}/stages/split.py"]


def test_a_stage_without_a_module_and_a_relative_import_are_refused(source: Path) -> None:
    with pytest.raises(InputError, match="no module makeweight.stages.gone"):
        deps.code_deps("gone", source)
    (source / "makeweight/stages/split.py").write_text("\nfrom . import clean\n")
    with pytest.raises(InputError, match="line 2: a relative import"):
        deps.code_deps("split", source)


def test_only_the_code_among_the_deps_is_replaced() -> None:
    written = deps.with_code_deps(PIPELINE, {"clean": ["src/a", "src/b"], "split": ["src/c"]})
    assert written == PIPELINE.replace("    - src/old.py\n", "    - src/a\n    - src/b\n").replace(
        "    deps:\n    - data/clean\n", "    deps:\n    - src/c\n    - data/clean\n"
    )
    assert deps.with_code_deps(written, {"clean": ["src/a", "src/b"], "split": ["src/c"]}) == written
