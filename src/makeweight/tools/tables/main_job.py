"""Where the time of `make repro` goes, in docs/running.md."""

from collections import defaultdict
from pathlib import Path

from makeweight.results.benchmarks import FOLDER, read_benchmarks

STAGE = "full.stage_seconds."
WIDTH = 48
"""Characters of the longest bar."""
NOT_MEASURED = "Not measured yet: `python benchmarks/pipeline.py`."


def main_job(folder: Path = FOLDER) -> str:
    """A bar for each stage of a full run, its cells together, in the order of the pipeline."""
    found = next((one for one in read_benchmarks(folder) if one.name == "pipeline"), None)
    if found is None:
        return NOT_MEASURED
    seconds: dict[str, list[float]] = defaultdict(list)
    for name, number in found.numbers.items():
        if name.startswith(STAGE):
            seconds[name.removeprefix(STAGE).partition("@")[0]].append(number)
    longest = max(sum(cells) for cells in seconds.values())
    lines = [bar(stage, cells, longest) for stage, cells in seconds.items()]
    total = found.numbers["full.seconds"]
    told = (
        f"`make repro`, everything from the start: {total / 60:.0f} minutes, of which DVC itself takes "
        f"{found.numbers['dvc_share']:.0%}; with nothing to do {found.numbers['noop_seconds']:.1f} s "
        f"({found.machine}; commit {found.commit})."
    )
    return "\n".join([told, "", "```text", *lines, "```"])


def bar(stage: str, cells: list[float], longest: float) -> str:
    """`contest (13)       =========== 280 s`."""
    name = f"{stage} ({len(cells)})" if len(cells) > 1 else stage
    return f"{name:<15} {'█' * max(1, round(WIDTH * sum(cells) / longest))} {sum(cells):.0f} s"
