"""The wheel holds all that the package needs, asks for what it imports and nothing else, and works once installed."""

import ast
import json
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

from card_sources import small_table, write_pictures
from miniature import SMALL_LEARNERS

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src"

COME_WITH = {
    "cssselect": "scrapy",
    "markupsafe": "jinja2",
    "packaging": "dvc",
    "parsel": "scrapy",
    "starlette": "fastapi",
    "twisted": "scrapy",
    "w3lib": "scrapy",
}
"""Imported, but named in no requirement of ours: part of what the other package gives to its users."""

NOT_IMPORTED = {
    "dvc": "run as a command",
    "python-multipart": "FastAPI reads forms with it",
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


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of commands of an environment that has the wheel, beside this environment's packages.

    Before those are there, the package is imported with nothing else installed.
    """
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=False)
    python = folder / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", str(python)]
    done = subprocess.run([*pip, "install", "--quiet", "--no-deps", "--no-index", str(wheel)], capture_output=True)
    assert done.returncode == 0, done.stderr.decode()
    assert run(python, "import makeweight; print(makeweight.__file__)").startswith(str(folder))
    site = Path(run(python, "import sysconfig; print(sysconfig.get_path('purelib'))"))
    (site / "beside.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    return python.parent


def test_the_wheel_works_in_an_environment_of_its_own(installed: Path) -> None:
    used = "from makeweight import GANSampler; import sys; print(GANSampler(), sys.modules['makeweight'].__file__)"
    assert run(installed / "python", used).startswith(f"GANSampler() {installed.parent}")


def run(python: Path, code: str) -> str:
    """What a line of Python prints away from the checkout."""
    done = called([str(python), "-c", code], python.parent)
    return done.stdout.strip()


def called(command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    """A command that succeeded in a folder, without the checkout on Python's path."""
    environment = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done


SMALL = {
    **SMALL_LEARNERS,
    "engines": ["latent_flow"],
    "arms": ["none", "decision_rule", "latent_flow_50"],
    "train_gan.steps": 3,
    "train_gan.quality.evaluations": 1,
    "train_gan.quality.training.epochs": 1,
    "contest.seeds": 2,
    "verdict.bootstrap_samples": 50,
    "tsne.iterations": 10,
    "fidelity.network.training.epochs": 1,
    "classify.nn.epochs": 1,
    "sample.filter.training.epochs": 1,
}


def test_a_project_of_ones_own_from_an_empty_folder_to_the_report(installed: Path, tmp_path: Path) -> None:
    """As docs/getting-started.md has it: init, add, run; no file of the repository is there."""
    makeweight = str(installed / "makeweight")
    small_table(160).to_csv(tmp_path / "churn.csv", index=False)
    write_pictures(tmp_path / "shapes", {"disc": 12, "cross": 9})
    assert "init" in called([makeweight, "--help"], tmp_path).stdout
    called([makeweight, "init", "own"], tmp_path)
    own = tmp_path / "own"
    called([makeweight, "add", "../shapes", "--profile", "quick"], own)
    assert "Done in" in called([makeweight, "run", "split"], own).stdout
    assert metadata_rows(own) == 21
    called([makeweight, "add", "../churn.csv", "--label", "churn", "--profile", "quick"], own)
    identity = ["git", "-c", "user.name=A", "-c", "user.email=a@example.org"]
    called(["git", "add", "-A"], own)
    called([*identity, "commit", "--quiet", "-m", "Begin"], own)
    options = [word for name, value in SMALL.items() for word in ("-S", f"{name}={json.dumps(value)}".replace(" ", ""))]
    done = called([makeweight, "run", *options], own)
    *_, decided, where = done.stdout.strip().splitlines()
    assert where.startswith("Report: plots/report.html") and decided.endswith(".")
    assert "churn" in (own / "plots" / "report.html").read_text(encoding="utf-8")
    assert decided in called([makeweight, "report"], own).stdout
    assert re.search(r"stage \d+ of \d+: report", done.stderr)
    again = called([makeweight, "run"], own)
    assert "stage" not in again.stderr, "nothing is out of date"


def metadata_rows(project: Path) -> int:
    """How many rows came in."""
    return int(json.loads((project / "metrics" / "ingest.json").read_text())["samples"])
