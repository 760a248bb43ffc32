"""One arm of the contest: balance the train split one way, train every view with several seeds, predict the test split.

Every arm of a view is learned by the same learner with the same parameters, so that arms differ in the rows and losses
only. How an arm decides (`decide`) is chosen by its predictions of train rows out of fold, and the epoch of a network
on validation; nothing else is chosen here.
"""

import time
from pathlib import Path

import torch

from makeweight.balance.arm import Arm
from makeweight.balance.train_split import minority_mask
from makeweight.core import files, outputs, params, paths, runtime, timings
from makeweight.core.params import Section
from makeweight.core.progress import say
from makeweight.core.random import repeat_seed
from makeweight.core.ranges import CountOrNone, Folds, Size
from makeweight.data import encoded, samples
from makeweight.data.encoded import Encoded
from makeweight.learn import view_models, views
from makeweight.learn.learners_folder import read_parameters
from makeweight.stages.contest.arms import check_leaks, count_rows, prepare, read_pools
from makeweight.stages.contest.decide import fusions_of_view_sets
from makeweight.stages.contest.learners import NetworksParams
from makeweight.stages.contest.measures import measure, prediction_table
from makeweight.stages.contest.runs import ArmRun, Setup, run_arm

NOTHING_REMOVED = "no row was taken out of the train split (`split.imbalance.kind` is none), so that none can come back"


class Params(Section):
    """The contest: its views, seeds per arm, folds of the train rows, and the networks."""

    views: tuple[str, ...]
    seeds: Size
    folds: Folds
    combined_amount_percent: CountOrNone
    """Of an engine beside another part of an arm."""
    networks: NetworksParams


def write_models(run: ArmRun, data: Encoded, folder: Path, device: torch.device) -> None:
    """The models of the first seed, and how their predictions are fused and decided on."""
    first = min(outcome.seed for outcome in run.outcomes)
    own = [outcome for outcome in run.outcomes if outcome.seed == first and outcome.predictions is not None]
    models = {one.view: one.predictions.model for one in own if one.predictions and one.predictions.model}
    shapes = {modality: codec.spec.shape for modality, codec in data.codecs.items()}
    view_models.save(folder, models, data.classes, shapes)
    labels = data.labels("train")
    sets = fusions_of_view_sets(run.held_out, run.decisions.rules, list(models), labels, data.classes, device)
    rules = {view: rule.as_record(data.classes) for view, rule in run.decisions.rules.items()}
    weights = {} if run.decisions.fusion is None else run.decisions.fusion.adjusted_weights
    files.write_json(folder / "decisions.json", {"rules": rules, "weights": weights, "sets": sets})


def leave_out(arm: Arm, reason: str) -> None:
    """Write a cell without predictions, and why: the verdict leaves its arm out, and says so."""
    say(f"{arm.name} is left out: {reason}")
    with files.replacing_folder(paths.CONTEST / arm.name) as folder:
        files.write_json(folder / "left_out.json", {"reason": reason})
    outputs.write_metrics("contest", {"left_out": 1}, cell=arm.name)


def main(name: str) -> None:
    """Train one arm: read the split and the synthetic rows; write predictions, networks and scores.

    An arm that means nothing for the modalities of these data is not trained.
    """
    settings = params.load(Params, "contest")
    seed, arm = params.seed(), Arm.parse(name).check(list(params.names("engines")))
    device = runtime.device(str(params.value("device")))
    runtime.prepare(seed)
    started = time.monotonic()
    data = encoded.read()
    present = views.present(settings.views, data.modalities)
    reason = arm.why_idle(present)
    minority = minority_mask(data.labels("train"), len(data.classes))
    learned = data.with_removed_rows() if arm.is_ceiling else data
    if learned is None or reason is not None:
        leave_out(arm, reason or NOTHING_REMOVED)
        return
    data = learned
    prepared = prepare(arm, data, read_pools(arm, data), settings.combined_amount_percent)
    numbers: dict[str, float] = {f"leaks.{kind}": count for kind, count in check_leaks(prepared, data).items()}
    numbers |= count_rows(prepared, data, seed)
    rows = f"{numbers['rows.real']} real rows, {numbers['rows.synthetic']} synthetic"
    say(f"{arm.name}: {rows}, {settings.seeds} seeds")
    seeds = [repeat_seed(seed, number) for number in range(settings.seeds)]
    setup = Setup(settings.views, settings.folds, read_parameters(), settings.networks)
    run = run_arm(prepared, data, setup, seeds, device)
    for outcome in run.outcomes:
        if outcome.failure:
            say(f"{arm.name}: {outcome.view} with seed {outcome.seed} has no predictions: {outcome.failure}")
    table = prediction_table(run, data)
    with files.replacing_folder(paths.CONTEST / arm.name) as folder:
        table.to_parquet(folder / "predictions.parquet", index=False, **samples.PARQUET)
        write_models(run, data, folder, device)
    numbers |= measure(run, data, minority)
    outputs.write_metrics("contest", numbers, cell=arm.name)
    timings.write_seconds("contest", arm.name, time.monotonic() - started)


if __name__ == "__main__":
    import sys

    main(*sys.argv[1:])
