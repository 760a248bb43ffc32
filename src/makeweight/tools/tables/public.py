"""Tables of the benchmarks on public data: few-shot, engines with their pictures, verdicts."""

from pathlib import Path

from makeweight.balance.arm import DECISION_RULE, Arm
from makeweight.results.benchmarks import (
    FOLDER,
    PublicVerdict,
    picture_grid,
    read_public_fewshot,
    read_trials,
    read_verdicts,
)
from makeweight.results.markup import cell_text
from makeweight.tools.tables.last_run import shots
from makeweight.tools.tables.markdown import interval_text, markdown_table

NOT_MEASURED = "Not measured yet."
WITHOUT_RULE = (
    "Measured with an earlier version's learners, which are weaker, and without decision rules: much of what helps "
    "here may be had by a rule alone."
)
"""What is said of a verdict without the arm `decision_rule`."""
WAY = 3
PICTURES_IN_A_ROW = 3


def few_shot(folder: Path = FOLDER) -> str:
    """Three-way accuracy per data set."""
    tables = [shots(data, accuracies, WAY) for data, accuracies in read_public_fewshot(folder).items()]
    return "\n\n".join(table for table in tables if table) or NOT_MEASURED


def trials(folder: Path = FOLDER, page: Path = Path("docs")) -> str:
    """What a classifier learns from an engine's pictures alone, and these pictures, as seen from the page's folder."""
    found = read_trials(folder)
    if not found:
        return NOT_MEASURED
    heads = ["data set", "engine", "ratio", "std of ratio", "coverage", "coverage of real", "density"]
    heads += ["fine detail", "told from real", "seeds", "minutes", "device"]
    rows = [
        [trial.data, trial.engine, *map(cell_text, (trial.ratio, trial.ratio_std, trial.coverage))]
        + [*map(cell_text, (trial.coverage_of_real, trial.density, trial.high_frequencies, trial.told_apart))]
        + [*map(cell_text, (trial.seeds, trial.minutes, trial.device))]
        for trial in found
    ]
    cells = [
        (f"{trial.data}, {trial.engine}", f"![{trial.data} by {trial.engine}]({link(path, page)})")
        for trial in found
        if (path := picture_grid(trial, folder)).is_file()
    ]
    parts = [cells[start : start + PICTURES_IN_A_ROW] for start in range(0, len(cells), PICTURES_IN_A_ROW)]
    pictures = [markdown_table([title for title, _ in part], [[picture for _, picture in part]]) for part in parts]
    return "\n\n".join([markdown_table(heads, rows), *pictures])


def link(path: Path, page: Path) -> str:
    """The path as seen from the page's folder."""
    return path.as_posix() if path.is_absolute() else "../" * len(page.parts) + path.as_posix()


def verdicts(folder: Path = FOLDER) -> str:
    """Per public data set every way of balancing."""
    return "\n\n".join(verdict_block(verdict) for verdict in read_verdicts(folder)) or NOT_MEASURED


def verdict_block(verdict: PublicVerdict) -> str:
    """What was found on one data set, and its table."""
    engines = {engine for one in verdict.arms for engine in Arm.parse(one.arm).engines}
    rows = [
        [
            f"`{one.arm}`, as validation chose" if one.arm in engines else f"`{one.arm}`",
            *(interval_text(score) for score in (one.macro_f1, one.minority_recall)),
            one.against_none,
            one.against_simple,
        ]
        for one in verdict.arms
    ]
    sentences = list(verdict.sentences)
    if all(one.arm != DECISION_RULE for one in verdict.arms):
        sentences.insert(0, WITHOUT_RULE)
    if verdict.e2_ratios:
        ratios = ", ".join(f"{network} {cell_text(ratio)}" for network, ratio in verdict.e2_ratios.items())
        sentences.append(f"E2, accuracy trained on synthetic by accuracy trained on real: {ratios}.")
    budget = f"{cell_text(verdict.train_rows)} train rows, {cell_text(verdict.seeds)} seeds"
    if verdict.engine_steps is not None:
        budget += f", `train_gan.steps` {cell_text(verdict.engine_steps)}"
    heads = ["way of balancing", "macro-F1", "recall of rare classes", "against none", "against the best simple arm"]
    return f"**{verdict.data}** ({budget}). {' '.join(sentences)}\n\n{markdown_table(heads, rows)}"
