"""Pictures of any range go through GANSampler; what is no picture is refused with what would be right."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch

from makeweight import GANSampler, generators
from makeweight.core.errors import InputError

ROWS = 24
TARGET = np.arange(ROWS) % 4 == 0
RNG = np.random.default_rng(0)
SHARES = RNG.random((ROWS, 8, 8))


def level(rows: Any, **options: Any) -> np.ndarray:
    settings = {"width": 8, "blocks": 1, "solver_steps": 1, "channels": 4}
    return GANSampler(random_state=0, steps=2, settings=settings, **options).fit_resample(rows, TARGET)[0]


@pytest.mark.parametrize(
    "pictures",
    [
        (SHARES > 0.5).astype(np.uint8),
        (SHARES * 16).astype(np.uint8),
        (SHARES * 2**63).astype(np.int64),
        (SHARES * 2 - 1) * 1.7e308,
        SHARES.astype(np.float16),
    ],
)
def test_pixels_lie_between_those_given(pictures: np.ndarray) -> None:
    made = level(pictures)
    assert made.dtype == pictures.dtype and np.array_equal(made[:ROWS], pictures)
    assert pictures.min() <= made.min() and made.max() <= pictures.max()
    assert len(np.unique(made[ROWS:])) > 1


@pytest.mark.parametrize(
    ("pictures", "options", "told"),
    [
        (np.zeros((ROWS, 3, 8, 8)), {}, r"not \(3, 8, 8\); channels come last: numpy.moveaxis\(X, 1, -1\)"),
        (np.zeros((ROWS, 8, 8, 4)), {}, r"not \(8, 8, 4\); without transparency: X\[..., :3\]"),
        (np.zeros((ROWS, 0, 8)), {}, r"not \(0, 8\)"),
        (np.ones((ROWS, 8, 8)), {}, "all 24 pictures are the same"),
        (SHARES > 0.5, {}, r"of the type bool are not learned.*X.astype\(numpy.uint8\)"),
        (SHARES.astype(object), {}, r"of the type object are not learned.*X.astype\(float\)"),
        (np.where(np.arange(ROWS)[:, None, None] == 5, np.nan, SHARES), {}, r"in 1 picture \(the first is row 5\)"),
        (np.where(SHARES > 0.9, np.inf, SHARES), {}, "missing or infinite pixels in .* pictures"),
        (SHARES.reshape(ROWS, 64), {"picture_shape": ("a", "b")}, r"picture_shape: \('a', 'b'\); whole numbers"),
        (SHARES.reshape(ROWS, 64), {"picture_shape": (-8, -8)}, r"not \(-8, -8\)"),
        (SHARES, {"categorical_features": [0]}, "categorical_features: pictures have no columns"),
        (pd.DataFrame(SHARES.reshape(ROWS, 64)), {"picture_shape": (8, 8)}, r"picture_shape: X has columns.*to_numpy"),
    ],
)
def test_what_is_no_picture_is_refused_in_one_line(pictures: Any, options: dict, told: str) -> None:
    with pytest.raises(InputError, match=told) as error:
        level(pictures, **options)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("engine", ["latent_flow", "wgan_gp", "r3gan"])
@pytest.mark.parametrize("shape", [(1, 1), (4, 4, 3), (5, 2)])
def test_every_engine_takes_the_smallest_pictures(engine: str, shape: tuple[int, ...]) -> None:
    pictures = RNG.integers(0, 256, (ROWS, *shape)).astype(np.uint8)
    made, _ = GANSampler(engine=engine, steps=1, random_state=0).fit_resample(pictures, TARGET)
    assert made.shape[1:] == shape and len(made) == 2 * (ROWS - TARGET.sum())


@pytest.mark.parametrize("settings", [None, {"batch_size": 8}])
def test_too_little_memory_is_one_line(settings: dict | None, monkeypatch: pytest.MonkeyPatch) -> None:
    def start(*_: Any) -> None:
        torch.empty(2**55, dtype=torch.uint8)

    monkeypatch.setattr(generators, "start", start)
    with pytest.raises(
        InputError, match=r"^X: memory does not suffice \(.* GiB more were asked for\); fewer .* need less$"
    ):
        GANSampler(steps=1, random_state=0, settings=settings).fit_resample(SHARES, TARGET)
