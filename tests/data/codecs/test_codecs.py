"""The same tests for every codec: shapes, encoding and decoding, saving and loading."""

from io import BytesIO
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from makeweight.core.random import batch_stream
from makeweight.data.codecs import CODECS
from makeweight.data.codecs.image import ImageParams
from makeweight.data.codecs.tabular import TabularParams
from makeweight.data.codecs.text_params import TextParams
from makeweight.data.samples import Roles, Samples

TEXT = TextParams(
    latent_dim=6,
    class_dim=4,
    max_features=200,
    writer="words",
    neighbours=6,
    neighbour_temperature=0.3,
    jump_probability=0.3,
    replace_probability=0.1,
    candidates=4,
    max_train_texts=1000,
)
PARAMS = {
    "image": ImageParams(size=16, colour="rgb"),
    "tabular": TabularParams(quantiles=20, spike_share=0.2, max_categories=3),
    "text": TEXT,
}
ROLES = Roles(image="image", text=("title", "description"), numeric=("price",), categorical=("origin",))


def png(colour: tuple[int, int, int], size: tuple[int, int] = (16, 16)) -> bytes:
    buffer = BytesIO()
    Image.new("RGB", size, colour).save(buffer, "PNG")
    return buffer.getvalue()


@pytest.fixture
def train() -> Samples:
    rng = np.random.default_rng(0)
    words = ["red", "blue", "cat", "dog", "flag", "house"]
    table = pd.DataFrame(
        {
            "image": [png(tuple(rng.integers(0, 256, 3))) for _ in range(30)],
            "title": [" ".join(rng.choice(words, 3)) for _ in range(30)],
            "description": [None if row % 3 else "a fine " + words[row % 6] for row in range(30)],
            "price": np.round(rng.lognormal(2, 1, 30), 2),
            "origin": rng.choice(["DE", "IT", "FR"], 30),
        }
    )
    return Samples(table, ROLES)


@pytest.mark.parametrize("modality", sorted(CODECS))
def test_battery(modality: str, train: Samples, tmp_path: Path) -> None:
    codec = CODECS[modality].fit(train, PARAMS[modality], seed=3)
    encoded = codec.encode(train.table)
    assert encoded.shape == (30, *codec.spec.shape)
    assert encoded.dtype == (np.uint8 if modality == "image" else np.float32)
    assert np.isfinite(encoded).all()
    decoded = codec.decode(encoded, batch_stream(1))
    assert len(decoded) == 30 and set(decoded) <= set(ROLES.features)
    codec.save(tmp_path)
    again = CODECS[modality].load(tmp_path)
    assert again.spec == codec.spec
    np.testing.assert_array_equal(again.encode(train.table), encoded)
    pd.testing.assert_frame_equal(again.decode(encoded, batch_stream(1)), decoded)
    second = CODECS[modality].fit(train, PARAMS[modality], seed=3)
    np.testing.assert_array_equal(second.encode(train.table), encoded)
    covered = np.zeros(codec.spec.shape[0] if codec.spec.blocks else 0, dtype=int)
    for block in codec.spec.blocks:
        covered[block.start : block.stop] += 1
    assert (covered == 1).all(), "blocks tile the vector"


def test_pictures_come_back_exactly_at_their_own_size(train: Samples) -> None:
    codec = CODECS["image"].fit(train, PARAMS["image"], 0)
    encoded = codec.encode(train.table)
    np.testing.assert_array_equal(codec.encode(codec.decode(encoded)), encoded)


def test_a_wide_picture_keeps_its_shape_on_white() -> None:
    table = pd.DataFrame({"image": [png((10, 20, 30), (16, 8)), None]})
    encoded = CODECS["image"].fit(Samples(table, ROLES), PARAMS["image"], 0).encode(table)
    assert encoded[0, :, 0, 0].tolist() == [255, 255, 255]
    assert encoded[0, :, 8, 8].tolist() == [10, 20, 30]
    assert (encoded[1] == 255).all(), "a missing picture is white"


def test_a_picture_of_one_pixel_fills_the_square() -> None:
    table = pd.DataFrame({"image": [png((10, 20, 30), (1, 1))]})
    encoded = CODECS["image"].fit(Samples(table, ROLES), PARAMS["image"], 0).encode(table)
    assert (encoded[0] == np.array([10, 20, 30])[:, None, None]).all()


def test_grey_pictures_have_one_channel(train: Samples) -> None:
    codec = CODECS["image"].fit(train, ImageParams(size=12, colour="grey"), 0)
    encoded = codec.encode(train.table)
    assert encoded.shape == (30, 1, 12, 12)
    np.testing.assert_array_equal(codec.encode(codec.decode(encoded)), encoded)
