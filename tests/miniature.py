"""A miniature project: a small data set of pictures, words and numbers, its card, and parameters to match."""

import shutil
from collections.abc import Mapping
from contextlib import chdir
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from PIL import Image, ImageDraw
from ruamel.yaml import YAML

from makeweight.core.params import read_yaml

ROOT = Path(__file__).parents[1]
SIZE = 24
SHAPES = ("ellipse", "rectangle", "line")
COUNTS = {"boats": 84, "cups": 66, "drums": 54}
"""Class -> pictures; imbalanced on purpose."""

COPIES, UNTITLED = 4, 3
"""How many drums have an exact copy, and how many boats have no title."""

CARD = {
    "title": "Miniature",
    "licence": "none needed",
    "source": {"kind": "folder", "path": "pictures"},
    "columns": {
        "id": "file_name",
        "label": "label",
        "fine_label": "kind",
        "group": "author",
        "image": "image",
        "text": ["title", "description"],
        "numeric": ["price", "weight"],
        "categorical": ["origin"],
    },
}


SMALL_LEARNERS = {
    "learners.folds": 2,
    "learners.text.strengths": [10.0],
    "learners.image.strengths": [0.01],
    "learners.image.patches.filters": 8,
    "learners.image.patches.patches_to_learn": 500,
    "learners.tabular.strengths": [1.0],
    "learners.trees.max_leaf_nodes": [4],
    "learners.trees.trees": [3, 5],
    "contest.folds": 2,
}
"""Changed parameters: the contest's learners as small as they can be."""

SMALL_RUN = {
    "device": "cpu",
    "labelings": ["fine"],
    **{f"clean.rules.{rule}.for": ["observations"] for rule in ("blank_picture", "exact_duplicate", "near_duplicate")},
    "clean.rules.missing_field": {"for": ["observations"], "columns": ["image", "title"]},
    "split.group_by": ["group"],
    "train_gan.steps": 4,
    "train_gan.quality.evaluations": 1,
    "train_gan.quality.training.epochs": 1,
    "sample.filter.file": True,
    "sample.filter.training.epochs": 1,
    "fidelity.network.training.epochs": 1,
    "tsne.iterations": 20,
    **{f"classify.{network}.epochs": 1 for network in ("nn", "lenet", "vgg16")},
    "classify.vgg16_width": 0.0625,
    "fewshot.episodes.ways": [2],
    "fewshot.episodes.shots": [1],
}
"""Changed parameters: a run of all stages with as few steps as they can have while all code still runs."""


def random_picture(label: int, kind: int, rng: np.random.Generator) -> Image.Image:
    """A shape by class, a colour by kind, a random position and size, and some noise."""
    picture = Image.new("RGB", (SIZE, SIZE), "white")
    corner, reach = rng.integers(1, 7, 2), rng.integers(10, 16, 2)
    colour = tuple(int(c) for c in np.clip(rng.normal((60 * kind, 200 - 50 * kind, 40 + 50 * label), 14), 0, 255))
    box = [tuple(int(c) for c in corner), tuple(int(c) for c in corner + reach)]
    getattr(ImageDraw.Draw(picture), SHAPES[label % len(SHAPES)])(
        box, fill=colour, **({"width": 4} if label == 2 else {})
    )
    noisy = np.asarray(picture, dtype=float) + rng.normal(0, 9, (SIZE, SIZE, 3))
    return Image.fromarray(np.clip(noisy, 0, 255).astype(np.uint8))


def write_pictures(folder: Path, counts: Mapping[str, int]) -> None:
    """Write the picture folder with its metadata.csv."""
    rng = np.random.default_rng(5)
    words = ["small", "old", "red", "fine", "painted", "wooden", "bright", "round", "tall", "plain"]
    rows = []
    for label, (name, count) in enumerate(counts.items()):
        (folder / name).mkdir(parents=True)
        for number in range(count):
            kind = number % 4
            file = f"{name}/{number:03}.png"
            random_picture(label, kind, rng).save(folder / file)
            rows.append(
                {
                    "file_name": file,
                    "label": name,
                    "kind": f"{name}-{kind}",
                    "author": f"author {int(rng.integers(60))} of {name}",
                    "title": f"{rng.choice(words)} {rng.choice(words)} {name[:-1]} {number}",
                    "description": f"a {name[:-1]} that is {rng.choice(words)}" if rng.random() < 0.7 else None,
                    "price": round(float(np.exp(rng.normal(2 + label, 0.3))), 2) if rng.random() < 0.95 else None,
                    "weight": int(rng.integers(1, 9)) + label,
                    "origin": rng.choice(["DE", "FR", "PE"]),
                }
            )
    for row in rows[:UNTITLED]:
        row["title"] = None
    for row in rows[-COPIES:]:
        copy = row["file_name"].replace(".png", "-copy.png")
        (folder / copy).write_bytes((folder / row["file_name"]).read_bytes())
        rows.append({**row, "file_name": copy})
    pd.DataFrame(rows).to_csv(folder / "metadata.csv", index=False)


def write_project(folder: Path, changes: Mapping[str, Any], counts: Mapping[str, int] = COUNTS) -> None:
    """Write pictures, card and the repository's parameters, changed by dotted name, into an empty folder."""
    write_pictures(folder / "pictures", counts)
    (folder / "datasets").mkdir()
    yaml = YAML()
    with (folder / "datasets" / "miniature.yaml").open("w") as file:
        yaml.dump(CARD, file)
    shutil.copy(ROOT / "params.yaml", folder)
    set_params(folder, {"dataset": "miniature", **changes})


def planned(folder: Path) -> dict[str, dict[str, Any]]:
    """The stages of a project with their cells, as DVC resolves them from the folder's parameters, in its order."""
    from dvc.parsing import DataResolver  # slow to import
    from dvc.repo import Repo

    with chdir(folder):  # DVC reads the params.yaml of the current folder
        repo = Repo(str(folder), uninitialized=True)
        stages: dict[str, dict[str, Any]] = DataResolver(repo, "", read_yaml(Path("dvc.yaml"))).resolve()["stages"]
    return stages


def outs_of(stage: Mapping[str, Any]) -> list[str]:
    """The paths that a stage writes, metrics with them."""
    outs = [*stage.get("outs", []), *stage.get("metrics", [])]
    return [path for out in outs for path in ([out] if isinstance(out, str) else out)]


def set_params(folder: Path, changes: Mapping[str, Any]) -> None:
    """Change parameters of a project by dotted name."""
    values = read_yaml(folder / "params.yaml")
    for name, value in changes.items():
        *sections, last = name.split(".")
        section = values
        for key in sections:
            section = section[key]
        if last not in section:
            raise KeyError(f"params.yaml has no {name}, which this test changes")
        section[last] = value
    with (folder / "params.yaml").open("w") as file:
        YAML().dump(values, file)
