"""A project in miniature: real codecs, generator and classifiers, trained for a moment on coloured shapes."""

import random
import shutil
from io import BytesIO
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from PIL import Image, ImageDraw
from ruamel.yaml import YAML

from makeweight import generators
from makeweight.core import files
from makeweight.data import samples
from makeweight.data.codecs import CODECS
from makeweight.data.codecs.image import ImageParams
from makeweight.data.codecs.tabular import TabularParams
from makeweight.data.codecs.text_analysis import join_columns
from makeweight.data.codecs.text_params import TextParams
from makeweight.data.labelled import Labelled
from makeweight.generators.wgan_gp import WganGpParams
from makeweight.learn import view_models
from makeweight.learn.decision_rule import DecisionRule
from makeweight.learn.features import Features
from makeweight.learn.linear_model import LinearModel
from makeweight.learn.patches import PatchFeatures, PatchParams
from makeweight.learn.view_models import LINEAR, Model
from makeweight.learn.words import TextFeatures, WordParams

ROOT = Path(__file__).parents[2]
SHAPES = ("circle", "line", "square")
ROLES = samples.Roles(image="image", text=("title", "description"), numeric=("price", "size"), categorical=("origin",))
CODEC_PARAMS = {
    "image": ImageParams(size=16, colour="rgb"),
    "tabular": TabularParams(quantiles=20, spike_share=0.5, max_categories=10),
    "text": TextParams(
        latent_dim=8, class_dim=4, max_features=200, writer="words", neighbours=8, neighbour_temperature=0.3,
        jump_probability=0.3, replace_probability=0.1, candidates=4, max_train_texts=1000,
    ),
}  # fmt: skip
GAN = WganGpParams(
    steps_multiplier=1.0, batch_size=16, latent_dim=8, features=16, class_embedding_dim=4, channels=8,
    learning_rate=0.001, gradient_penalty_weight=10.0, ema_decay=0.9, class_sampling_power=1.0,
    class_embedding_noise=0.0, class_modulation_from=0, augment=(), instance_noise=0.0, mismatched_share=0.0,
    critic_steps=1,
)  # fmt: skip
PATCHES = PatchParams(side=16, patch_size=4, filters=8, threshold=0.25, pictures_to_learn=100, patches_to_learn=2000)
WORDS = WordParams(longest_phrase=1, shortest_piece=2, longest_piece=3, min_rows=1, max_terms=500)
ARMS = ("none", "wgan_gp_100")
FUSIONS = [
    {"image": 0.5, "tabular": 0.25, "text": 1.5},
    {"image": 0.75, "tabular": 0.0},
    {"image": 0.5, "text": 1.5},
    {"tabular": 0.25, "text": 1.5},
]


def diabetes_like(rows: int, seed: int = 0) -> str:
    """A table of the shape of Pima's: whole and broken numbers that depend on a rare outcome."""
    draw = random.Random(seed)
    lines = ["Pregnancies,Glucose,BMI,Age,Outcome"]
    for _ in range(rows):
        ill = draw.random() < 0.35
        bmi = draw.gauss(33 if ill else 29, 5)
        glucose = draw.gauss(140 if ill else 110, 25)
        lines.append(f"{draw.randrange(12)},{glucose:.0f},{bmi:.1f},{draw.randrange(21, 70)},{int(ill)}")
    return "\n".join(lines) + "\n"


def render_shape(shape: str, rng: np.random.Generator) -> bytes:
    picture = Image.new("RGB", (16, 16), "white")
    colour = tuple(int(part) for part in rng.integers(0, 200, 3))
    corner = [int(part) for part in rng.integers(1, 5, 2)]
    box = (*corner, corner[0] + 9, corner[1] + 9)
    pen = ImageDraw.Draw(picture)
    {"circle": pen.ellipse, "line": pen.line, "square": pen.rectangle}[shape](box, fill=colour)
    buffer = BytesIO()
    picture.save(buffer, format="PNG")
    return buffer.getvalue()


def shapes(count: int, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    labels = rng.choice(SHAPES, count, p=(0.6, 0.25, 0.15))
    return pd.DataFrame(
        {
            "id": [f"shape/{number:03d}" for number in range(count)],
            "label": labels,
            "image": [render_shape(label, rng) for label in labels],
            "title": [f"a {rng.choice(['small', 'large'])} {label}" for label in labels],
            "description": [None if rng.random() < 0.5 else f"drawn as a {label}" for label in labels],
            "price": np.round(rng.lognormal(2, 0.5, count), 2),
            "size": rng.integers(1, 9, count).astype(float),
            "origin": rng.choice(["DE", "=IT"], count),
            "mw_split": np.resize(["train", "train", "train", "validation", "test"], count),
        }
    )


def fill(folder: Path, rows: int = 150) -> None:
    """Write the outputs that Generate, Classify and Compare read, as the stages would."""
    torch.manual_seed(0)
    everything = samples.Samples(shapes(rows), ROLES)
    samples.write(everything, folder / "data/split/samples.parquet")
    train_rows = (everything.table["mw_split"] == "train").to_numpy()
    arrays, specs = {}, {}
    for name, params in CODEC_PARAMS.items():
        codec = CODECS[name].fit(everything.split("train"), params, 0)
        target = folder / "data/preprocess" / name
        target.mkdir(parents=True)
        codec.save(target)
        files.write_json(target / "spec.json", codec.spec.to_json())
        arrays[name], specs[name] = codec.encode(everything.table), codec.spec
        np.save(target / "encoded.npy", arrays[name])
    classes = samples.classes(everything)
    labels = np.array([classes.index(label) for label in everything.table["label"]])
    train = Labelled({name: array[train_rows] for name, array in arrays.items()}, labels[train_rows])
    device = torch.device("cpu")
    trainer = generators.start("wgan_gp", train, specs, classes, GAN, 5, generators.TrainingContext(0, device))
    for _ in range(5):
        trainer.step()
    (folder / "data/train_gan/wgan_gp").mkdir(parents=True)
    trainer.averaged.save(folder / "data/train_gan/wgan_gp")
    features = Features(
        PatchFeatures.fit(train.inputs["image"], PATCHES, 0),
        TextFeatures.fit(join_columns(everything.split("train").table, ROLES.text), WORDS),
        ROLES.text,
    )
    (folder / "data/learners").mkdir(parents=True)
    features.save(folder / "data/learners")
    read = {
        "image": features.of_pictures(train.inputs["image"]),
        "tabular": train.inputs["tabular"],
        "text": features.of_texts(everything.split("train").table),
    }
    for seed, arm in enumerate(ARMS):
        (folder / "data/contest" / arm).mkdir(parents=True)
        models = {}
        for view, x in read.items():
            chosen = np.random.default_rng(seed).permutation(len(train))[: len(train) * 3 // 4]
            fitted = LinearModel.fit(x[chosen], train.labels[chosen], len(classes), 1.0)
            models[view] = Model(view, LINEAR, fitted)
        view_models.save(folder / "data/contest" / arm, models, classes, {name: specs[name].shape for name in specs})
        rule = DecisionRule(0.5, np.array([0.0, 0.3, 0.6])).as_record(classes)
        sets = [{"plain_weights": one, "weights": one, "rule": rule} for one in FUSIONS]
        decisions = {"rules": dict.fromkeys(models, rule), "weights": FUSIONS[0], "sets": sets}
        files.write_json(folder / "data/contest" / arm / "decisions.json", decisions)
    write_results(folder, everything.table)


def write_results(folder: Path, table: pd.DataFrame) -> None:
    """Write metrics and plots with the names and columns of the real ones."""
    arms = pd.DataFrame(
        {"arm": ["smote", "wgan_gp_100"], "mean": [2.0, -3.5], "low": [0.5, -5.0], "high": [3.5, -2.0]}
    ).assign(verdict=["helps", "hurts"])
    changes = pd.DataFrame(
        [{"label": label, "arm": arm, "mean": mean, "low": mean - 1, "high": mean + 1}
         for label in SHAPES for arm, mean in (("smote", 2.0), ("wgan_gp_100", -4.0))]
    )  # fmt: skip
    doses = pd.DataFrame({"engine": "wgan_gp", "amount": [50, 100], "mean": [40.0, 38.0], "low": 36.0, "high": 42.0})
    views = pd.DataFrame({"view": "fusion", "arm": ["none", "smote"], "mean": [41.0, 43.0], "low": 40.0, "high": 44.0})
    confusion = pd.DataFrame([{"actual": a, "predicted": p, "count": 5 * (a == p) + 1} for a in SHAPES for p in SHAPES])
    funnel = pd.DataFrame({"step": ["found", "clean"], "rows": [200, 150]})
    source = np.where(table["mw_split"] == "train", "real", "held out")
    plane = table[["label", "id"]].assign(x=np.arange(len(table)), y=np.arange(len(table)), source=source)
    for name, series in {
        "verdict/intervals": arms,
        "verdict/classes": changes,
        "verdict/dose": doses,
        "verdict/arms": views,
        "classify/confusion_real_lenet": confusion,
        "clean/funnel": funnel,
        "tsne/embedding": plane,
    }.items():
        files.write_text(folder / "plots" / f"{name}.csv", series.to_csv(index=False))
    sentences = {"recommendation": "Use smote: 2.0 points (0.5 to 3.5) of macro-F1 more than none."}
    verdict = {"view": "fusion", "recommended": "smote", "best_simple": "smote", "chosen": {}, "sentences": sentences}
    files.write_json(folder / "plots/verdict/verdict.json", verdict)
    files.write_json(folder / "metrics/verdict.json", {"smote.macro_f1.mean": 0.43})
    files.write_json(folder / "metrics/contest/none.json", {"rows.synthetic": 0, "steps": 2850})
    files.write_json(folder / "metrics/contest/smote.json", {"rows.synthetic": 1234, "steps": 3300})
    files.write_json(folder / ".scratch/seconds/contest/smote.json", {"seconds": 41.6})
    files.write_json(folder / "metrics/clean.json", {"samples_in": 200, "samples_out": 150})
    files.write_json(folder / "metrics/classify/e1.json", {"real.lenet.accuracy": 0.5, "real.lenet.f1.circle": 0.4})
    files.write_json(folder / "metrics/classify/e2.json", {"lenet.accuracy": 0.25, "lenet.ratio": 0.5})


def make_project(folder: Path) -> Path:
    """A folder with the project's parameters and cards, arms of its own, and no outputs yet."""
    parameters = YAML().load(ROOT / "params.yaml")
    parameters["arms"] = [*ARMS, "smote"]
    YAML().dump(parameters, folder / "params.yaml")
    shutil.copytree(ROOT / "datasets", folder / "datasets")
    return folder
