import pytest
import torch

from makeweight.core.errors import InputError
from makeweight.core.random import batch_stream
from makeweight.generators import augment


def test_translation_moves_by_an_eighth_at_most_and_repeats_the_border() -> None:
    x = torch.arange(16.0).expand(64, 1, 16, 16).clone()
    moved = augment.translation(x, batch_stream(0))
    shift = moved[:, 0, 8, 8] - 8
    assert set(shift.tolist()) == {-2.0, -1.0, 0.0, 1.0, 2.0}
    assert moved.min() == 0 and moved.max() == 15


def test_cutout_blanks_one_square() -> None:
    x = torch.ones(32, 3, 16, 16)
    cut = augment.cutout(x, batch_stream(1))
    blank = (cut == 0).all(1).flatten(1).sum(1)
    assert (blank > 0).all() and (blank <= 49).all(), "7 x 7 at the most"


def test_colour_keeps_the_shape_and_lets_gradients_through() -> None:
    x = torch.rand(4, 3, 8, 8, requires_grad=True)
    augment.colour(x, batch_stream(2)).sum().backward()
    assert x.grad is not None and x.grad.abs().sum() > 0


def test_vectors_get_noise_and_pictures_do_not() -> None:
    content = {"image": torch.ones(2, 1, 8, 8), "tabular": torch.ones(2, 3)}
    changed = augment.augment(content, [], 0.1, batch_stream(3))
    assert torch.equal(changed["image"], content["image"])
    assert 0 < (changed["tabular"] - 1).abs().max() < 1


def test_an_unknown_augmentation_is_named() -> None:
    with pytest.raises(InputError, match="train_gan.engines.wgan_gp.augment.*'blur'.*colour, cutout, translation"):
        augment.check_names(["blur"], "train_gan.engines.wgan_gp.augment")
