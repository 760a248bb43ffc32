"""dvc.yaml, params.yaml, .gitignore and src/ agree: what a stage imports, reads and writes is what it declares."""

import ast
import json
from collections.abc import Iterator
from configparser import ConfigParser
from dataclasses import dataclass
from functools import partial
from graphlib import TopologicalSorter
from pathlib import Path, PurePosixPath

import pytest
from dvc.parsing import DataResolver
from dvc.repo import Repo
from ruamel.yaml import YAML

from makeweight.core import paths
from makeweight.tools import deps
from makeweight.tools.deps import PACKAGE, parsed

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src"
FLOORS = (
    "__main__",
    "command",
    "app",
    "trial",
    "cards",
    "stages",
    "tools",
    "results",
    "balance",
    "generators",
    "learn",
    "data",
    "core",
)
"""From the top downwards; `__main__` is `python -m makeweight`."""
imports_of = partial(deps.imports_of, source=SOURCE)
module_file = partial(deps.module_file, source=SOURCE)
import_closure = partial(deps.import_closure, source=SOURCE)
entry_module = partial(deps.entry_module, source=SOURCE)

UNDECLARED = {"logger"}
"""Parameters that change no output: a stage that declared one would run again needlessly."""
BUILT_IN_TEMPLATES = {"linear", "simple", "scatter", "smooth", "confusion", "confusion_normalized", "bar_horizontal"}


@dataclass(frozen=True)
class Declared:
    """A stage as DVC resolves it: `contest@smote` has the name contest and the cell (smote,)."""

    address: str
    command: tuple[str, ...]
    deps: frozenset[str]
    params: frozenset[str]
    outs: frozenset[str]
    uncached: frozenset[str]
    desc: str

    @property
    def name(self) -> str:
        return self.address.partition("@")[0]

    @property
    def cell(self) -> tuple[str, ...]:
        return self.command[3:]


def read_yaml(path: Path) -> dict:
    return YAML(typ="safe").load(path.read_text(encoding="utf-8"))


def out_paths(outs: list[str | dict]) -> Iterator[tuple[str, bool]]:
    """Path and whether DVC caches it."""
    for out in outs:
        if isinstance(out, str):
            yield out, True
        else:
            yield from ((path, bool((flags or {}).get("cache", True))) for path, flags in out.items())


def param_keys(params: list[str | dict]) -> Iterator[str]:
    for param in params:
        assert isinstance(param, str), f"params come from params.yaml only, not {param}"
        yield param


@pytest.fixture(scope="session")
def declared() -> list[Declared]:
    resolver = DataResolver(Repo(str(ROOT)), "", read_yaml(ROOT / "dvc.yaml"))
    stages = []
    for address, stage in resolver.resolve()["stages"].items():
        outs = [*out_paths(stage.get("outs", [])), *out_paths(stage.get("metrics", []))]
        stages.append(
            Declared(
                address,
                tuple(stage["cmd"].split()),
                frozenset(stage.get("deps", [])),
                frozenset(param_keys(stage.get("params", []))),
                frozenset(path for path, _ in outs),
                frozenset(path for path, cached in outs if not cached),
                stage.get("desc", ""),
            )
        )
    return stages


def covers(path: str, file: str) -> bool:
    """Whether a declared path is the file or a folder above it."""
    return PurePosixPath(file).is_relative_to(path)


def main_of(stage: str) -> ast.FunctionDef:
    file = module_file(entry_module(stage))
    assert file is not None, f"stage {stage} has no module"
    body = parsed(file).body
    found = [node for node in body if isinstance(node, ast.FunctionDef) and node.name == "main"]
    assert found, f"{file} has no `main`"
    return found[0]


def sections_read(file: Path) -> set[str]:
    """The section names that a file asks of params.yaml, written out or as a constant of the file."""
    found = set()
    tree = parsed(file)
    constants = {
        node.targets[0].id: node.value.value
        for node in tree.body
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and isinstance(node.value, ast.Constant)
    }
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
            continue
        owner, verb = node.func.value, node.func.attr
        if not isinstance(owner, ast.Name):
            continue
        if (owner.id, verb) == ("card", "chosen"):
            found.add("dataset")
        if owner.id == "params" and verb in {"load", "value"}:
            requested = node.args[-1]
            name = constants.get(requested.id) if isinstance(requested, ast.Name) else getattr(requested, "value", None)
            if isinstance(name, str):
                found.add(name)
    return found


def test_every_stage_is_started_by_its_name(declared: list[Declared]) -> None:
    assert declared
    for stage in declared:
        assert stage.command[:2] == ("python", "src/stage.py"), stage.address
        assert stage.command[2] == stage.name, stage.address
        arguments = main_of(stage.name).args
        least = len(arguments.args) - len(arguments.defaults)
        assert least <= len(stage.cell) <= len(arguments.args) or arguments.vararg, f"{stage.address}: its cells"
        assert stage.desc, f"{stage.address} has no desc"


def test_stages_and_their_modules_have_the_same_names(declared: list[Declared]) -> None:
    names = {file.name.removesuffix(".py") for file in (SOURCE / PACKAGE / "stages").iterdir()}
    assert names - {"__init__", "__pycache__"} == {stage.name for stage in declared}


def test_make_deps_would_change_nothing() -> None:
    """DVC does not follow imports (dvc#9195): code that is not declared can change without a re-run."""
    text = (ROOT / "dvc.yaml").read_text(encoding="utf-8")
    code = {stage: deps.code_deps(stage, SOURCE) for stage in read_yaml(ROOT / "dvc.yaml")["stages"]}
    assert deps.with_code_deps(text, code) == text, "run `make deps`"


def floor_of(file: Path) -> str:
    """The floor of a source file, or the stage for a file of a stage."""
    parts = file.relative_to(SOURCE / PACKAGE).parts
    return ".".join(parts[:2]).removesuffix(".py") if parts[0] == "stages" and len(parts) > 1 else parts[0]


def test_imports_point_downwards_only_and_no_stage_imports_a_stage() -> None:
    for file in (SOURCE / PACKAGE).rglob("*.py"):
        own = floor_of(file)
        if own == "__init__.py":
            continue
        level = FLOORS.index(own.partition(".")[0].removesuffix(".py"))
        for name in imports_of(file):
            other = floor_of(module_file(name))
            if other in {own, "stages.__init__"}:
                continue
            assert FLOORS.index(other.partition(".")[0]) > level, f"{file.relative_to(ROOT)} imports {name}"


def test_no_cycle_of_imports() -> None:
    """A folder's `__init__` is a module like any other."""
    modules = {file: {module_file(name) for name in imports_of(file)} for file in (SOURCE / PACKAGE).rglob("*.py")}
    graph = {file: {other for other in needed if other != file} for file, needed in modules.items()}
    tuple(TopologicalSorter(graph).static_order())


def test_the_package_has_nothing_but_floors() -> None:
    names = {path.name.removesuffix(".py") for path in (SOURCE / PACKAGE).iterdir()} - {"__pycache__", "__init__"}
    assert names == set(FLOORS)


def test_the_package_of_stages_is_empty() -> None:
    """Importing a stage imports `stages/__init__.py`, which no stage declares."""
    body = parsed(SOURCE / PACKAGE / "stages" / "__init__.py").body
    assert [type(node) for node in body] == [ast.Expr]


def test_a_stage_writes_only_under_its_own_name(declared: list[Declared]) -> None:
    for stage in declared:
        for out in stage.outs:
            parts = PurePosixPath(out).parts
            assert parts[0] in {"data", "metrics", "plots"}, out
            own = parts[1].partition(".")[0] if len(parts) == 2 else parts[1]
            assert own == stage.name, f"{stage.address} writes {out}"


def test_no_two_stages_share_an_out(declared: list[Declared]) -> None:
    outs = sorted((out, stage.address) for stage in declared for out in stage.outs)
    for out, address in outs:
        for other, other_address in outs:
            if (out, address) != (other, other_address):
                assert not covers(out, other), f"{other} of {other_address} lies in {out} of {address}"


def test_a_run_without_few_shot_cells_lacks_no_dependency(declared: list[Declared]) -> None:
    """`labelings: []` is allowed, and a folder that only its cells make would then be missing."""
    needed = {dep for stage in declared for dep in stage.deps}
    assert not {"data/fewshot", "plots/fewshot", "metrics/fewshot"} & needed


def test_metrics_and_plots_are_in_git_and_data_is_not(declared: list[Declared]) -> None:
    for stage in declared:
        for out in stage.outs:
            small = out.startswith(("metrics/", "plots/")) and out != "plots/report.html"
            assert (out in stage.uncached) == small, f"{stage.address}: cache of {out}"


def test_gitignore_lists_every_cached_out(declared: list[Declared]) -> None:
    """Listed by hand: DVC removes the lines that it added when a stage fails (dvc#11091)."""
    listed = {line[1:] for line in (ROOT / ".gitignore").read_text().splitlines() if line.startswith("/")}
    for stage in declared:
        for out in stage.outs - stage.uncached:
            assert any(covers(line, out) for line in listed), f".gitignore does not list {out}"
        for out in stage.uncached:
            assert not any(covers(line, out) for line in listed), f".gitignore hides {out}"


def leftovers(written: set[str], outs: set[str]) -> set[str]:
    """Files that no stage declares, such as those of cells that were removed from a matrix."""
    return {file for file in written if not any(covers(out, file) for out in outs)}


def test_no_files_of_removed_cells_are_left(declared: list[Declared]) -> None:
    outs = {out for stage in declared for out in stage.outs}
    written = {
        file.relative_to(ROOT).as_posix()
        for folder in ("metrics", "plots")
        for file in (ROOT / folder).rglob("*")
        if file.is_file() and not file.name.startswith(".")
    }
    assert leftovers(written, outs) == set()


def test_leftovers_are_noticed() -> None:
    outs = {"metrics/contest/none.json", "plots/contest/none"}
    assert leftovers({"metrics/contest/none.json", "plots/contest/none/a.csv"}, outs) == set()
    assert leftovers({"metrics/contest/removed.json"}, outs) == {"metrics/contest/removed.json"}


def section_is_declared(section: str, params: frozenset[str], values: dict, by_cell: set[str]) -> bool:
    """Whether a section is declared whole or key by key; of those in `by_cell` each cell declares one sub-section."""
    if any(section == param or section.startswith(f"{param}.") for param in params):
        return True
    for key in section.split("."):
        values = values[key]
    keys = {key for key, value in values.items() if not (section in by_cell and isinstance(value, dict))}
    own = {param for param in params | by_cell if param.startswith(f"{section}.")}
    return bool(own) and {f"{section}.{key}" for key in keys} <= own


def test_what_is_read_of_params_is_declared(declared: list[Declared]) -> None:
    values, written = read_yaml(ROOT / "params.yaml"), read_yaml(ROOT / "dvc.yaml")["stages"]
    for stage in declared:
        if "params.yaml" in stage.deps:
            continue
        by_cell = {param.partition(".$")[0] for param in written[stage.name].get("params", []) if ".${item" in param}
        for file in import_closure(entry_module(stage.name)):
            for section in sections_read(file):
                known = section_is_declared(section, stage.params, values, by_cell)
                assert known, (
                    f"{stage.address}: {file.relative_to(ROOT)} reads `{section}`, which is not in its `params`"
                )


def test_no_stage_imports_the_loggers(declared: list[Declared]) -> None:
    """Only `src/stage.py` does: otherwise every training would run again when a logger changes."""
    for stage in declared:
        assert SOURCE / PACKAGE / "tools" / "loggers.py" not in import_closure(entry_module(stage.name)), stage.address


def test_a_section_may_be_declared_key_by_key() -> None:
    values = {"train": {"steps": 1, "seed": 2, "flow": {}, "gan": {}}}
    flow = frozenset({"train.steps", "train.seed", "train.flow"})
    assert section_is_declared("train", flow, values, by_cell={"train"})
    assert not section_is_declared("train", flow, values, by_cell=set())
    assert not section_is_declared("train", flow - {"train.seed"}, values, by_cell={"train"})
    nested = {"train": {"steps": 1, "engines": {"flow": {}, "gan": {}}}}
    assert section_is_declared("train", frozenset({"train.steps", "train.engines.flow"}), nested, {"train.engines"})
    assert section_is_declared("train.flow", frozenset({"train"}), values, by_cell=set())


def reads_card(file: Path) -> bool:
    """Whether a file asks for the chosen card."""
    calls = (node.func for node in ast.walk(parsed(file)) if isinstance(node, ast.Call))
    names = (func for func in calls if isinstance(func, ast.Attribute) and isinstance(func.value, ast.Name))
    return any(name.value.id == "card" and name.attr in {"chosen", "load"} for name in names)


def test_the_card_is_a_dep_where_it_is_read(declared: list[Declared]) -> None:
    chosen = read_yaml(ROOT / "params.yaml")["dataset"]
    for stage in declared:
        reads = any(reads_card(file) for file in import_closure(entry_module(stage.name)))
        assert (f"datasets/{chosen}.yaml" in stage.deps) == reads, stage.address


def test_params_hold_what_is_declared_and_nothing_else(declared: list[Declared]) -> None:
    values = read_yaml(ROOT / "params.yaml")
    matrix_axes = (ROOT / "dvc.yaml").read_text(encoding="utf-8")
    required = {param for stage in declared for param in stage.params}
    for param in required:
        section = values
        for key in param.split("."):
            assert isinstance(section, dict) and key in section, f"params.yaml does not have `{param}`"
            section = section[key]
    assert not required & UNDECLARED
    for section in set(values) - UNDECLARED:
        used = any(param.split(".")[0] == section for param in required) or f"${{{section}" in matrix_axes
        assert used, f"params.yaml: no stage declares `{section}`"


def test_stages_are_in_the_order_of_the_data(declared: list[Declared]) -> None:
    order = {stage.address: position for position, stage in enumerate(declared)}
    for stage in declared:
        for other in declared:
            feeds = any(covers(dep, out) or covers(out, dep) for out in other.outs for dep in stage.deps)
            if feeds:
                assert order[other.address] < order[stage.address], f"{stage.address} comes before {other.address}"


def folders_named(file: Path) -> set[str]:
    """The folders below data/ that a file names by the constants of `paths`."""
    constants = {name: value for name, value in vars(paths).items() if isinstance(value, Path)}
    named = {
        node.attr
        for node in ast.walk(parsed(file))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "paths"
    }
    found = {constants[name].as_posix() for name in named if name in constants}
    return {folder for folder in found if folder.startswith("data/")}


def test_data_that_a_stage_names_is_declared(declared: list[Declared]) -> None:
    for stage in declared:
        for file in import_closure(entry_module(stage.name)):
            for folder in folders_named(file):
                known = any(covers(folder, path) or covers(path, folder) for path in stage.deps | stage.outs)
                assert known, f"{stage.address}: {file.relative_to(ROOT)} names {folder}, which is no dep and no out"


def test_data_deps_are_made_by_a_stage(declared: list[Declared]) -> None:
    outs = {out for stage in declared for out in stage.outs}
    for stage in declared:
        for dep in stage.deps:
            if dep.startswith(("data/", "metrics", "plots")):
                assert any(covers(out, dep) or covers(dep, out) for out in outs), (
                    f"{stage.address}: no stage makes {dep}"
                )


def plot_files(entry: dict) -> Iterator[str]:
    """The files that one entry of dvc.yaml's `plots` draws."""
    for name, drawing in entry.items():
        y = (drawing or {}).get("y")
        yield from y if isinstance(y, dict) else [name]


def test_plots_draw_files_that_stages_write(declared: list[Declared]) -> None:
    templates = BUILT_IN_TEMPLATES | {path.stem for path in (ROOT / ".dvc" / "plots").glob("*.json")}
    outs = {out for stage in declared for out in stage.outs}
    resolver = DataResolver(Repo(str(ROOT)), "", read_yaml(ROOT / "dvc.yaml"))
    for entry in resolver.resolve().get("plots", []):
        entry = {entry: None} if isinstance(entry, str) else entry
        for file in plot_files(entry):
            assert any(covers(out, file) or covers(file, out) for out in outs), f"plots: no stage writes {file}"
        for name, drawing in entry.items():
            assert (drawing or {}).get("template", "linear") in templates, f"plots: {name} has an unknown template"


def test_plots_page_needs_no_network() -> None:
    config = ConfigParser()
    config.read(ROOT / ".dvc" / "config")
    page = (ROOT / ".dvc" / config["plots"]["html_template"]).read_text(encoding="utf-8")
    assert "{plot_divs}" in page and "{scripts}" not in page
    assert 'src="http' not in page and "vegaEmbed" in page
    assert len(page) < 1_200_000


def test_plot_templates_have_their_anchors() -> None:
    for path in (ROOT / ".dvc" / "plots").glob("*.json"):
        template = json.loads(path.read_text())
        assert template["data"] == {"values": "<DVC_METRIC_DATA>"}, path.name
        assert "<DVC_METRIC_X>" in path.read_text() and "<DVC_METRIC_Y>" in path.read_text(), path.name


def test_what_people_change_comes_first_and_fits_a_screen() -> None:
    lines = (ROOT / "params.yaml").read_text(encoding="utf-8").splitlines()
    end = next(number for number, line in enumerate(lines) if line.startswith("# -") and " advanced " in line)
    first = [line.partition(":")[0] for line in lines[:end] if line[:1].isalpha()]
    assert first == ["dataset", "seed", "modalities", "engines", "arms", "sample"]
    assert end < 50
