"""Class mixing: part of the class vector is another class's, for every engine that has one."""

from typing import Any

import numpy as np
import pytest
import torch

from makeweight import generators
from makeweight.core import params
from makeweight.core.errors import InputError
from makeweight.core.random import batch_stream
from makeweight.data.codecs.spec import Spec
from makeweight.generators.engine import Engine
from makeweight.generators.networks.class_embedding import ClassEmbedding, ClassMix, sample_mix
from miniature import ROOT

MIXING = sorted(name for name, kind in generators.ENGINES.items() if kind.mixes_classes)


def new_engine(name: str, monkeypatch: pytest.MonkeyPatch) -> Engine:
    """An untrained engine of two classes whose weights are far from zero, so that the class matters."""
    monkeypatch.setattr(params, "FILE", ROOT / "params.yaml")
    kind = generators.find(name)
    config = params.load(kind.params, f"train_gan.engines.{kind.name}")
    engine = kind({"tabular": Spec("tabular", (3,))}, ["a", "b"], [9, 9], config).eval()
    generator = torch.Generator().manual_seed(0)
    for parameter in engine.parameters():
        torch.nn.init.normal_(parameter, std=0.2, generator=generator)
    return engine


def test_a_mixed_vector_is_a_weighted_mean_of_two() -> None:
    embedding, labels = ClassEmbedding(torch.tensor([9, 9, 9]), dim=4, noise=0.0), torch.tensor([0, 1, 2])
    others = torch.tensor([1, 2, 0])
    mixed = embedding(labels, mix=ClassMix(others, 0.25))
    torch.testing.assert_close(mixed, 0.75 * embedding(labels) + 0.25 * embedding(others))


def test_the_other_class_is_never_the_own_and_any_other_equally_likely() -> None:
    labels = torch.arange(4).repeat(5000)
    mix = sample_mix(labels, 4, 0.5, batch_stream(1))
    assert mix is not None and (mix.others != labels).all()
    shares = torch.bincount(mix.others[labels == 0], minlength=4) / 5000
    torch.testing.assert_close(shares, torch.tensor([0.0, 1 / 3, 1 / 3, 1 / 3]), atol=0.03, rtol=0)
    assert sample_mix(labels, 4, 0.0, batch_stream(1)) is None


@pytest.mark.parametrize("name", MIXING)
def test_halves_of_two_classes_are_the_same_rows(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = new_engine(name, monkeypatch)
    first, second = (engine.generate(np.full(4, label), 5, class_mixing=0.5)["tabular"] for label in (0, 1))
    np.testing.assert_allclose(first, second, atol=1e-4)
    whole = [engine.generate(np.full(4, label), 5)["tabular"] for label in (0, 1)]
    assert not np.allclose(*whole, atol=1e-2)
    assert not np.allclose(first, whole[0], atol=1e-2)


class Classless(Engine):
    """An engine without class vectors."""

    name = "classless"

    def __init__(self) -> None:
        super().__init__({}, ["a", "b"], [1, 1], None)

    def sample(self, *arguments: Any) -> dict[str, torch.Tensor]:
        return {}

    def trainer(self, *arguments: Any) -> Any:
        raise NotImplementedError


def test_an_engine_without_class_vectors_is_named() -> None:
    with pytest.raises(InputError, match="engine classless has no class vectors to mix"):
        Classless().generate(np.array([0]), 0, class_mixing=0.2)
