"""Arms that may win, each by itself: a linear model on patch features of CIFAR-10, with tuned rules and a ceiling.

    MAKEWEIGHT_DATA=... python benchmarks/arms.py tenth
    MAKEWEIGHT_DATA=... python benchmarks/arms.py long-tail

`tenth`: bird, cat and deer keep a tenth of their train rows, as in verdict.py (8,760 rows). `long-tail`: sizes fall
geometrically from 1,200 rows to 12. Both test splits are the whole test part (10,000 rows, all classes alike). Arms are
balanced and learned by the contest's own code, each with several seeds, and `all_real_rows` learns from the 12,000
balanced real rows that the set was cut from. latent_flow is trained once, on the train rows; all arms share its rows.

Every arm is scored by two rules, both chosen on predictions of train rows out of fold: `contest` is the contest's own
(as if rows to come had the shares of the train split); `equal` is the tau with the best mean recall, the right one
where, as here, all classes are equally likely among rows to come. `score` is macro-F1; `gain` is the difference to the
simple arm that is best on validation rows by the same rule, with a 95 % interval of a paired bootstrap over test rows,
seeds averaged; `headroom_share` is a gain over that of the ceiling. Finished arms are kept in --folder: a run that was
stopped goes on.

    python benchmarks/arms.py catalogue --folder RUN

takes the same numbers from the predictions of a run of the pipeline (RUN/data/contest), all views fused, each by its
rule; intervals are over units of test rows.
"""

import argparse
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch

import picture_sets
import record
from arms_scores import CEILING, SEED, SIMPLE, Scored, gains, of_the_catalogue
from makeweight import generators
from makeweight.balance.arm import NEAR, Arm
from makeweight.balance.train_split import full_balance, real_split
from makeweight.core import params, runtime
from makeweight.core.progress import say
from makeweight.data.codecs.spec import Spec
from makeweight.data.folds import fold_numbers
from makeweight.data.labelled import Labelled
from makeweight.data.scores import log_loss, macro_f1_of
from makeweight.learn.decision_rule import TAUS, choose_rule, logarithms
from makeweight.learn.patches import PatchFeatures, PatchParams
from makeweight.results.arms import CONTEST, EQUAL
from makeweight.stages.contest.arms import PreparedArm
from makeweight.stages.contest.rows import ViewRows
from makeweight.stages.contest.runs import learn
from makeweight.stages.contest.task import Task
from makeweight.stages.learners.search import LinearParams, search_strength
from makeweight.stages.sample.near import starting_rows

ROOT = Path(__file__).parents[1]
CPU = torch.device("cpu")
FOLDS = 3
RARE = ("bird", "cat", "deer")
IMBALANCE = 100
KEPT = 0.5
"""Of the rows at which near ones begin."""
OTHERS = (
    "distribution_calibration",
    "distribution_calibration+weight_30",
    "feature_flow",
    "feature_flow+weight_30",
    "latent_flow_50",
    "latent_flow_100",
    "latent_flow_50+weight_30",
    "latent_flow_50+soft_labels",
    "latent_flow_50+band",
    "latent_flow_all_50",
    "latent_flow_all_50+class_weights",
    "latent_flow_all_100+pretrain",
    "latent_flow_50+accept",
    "latent_flow_near_50",
    "latent_flow_near_50+weight_30",
)


Predict = Callable[[Labelled], np.ndarray]


@dataclass(frozen=True)
class Rows:
    """Pictures and labels of one set of rows."""

    pictures: np.ndarray
    labels: np.ndarray


def read_rows(kind: str) -> dict[str, Rows]:
    """Train, validation, balanced train rows, and test; validation takes a sixth of each class, as in verdict.py."""
    pictures, labels = picture_sets.read("cifar10", "train")
    parts = cut(rows_by_class(labels), class_sizes(kind))
    found = {name: Rows(pictures[rows], labels[rows]) for name, rows in parts.items()}
    return found | {"test": Rows(*picture_sets.read("cifar10", "test"))}


def cut(orders: Iterable[np.ndarray], sizes: Sequence[int]) -> dict[str, np.ndarray]:
    """The numbers of the rows of each part.

    Args:
        orders: the rows of each class; the first 240 are for validation, the next 1,200 to learn from.
        sizes: how many of those 1,200 rows are train rows.
    """
    parts: dict[str, list[np.ndarray]] = {"train": [], "validation": [], "balanced": []}
    for rows, size in zip(orders, sizes, strict=True):
        held, kept = rows[:240], rows[240:1440]
        parts["train"].append(kept[:size])
        parts["validation"].append(held)
        parts["balanced"].append(kept)
    return {name: np.concatenate(numbers) for name, numbers in parts.items()}


def rows_by_class(labels: np.ndarray) -> list[np.ndarray]:
    """The rows of each class in a random order that is always the same; the first 1,440 are used here."""
    rng = np.random.default_rng(SEED)
    return [rng.permutation(np.flatnonzero(labels == number)) for number in range(10)]


def class_sizes(kind: str) -> list[int]:
    """How many of its 1,200 train rows each class keeps."""
    names = picture_sets.NAMES["cifar10"]
    if kind == "long-tail":
        return [int(1200 * IMBALANCE ** (-number / (len(names) - 1))) for number in range(len(names))]
    return [120 if name in RARE else 1200 for name in names]


def patch_features(folder: Path, pictures: np.ndarray) -> PatchFeatures:
    """Those in this folder, learned from these pictures where they are not there yet."""
    if not (folder / "patches.npz").is_file():
        values = params.read_yaml(ROOT / "params.yaml")["learners"]["image"]["patches"]
        PatchFeatures.fit(pictures, PatchParams.model_validate(values), SEED).save(folder / "patches.npz")
    return PatchFeatures.load(folder / "patches.npz")


def kept_in(folder: Path, name: str, make: Callable[[], np.ndarray]) -> np.ndarray:
    """The array in this file of the folder, made where it is not there yet."""
    path = folder / f"{name}.npy"
    if not path.is_file():
        started = time.monotonic()
        np.save(path, make())
        say(f"{path.stem}: {time.monotonic() - started:.0f} s")
    return np.load(path)


def engine_pictures(folder: Path, train: Rows, updates: int) -> tuple[np.ndarray, np.ndarray]:
    """Pictures of latent_flow, 2,400 of each class, and their labels; the engine is trained where it is not there."""
    labels = np.repeat(np.arange(10), 2400)
    if not (folder / "latent_flow").is_dir():
        values = params.read_yaml(ROOT / "params.yaml")["train_gan"]["engines"]["latent_flow"]
        config = generators.ENGINES["latent_flow"].params.model_validate(values)
        rows = Labelled({"image": train.pictures}, train.labels)
        names, context = picture_sets.NAMES["cifar10"], generators.TrainingContext(SEED, CPU)
        spec = {"image": Spec("image", train.pictures.shape[1:])}
        trainer = generators.start("latent_flow", rows, spec, names, config, updates, context)
        for _ in range(updates):
            trainer.step()
        (folder / "latent_flow").mkdir()
        trainer.averaged.save(folder / "latent_flow")
    load = lambda: generators.load(folder / "latent_flow")  # noqa: E731
    return kept_in(folder, "flow.pictures", lambda: load().generate(labels, SEED)["image"]), labels


def near_pictures(folder: Path, train: Rows, out_of_fold: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Pictures that began as train rows, half of their own class, half of a confusable one; of all but the largest."""
    counts = np.bincount(train.labels)
    labels = np.repeat(np.arange(10), np.where(counts < counts.max(), counts.max(), 0))
    begin = starting_rows(labels, train.labels, out_of_fold, np.random.default_rng(SEED))
    load, rows = lambda: generators.load(folder / "latent_flow"), {"image": train.pictures[begin]}  # noqa: E731
    return kept_in(folder, "near.pictures", lambda: load().generate_from(labels, rows, KEPT, SEED)["image"]), labels


class Bench:
    """Features of all rows, folds of the train rows, and how an arm is trained."""

    def __init__(self, folder: Path, kind: str, updates: int, seeds: int, with_engine: bool) -> None:
        self.folder, self.seeds = folder, seeds
        self.parts = read_rows(kind)
        values = params.read_yaml(ROOT / "params.yaml")["learners"]["image"]
        self.features = patch_features(folder, self.parts["train"].pictures)
        self.real = {name: self.read(name, rows.pictures, rows.labels) for name, rows in self.parts.items()}
        train = self.real["train"]
        self.folds = fold_numbers(train.labels, np.arange(len(train)), FOLDS, SEED)
        strengths = LinearParams(strengths=values["strengths"])
        make = lambda: np.array(search_strength(train, self.folds, 10, strengths).parameters["strength"])  # noqa: E731
        self.strength = float(kept_in(folder, "strength", make))
        self.setup: Any = SimpleNamespace(chosen={"image": {"strength": self.strength}}, networks=None)
        self.pools: dict[str, Labelled] = {}
        if with_engine:
            self.pools["latent_flow"] = self.read("flow", *engine_pictures(folder, self.parts["train"], updates))
            _, out_of_fold, _ = self.predictions("decision_rule")
            near = near_pictures(folder, self.parts["train"], out_of_fold)
            self.pools[f"latent_flow{NEAR}"] = self.read("near", *near)

    def read(self, name: str, pictures: np.ndarray, labels: np.ndarray) -> Labelled:
        """The rows' features."""
        array = kept_in(self.folder, f"{name}.x", lambda: self.features.transform(pictures).astype(np.float16))
        return Labelled({"image": array.astype(np.float32)}, labels)

    @cached_property
    def origins(self) -> dict[str, np.ndarray]:
        """Pool -> the train row that each of its rows is nearest to."""
        return ViewRows(self.real, self.pools).origins()

    def fit(self, name: str, train: Labelled, seed: int, held_out: np.ndarray | None = None) -> Predict:
        """What an arm predicts that learned from these train rows, `held_out` being those that it has not seen."""
        arm = Arm.parse("none" if name == CEILING else name)
        rows = ViewRows(self.real, self.pools)
        if arm.engines and held_out is not None:
            rows = rows.apart(self.origins, held_out)
        balancer = PreparedArm(arm, rows.pools, 50, {}).balancer(rows.pools) if arm.engines else None
        balancer = balancer or PreparedArm(arm, {}, 50, {}).balancer({})
        task = Task(real_split(train, 10), train, seed, CPU)
        return learn("image", task, balancer, full_balance(train.labels, 10), self.setup).predict

    def predictions(self, name: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Probabilities of validation and test rows by seed `(seeds, n, 10)`, and of train rows out of fold."""
        path = self.folder / f"arm.{name}.npz"
        if not path.is_file():
            started = time.monotonic()
            train = self.real["balanced" if name == CEILING else "train"]
            folds = fold_numbers(train.labels, np.arange(len(train)), FOLDS, SEED)
            held_out = np.zeros((len(train), 10), dtype=np.float32)
            for fold in range(FOLDS):
                model = self.fit(name, train.take(folds != fold), SEED * 1000, folds == fold)
                held_out[folds == fold] = model(train.take(folds == fold))
            random = name != CEILING and Arm.parse(name).is_random
            models = [self.fit(name, train, SEED * 1000 + seed) for seed in range(self.seeds if random else 1)]
            found = [np.stack([model(self.real[part]) for model in models]) for part in ("validation", "test")]
            np.savez(path, validation=found[0], test=found[1], held_out=held_out)
            say(f"{name}: {time.monotonic() - started:.0f} s")
        with np.load(path) as arrays:
            return arrays["validation"], arrays["held_out"], arrays["test"]


def score_arm(bench: Bench, name: str) -> Scored:
    """Decide by both rules."""
    validation, held_out, test = bench.predictions(name)
    own = bench.real["balanced" if name == CEILING else "train"].labels
    prior = np.bincount(own, minlength=10) / len(own)
    rules = rules_of(held_out, own, prior)
    tests, checks = bench.real["test"].labels, bench.real["validation"].labels
    decided = {rule: (logarithms(test) + biases).argmax(2) for rule, biases in rules.items()}
    on_validation = {
        rule: float(macro_f1_of((logarithms(validation) + biases).argmax(2), checks, 10).mean())
        for rule, biases in rules.items()
    }
    rare = np.flatnonzero(np.bincount(bench.real["train"].labels) < len(bench.real["train"]) / 10)
    numbers = {f"{rule}.score": float(macro_f1_of(parts, tests, 10).mean()) for rule, parts in decided.items()}
    equal = decided["equal"]
    numbers["equal.recall_of_small_classes"] = float(
        np.mean([(equal[:, tests == label] == label).mean() for label in rare])
    )
    numbers["equal.std_over_seeds"] = float(macro_f1_of(equal, tests, 10).std())
    numbers["seeds"] = len(test)
    numbers["argmax.score"] = float(macro_f1_of(test.argmax(2), tests, 10).mean())
    numbers["equal.log_loss"] = float(np.mean([log_loss(level(one, prior), tests) for one in test]))
    return Scored(decided, on_validation, numbers)


def rules_of(held_out: np.ndarray, labels: np.ndarray, prior: np.ndarray) -> dict[str, np.ndarray]:
    """Rule -> what is added to the log-probabilities, chosen on those of train rows out of fold."""
    return {
        CONTEST: choose_rule(held_out, labels, prior).biases,
        EQUAL: -np.log(prior) * best_tau(held_out, labels, prior),
    }


def level(probabilities: np.ndarray, prior: np.ndarray) -> np.ndarray:
    """Probabilities divided by the shares of the train split."""
    shares = probabilities / prior
    return shares / shares.sum(1, keepdims=True)


def best_tau(held_out: np.ndarray, labels: np.ndarray, prior: np.ndarray) -> float:
    """The tau with the best mean recall, which does not depend on the classes' shares."""
    decisions = [(logarithms(held_out) - tau * np.log(prior)).argmax(1) for tau in TAUS]
    recalls = [np.mean([(one[labels == label] == label).mean() for label in range(10)]) for one in decisions]
    return float(TAUS[int(np.argmax(recalls))])


def main() -> None:
    """Train what is not there yet, then write all numbers."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kind", choices=["tenth", "long-tail", "catalogue"])
    parser.add_argument("--folder", type=Path, required=True, help="where features, rows and predictions are kept")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--updates", type=int, default=3000, help="of latent_flow")
    parser.add_argument("--only", nargs="*", help="these arms alone")
    arguments = parser.parse_args()
    if arguments.kind == "catalogue":
        keep(arguments.kind, of_the_catalogue(arguments.folder))
        return
    arguments.folder.mkdir(parents=True, exist_ok=True)
    runtime.prepare(SEED)
    torch.set_num_threads(1)
    names = [*SIMPLE, CEILING, *OTHERS] if arguments.only is None else arguments.only
    with_engine = any(Arm.parse(name).engines for name in names if name != CEILING)
    bench = Bench(arguments.folder, arguments.kind, arguments.updates, arguments.seeds, with_engine)
    found = {name: score_arm(bench, name) for name in names}
    labels = bench.real["test"].labels
    results: dict[str, float | int | str] = {
        "updates": arguments.updates,
        "strength": bench.strength,
        "rows.train": len(bench.real["train"]),
        "rows.test": len(labels),
    }
    for name, arm in found.items():
        results |= {f"{name}.{key}": round(value, 6) for key, value in arm.numbers.items()}
    for rule in (CONTEST, EQUAL):
        results |= gains(found, rule, labels, np.arange(len(labels)))
    keep(arguments.kind, results)


def keep(kind: str, results: Mapping[str, float | int | str]) -> None:
    """Write the numbers of one kind of rows, with the commit they were measured at, in the place of earlier ones."""
    named = {f"{kind}.{key}": value for key, value in {"commit": record.commit(), **results}.items()}
    record.add("arms", named, renewed=f"{kind}.")


if __name__ == "__main__":
    main()
