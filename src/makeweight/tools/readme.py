"""Put the numbers of the last run and of the benchmarks into README.md, between its markers: `make readme`."""

import re
import sys
from collections.abc import Iterable, Sequence
from fnmatch import fnmatch
from pathlib import Path

from makeweight.balance.arm import NONE, Arm
from makeweight.core import files, paths
from makeweight.core.errors import InputError
from makeweight.results.chapters import spoken
from makeweight.results.opening import read_ruling
from makeweight.results.public import grid_of, read_trials
from makeweight.results.sections import shown
from makeweight.results.shelf import Shelf, read_json

README = Path("README.md")
BENCHMARKS = Path("benchmarks") / "results"

TOLD = (
    "listings_found",
    "near_duplicates.precision",
    "near_duplicates.recall",
    "speedup.*",
    "*.speedup.*",
    "exponent*",
    "peak_gb",
    "ratio.*",
    "*.ratio",
    "*.ratio.*",
    "*.coherence",
    "*.copy_rate",
    "*.macro_f1",
    "*.auc",
    "*.rare_recall",
    "*.inconclusive",
    "gain_*.found",
    "loss_*.found",
    "ddp.efficiency",
    "noop_seconds",
    "dvc_share",
)
"""Names of the numbers of a benchmark that the README tells; all others stand in its file."""


def results(shelf: Shelf) -> str:
    """The last run in Markdown: verdict, contest, E1 and E2, few-shot."""
    blocks = [counts(shelf), contest(shelf), classifiers(shelf), few_shot(shelf)]
    return "\n\n".join(block for block in blocks if block) or "No run yet: `make repro`."


def counts(shelf: Shelf) -> str:
    """How many samples there are at each step."""
    ingested, cleaned, split = (shelf.numbers(stage) or {} for stage in ("ingest", "clean", "split"))
    known = (
        ("samples crawled", ingested.get("samples")),
        ("kept by cleaning", cleaned.get("samples_out")),
        ("classes", cleaned.get("classes")),
        ("largest to smallest class", cleaned.get("imbalance_ratio")),
        *((f"in the {name} split", split.get(name)) for name in ("train", "validation", "test")),
    )
    told = [f"{name}: {shown(value, 1)}" for name, value in known if value is not None]
    return f"{'; '.join(told)}." if told else ""


def contest(shelf: Shelf) -> str:
    """The sentences of the verdict, and every arm."""
    ruling, numbers = read_ruling(shelf), shelf.numbers("verdict")
    if ruling is None or numbers is None:
        return ""
    rows = []
    for arm in [NONE, *ruling.entrants]:
        words = ruling.words_on(arm) or {}
        scores = [spoken(numbers, f"{arm}.{score}", 100) or "" for score in ("macro_f1", "minority_recall")]
        cost = shelf.cost(arm)
        told = [str(words.get("verdict", "")), shown(words.get("simple_verdict")), shown(cost.rows), shown(cost.steps)]
        rows.append([f"`{arm}`", *scores, *told])
    heads = ["way of balancing", "macro-F1", "recall of rare classes", "against none", f"against {ruling.best_simple}"]
    heads += ["synthetic rows", "training steps"]
    return "\n\n".join([*(f"> {sentence}" for sentence in ruling.sentences.values()), markdown(heads, rows)])


def classifiers(shelf: Shelf) -> str:
    """Networks trained on real and on synthetic samples, tested on their own kind and the latter on real."""
    own, across = shelf.numbers("classify", "e1"), shelf.numbers("classify", "e2") or {}
    if own is None:
        return ""
    names = [name for name in ("nn", "lenet", "vgg16") if f"real.{name}.accuracy" in own]
    rows = [
        [
            f"`{name}`",
            *(
                shown(own.get(f"{origin}.{name}.{score}"))
                for origin in ("real", "synthetic")
                for score in ("accuracy", "macro_f1")
            ),
            *(shown(across.get(f"{name}.{score}")) for score in ("accuracy", "macro_f1", "ratio")),
        ]
        for name in names
    ]
    heads = [
        "network",
        "E1 real: accuracy",
        "macro-F1",
        "E1 synthetic: accuracy",
        "macro-F1",
        "E2 synthetic on real: accuracy",
        "macro-F1",
        "ratio",
    ]
    return markdown(heads, rows)


def few_shot(shelf: Shelf) -> str:
    """Five-way accuracy per method and shot, per labeling."""
    cells = {cell: shelf.numbers("fewshot", cell) or {} for cell in shelf.cells("fewshot")}
    tables = [shots(f"few-shot, labeling {cell}", numbers, 5) for cell, numbers in cells.items()]
    return "\n\n".join(table for table in tables if table)


def few_shot_elsewhere(folder: Path) -> str:
    """Three-way accuracy on public picture sets, from `fewshot_<data set>.json`."""
    tables = [
        shots(path.stem.removeprefix("fewshot_").replace("_", "-"), read_json(path), 3)
        for path in sorted(folder.glob("fewshot_*.json"))
    ]
    return "\n\n".join(table for table in tables if table) or "Not measured yet."


def shots(title: str, numbers: dict[str, float], ways: int) -> str:
    """Accuracy per method and shot; nothing where there is none of so many ways."""
    settings = {shot: f"{ways}_way_{shot}_shot" for shot in (1, 5, 20)}
    methods = sorted({name.split(".")[0] for name in numbers if name.endswith(f".{settings[1]}.mean")})
    rows = [
        [f"`{method}`", *(spoken(numbers, f"{method}.{setting}", 100) or "" for setting in settings.values())]
        for method in methods
    ]
    return markdown([title, *(f"{ways}-way {shot}-shot" for shot in settings)], rows) if rows else ""


def trials(folder: Path) -> str:
    """What a classifier learns on public pictures from an engine's pictures alone, and these pictures."""
    told = read_trials(folder / "quality.json")
    if told.empty:
        return "Not measured yet."
    rows = [[shown(value) for value in row] for row in told.itertuples(index=False)]
    names = list(zip(told["data set"], told["engine"], strict=True))
    grids = [(data, engine, grid_of(data, engine, folder / "quality")) for data, engine in names]
    cells = [(f"{data}, {engine}", f"![{data} by {engine}]({path})") for data, engine, path in grids if path.is_file()]
    by_three = [cells[start : start + 3] for start in range(0, len(cells), 3)]
    pictures = [markdown([title for title, _ in part], [[picture for _, picture in part]]) for part in by_three]
    return "\n\n".join([markdown([str(name) for name in told.columns], rows), *pictures])


def verdicts(folder: Path) -> str:
    """Per public data set every way of balancing, from `verdict-<data set>.json`."""
    blocks = []
    for path in sorted(folder.glob("verdict-*.json")):
        content = read_json(path)
        arms = sorted(
            {name.removesuffix(".macro_f1.mean") for name in content if name.endswith(".macro_f1.mean")},
            key=lambda arm: (-content[f"{arm}.macro_f1.mean"], arm),
        )
        rows = [
            [
                f"`{arm}`, as validation chose" if Arm.parse(arm).is_engine_choice else f"`{arm}`",
                *(spoken(content, f"{arm}.{score}", 100) or "" for score in ("macro_f1", "minority_recall")),
                *(str(content.get(f"{arm}.{word}", "")) for word in ("verdict", "verdict_against_best_simple")),
            ]
            for arm in arms
            if f"{arm}.minority_recall.mean" in content
        ]
        heads = ["way of balancing", "macro-F1", "recall of rare classes", "against none", "against the best simple"]
        told = [str(content[name]) for name in content if name.startswith("sentence.")]
        e2 = {
            name.split(".")[1]: shown(value) for name, value in content.items() if re.fullmatch(r"e2\..*\.ratio", name)
        }
        if e2:
            told.append(f"E2, accuracy by that of real training: {', '.join(f'{name} {x}' for name, x in e2.items())}.")
        budget = f"{shown(content.get('rows.train'))} train rows, {shown(content.get('seeds'))} seeds"
        blocks += [f"**{path.stem.removeprefix('verdict-')}** ({budget}). {' '.join(told)}", markdown(heads, rows)]
    return "\n\n".join(blocks) or "Not measured yet."


def benchmarks(folder: Path) -> str:
    """What each other benchmark found, with the commit and machine it was measured on."""
    rows, machines = [], set()
    for path in sorted(folder.glob("*.json")):
        content = read_json(path)
        if path.stem == "quality" or path.stem.startswith("verdict-"):
            continue
        machines.add(str(content.get("machine", "unknown")))
        told = [name for name in content if any(fnmatch(name, pattern) for pattern in TOLD)]
        rows += [[f"`{path.stem}`", f"`{name}`", shown(content[name]), str(content.get("commit", ""))] for name in told]
    if not rows:
        return "No benchmark has been run yet."
    return "\n\n".join(
        [markdown(["benchmark", "number", "value", "commit"], rows), f"Measured on: {'; '.join(sorted(machines))}."]
    )


def markdown(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table; the first column holds words."""
    lines = [f"| {' | '.join(heads)} |", f"|---|{'---:|' * (len(heads) - 1)}"]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in rows)])


def put(text: str, block: str, content: str) -> str:
    """The text with `content` between the two markers of a block.

    Raises:
        InputError: the markers are not there.
    """
    begin, end = f"<!-- {block}: written by `make readme` -->", f"<!-- end of {block} -->"
    pattern = re.compile(f"{re.escape(begin)}.*?{re.escape(end)}", re.DOTALL)
    if not pattern.search(text):
        raise InputError(f"{README}: the markers `{begin}` and `{end}` are missing")
    return pattern.sub(lambda _: f"{begin}\n{content}\n{end}", text)


def main() -> int:
    """Write the blocks of README.md."""
    try:
        text = README.read_text(encoding="utf-8")
        text = put(text, "results", results(Shelf(paths.METRICS, paths.PLOTS)))
        text = put(text, "few-shot", few_shot_elsewhere(BENCHMARKS))
        text = put(text, "trials", trials(BENCHMARKS))
        text = put(text, "verdicts", verdicts(BENCHMARKS))
        text = put(text, "benchmarks", benchmarks(BENCHMARKS))
    except InputError as mistake:
        sys.stderr.write(f"{mistake}\n")
        return 1
    files.write_text(README, text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
