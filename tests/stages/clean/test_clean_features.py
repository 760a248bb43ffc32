"""The features of a shard: thumbnails, contrasts, and each equal file and number once."""

from io import BytesIO
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from makeweight.data import pictures
from makeweight.data.samples import Roles
from makeweight.stages.clean import picture_features, row_features
from makeweight.stages.clean.perceptual_hashes import EDGE
from makeweight.stages.clean.texts import AS_WRITTEN


def noise(width: int, height: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


def features(roles: Roles) -> row_features.RowFeatures:
    return row_features.RowFeatures(
        roles,
        picture_features.PictureLimits(max_pixels=10_000, max_edge_pixels=64),
        AS_WRITTEN,
        label_names={},
    )


@pytest.mark.parametrize("size", [(32, 32), (64, 64), (128, 128), (256, 256), (64, 128), (96, 96), (50, 70)])
def test_a_thumbnail_averages_boxes_with_and_without_halving(size: tuple[int, int]) -> None:
    picture = Image.fromarray(noise(*size))
    boxes = picture.resize((EDGE, EDGE), Image.Resampling.BOX)
    assert picture_features.thumbnail(picture).tobytes() == boxes.tobytes()


def test_contrast_is_the_standard_deviation_of_the_most_varied_channel() -> None:
    picture = noise(EDGE, EDGE)
    picture[..., 1] //= 2
    bright = np.full((EDGE, EDGE, 3), 255, dtype=np.uint8)
    bright[0, 0, 2] = 254
    rows = pd.Series([picture.tobytes(), None, bright.tobytes()], index=[4, 2, 9])
    found = picture_features.contrast(rows)
    assert found.index.tolist() == [4, 2, 9]
    expected = [array.reshape(-1, 3).astype(float).std(axis=0).max() for array in (picture, bright)]
    assert found.tolist() == pytest.approx([expected[0], 0.0, expected[1]], rel=1e-9)


def test_equal_files_are_parsed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    parsed: list[Any] = []

    def counted(read: Any) -> Any:
        return lambda given, *more: (parsed.append(given), read(given, *more))[1]

    monkeypatch.setattr(picture_features.pictures, "read", counted(pictures.read))
    one, two = (pictures.encode(noise(40, 20, seed)) for seed in (1, 2))
    shard = pd.DataFrame(
        {
            "id": list("abcdef"),
            "label": "x",
            "image": [one, two, one, None, b"<html>", b"<html>"],
            "n": [7.0, 8.0, np.nan, 7.0, np.nan, 7.0],
            "mw_unread": [None, None, None, None, "n: 'many' is no number", None],
        },
        index=[5, 3, 1, 0, 2, 4],
    )
    found = features(Roles(image="image", numeric=("n",)))(shard)
    assert sorted(parsed, key=str) == sorted([one, two, b"<html>"], key=str)
    assert found.index.tolist() == shard.index.tolist()
    assert found["mw_width"].tolist() == [40, 40, 40, 0, 0, 0]
    assert found["mw_digest"][5] == found["mw_digest"][1] != found["mw_digest"][3]
    assert found["mw_fault"].isna().tolist() == [True, True, True, True, False, False]
    assert found["n"].fillna(-1).tolist() == [7, 8, -1, 7, -1, 7]
    assert found["mw_unread"].dropna().to_dict() == {2: "n: 'many' is no number"}


def test_what_reading_pictures_changed_is_counted() -> None:
    buffer = BytesIO()
    Image.fromarray(np.array([[0, 4095], [9, 7]], dtype=np.uint16)).save(buffer, "TIFF")
    shard = pd.DataFrame(
        {
            "id": ["plain", "deep", "deep too"],
            "label": "x",
            "image": [pictures.encode(noise(4, 4)), *[buffer.getvalue()] * 2],
        }
    )
    found = features(Roles(image="image"))(shard)
    assert picture_features.counted_notes(found) == ["2 of 3 pictures: scaled from 12 bits, such as deep"]
    assert picture_features.counted_notes(found[["id"]]) == []
