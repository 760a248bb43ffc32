"""The verdict on public data: every way of balancing, with several seeds, by the pipeline's own stages.

    MAKEWEIGHT_DATA=... python benchmarks/verdict.py pima
    MAKEWEIGHT_DATA=... python benchmarks/verdict.py credit-default
    MAKEWEIGHT_DATA=... python benchmarks/verdict.py cifar10
    MAKEWEIGHT_DATA=... python benchmarks/verdict.py fashion-mnist

    python benchmarks/verdict.py churn --project FOLDER

The last line runs nothing: it takes the numbers of a project that `makeweight run` has run, with its own arms and
seeds.

Tables run through ingest, clean and split as they are; the picture sets keep their own test split, and bird, cat and
deer (pullover, dress and coat) are cut to a tenth in the train split. Everything lies in a temporary folder.
Where the picture sets lie: see picture_sets.py.
E2 is measured beside the arms on pictures: networks trained on synthetic samples alone, on the real test split, and
the ratio to those trained on as many real rows (`e2.<network>.ratio`).
CTGAN is one more arm for tables where it is installed (pip install ctgan==0.12.1 rdt==1.19.0).
"""

import argparse
import importlib.util
import json
import os
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd

import picture_sets
import record
import stage_runs
from makeweight.core import params, paths
from makeweight.data import samples
from makeweight.data.codecs.image import encode_png
from makeweight.data.samples import Roles, Samples
from makeweight.stages import preprocess
from makeweight.stages.classify import __main__ as classify
from makeweight.stages.clean import __main__ as clean
from makeweight.stages.contest import __main__ as contest
from makeweight.stages.ingest import __main__ as ingest
from makeweight.stages.learners import __main__ as learners
from makeweight.stages.sample import __main__ as sample
from makeweight.stages.split import __main__ as split
from makeweight.stages.train_gan import __main__ as train_gan
from makeweight.stages.verdict import __main__ as verdict

ROOT = Path(__file__).parents[1]

CTGAN_STEPS = 3000

SIMPLE = ["decision_rule", "class_weights", "random_oversampling", "undersampling_ensemble", "smote", "mixup"]
WORDS = {1: "helps", 0: "inconclusive", -1: "hurts"}

PICTURE_SETS = {
    "cifar10": {"minority": ["bird", "cat", "deer"], "size": 32, "colour": "rgb"},
    "fashion-mnist": {"minority": ["pullover", "dress", "coat"], "size": 28, "colour": "grey"},
}

TABLE_ARMS = [
    *SIMPLE,
    *[f"{engine}_{amount}" for engine in ("wgan_gp", "latent_flow") for amount in (25, 50, 100, 200)],
    *[f"{engine}{rest}" for engine in ("wgan_gp", "latent_flow") for rest in ("_filtered", "+random_oversampling")],
]
PICTURE_ARMS = [
    *SIMPLE,
    "classic",
    "wgan_gp_100",
    "latent_flow_50",
    "latent_flow_100",
    "latent_flow_filtered",
    "latent_flow+classic",
    "latent_flow+random_oversampling",
]


def write_project(folder: Path, changes: Mapping[str, Any]) -> None:
    """The repository's parameters with some changed, and its cards, in an empty folder."""
    stage_runs.write_params(folder, changes)
    (folder / "datasets").symlink_to(ROOT / "datasets")
    os.chdir(folder)


def run(stage: ModuleType, *cell: str) -> float:
    """Run one stage in this folder; the seconds that it took."""
    started = time.monotonic()
    stage.main(*cell)
    seconds = time.monotonic() - started
    print(f"-- {stage.__name__} {' '.join(cell)}: {seconds:.0f} s", flush=True)
    return seconds


def read_pictures(name: str, rng: np.random.Generator, rows: int, test_rows: int) -> pd.DataFrame:
    """`image`, `label`, `split`: as many train and validation rows (5 to 1) and test rows as asked for, by class."""
    minority, names = PICTURE_SETS[name]["minority"], picture_sets.NAMES[name]
    tables = []
    for part, requested in (("train", rows), ("test", test_rows)):
        pictures, classes = picture_sets.read(name, part)
        for number, label in sorted(enumerate(names), key=lambda each: each[1]):
            chosen = rng.permutation(np.flatnonzero(classes == number))[: requested // len(names)]
            held = len(chosen) // 6 if part == "train" else 0
            kept = chosen[held:]
            if part == "train" and label in minority:
                kept = kept[: len(kept) // 10]
            for part_of, members in (("validation", chosen[:held]), (part, kept)):
                images = [encode_png(picture) for picture in pictures[members]]
                tables.append(pd.DataFrame({"image": images, "label": label, "mw_split": part_of}))
    return pd.concat(tables, ignore_index=True)


def write_split(name: str, arguments: argparse.Namespace) -> None:
    """data/split of a picture set: its own test split, three classes cut to a tenth in train."""
    table = read_pictures(name, np.random.default_rng(20), arguments.rows, arguments.test_rows)
    table["id"] = [f"{row:06d}" for row in range(len(table))]
    table["mw_unit"] = table["id"]
    samples.write(Samples(table, Roles(image="image")), paths.SPLIT / "samples.parquet")


def write_ctgan(amount: float) -> None:
    """data/sample/ctgan.parquet: CTGAN on the train split, rows kept by class until each has what it needs."""
    from ctgan import CTGAN

    whole = samples.read(paths.SPLIT / "samples.parquet")
    roles = whole.roles
    train = whole.split("train").table
    numbers = train[list(roles.numeric)].fillna(train[list(roles.numeric)].median())
    table = pd.concat([numbers, train[list(roles.categorical)].fillna("missing"), train[["label"]]], axis=1)
    model = CTGAN(epochs=CTGAN_STEPS * 100 // len(table) + 1, batch_size=100, verbose=False, enable_gpu=False)
    model.set_random_state(20)
    model.fit(table, discrete_columns=[*roles.categorical, "label"])
    counts = train["label"].value_counts()
    kept = []
    for label in counts.index:
        requested, found = max(int(amount * (counts.max() - counts[label])), 1), []
        for _ in range(50):
            rows = model.sample(4 * requested, "label", label)
            found.append(rows[rows["label"] == label])
            if sum(map(len, found)) >= requested:
                break
        kept.append(pd.concat(found).iloc[:requested])
    synthetic = pd.concat(kept, ignore_index=True)
    synthetic["id"] = [f"ctgan-{row}" for row in range(len(synthetic))]
    synthetic["passed"] = True
    samples.write(Samples(synthetic, roles), paths.SAMPLE / "ctgan.parquet")


def collect(arms: Sequence[str], engines: Sequence[str], seconds: Mapping[str, float]) -> dict[str, float | int | str]:
    """Scores, intervals and words of every arm, from metrics/verdict.json, and what each cost."""
    numbers = json.loads((paths.METRICS / "verdict.json").read_text())
    record_of_choices = json.loads((paths.PLOTS / "verdict" / "verdict.json").read_text())
    results: dict[str, float | int | str] = {
        "view": record_of_choices["view"],
        "recommended": record_of_choices["recommended"],
        "best_simple": record_of_choices["best_simple"],
        **{f"sentence.{name}": sentence for name, sentence in record_of_choices["sentences"].items()},
    }
    for arm in [*arms, *[engine for engine in engines if f"{engine}.macro_f1.mean" in numbers]]:
        for score in ("macro_f1", "minority_recall", "against_none", "against_simple"):
            keys = [f"{arm}.{score}.{part}" for part in ("mean", "low", "high")]
            results |= {key: numbers[key] for key in keys if key in numbers}
        for reference, name in (("none", "verdict"), ("simple", "verdict_against_best_simple")):
            key = f"{arm}.against_{reference}.word"
            results |= {f"{arm}.{name}": WORDS[numbers[key]]} if key in numbers else {}
    across = paths.METRICS / "classify" / "e2.json"
    if across.is_file():
        ratios = json.loads(across.read_text()).items()
        results |= {f"e2.{name}": value for name, value in ratios if not name.startswith("real_on_synthetic")}
    for view in ("tabular", "trees"):
        results |= {
            key: value for key, value in numbers.items() if key.startswith(f"{view}.") and key.endswith("macro_f1.mean")
        }
    return results | {f"seconds.{name}": round(value, 1) for name, value in seconds.items()}


def budget_of_run() -> dict[str, float | int | str]:
    """Seeds, steps and rows of the run in this folder."""
    splits = samples.read(paths.SPLIT / "samples.parquet", columns=["mw_split", "label"]).table["mw_split"]
    rows = {f"rows.{split}": int(count) for split, count in splits.value_counts().items()}
    names = {"seeds": "contest.seeds", "train_gan.steps": "train_gan.steps"}
    return {key: int(params.value(name)) for key, name in names.items()} | rows


def collect_project(dataset: str, project: Path) -> None:
    """Write the numbers of a project that was run; no seconds, since its stages may have run beside anything."""
    os.chdir(project)
    results = budget_of_run() | collect(params.value("arms"), params.value("engines"), {})
    os.chdir(ROOT)
    record.write(f"verdict-{dataset}", results)


def main() -> None:
    """One data set."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dataset", choices=["pima", "credit-default", "churn", *PICTURE_SETS])
    parser.add_argument("--project", type=Path, help="a project that was run: its numbers are taken, nothing is run")
    parser.add_argument("--seeds", type=int, default=None, help="5 for tables, 3 for pictures")
    parser.add_argument("--arms", nargs="*", help="these and `none` in the place of all")
    parser.add_argument("--rows", type=int, default=14400, help="pictures of train and validation before the cut")
    parser.add_argument("--test-rows", type=int, default=4000)
    parser.add_argument("--epochs", type=int, default=0, help="of a residual network as one more view of pictures")
    parser.add_argument("--engine-steps", type=int, default=None, help="train_gan.steps; the repository's by default")
    arguments = parser.parse_args()
    if arguments.project:
        collect_project(arguments.dataset, arguments.project)
        return
    pictures = arguments.dataset in PICTURE_SETS
    seeds = arguments.seeds or (3 if pictures else 5)
    engines = ["wgan_gp", "latent_flow"]
    arms = ["none", *(arguments.arms or (PICTURE_ARMS if pictures else TABLE_ARMS))]
    with_ctgan = not pictures and importlib.util.find_spec("ctgan") is not None
    if with_ctgan:
        arms += ["ctgan_100"]
    else:
        print("ctgan is left out: " + ("it makes no pictures" if pictures else "it is not installed"))
    known = [*engines, "ctgan"] if with_ctgan else engines
    changes: dict[str, Any] = {
        "dataset": arguments.dataset,
        "arms": arms,
        "engines": engines,
        "contest.seeds": seeds,
        "sample.amount": 2.0,
        "sample.filter.file": True,
    }
    changes |= {"modalities": ["image" if pictures else "tabular"]}
    if arguments.engine_steps:
        changes["train_gan.steps"] = arguments.engine_steps
    if pictures:
        chosen = PICTURE_SETS[arguments.dataset]
        changes |= {f"preprocess.image.{key}": chosen[key] for key in ("size", "colour")}
        if arguments.epochs:
            changes |= {"contest.views": ["image", "resnet"], "contest.networks.resnet.epochs": arguments.epochs}
            arms += ["refit", "mixup+refit", "latent_flow_50+refit"]
    os.environ.setdefault("MAKEWEIGHT_DATA", str(record.DATA.resolve()))
    with tempfile.TemporaryDirectory() as folder:
        write_project(Path(folder), changes)
        if pictures:
            write_split(arguments.dataset, arguments)
        else:
            for stage in (ingest, clean, split):
                run(stage)
        run(preprocess, changes["modalities"][0])
        seconds = {f"train.{engine}": run(train_gan, engine) for engine in engines}
        run(sample)
        if with_ctgan:
            started = time.monotonic()
            write_ctgan(2.0)
            seconds["train.ctgan"] = time.monotonic() - started
            Path("params.yaml").write_text(
                Path("params.yaml").read_text().replace("- latent_flow\n", "- latent_flow\n- ctgan\n", 1)
            )
        seconds["learners"] = run(learners)
        seconds |= {f"contest.{arm}": run(contest, arm) for arm in arms}
        run(verdict)
        if pictures:
            seconds["classify"] = run(classify)
        budget = budget_of_run() | {"epochs": arguments.epochs}
        results = collect(arms, known, seconds)
        os.chdir(ROOT)
    record.write(f"verdict-{arguments.dataset}", budget | results)


if __name__ == "__main__":
    main()
