import pytest
import torch

from makeweight.learn import augment
from makeweight.learn.augment import AUGMENTATIONS


@pytest.mark.parametrize("name", sorted(AUGMENTATIONS))
def test_pictures_change_within_their_range_and_vectors_do_not(name: str) -> None:
    rng = torch.Generator().manual_seed(0)
    batch = {"image": torch.rand(64, 3, 16, 16, generator=rng) * 2 - 1, "tabular": torch.rand(64, 4)}
    state = torch.get_rng_state()
    first = AUGMENTATIONS[name](batch, torch.Generator().manual_seed(1))
    again = AUGMENTATIONS[name](batch, torch.Generator().manual_seed(1))
    assert torch.equal(first["image"], again["image"])
    assert first["image"].shape == batch["image"].shape
    assert first["image"].min() >= -1 and first["image"].max() <= 1
    share = 0.3 if name == "flip" else 0.8
    assert (first["image"] != batch["image"]).flatten(1).any(1).float().mean() > share
    assert torch.equal(first["tabular"], batch["tabular"])
    assert torch.equal(torch.get_rng_state(), state), "the global generator is left as it was"


def test_each_of_the_six_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """With one coin at a time coming up, the picture shows that one change and no other."""
    picture = torch.full((1, 1, 8, 8), -0.5)
    picture[0, 0, 0, :4] = 0.9
    shown = {}
    for which in range(6):
        coins = iter(range(6))

        def only(count: int, rng: torch.Generator, coins=coins, which=which) -> torch.Tensor:
            return torch.tensor([next(coins) == which])

        monkeypatch.setattr(augment, "coin_flips", only)
        shown[which] = augment.classic_pictures(picture, torch.Generator().manual_seed(3))
    assert not torch.allclose(shown[0], picture, atol=0.05), "rotated"
    assert torch.allclose(shown[1], picture.flip(3), atol=1e-5), "left and right"
    assert torch.allclose(shown[2], picture.flip(2), atol=1e-5), "up and down"
    assert not torch.allclose(shown[3], picture, atol=0.05), "cropped"
    assert len(shown[4].unique()) == 2 and not torch.allclose(shown[4], picture), "gamma keeps the shapes"
    assert (shown[5] - picture).abs().mean() == pytest.approx(augment.NOISE * 0.8, rel=0.3), "noise"


def test_a_flip_and_a_shift_by_hand() -> None:
    pictures = torch.arange(64.0).reshape(1, 1, 8, 8).repeat(200, 1, 1, 1) / 32 - 1
    rng = torch.Generator().manual_seed(0)
    found = {tuple(picture.flatten().tolist()) for picture in AUGMENTATIONS["flip"]({"image": pictures}, rng)["image"]}
    assert found == {tuple(one.flatten().tolist()) for one in (pictures[0], pictures[0].flip(2))}
    padded = torch.nn.functional.pad(pictures[:1], (1, 1, 1, 1), mode="replicate")[0]
    moved = {
        tuple(padded[:, row : row + 8, column : column + 8].flatten().tolist())
        for row in range(3)
        for column in range(3)
    }
    found = {tuple(picture.flatten().tolist()) for picture in AUGMENTATIONS["shift"]({"image": pictures}, rng)["image"]}
    assert found == moved
