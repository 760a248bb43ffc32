"""One arm of the contest: balance the train split one way, train every view with several seeds, predict the test split.

Every arm of a view takes the same number of gradient steps from the same starting weights per seed, so that arms
differ in the rows and losses only; `refit`, and SMOTE on pictures, then train the last layer as long once more.
Nothing is chosen here but epochs, trees and fusion weights, all on validation.
"""

import time
from collections.abc import Mapping, Sequence
from itertools import combinations
from pathlib import Path

import numpy as np

from makeweight.balance.arm import Arm
from makeweight.core import files, outputs, params, paths, runtime, timings
from makeweight.core.params import Section
from makeweight.core.progress import say
from makeweight.data import encoded
from makeweight.data.encoded import Encoded
from makeweight.learn import network_files
from makeweight.learn.fusion import fusion_weights
from makeweight.stages.contest.arms import check_leaks, count_rows, prepare, read_pools
from makeweight.stages.contest.learners import LearnersParams
from makeweight.stages.contest.measures import measure, prediction_table
from makeweight.stages.contest.runs import FUSION, Outcome, run_arm
from makeweight.stages.contest.task import Predictions


class Params(Section):
    """The contest: seeds per arm, the amount of an engine beside another part of an arm, and the learners."""

    seeds: int
    combined_amount_percent: int
    learners: LearnersParams


def predictions_of_first_seed(outcomes: Sequence[Outcome]) -> dict[str, Predictions]:
    """View -> predictions with the first seed, where there are any; without the fusion."""
    first = min(outcome.seed for outcome in outcomes)
    own = [outcome for outcome in outcomes if outcome.seed == first and outcome.view != FUSION]
    return {outcome.view: outcome.predictions for outcome in own if outcome.predictions is not None}


def weights_of_view_sets(predictions: Mapping[str, Predictions], labels: np.ndarray) -> list[dict[str, float]]:
    """View -> fusion weight, for all views together and every set of two or more that an upload can be read by.

    An upload may lack some of the views. Weights are chosen on validation for each set, since a weight says how much a
    view knows beside the others. Views without a network (trees, SMOTE's second layer) take part in the contest alone.
    """
    readable = [view for view in sorted(predictions) if predictions[view].network is not None]
    sets = [tuple(sorted(predictions))]
    sets += [chosen for size in range(2, len(readable) + 1) for chosen in combinations(readable, size)]
    found = []
    for views in dict.fromkeys(sets):
        if len(views) > 1:
            weights = fusion_weights([predictions[view].validation for view in views], labels)
            found.append({view: round(float(weight), 6) for view, weight in zip(views, weights, strict=True)})
    return found


def write_networks(outcomes: Sequence[Outcome], data: Encoded, folder: Path) -> None:
    """The networks of the first seed, and the weights by which their predictions are fused."""
    predictions = predictions_of_first_seed(outcomes)
    networks = {view: (one.network, one.description) for view, one in predictions.items() if one.network is not None}
    network_files.save(folder, networks, data.classes)
    weights = weights_of_view_sets(predictions, data.split("validation").labels)
    files.write_json(folder / "fusion.json", {"weights": weights})


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
    seed, arm = int(params.value("seed")), Arm.parse(name).check(list(params.value("engines")))
    device = runtime.device(str(params.value("device")))
    runtime.prepare(seed)
    started = time.monotonic()
    data = encoded.read()
    reason = arm.why_idle(data.modalities)
    if reason is not None:
        leave_out(arm, reason)
        return
    prepared = prepare(arm, data, read_pools(arm, data), settings.combined_amount_percent)
    numbers: dict[str, float] = {f"leaks.{kind}": count for kind, count in check_leaks(prepared, data).items()}
    numbers |= count_rows(prepared, data, seed)
    rows = f"{numbers['rows.real']} real rows, {numbers['rows.synthetic']} synthetic"
    say(f"{arm.name}: {rows}, {settings.seeds} seeds")
    seeds = [seed * 1000 + number for number in range(settings.seeds)]
    outcomes = run_arm(prepared, data, settings.learners, seeds, device)
    for outcome in outcomes:
        if outcome.failure:
            say(f"{arm.name}: {outcome.view} with seed {outcome.seed} has no predictions: {outcome.failure}")
    table = prediction_table(outcomes, data)
    with files.replacing_folder(paths.CONTEST / arm.name) as folder:
        table.to_parquet(folder / "predictions.parquet", index=False, compression="zstd")
        write_networks(outcomes, data, folder)
    numbers |= measure(outcomes, data)
    outputs.write_metrics("contest", numbers, cell=arm.name)
    timings.write_seconds("contest", arm.name, time.monotonic() - started)


if __name__ == "__main__":
    import sys

    main(*sys.argv[1:])
