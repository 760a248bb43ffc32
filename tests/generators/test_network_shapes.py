"""Pictures from 8 to 128 pixels, odd sizes too, grey and colour: out comes what the spec says."""

from pathlib import Path

import pytest
import torch

from makeweight.core.random import batch_stream
from makeweight.core.reading import as_record
from makeweight.data.codecs.spec import Block, Spec
from makeweight.generators.networks.class_embedding import ClassEmbedding
from makeweight.generators.networks.critic import Critic
from makeweight.generators.networks.decoders import build_decoders, doubled
from makeweight.generators.networks.encoders import build_encoders
from makeweight.generators.networks.flow import ImageAutoencoder
from makeweight.generators.networks.generator import Generator, Trunk


def new_generator(specs: dict[str, Spec], residual: bool = False, class_modulation_from: int = 0) -> Generator:
    return Generator(
        ClassEmbedding(torch.tensor([5, 3]), dim=4, noise=0.1),
        Trunk(latent_dim=6, features=16),
        build_decoders(
            specs, features=16, class_dim=4, channels=4, residual=residual, class_modulation_from=class_modulation_from
        ),
    )


@pytest.mark.parametrize("channels, size", [(1, 8), (1, 28), (3, 32), (3, 45), (3, 128)])
def test_generator_and_critic_fit_each_other(channels: int, size: int) -> None:
    specs = {"image": Spec("image", (channels, size, size)), "text": Spec("text", (4,))}
    labels = torch.tensor([0, 1, 1])
    content = new_generator(specs, residual=True).sample(labels, batch_stream(0))
    assert content["image"].shape == (3, channels, size, size) and content["image"].abs().max() <= 1
    critic = Critic(build_encoders(specs, width=8, channels=4, residual=True), classes=2, features=8)
    assert critic(content, labels).shape == (3,)


def test_doubling_repeats_each_pixel_and_cuts_at_the_right_and_below() -> None:
    assert doubled(torch.tensor([[[[1.0, 2.0], [3.0, 4.0]]]]), 3).tolist() == [[[[1, 1, 2], [1, 1, 2], [3, 3, 4]]]]


def test_the_latent_vector_reaches_a_picture_beside_the_trunk() -> None:
    torch.manual_seed(0)
    generator = new_generator({"image": Spec("image", (1, 16, 16))})
    torch.nn.init.zeros_(generator.trunk[-1].weight)

    def first_minus_second() -> torch.Tensor:
        pictures = generator(torch.randn(2, 6), torch.tensor([0, 0]), batch_stream(0))["image"]
        return pictures[0] - pictures[1]

    assert first_minus_second().abs().max() > 0
    torch.nn.init.zeros_(generator.latent_modulation.weight)
    assert first_minus_second().abs().max() == 0


def test_what_is_coarser_than_class_from_is_shared_by_all_classes() -> None:
    def pictures(class_modulation_from: int) -> torch.Tensor:
        torch.manual_seed(0)
        generator = new_generator({"image": Spec("image", (1, 32, 32))}, class_modulation_from=class_modulation_from)
        decoder = generator.decoders["image"]
        modulated = [type(film).__name__ == "Film" for film in decoder.films]
        assert modulated == [edge >= class_modulation_from or edge == 32 for edge in decoder.edges]
        return generator(torch.ones(2, 6), torch.tensor([0, 1]), batch_stream(0))["image"]

    for class_modulation_from in (0, 16, 64):
        first, second = pictures(class_modulation_from)
        assert not torch.equal(first, second), "the class reaches the picture at its finest block, whatever is shared"


@pytest.mark.parametrize("size", [8, 9, 70])
def test_autoencoder_restores_what_its_components_span(size: int) -> None:
    torch.manual_seed(0)
    values, directions = torch.randn(50, 3), torch.randn(3, 2, 1, 1) * torch.ones(3, 2, size, size)
    pictures = (values[:, :, None, None, None] * directions).sum(1) * 0.1
    autoencoder = ImageAutoencoder(Spec("image", (2, size, size)), latent_dim=5, channels=8, blocks=1)
    autoencoder.fit_components(pictures, seed=0)
    latent = autoencoder.encode(pictures)
    assert latent[:, 0].std().item() == pytest.approx(1, rel=1e-3)
    torch.testing.assert_close(autoencoder.decode(latent), pictures, atol=1e-3, rtol=1e-3)


def test_a_rare_class_gets_more_noise() -> None:
    embedding = ClassEmbedding(torch.tensor([100, 4]), dim=2, noise=1.0)
    noise = torch.ones(2, 2)
    labels = torch.tensor([0, 1])
    moved = (embedding(labels, noise) - embedding(labels)).detach()
    torch.testing.assert_close(moved, torch.tensor([[0.1, 0.1], [0.5, 0.5]]))


def test_spec_to_json_and_back() -> None:
    spec = Spec("tabular", (4,), (Block("x", "value", 0, 1), Block("c", "choice", 1, 3)))
    assert as_record(Path("spec.json"), Spec, spec.to_json()) == spec
    assert [block.column for block in spec.choices] == ["c"]
