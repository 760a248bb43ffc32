"""Copies by what pictures show alone: the evidence of a pair, the trees, and the search."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from test_clean_near_duplicates import EDITS, channels_between, drawing

from makeweight.core import params
from makeweight.data.samples import Roles
from makeweight.stages.clean import alignment, copy_trees, listings, perceptual_hashes, picture_copies
from makeweight.stages.clean.listings import Listings
from makeweight.stages.clean.near_duplicates import NearDuplicates
from makeweight.stages.clean.picture_evidence import Evidence, colour_mapped, evidence

ROOT = Path(__file__).parents[3]
PARAMS = params.check(NearDuplicates, params.read_yaml(ROOT / "params.yaml")["clean"]["near_duplicates"], params.FILE)
WHOLE = np.array([[0, 1, 0, 1]], dtype=np.float32)


def recoloured(picture: Image.Image) -> Image.Image:
    grey = np.asarray(picture.convert("L"), dtype=np.float64)[..., None]
    pixels = 0.5 * np.asarray(picture.convert("RGB")) + 0.5 * grey
    return Image.fromarray((0.85 * pixels).round().astype(np.uint8))


def of_pair(one: Image.Image, two: Image.Image) -> dict[str, float]:
    pictures = channels_between([one, two])
    found = evidence(alignment.whole_grids(pictures[:1]), pictures[1:], WHOLE)
    return {name: float(value[0]) for name, value in found._asdict().items()}


def test_a_map_of_colours_explains_a_recoloured_copy_and_no_other_drawing() -> None:
    copy, other = of_pair(drawing(3), recoloured(drawing(3))), of_pair(drawing(3), drawing(4))
    assert copy["recoloured"] < 0.1 * copy["aligned"]
    assert other["recoloured"] > 0.1 > 10 * copy["recoloured_beside_stripe"]


def test_equal_pictures_need_no_map_and_no_crop() -> None:
    same = of_pair(drawing(5), drawing(5))
    assert all(same[name] == pytest.approx(0, abs=1e-5) for name in Evidence._fields if name != "contrast")


def test_the_map_of_colours_keeps_the_mean_and_is_near_to_none() -> None:
    grids = alignment.whole_grids(channels_between([drawing(6), recoloured(drawing(6))]))
    mapped, mix, shift = colour_mapped(grids[:1], grids[1:])
    assert mapped.mean(axis=(1, 3)) == pytest.approx(grids[:1].mean(axis=(1, 3)), abs=1e-2)
    assert 0 < mix[0] < 3
    assert shift[0] == pytest.approx(np.square(grids[0].mean(axis=(0, 2)) - grids[1].mean(axis=(0, 2))).sum(), rel=1e-3)


def test_a_stripe_hardly_changes_the_fine_hash() -> None:
    pictures = channels_between([drawing(7), EDITS["watermarked"](drawing(7))])
    cells, planes = perceptual_hashes.FINE_CELLS, perceptual_hashes.stripe_free_planes()
    fine = perceptual_hashes.hash_windows(pictures, [perceptual_hashes.WHOLE], planes, cells)[0]
    plain = perceptual_hashes.hash_windows(pictures, [perceptual_hashes.WHOLE])[0]
    shares = [perceptual_hashes.hamming_distances(*each) / (64 * each.shape[1]) for each in (fine, plain)]
    assert shares[0] < shares[1]


def test_other_candidates_are_ranked_without_the_pair_itself() -> None:
    left = np.array([4, 4, 4, 9, 4])
    values = np.array([0.3, 0.1, 2.0, 0.5, 0.2])
    assert copy_trees.other_candidates(left, values, 0).tolist() == [0.1, 0.2, 0.1, 1.0, 0.1]
    assert copy_trees.other_candidates(left, values, 2).tolist() == [1.0, 1.0, 0.3, 1.0, 1.0]
    assert copy_trees.other_candidates(left[:0], values[:0], 0).tolist() == []


def test_a_tree_leads_each_pair_to_its_leaf() -> None:
    tree = copy_trees.CopyTrees(
        feature=np.array([[1, 0, 0]]), threshold=np.array([[0.5, 0, 0]]), lower=np.array([[1, 1, 2]]),
        upper=np.array([[2, 1, 2]]), value=np.array([[0, 2.0, -2.0]]), depth=3, start=1.0,
    )  # fmt: skip
    odds = np.array([3.0, -1.0])
    assert tree.probabilities(np.array([[9, 0.5], [0, 0.6]])) == pytest.approx(1 / (1 + np.exp(-odds)))


def test_edited_copies_are_found_without_any_statement_and_other_drawings_are_not() -> None:
    originals = [drawing(seed) for seed in range(40)]
    edits = [*EDITS.values(), recoloured]
    pictures = [*originals, *(edits[row % len(edits)](picture) for row, picture in enumerate(originals))]
    found = picture_copies.find_picture_copies(channels_between(pictures), None, PARAMS)
    pairs = set(zip(found["left"], found["right"], strict=True))
    true = {(row, row + 40) for row in range(40)}
    assert pairs <= true
    assert len(pairs) >= 37


def test_two_pictures_of_one_vendor_must_be_surer_copies() -> None:
    pictures = channels_between([drawing(1), EDITS["cropped"](drawing(1))])
    strict = PARAMS.by_picture.model_copy(update={"min_probability": 0.01, "min_probability_same_vendor": 0.99999999})
    given = PARAMS.model_copy(update={"by_picture": strict})
    counts = [len(picture_copies.find_picture_copies(pictures, np.array(each), given)) for each in ([0, 1], [0, 0])]
    assert counts == [1, 0]


@pytest.mark.parametrize("count", [0, 1])
def test_few_pictures_have_no_copies(count: int) -> None:
    pictures = channels_between([drawing(1), drawing(2)])[:count]
    found = picture_copies.find_picture_copies(pictures, None, PARAMS)
    assert (len(found), found.columns.tolist()) == (0, ["left", "right", "difference"])


def test_pictures_alone_count_only_where_listings_state_no_numbers_but_prices() -> None:
    table = pd.DataFrame({"price": [1.0, 2.0], "nodes": [3.0, np.nan]})
    roles = Roles(image="image", numeric=("price", "nodes"), money={"price": "currency"})
    assert not listings.by_picture_alone(Listings(table, roles), PARAMS)
    assert listings.by_picture_alone(Listings(table.assign(nodes=np.nan), roles), PARAMS)
    observed = replace(Listings(table, roles), observations=True)
    assert not listings.by_picture_alone(observed, PARAMS)
    rows = PARAMS.by_picture.model_copy(update={"rows": ("observations",)})
    assert listings.by_picture_alone(observed, PARAMS.model_copy(update={"by_picture": rows}))
