"""Tables of single numbers: the other benchmarks, and the last sweep."""

from pathlib import Path

from makeweight.results.benchmarks import FOLDER, read_benchmarks
from makeweight.results.folders import read_csv
from makeweight.results.markup import cell_text
from makeweight.tools.tables.markdown import markdown_table

SWEEP = Path("experiments") / "sweep.csv"


def benchmarks(folder: Path = FOLDER) -> str:
    """What each benchmark found, with the commit and machine it was measured on."""
    rows, machines = [], set()
    for benchmark in read_benchmarks(folder):
        machines.add(benchmark.machine)
        rows += [
            [f"`{benchmark.name}`", f"`{name}`", cell_text(benchmark.numbers[name]), benchmark.commit]
            for name in benchmark.main_numbers
        ]
    if not rows:
        return "No benchmark has been run yet."
    table = markdown_table(["benchmark", "number", "value", "commit"], rows)
    return f"{table}\n\nMeasured on: {'; '.join(sorted(machines))}."


def sweep(path: Path = SWEEP) -> str:
    """Every configuration of the last sweep, the best first."""
    results = read_csv(path) if path.is_file() else None
    if results is None or results.empty:
        return "Not made yet: `make sweep`."
    heads = [str(name).rpartition(".")[2].replace("_", " ") for name in results.columns]
    rows = [[f"{value:.4g}" if isinstance(value, float) else str(value) for value in row] for row in results.values]
    return markdown_table(heads, rows)
