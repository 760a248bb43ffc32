"""The search for near duplicates, step by step, on pictures with known copies."""

from io import BytesIO

import numpy as np
import pandas as pd
import pytest
from PIL import Image, ImageDraw

from makeweight.stages.clean import alignment, near_duplicates, perceptual_hashes, record_linkage
from makeweight.stages.clean.hash_index import HashIndex

PARAMS = near_duplicates.NearDuplicates(
    crop_shares=(0.05, 0.1),
    max_hash_distance_share=0.16,
    index_recall=0.9,
    max_bucket_size=64,
    candidates_per_picture=8,
    rare_value_max_listings=16,
    thresholds=({"min_support_bits": 0, "max_difference": 0.01}, {"min_support_bits": 3, "max_difference": 0.2}),
    max_difference_beside_watermark=0.0005,
    max_difference_same_vendor=0.005,
    by_picture={
        "rows": ("listings",),
        "max_hash_distance_share": 0.22,
        "max_bucket_size": 192,
        "candidates_per_picture": 16,
        "min_probability": 0.7,
        "min_probability_same_vendor": 0.95,
    },
    max_cluster_share=0.1,
    min_class_units=6,
)


def drawing(seed: int, size: int = 64) -> Image.Image:
    rng = np.random.default_rng(seed)
    picture = Image.new("RGB", (size, size), "white")
    draw = ImageDraw.Draw(picture)
    for _ in range(6):
        corner = rng.integers(0, size - 16, 2)
        box = (*corner.tolist(), *(corner + rng.integers(8, 40, 2)).tolist())
        colour = tuple(rng.integers(0, 256, 3).tolist())
        draw.ellipse(box, fill=colour) if rng.random() < 0.5 else draw.rectangle(box, fill=colour)
    return picture


def thumbnail(picture: Image.Image) -> np.ndarray:
    return np.asarray(
        picture.convert("RGB").resize((perceptual_hashes.EDGE, perceptual_hashes.EDGE), Image.Resampling.BOX)
    )


def channels_between(pictures: list[Image.Image]) -> np.ndarray:
    return perceptual_hashes.channels_between(np.stack([thumbnail(picture) for picture in pictures]))


def reencoded(picture: Image.Image) -> Image.Image:
    buffer = BytesIO()
    picture.save(buffer, "JPEG", quality=45)
    return Image.open(buffer)


def cropped(picture: Image.Image) -> Image.Image:
    return picture.crop((4, 2, picture.width - 3, picture.height - 5))


def watermarked(picture: Image.Image) -> Image.Image:
    layer = Image.new("RGBA", picture.size)
    ImageDraw.Draw(layer).rectangle((0, 26, picture.width, 36), fill=(0, 0, 0, 60))
    return Image.alpha_composite(picture.convert("RGBA"), layer).convert("RGB")


EDITS = {
    "re-encoded": reencoded,
    "resized": lambda picture: picture.resize((41, 41), Image.Resampling.BICUBIC),
    "cropped": cropped,
    "watermarked": watermarked,
}


def no_fields(count: int) -> record_linkage.FieldWeights:
    return record_linkage.FieldWeights(np.empty((count, 0), np.int64), np.empty((count, 0)), np.empty(0))


def test_resampling_shares_pixels_by_area() -> None:
    matrix = perceptual_hashes.resampling_weights(np.array([0.0]), np.array([1.0]), cells=2, edge=3)[0]
    assert matrix == pytest.approx(np.array([[2 / 3, 1 / 3, 0], [0, 1 / 3, 2 / 3]]))
    quarter = perceptual_hashes.resampling_weights(np.array([0.25]), np.array([0.75]), cells=1, edge=4)[0]
    assert quarter == pytest.approx(np.array([[0, 0.5, 0.5, 0]]))


def test_the_hash_of_a_window_is_the_hash_of_the_cropped_picture() -> None:
    whole = channels_between([drawing(seed) for seed in range(5)])
    spans = [(0.0, 1.0), (0.25, 0.75)]
    hashed = perceptual_hashes.hash_windows(whole, spans)
    part = whole[:, 8:24, :, 8:24].repeat(2, axis=1).repeat(2, axis=3)
    assert np.array_equal(hashed[3], perceptual_hashes.hash_windows(part, [perceptual_hashes.WHOLE])[0])
    assert np.array_equal(hashed[0], perceptual_hashes.hash_windows(whole, [perceptual_hashes.WHOLE])[0])


def test_the_hash_ignores_brightness_and_contrast_but_not_hue() -> None:
    picture = channels_between([drawing(1)])
    paler = (picture / 2 + 100).astype(np.uint8)
    turned = picture[:, :, [1, 2, 0]]
    base, other, hue = (
        perceptual_hashes.hash_windows(x, [perceptual_hashes.WHOLE])[0] for x in (picture, paler, turned)
    )
    assert perceptual_hashes.hamming_distances(base, other)[0] <= 3
    assert perceptual_hashes.hamming_distances(base, hue)[0] > 20


def test_the_index_finds_the_pairs_that_brute_force_finds() -> None:
    rng = np.random.default_rng(0)
    base = rng.integers(0, 2**63, (3000, 2), dtype=np.uint64)
    flipped = base[:300].copy()
    for row in flipped:
        for bit in rng.choice(128, 8, replace=False):
            row[bit // 64] ^= np.uint64(1) << np.uint64(bit % 64)
    entries = np.concatenate([base, flipped])
    left, right, distance = HashIndex(max_distance=16, recall=0.9, max_bucket_size=64).neighbours(entries, len(entries))
    found = {(a, b) for a, b in zip(left.tolist(), right.tolist(), strict=True) if a < b}
    true = {(row, 3000 + row) for row in range(300)}
    assert found <= true
    assert len(found) >= 0.9 * len(true)
    assert set(distance[left != right].tolist()) == {8}


def test_the_index_compares_a_bounded_part_of_a_large_bucket() -> None:
    entries = np.zeros((5000, 2), dtype=np.uint64)
    index = HashIndex(max_distance=4, recall=0.5, max_bucket_size=8)
    left, _, _ = index.neighbours(entries, 5000)
    assert np.bincount(left).max() <= 8 * len(index.sampled_bits(5000, 128))
    assert len(left) >= 6 * 5000


def test_alignment_finds_the_part_that_a_crop_shows() -> None:
    whole, part, other = channels_between([drawing(3), cropped(drawing(3)), drawing(4)])[:, None]
    whole_window = np.array([[0, 1, 0, 1]], dtype=np.float32)
    left, any_difference = alignment.window_grids(part, whole_window), np.ones(1)
    near_by = np.array([[0.05, 0.9, 0.05, 0.95]], dtype=np.float32)
    before = alignment.difference(left, alignment.window_grids(whole, whole_window))[0]
    assert alignment.aligned_difference(left, whole, near_by, any_difference)[0] < 0.02 < before
    assert (
        alignment.aligned_difference(alignment.window_grids(other, whole_window), whole, whole_window, any_difference)[
            0
        ]
        > 0.3
    )


def test_alignment_continues_while_it_improves_or_is_near_its_target(monkeypatch: pytest.MonkeyPatch) -> None:
    whole, part = channels_between([drawing(3), cropped(drawing(3))])[:, None]
    left, whole_window = alignment.whole_grids(part), np.array([[0, 1, 0, 1]], dtype=np.float32)
    before = alignment.difference(left, alignment.whole_grids(whole))[0]
    both = [side.repeat(2, axis=0) for side in (left, whole, whole_window)]
    target = np.array([before, before / 100])
    steps = alignment.aligned_difference(*both, target)
    assert steps == pytest.approx(steps[0]) and steps[0] < 0.1 * before
    monkeypatch.setattr(alignment, "MAX_REMAINING_SHARE", 0.0)
    close, far = alignment.aligned_difference(*both, target)
    assert close < 1.01 * steps[0] < far < before


def test_the_slopes_are_those_of_numpy() -> None:
    grids = np.random.default_rng(0).uniform(0, 255, (3, alignment.CELLS, 3, alignment.CELLS)).astype(np.float32)
    assert np.array_equal(alignment.slopes_down(grids), np.gradient(grids, axis=1))
    assert np.array_equal(alignment.slopes_across(grids), np.gradient(grids, axis=3))


def test_each_picture_is_compared_with_its_nearest() -> None:
    left, right, distance = np.array([1, 0, 0, 0, 0, 0]), np.array([0, 3, 2, 2, 4, 1]), np.array([0, 5, 9, 7, 5, 2])
    assert near_duplicates.nearest_pairs(left, right, distance, 3).tolist() == [[0, 1], [0, 3], [0, 4], [1, 0]]
    assert near_duplicates.nearest_pairs(left, right, distance, 9).tolist() == [[0, 1], [0, 3], [0, 4], [0, 2], [1, 0]]
    assert near_duplicates.nearest_pairs(*np.empty((3, 0), dtype=np.int64), 3).shape == (0, 2)


def test_the_difference_is_the_error_divided_by_the_contrast() -> None:
    black_white = np.zeros((1, alignment.CELLS, 3, alignment.CELLS), np.float32)
    black_white[:, :12] = 200.0
    shifted = black_white + 10
    contrast = 3 * alignment.CELLS**2 * 100.0**2
    assert alignment.difference(black_white, shifted)[0] == pytest.approx(
        3 * alignment.CELLS**2 * 100 / (2 * contrast), rel=1e-4
    )


def test_a_copy_with_a_stripe_is_equal_beside_it() -> None:
    rng = np.random.default_rng(0)
    left = rng.uniform(0, 255, (1, alignment.CELLS, 3, alignment.CELLS)).astype(np.float32)
    across, down = left.copy(), left.copy()
    across[:, 4:10] += 60
    down[..., 20:] -= 60
    wider = left.copy()
    wider[:, 4:11] += 60
    for right in (across, down):
        assert alignment.difference(left, right)[0] > 0.05
        assert alignment.difference_beside_stripe(left, right)[0] == 0
    assert alignment.difference_beside_stripe(left, wider)[0] > 0.005


def test_support_weighs_rare_agreement_and_learns_which_fields_copies_share() -> None:
    table = pd.DataFrame({"size": [7.0, 7.0, *range(100, 162)], "price": np.arange(64.0)})
    copies = (pd.Series([1]), pd.Series([0]))
    fields = record_linkage.field_weights(table, ("size", "price"), copies)
    agree = np.log2((10 / 11) / (2 / 64))
    price = np.log2((1 - 9 / 11) / (1 - 1 / 64))
    assert fields.support(np.array([0]), np.array([1]))[0] == pytest.approx(agree + price, abs=1e-3)
    assert fields.support(np.array([0]), np.array([2]))[0] < -4
    many = (pd.Series([1] * 100), pd.Series([0] * 100))
    certain = record_linkage.field_weights(table, ("size", "price"), many)
    assert certain.disagreement[1] > -0.2, "copies never agree in price, so that a different price says nothing"


def test_a_text_counts_where_it_agrees_and_not_where_it_differs() -> None:
    table = pd.DataFrame({"size": np.arange(64.0), "title": ["a red fox", "a red fox", *map(str, range(62))]})
    fields = record_linkage.field_weights(table, ("size",), (pd.Series([1]), pd.Series([0])), ("title",))
    size = np.log2((1 - 9 / 11) / (1 - 1 / 64))
    title = np.log2((10 / 11) / (2 / 64))
    assert fields.support(np.array([0, 0]), np.array([1, 2])) == pytest.approx([size + title, size], abs=1e-3)


def test_missing_fields_count_nothing() -> None:
    table = pd.DataFrame({"size": [7.0, np.nan, np.nan, 7.0]})
    fields = record_linkage.field_weights(table, ("size",), (pd.Series([], dtype=int), pd.Series([], dtype=int)))
    assert fields.support(np.array([0, 1]), np.array([1, 2])).tolist() == [0.0, 0.0]
    assert np.array_equal(fields.supported_pairs(0.1, 4), np.empty((0, 2))) or fields.agreement.max() > 0


def test_supported_pairs_come_from_rare_values_only() -> None:
    table = pd.DataFrame({"size": [1.0] * 50 + [2.0, 2.0] + list(np.arange(3.0, 51.0))})
    fields = record_linkage.field_weights(table, ("size",), (pd.Series([], dtype=int), pd.Series([], dtype=int)))
    assert fields.supported_pairs(4.0, 10).tolist() == [[50, 51]]


def test_pictures_with_unrelated_hashes_are_compared_beside_a_watermark_only() -> None:
    pictures = channels_between([drawing(3), reencoded(drawing(3)), watermarked(drawing(3)), drawing(3)])
    pairs = pd.DataFrame({"left": 0, "right": [1, 1, 2, 3], "window": 0, "distance": [0, 43, 43, 43]})
    whole, limit = np.array([[0, 1, 0, 1]], dtype=np.float32), np.array([0.01, 0.01, 0.2, 0.01])
    difference = near_duplicates.picture_differences(pictures, whole, pairs, limit, PARAMS)
    assert difference[0] < 0.01
    assert difference[2] <= PARAMS.max_difference_beside_watermark
    assert difference[[1, 3]].tolist() == [1.0, 1.0]


@pytest.mark.parametrize("edit", list(EDITS))
def test_edited_copies_are_found_and_other_drawings_are_not(edit: str) -> None:
    originals = [drawing(seed) for seed in range(40)]
    pictures = [*originals, *(EDITS[edit](picture) for picture in originals)]
    thumbnails = channels_between(pictures)
    sizes = pd.DataFrame({name: [*range(40), *range(40)] for name in ("paths", "nodes", "bytes", "colours")})
    certain = (pd.Series(np.arange(40, 80)), pd.Series(np.arange(40)))
    fields = record_linkage.field_weights(sizes.astype(float), tuple(sizes), certain)
    found = near_duplicates.find_near_duplicates(thumbnails, fields, np.arange(80), PARAMS)
    pairs = set(zip(found["left"], found["right"], strict=True))
    true = {(row, row + 40) for row in range(40)}
    assert pairs <= true
    assert len(pairs) >= 39


def test_copies_among_more_listings_need_more_support() -> None:
    no_support, supported = PARAMS.thresholds
    assert [supported.required_bits(count) for count in (1, 64, 4096)] == [3.0, 9.0, 15.0]
    assert no_support.required_bits(4096) == 0.0
    pair = pd.DataFrame({"left": [0], "right": [1]})
    for count, expected in ((64, 0.2), (2000, 0.01)):
        # Two columns of a value that only the pair states; 5 bits at most for either.
        codes = np.array([0, 0, *range(1, count - 1)])[:, None].repeat(2, axis=1)
        agree = np.full((count, 2), np.log2(count / 2).clip(0, 5))
        fields = record_linkage.FieldWeights(codes, agree, np.zeros(2))
        assert near_duplicates.max_differences(pair, fields, None, PARAMS).tolist() == [expected]


def test_pictures_without_fields_must_differ_less() -> None:
    originals = [drawing(seed) for seed in range(20)]
    pictures = [*originals, *(reencoded(picture) for picture in originals), *(watermarked(p) for p in originals)]
    thumbnails = channels_between(pictures)
    found = near_duplicates.find_near_duplicates(thumbnails, no_fields(60), None, PARAMS)
    assert {(row, row + 20) for row in range(20)} <= set(zip(found["left"], found["right"], strict=True))
    assert found["difference"].max() <= 0.01


def test_listings_with_different_fields_are_no_copies() -> None:
    thumbnails = channels_between([drawing(0), reencoded(drawing(0))])
    table = pd.DataFrame({"size": [1.0, 2.0], "nodes": [3.0, 4.0]})
    fields = record_linkage.field_weights(
        table, ("size", "nodes"), (pd.Series([], dtype=int), pd.Series([], dtype=int))
    )
    assert len(near_duplicates.find_near_duplicates(thumbnails, fields, None, PARAMS)) == 0
    assert len(near_duplicates.find_near_duplicates(thumbnails, no_fields(2), None, PARAMS)) == 1
    own = near_duplicates.find_near_duplicates(thumbnails, no_fields(2), np.array([5, 5]), PARAMS)
    assert (own["difference"] <= PARAMS.max_difference_same_vendor).all()
