"""Tables of docs/scale.md: what a table of 20 columns costs per stage, and what comes of Ray's nodes that fail."""

from pathlib import Path

from makeweight.results.benchmarks import FOLDER
from makeweight.results.folders import read_json
from makeweight.results.values import Numbers, below, by_first_part
from makeweight.tools.tables.markdown import markdown_table

FILE = "table_scale.json"
NOT_MEASURED = "Not measured yet: `benchmarks/table_scale.py`."
CURVE_FILE = "memory_curve.json"
CURVE_NOT_MEASURED = "Not measured yet: `benchmarks/memory_curve.py`."
MEMORY_GB = 4
NODES_FILE = "ray_nodes.json"
NODES_NOT_MEASURED = "Not measured yet: `benchmarks/ray_nodes.py`."
NODE_CASES = {
    "local": "local",
    "ray": "Ray",
    "killed": "a node killed",
    "slow": "a slow node",
    "frozen": "a frozen node",
    "gone": "no node left",
    "headless": "no head left",
}
"""Case in the file -> head of its column."""


def table_scale(folder: Path = FOLDER) -> str:
    """A table with a row per stage that was measured at two sizes, in the order of the pipeline."""
    path = folder / FILE
    if not path.is_file():
        return NOT_MEASURED
    numbers = read_json(path)
    stages = [name.removesuffix(".bytes_per_row") for name in numbers if name.endswith(".bytes_per_row")]
    sizes = sorted({int(name.rpartition(".")[2]) for name in numbers if ".peak_gb." in name})
    few, many = sizes[0], sizes[-1]
    heads = ["stage", f"seconds, {few:,} rows", f"{many:,} rows", f"peak, {few:,} rows", f"{many:,} rows"]
    rows = [[f"`{stage}`", *cells(below(numbers, stage), few, many)] for stage in stages]
    return markdown_table([*heads, "bytes per further row", f"rows in {MEMORY_GB} GB"], rows)


def cells(numbers: Numbers, few: int, many: int) -> list[str]:
    """The numbers of one stage as cells."""
    seconds = [f"{numbers[f'seconds.{rows}']:.0f}" for rows in (few, many)]
    peaks = [f"{numbers[f'peak_gb.{rows}']:.2f} GB" for rows in (few, many)]
    return [*seconds, *peaks, f"{numbers['bytes_per_row']:,}", fitting(numbers, many)]


def fitting(numbers: Numbers, many: int) -> str:
    """How many rows fit into the memory, in millions, by the slope between the two sizes."""
    per_row = numbers["bytes_per_row"]
    if per_row <= 0:
        return "any number"
    rows = many + (MEMORY_GB - numbers[f"peak_gb.{many}"]) * 2**30 / per_row
    return f"{rows / 1e6:,.0f} million"


def memory_curve(folder: Path = FOLDER) -> str:
    """A row per stage whose memory was followed: its peak, whether that fits, and its processor seconds."""
    path = folder / CURVE_FILE
    if not path.is_file():
        return CURVE_NOT_MEASURED
    rows = [
        [f"`{stage}`", f"{peak:.2f} GB", "yes" if peak <= MEMORY_GB else "no", f"{own['seconds']:.0f}"]
        for stage, own in by_first_part(read_json(path)).items()
        if (peak := own.get("peak_gb")) is not None
    ]
    return markdown_table(["stage", "largest resident memory", f"within {MEMORY_GB} GB", "processor seconds"], rows)


def ray_nodes(folder: Path = FOLDER) -> str:
    """A row per stage: its seconds in each case, and how it ended."""
    path = folder / NODES_FILE
    if not path.is_file():
        return NODES_NOT_MEASURED
    cases = by_first_part(read_json(path))
    stages = below(cases["local"], "seconds")
    rows = [
        [f"`{stage.replace('_', ' ')}`", *(ending(cases.get(case, {}), stage) for case in NODE_CASES)]
        for stage in stages
    ]
    return markdown_table(["stage", *NODE_CASES.values()], rows)


def ending(case: Numbers, stage: str) -> str:
    """`35 s`; `one line, 61 s` where there was nothing left to work with; nothing where it was not tried."""
    seconds, again, line = (below(case, part).get(stage) for part in ("seconds", "retried", "line"))
    if seconds is None:
        return ""
    told = "" if again is None else f"; {again:.0f} again"
    said = "" if line is None else "one line, " if line else "ended by Ray, "
    return f"{said}{seconds:.0f} s{told}"
