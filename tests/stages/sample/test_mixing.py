"""Class mixing: part of the class code is another class's, for every engine, and only while it lasts."""

import numpy as np
import pytest
import torch

from makeweight import generators
from makeweight.core import params
from makeweight.core.errors import InputError
from makeweight.data.codecs.spec import Spec
from makeweight.generators.engine import Engine
from makeweight.generators.networks.generator import ClassCode
from makeweight.stages.sample.mixing import mixed_classes
from miniature import ROOT


@pytest.fixture
def engine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Engine:
    """An untrained engine of two classes."""
    monkeypatch.setattr(params, "FILE", ROOT / "params.yaml")
    kind = generators.find(request.param)
    torch.manual_seed(0)
    config = params.load(kind.params, f"train_gan.{kind.name}")
    return kind({"tabular": Spec("tabular", (3,))}, ["a", "b"], [9, 9], config).eval()


@pytest.mark.parametrize("engine", sorted(generators.ENGINES), indirect=True)
def test_the_code_is_a_mean_of_two(engine: Engine) -> None:
    code = next(module for module in engine.modules() if isinstance(module, ClassCode))
    labels = torch.tensor([0, 1, 1])
    plain = code(labels)
    with mixed_classes(engine, 0.25, seed=3):
        assert torch.allclose(code(labels), 0.75 * plain + 0.25 * code.codes(1 - labels))
        if len(code.codes.weight) > 2:
            assert torch.equal(code(torch.tensor([2])), code.codes(torch.tensor([2]))), "any class is not mixed"
        mixed = engine.generate(np.array([0, 1, 1]), seed=5)
    assert torch.equal(code(labels), plain)
    with mixed_classes(engine, 0.0, seed=3):
        assert torch.equal(code(labels), plain)
    for name, array in mixed.items():
        assert array.shape == engine.generate(np.array([0, 1, 1]), seed=5)[name].shape


@pytest.mark.parametrize("engine", ["wgan_gp"], indirect=True)
def test_halves_of_two_classes_are_the_same_rows(engine: Engine) -> None:
    for parameter in engine.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    halves, whole = [], []
    for label in (0, 1):
        whole.append(engine.generate(np.full(4, label), seed=5)["tabular"])
        with mixed_classes(engine, 0.5, seed=3):
            halves.append(engine.generate(np.full(4, label), seed=5)["tabular"])
    assert np.allclose(*halves, atol=1e-5) and not np.allclose(*whole, atol=1e-2)


class Classless(Engine):
    """An engine without a class code."""

    name = "classless"

    def sample(self, labels, rng, truncation, given):  # type: ignore[no-untyped-def]
        return {}

    def trainer(self, data, steps, seed, device):  # type: ignore[no-untyped-def]
        raise NotImplementedError


@pytest.mark.parametrize("engine", ["wgan_gp"], indirect=True)
def test_what_cannot_be_mixed_is_named(engine: Engine) -> None:
    with pytest.raises(InputError, match="engine classless has no class code to mix"):
        mixed_classes(Classless({}, ["a", "b"], [1, 1], None), 0.2, 0).__enter__()
    for share in (-0.1, 0.6):
        with pytest.raises(InputError, match=f"`sample.mixing` is {share}"):
            mixed_classes(engine, share, 0).__enter__()
