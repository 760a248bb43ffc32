"""Near copies by what pictures show alone: recall per kind of edit and precision, on planted copies of known pictures.

    python benchmarks/near_copies.py          # measure: the pictures' own search, the one by difference, imagededup
    python benchmarks/near_copies.py --fit    # grow the trees that confirm copies, into src

The trees are grown on copies of every second drawing of the built-in catalogue and of every second photograph of a part
of CIFAR-10. What is measured are copies of the others, with other seeds, among all pictures; no statement, text or
vendor is used. `imagededup` (perceptual hash) is measured where it is installed, in the same run; its network's weights
are not in its package. Seconds are processor time from thumbnails to pairs, on one thread.
"""

import importlib
import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BytesIO

import numpy as np
import pandas as pd
from PIL import Image, ImageEnhance
from sklearn.ensemble import HistGradientBoostingClassifier

import record
from makeweight.core import params
from makeweight.stages.clean import copy_trees, listings, near_duplicates, perceptual_hashes, picture_copies
from makeweight.stages.clean import settings as clean_settings
from makeweight.stages.clean.clusters import connected_sets
from makeweight.stages.clean.near_duplicates import NearDuplicates
from makeweight.stages.clean.picture_features import picture_features
from makeweight.stages.clean.record_linkage import FieldWeights
from makeweight.stages.ingest.shop import catalogue
from makeweight.stages.ingest.shop.pictures import edited_picture, encode
from near_duplicates import spent

EDITS = ("re-encoded", "resized", "cropped", "watermarked", "recoloured")
COPIES_SHARE = 0.33
"""Copies planted, as a share of the pictures."""
PHOTOGRAPHS = 8000
GROWN_ON, MEASURED_ON = ((1, "drawings"), (3, "drawings"), (1, "photographs")), ((4, "drawings"), (4, "photographs"))
"""Seed and pictures of each set."""
BITS = (0, 4, 8)
"""Within which imagededup calls two pictures duplicates."""
DECREASING = ("distance", "recoloured", "recoloured_beside_stripe", "patch")
"""What makes a copy less probable the larger it is, beside all comparisons with other candidates."""


@dataclass(frozen=True)
class Planted:
    """Distinct pictures, some of them edited copies of others."""

    bodies: list[bytes]
    thumbnails: np.ndarray
    """`(n, EDGE, 3, EDGE)`, as the searches take them."""
    drawing: np.ndarray
    """Equal where two show the same."""
    edit: np.ndarray
    """Of each copy; `none` for the others."""


def recoloured(picture: Image.Image, rng: np.random.Generator) -> Image.Image:
    """The picture with another saturation (down to grey), brightness, contrast and balance of the channels."""
    picture = ImageEnhance.Color(picture).enhance(rng.uniform(0, 1.6))
    picture = ImageEnhance.Brightness(picture).enhance(rng.uniform(0.8, 1.2))
    picture = ImageEnhance.Contrast(picture).enhance(rng.uniform(0.8, 1.2))
    return Image.fromarray((np.asarray(picture) * rng.uniform(0.88, 1.0, 3)).round().astype(np.uint8))


def edited(body: bytes, edit: str, seed: int) -> bytes:
    """The bytes of an edited copy; all but `recoloured` are the built-in shop's edits."""
    if edit != "recoloured":
        return edited_picture(body, edit, seed)[0]
    picture = Image.open(BytesIO(body)).convert("RGB")
    return encode(recoloured(picture, np.random.default_rng(seed)), "PNG")[0]


def originals(kind: str, rng: np.random.Generator) -> tuple[list[bytes], np.ndarray]:
    """Pictures and what each shows: all of the catalogue's stock, or a part of CIFAR-10."""
    if kind == "drawings":
        stock = pd.read_parquet(catalogue.STOCK)
        return list(stock["image"]), pd.factorize(stock["image_sha256"])[0]
    table = pd.read_parquet(record.need(record.DATA / "cifar10_train.parquet"))
    rows = np.sort(rng.choice(len(table), PHOTOGRAPHS, replace=False))
    return [picture["bytes"] for picture in table["img"].iloc[rows]], rows


def planted(seed: int, kind: str) -> Planted:
    """Pictures with planted copies; of pixels that are there twice one picture stays, and blank ones go."""
    rng = np.random.default_rng([seed, 77])
    bodies, drawing = originals(kind, rng)
    source = np.sort(rng.integers(0, len(bodies), int(COPIES_SHARE * len(bodies))))
    edit = rng.permutation(np.resize(EDITS, len(source)))
    bodies = bodies + [
        edited(bodies[row], name, int(rng.integers(2**31))) for row, name in zip(source, edit, strict=True)
    ]
    features = [picture_features(body, 10**7) for body in bodies]
    edge = perceptual_hashes.EDGE
    pixels = np.stack([np.frombuffer(each.thumbnail or b"", np.uint8).reshape(edge, edge, 3) for each in features])
    distinct = ~pd.Series([each.digest for each in features]).duplicated().to_numpy()
    rows = np.flatnonzero(distinct & (pixels.reshape(len(pixels), -1, 3).std(axis=1).max(axis=1) > 2))
    return Planted(
        [bodies[row] for row in rows],
        perceptual_hashes.channels_between(pixels[rows]),
        np.concatenate([drawing, drawing[source]])[rows],
        np.concatenate([np.full(len(drawing), "none", dtype=object), edit])[rows],
    )


def fit(config: NearDuplicates) -> None:
    """Grow the trees on the pairs that copies and pictures of every second drawing have, and write them."""
    seen, copies = [], []
    for seed, kind in GROWN_ON:
        given = planted(seed, kind)
        candidates, features = picture_copies.candidates_with_features(given.thumbnails, config, "local")
        drawing = [given.drawing[candidates[side]] for side in ("left", "right")]
        rows = drawing[0] % 2 == 0
        seen.append(features[rows])
        copies.append((drawing[0] == drawing[1])[rows])
    direction = [-1 if name in DECREASING or ".rival_" in name else 0 for name in copy_trees.NAMES]
    model = HistGradientBoostingClassifier(
        max_iter=150, max_leaf_nodes=24, learning_rate=0.08, l2_regularization=1.0, monotonic_cst=direction,
        early_stopping=False, random_state=0,
    )  # fmt: skip
    model.fit(np.concatenate(seen), np.concatenate(copies))
    copy_trees.FILE.write_text(json.dumps(as_json(model)) + "\n", encoding="utf-8")


def as_json(model: HistGradientBoostingClassifier) -> dict[str, object]:
    """The trees as lists of equal length, one per tree; a leaf is its own child."""
    trees = [predictors[0].nodes for predictors in model._predictors]
    most = max(len(nodes) for nodes in trees)
    held: dict[str, list[list[float]]] = {name: [] for name in ("feature", "threshold", "lower", "upper", "value")}
    for nodes in trees:
        own, leaf = np.arange(len(nodes)), nodes["is_leaf"].astype(bool)
        columns = {
            "feature": np.where(leaf, 0, nodes["feature_idx"]),
            "threshold": np.where(leaf, 0, nodes["num_threshold"].astype(np.float32)).round(5),
            "lower": np.where(leaf, own, nodes["left"]),
            "upper": np.where(leaf, own, nodes["right"]),
            "value": np.where(leaf, nodes["value"], 0).round(5),
        }
        for name, values in columns.items():
            held[name].append(np.pad(values, (0, most - len(values))).tolist())
    return {
        "start": float(model._baseline_prediction.item()),
        "depth": max(int(n["depth"].max()) for n in trees),
        **held,
    }


def by_evidence(given: Planted, config: NearDuplicates) -> Iterator[tuple[str, pd.DataFrame]]:
    """Pairs by the evidence of the pictures."""
    yield "evidence", picture_copies.find_picture_copies(given.thumbnails, None, config)


def by_difference(given: Planted, config: NearDuplicates) -> Iterator[tuple[str, pd.DataFrame]]:
    """Pairs that hardly differ once aligned: the search that listings with statements have, without any."""
    count = len(given.drawing)
    nothing = FieldWeights(np.empty((count, 0), np.int64), np.empty((count, 0)), np.empty(0))
    yield "difference", near_duplicates.find_near_duplicates(given.thumbnails, nothing, None, config)


def imagededup(given: Planted, config: NearDuplicates) -> Iterator[tuple[str, pd.DataFrame]]:
    """Pairs of its perceptual hash."""
    importlib.import_module("makeweight.core.vision")  # first: imagededup imports torchvision, whatever it is used for
    from imagededup.methods import PHash

    method = PHash(verbose=False)
    arrays = (np.asarray(Image.open(BytesIO(body)).convert("RGB")) for body in given.bodies)
    encodings = {f"{row}": method.encode_image(image_array=array) for row, array in enumerate(arrays)}
    found = method.find_duplicates(
        encoding_map=encodings, max_distance_threshold=max(BITS), scores=True, num_dist_workers=0
    )
    rows = [(int(one), int(two), bits) for one, others in found.items() for two, bits in others if int(one) < int(two)]
    pairs = pd.DataFrame(rows, columns=["left", "right", "difference"])
    for most in BITS:
        yield f"imagededup.{most}_bits", pairs[pairs["difference"] <= most]


def score(pairs: pd.DataFrame, given: Planted) -> dict[str, float]:
    """Recall of the copies of odd drawings, in total and per edit, and precision of the rows that would be dropped.

    As in `clean`: of each set of best matches the first row stays. A copy is found where its set holds another picture
    of its drawing. Rows that are dropped count where they or the row that stays are such copies.
    """
    sets = connected_sets(pd.RangeIndex(len(given.edit)), pairs[listings.is_best_match(pairs)])
    rows = pd.DataFrame({"set": sets, "drawing": given.drawing, "edit": given.edit})
    copy = ((rows["edit"] != "none") & (rows["drawing"] % 2 == 1)).to_numpy()
    findable = copy & (rows.groupby("drawing")["drawing"].transform("size") > 1).to_numpy()
    found = (rows.groupby(["set", "drawing"])["drawing"].transform("size") > 1).to_numpy()
    first = rows.index.to_series().groupby(sets).transform("first").to_numpy()
    counted = (first != rows.index.to_numpy()) & (copy | copy[first])
    right = given.drawing == given.drawing[first]
    numbers = {"recall": found[findable].mean(), "precision": right[counted].mean() if counted.any() else 1.0}
    numbers |= {f"{edit}.recall": found[findable & (given.edit == edit)].mean() for edit in EDITS}
    return {name: round(float(value), 4) for name, value in numbers.items()}


def measure(given: Planted, config: NearDuplicates) -> dict[str, float]:
    """Every search on the same pictures."""
    results: dict[str, float] = {"pictures": len(given.edit), "copies": int((given.edit != "none").sum())}
    searches: tuple[Callable[..., Iterator[tuple[str, pd.DataFrame]]], ...] = (by_evidence, by_difference, imagededup)
    for search in searches:
        start = spent()
        try:
            found = list(search(given, config))
        except ImportError as error:
            print(f"{search.__name__} left out: {error}")
            continue
        seconds = spent() - start
        for name, pairs in found:
            results |= {f"{name}.{measured}": value for measured, value in score(pairs, given).items()}
        results[f"{found[0][0].split('.')[0]}.seconds"] = round(seconds, 2)
    return results


def main() -> None:
    """Grow the trees, or measure on other pictures than those they have seen."""
    config = params.load(clean_settings.Params, "clean").near_duplicates
    if "--fit" in sys.argv:
        fit(config)
        return
    results: dict[str, float] = {}
    for seed, kind in MEASURED_ON:
        results |= {f"{kind}.{name}": value for name, value in measure(planted(seed, kind), config).items()}
    record.write("near_copies", results)


if __name__ == "__main__":
    main()
