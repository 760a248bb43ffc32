"""One arm of the contest: balance the train split one way, train every view with several seeds, predict the test split.

Every arm of a view takes the same number of gradient steps from the same starting weights per seed, so that arms
differ in the rows and losses only; `refit`, and SMOTE on pictures, then train the last layer as long once more.
Nothing is chosen here but epochs, trees and fusion weights, all on validation.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from makeweight.balance.arm import FULL_BALANCE, Arm
from makeweight.balance.balancers import BALANCERS
from makeweight.balance.resampling import Chain, Generated
from makeweight.balance.smote import Smote
from makeweight.balance.train_split import Balancer, full_balance, minority, real_split
from makeweight.core import files, outputs, params, paths, runtime, timings, workers
from makeweight.core.errors import InputError
from makeweight.core.params import Section
from makeweight.core.progress import say
from makeweight.data import encoded, leaks, samples
from makeweight.data.encoded import Encoded
from makeweight.data.labelled import Labelled
from makeweight.learn import network_files
from makeweight.learn.scores import Scores, score
from makeweight.stages.contest import learners
from makeweight.stages.contest.learners import Answer, LearnersParams, Task


class Params(Section):
    """The contest: seeds per arm, the amount of an engine beside another part of an arm, and the learners."""

    seeds: int
    combined_amount_percent: int
    learners: LearnersParams


@dataclass(frozen=True)
class PreparedArm:
    """An arm with all that it takes to balance a train split."""

    arm: Arm
    balancer: Balancer
    pools: Mapping[str, Labelled]
    """File in data/sample -> synthetic rows that the arm may use."""


@dataclass(frozen=True)
class Outcome:
    """What one seed's view answered, or why it has no answer."""

    seed: int
    view: str
    answer: Answer | None
    failure: str = ""


VIEWS = {"image": "image", "tabular": "tabular", "trees": "tabular", "text": "text"}
"""View -> the modality that it learns from."""

SLOWEST_FIRST = ("image", "trees", "tabular", "text")


def prepare(arm: Arm, data: Encoded, pools: Mapping[str, Labelled], combined_amount: int) -> PreparedArm:
    """The arm with its balancers; `pools` holds the synthetic rows by file, `combined_amount` is one not stated."""
    links: list[Balancer] = []
    for part in arm.parts:
        if part.is_engine:
            amount = combined_amount if part.amount is None else part.amount
            links.append(Generated(pools[part.source], amount / FULL_BALANCE))
        elif part.name == "smote":
            links.append(Smote(layouts={name: codec.spec for name, codec in data.codecs.items()}))
        else:
            links.append(BALANCERS[part.name]())
    used = {name: pools[name] for name in arm.sources}
    return PreparedArm(arm, links[0] if len(links) == 1 else Chain(tuple(links)), used)


def run_contest(arm: PreparedArm, data: Encoded, settings: Params, seed: int, device: torch.device) -> list[Outcome]:
    """Every view with every seed, and the late fusion of the views where there are several."""
    train, validation, test = (data.split(name) for name in samples.SPLITS)
    split = real_split(train, len(data.classes))
    target = full_balance(train.labels, len(data.classes))
    seeds = [seed * 1000 + number for number in range(settings.seeds)]
    views = [view for view in SLOWEST_FIRST if VIEWS[view] in data.modalities]

    def work(job: tuple[str, int]) -> Outcome:
        view, own = job
        modality = VIEWS[view]
        task = Task(split.of(modality), validation.only(modality), test.only(modality), own, device)
        try:
            return Outcome(own, view, learn(arm.balancer, view, task, target, settings.learners))
        except FloatingPointError as failure:
            return Outcome(own, view, None, str(failure))

    outcomes = workers.run_all(work, [(view, own) for view in views for own in seeds], device)
    return outcomes + fusions(outcomes, validation.labels, views)


def learn(balancer: Balancer, view: str, task: Task, target: np.ndarray, config: LearnersParams) -> Answer:
    """One view's learner on its balanced split; `task.train` is the split as it is; all views of a seed draw alike.

    SMOTE alone levels the features of pictures, not the pictures.
    """
    if view == "image" and isinstance(balancer, Smote):
        return learners.learn_image_by_smote(task, config.image, balancer, target)
    balanced = replace(task, train=balancer.balance(task.train, target, np.random.default_rng(task.seed)))
    return learners.LEARNERS[view](balanced, getattr(config, view))


def fusions(outcomes: Sequence[Outcome], labels: np.ndarray, views: Sequence[str]) -> list[Outcome]:
    """The late fusion of each seed; none where there is one view only, or where a view of the seed failed."""
    if len(views) < 2:
        return []
    fused = []
    for seed in sorted({outcome.seed for outcome in outcomes}):
        answers = {outcome.view: outcome.answer for outcome in outcomes if outcome.seed == seed}
        complete = {view: answer for view, answer in answers.items() if answer is not None}
        if len(complete) < len(views):
            fused.append(Outcome(seed, "fusion", None, "a view of this seed failed"))
        else:
            fused.append(Outcome(seed, "fusion", learners.fuse(complete, labels)))
    return fused


def predictions(outcomes: Sequence[Outcome], data: Encoded) -> pd.DataFrame:
    """One row per seed, view and sample of the validation and test splits, with a column `p.<class>` per class."""
    tables = []
    for outcome in outcomes:
        if outcome.answer is None:
            continue
        for split, probabilities in (("validation", outcome.answer.validation), ("test", outcome.answer.test)):
            rows = data.table.iloc[data.rows(split)]
            table = pd.DataFrame(
                {
                    "seed": outcome.seed,
                    "view": outcome.view,
                    "split": split,
                    "id": rows["id"].to_numpy(),
                    "label": rows["label"].to_numpy(),
                    "predicted": np.array(data.classes, dtype=object)[probabilities.argmax(1)],
                }
            )
            columns = {f"p.{name}": probabilities[:, place] for place, name in enumerate(data.classes)}
            tables.append(pd.concat([table, pd.DataFrame(columns)], axis=1))
    if not tables:
        raise FloatingPointError("no seed of any view gave an answer")
    return pd.concat(tables, ignore_index=True)


def measure(outcomes: Sequence[Outcome], data: Encoded) -> dict[str, float]:
    """Mean and spread over the seeds, on the test split (and macro-F1 on validation, which is what is chosen by).

    `steps`: gradient steps of all networks of all seeds.
    """
    few = minority(data.split("train").labels, len(data.classes))
    labels = {split: data.split(split).labels for split in ("validation", "test")}
    numbers: dict[str, float] = {"steps": sum(one.answer.steps for one in outcomes if one.answer is not None)}
    for view in sorted({outcome.view for outcome in outcomes}):
        answers = [outcome.answer for outcome in outcomes if outcome.view == view and outcome.answer is not None]
        numbers[f"{view}.seeds"] = len(answers)
        if failed := sum(outcome.view == view and outcome.answer is None for outcome in outcomes):
            numbers[f"{view}.failed_seeds"] = failed
        if not answers:
            continue
        tests = [score(labels["test"], answer.test.argmax(1), data.classes) for answer in answers]
        validations = [score(labels["validation"], answer.validation.argmax(1), data.classes) for answer in answers]
        numbers |= spread(f"{view}.accuracy", [one.accuracy for one in tests])
        numbers |= spread(f"{view}.macro_f1", [one.macro_f1 for one in tests])
        numbers |= spread(f"{view}.minority_recall", [one.recall_of(few) for one in tests])
        numbers |= {f"{view}.validation_macro_f1.mean": mean_macro_f1(validations)}
    return numbers


def mean_macro_f1(scores: Sequence[Scores]) -> float:
    """Mean over the seeds."""
    return float(np.mean([one.macro_f1 for one in scores]))


def spread(name: str, values: Sequence[float]) -> dict[str, float]:
    """Mean and standard deviation over the seeds."""
    deviation = float(np.std(values, ddof=1)) if len(values) > 1 else 0.0
    return {f"{name}.mean": float(np.mean(values)), f"{name}.sd": deviation}


def read_pools(arm: Arm, data: Encoded) -> dict[str, Labelled]:
    """The synthetic rows that the arm takes, by file, read through the codecs."""
    pools = {}
    for name in arm.sources:
        path = paths.SAMPLE / f"{name}.parquet"
        table = samples.read(path).table
        if not len(table):
            raise InputError(
                f"{path}: no row {'passed the filter' if arm.filtered else 'at all'}; run `dvc repro sample`"
            )
        pools[name] = data.encode(table)
    return pools


def check_leaks(arm: PreparedArm, data: Encoded) -> dict[str, int]:
    """Nothing that the arm learns from comes from the test split.

    Raises:
        LeakError: something does.
    """
    train, validation, test = (data.split(name) for name in samples.SPLITS)
    found = leaks.check_units(data.table) | leaks.check_real(train, test)
    for name, pool in arm.pools.items():
        found |= leaks.check_synthetic(train, pool, validation, test, str(paths.SAMPLE / f"{name}.parquet"))
    return found


def count_rows(arm: PreparedArm, data: Encoded, seed: int) -> dict[str, float]:
    """How many rows the arm learns from, and what it warns of."""
    train = data.split("train")
    target = full_balance(train.labels, len(data.classes))
    split = real_split(train.only(data.modalities[-1]), len(data.classes))
    balanced = arm.balancer.balance(split, target, np.random.default_rng(seed))
    for name, count in balanced.warnings.items():
        say(f"{arm.arm.name}: {name.replace('_', ' ')}: {count}")
    warnings = {f"warnings.{name}": count for name, count in balanced.warnings.items()}
    return {"rows.real": len(train), "rows.synthetic": int(balanced.made.sum()), **warnings}


def first_answers(outcomes: Sequence[Outcome]) -> dict[str, Answer]:
    """The first seed's answer of every view that has one, the fusion left out."""
    first = min(outcome.seed for outcome in outcomes)
    own = [outcome for outcome in outcomes if outcome.seed == first and outcome.view != "fusion"]
    return {outcome.view: outcome.answer for outcome in own if outcome.answer is not None}


def fusions_kept(answers: Mapping[str, Answer], labels: np.ndarray) -> list[dict[str, float]]:
    """View -> weight, for every set of two or more views that an upload can be read by, and for all views together.

    Who sees some views only needs weights that validation chose for just these: a weight says how much a view knows
    beside the others. Views without a network (trees, SMOTE's second layer) speak in the contest alone.
    """
    readable = [view for view in sorted(answers) if answers[view].network is not None]
    sets = [tuple(sorted(answers))]
    sets += [chosen for size in range(2, len(readable) + 1) for chosen in combinations(readable, size)]
    weighed = [learners.fusion_weights({view: answers[view] for view in views}, labels) for views in dict.fromkeys(sets)
               if len(views) > 1]  # fmt: skip
    return [{view: round(weight, 6) for view, weight in weights.items()} for weights in weighed]


def write_model(outcomes: Sequence[Outcome], data: Encoded, folder: Path) -> None:
    """The networks of the first seed, and the weights that their answers are joined with."""
    answers = first_answers(outcomes)
    networks = {
        view: (answer.network, answer.description) for view, answer in answers.items() if answer.network is not None
    }
    network_files.save(folder, networks, data.classes)
    files.write_json(folder / "fusion.json", {"weights": fusions_kept(answers, data.split("validation").labels)})


def main(name: str) -> None:
    """Read the split, the encoded modalities and the synthetic rows; write answers, networks and scores of one arm."""
    settings = params.load(Params, "contest")
    seed, arm = int(params.value("seed")), Arm.parse(name).check(list(params.value("engines")))
    device = runtime.device(str(params.value("device")))
    runtime.prepare(seed)
    started = time.monotonic()
    data = encoded.read()
    prepared = prepare(arm, data, read_pools(arm, data), settings.combined_amount_percent)
    numbers: dict[str, float] = {f"leaks.{kind}": count for kind, count in check_leaks(prepared, data).items()}
    numbers |= count_rows(prepared, data, seed)
    say(f"{arm.name}: {numbers['rows.real']} real rows, {numbers['rows.synthetic']} made, {settings.seeds} seeds")
    outcomes = run_contest(prepared, data, settings, seed, device)
    for outcome in outcomes:
        if outcome.failure:
            say(f"{arm.name}: {outcome.view} with seed {outcome.seed} has no answer: {outcome.failure}")
    table = predictions(outcomes, data)
    with files.replacing_folder(paths.CONTEST / arm.name) as folder:
        table.to_parquet(folder / "predictions.parquet", index=False, compression="zstd")
        write_model(outcomes, data, folder)
    numbers |= measure(outcomes, data)
    outputs.write_metrics("contest", numbers, cell=arm.name)
    timings.write_seconds("contest", arm.name, time.monotonic() - started)


if __name__ == "__main__":
    import sys

    main(*sys.argv[1:])
