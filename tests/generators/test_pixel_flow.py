"""What is special about the pixel flow: its networks read each other, and its sampling follows a known velocity."""

from typing import Any

import numpy as np
import pytest
import torch
from test_engines import CLASSES, CONTEXT, SPECS, rows, settings
from torch import Tensor

from makeweight import generators
from makeweight.core.random import batch_stream
from makeweight.data.codecs.spec import Spec
from makeweight.generators import pixel_flow_training
from makeweight.generators.networks.joint_flow import LEAST_NOISE, JointNetwork, VectorNetwork
from makeweight.generators.networks.pixel_unet import UNet, folding
from makeweight.generators.pixel_flow import PixelFlow
from makeweight.generators.pixel_flow_training import WARM_UP, PixelFlowTrainer


def new_engine(specs: dict[str, Spec] = SPECS, **changes: Any) -> PixelFlow:
    torch.manual_seed(0)
    return PixelFlow(specs, CLASSES, [40, 40, 10], settings("pixel_flow", **changes)).eval()


def new_trainer(modalities: tuple[str, ...], steps: int = 8, **changes: Any) -> PixelFlowTrainer:
    specs = {name: SPECS[name] for name in modalities}
    config = settings("pixel_flow", **changes)
    trainer = generators.start("pixel_flow", rows(modalities), specs, CLASSES, config, steps, CONTEXT)
    assert isinstance(trainer, PixelFlowTrainer)
    return trainer


def randomised(network: torch.nn.Module) -> torch.nn.Module:
    """The network with no weight at zero, so that everything that is connected has an effect."""
    generator = torch.Generator().manual_seed(0)
    for parameter in network.parameters():
        torch.nn.init.normal_(parameter, std=0.1, generator=generator)
    return network


@pytest.mark.parametrize(
    ("size", "fold"), [(8, 1), (16, 1), (17, 2), (28, 2), (32, 2), (33, 4), (45, 4), (64, 4), (100, 8), (128, 8)]
)
def test_pixels_are_folded_until_few_positions_are_left(size: int, fold: int) -> None:
    assert folding(size, 16) == fold
    assert folding(size, 128) == 1


@pytest.mark.parametrize("multipliers", [(1,), (1, 2), (1, 2, 2)])
@pytest.mark.parametrize(("colours", "size"), [(1, 8), (3, 9), (1, 28), (3, 32), (3, 45), (1, 64), (3, 128)])
def test_a_picture_of_any_size_comes_out_as_it_went_in(colours: int, size: int, multipliers: tuple[int, ...]) -> None:
    network = UNet((colours, size, size), 4, multipliers, 1, condition_dim=6, largest_edge=16)
    condition = torch.randn(2, 6)
    levels = network.descend(torch.randn(2, colours, size, size), condition)
    assert levels[0].shape[2] <= 16 + 2 ** (len(multipliers) - 1)
    assert [level.shape[1] for level in levels] == [4 * multiplier for multiplier in multipliers]
    assert network.ascend(levels, condition).shape == (2, colours, size, size)


def test_pictures_and_vectors_read_each_other() -> None:
    picture = UNet((1, 8, 8), 4, (1, 2), 1, condition_dim=6, largest_edge=16)
    network = randomised(JointNetwork(picture, VectorNetwork(3, 8, 1, 6), class_dim=4, flags=2, condition_dim=6))
    inputs = {
        "image": torch.randn(2, 1, 8, 8, requires_grad=True),
        "vector": torch.randn(2, 3, requires_grad=True),
        "time": torch.rand(2, requires_grad=True),
        "class_vectors": torch.randn(2, 4, requires_grad=True),
        "given": torch.zeros(2, 2, requires_grad=True),
    }
    outputs = network({name: inputs[name] for name in ("image", "vector")}, *list(inputs.values())[2:])
    for output in outputs.values():
        gradients = torch.autograd.grad(output[0].sum(), list(inputs.values()), retain_graph=True)
        for name, gradient in zip(inputs, gradients, strict=True):
            assert gradient[0].abs().max() > 0, name
            assert gradient[1].abs().max() == 0, "no row reads another one"


def test_rows_become_parts_and_come_back() -> None:
    engine = new_engine()
    engine.parts.mean.copy_(torch.arange(9.0))
    engine.parts.std.copy_(torch.linspace(0.5, 2, 9))
    content = {"image": torch.randn(2, 1, 8, 8), "tabular": torch.randn(2, 4), "text": torch.randn(2, 5)}
    parts = engine.parts.encode(content)
    torch.testing.assert_close(parts["vector"][:, 4], (content["text"][:, 0] - 4) / engine.parts.std[4])
    for name, x in engine.parts.decode(parts).items():
        torch.testing.assert_close(x, content[name])
    missing = engine.parts.encode({"text": content["text"]})
    assert missing["image"].shape == (2, 1, 8, 8)
    torch.testing.assert_close(missing["vector"][:, 4:], parts["vector"][:, 4:])


def test_flags_of_modalities_become_flags_of_numbers() -> None:
    free = new_engine().parts.free(torch.tensor([[0.0, 1.0, 0.0], [1.0, 0.0, 1.0]]))
    assert free["image"].flatten().tolist() == [1, 0]
    assert free["vector"].tolist() == [[0] * 4 + [1] * 5, [1] * 4 + [0] * 5]


def test_a_network_that_knows_the_clean_row_gives_the_straight_line_to_it(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = new_engine(prediction="data")
    clean = {"image": torch.randn(2, 1, 8, 8), "vector": torch.randn(2, 9)}
    noise = engine.parts.noise(2, batch_stream(0), torch.device("cpu"))
    time = torch.tensor([0.25, 0.75])
    noisy = {"image": noise["image"].lerp(clean["image"], time[:, None, None, None])}
    noisy["vector"] = noise["vector"].lerp(clean["vector"], time[:, None])
    monkeypatch.setattr(engine.flow.network, "forward", lambda *_: clean)
    velocity = engine.flow(noisy, time, torch.tensor([0, 1]), torch.zeros(2, 3))
    for name, x in velocity.items():
        torch.testing.assert_close(x, clean[name] - noise[name])
    almost = engine.flow(clean, torch.ones(2), torch.tensor([0, 1]), torch.zeros(2, 3))
    assert all((x == 0).all() for x in almost.values()), "without noise nothing is divided by zero"
    moved = engine.flow(
        {name: x - 1 for name, x in clean.items()}, torch.ones(2), torch.tensor([0, 1]), torch.zeros(2, 3)
    )
    torch.testing.assert_close(moved["vector"], torch.full((2, 9), 1 / LEAST_NOISE))
    plain = new_engine(prediction="velocity")
    monkeypatch.setattr(plain.flow.network, "forward", lambda *_: clean)
    assert plain.flow(noisy, time, torch.tensor([0, 1]), torch.zeros(2, 3)) == clean, "the output as it is"


def with_velocity(engine: PixelFlow, monkeypatch: pytest.MonkeyPatch, velocity: Any) -> None:
    """The engine with a known velocity in place of its network: a function of noisy numbers, time and class."""

    def forward(noisy: dict[str, Tensor], time: Tensor, labels: Tensor, *_: Any, **__: Any) -> dict[str, Tensor]:
        return {name: velocity(x, time[0].item(), labels[0].item()) for name, x in noisy.items()}

    monkeypatch.setattr(engine.flow, "forward", forward)


def generated(engine: PixelFlow, truncation: float = 1.0) -> tuple[Tensor, Tensor]:
    """The numbers of a table that the engine generates, and the noise that it starts from."""
    noise = engine.parts.noise(3, batch_stream(5), torch.device("cpu"))["vector"]
    found = engine.sample(torch.zeros(3, dtype=torch.long), batch_stream(5), truncation, 0.0, {})
    return found["tabular"], truncation * noise


def test_sampling_follows_the_velocity(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = new_engine({"tabular": SPECS["tabular"]}, solver_steps=10)
    with_velocity(engine, monkeypatch, lambda x, time, label: torch.full_like(x, 3.0))
    found, noise = generated(engine, truncation=0.5)
    torch.testing.assert_close(found, noise + 3)
    # The integral of 2t is 1; the first of ten steps, of the first order, leaves out its share of 0.01.
    with_velocity(engine, monkeypatch, lambda x, time, label: torch.full_like(x, 2 * time))
    found, noise = generated(engine)
    torch.testing.assert_close(found, noise + 0.99)
    with_velocity(engine, monkeypatch, lambda x, time, label: -x)
    found, noise = generated(engine)
    torch.testing.assert_close(found, noise * np.exp(-1), rtol=0.005, atol=0)


def test_guidance_acts_in_its_interval_only(monkeypatch: pytest.MonkeyPatch) -> None:
    # The velocity is 1 for the class and 0 for any class: with guidance 3 it is 3 at times .2, .3, .4 and .5 of ten.
    engine = new_engine({"tabular": SPECS["tabular"]}, solver_steps=10, guidance=3.0, guidance_interval=(0.15, 0.55))
    passes = []

    def velocity(x: Tensor, time: float, label: int) -> Tensor:
        passes.append(label)
        return torch.full_like(x, float(label != len(CLASSES)))

    with_velocity(engine, monkeypatch, velocity)
    found, noise = generated(engine)
    torch.testing.assert_close(found, noise + 1 + 4 * 2 / 10)
    assert passes.count(0) == 10 and passes.count(len(CLASSES)) == 4


def test_the_learning_rate_rises_and_falls() -> None:
    trainer = new_trainer(("tabular",), steps=2000, learning_rate=0.01)
    rates = []
    for trainer.done in range(2000):
        rates.append(trainer.rate())
    assert rates[0] == pytest.approx(0.01 / WARM_UP) and max(rates) == pytest.approx(0.01, rel=0.01)
    assert rates.index(max(rates)) == WARM_UP - 1
    assert rates[-1] == pytest.approx(0.0002, rel=0.01)
    assert new_trainer(("tabular",), steps=1, learning_rate=0.01).rate() == 0.01


def test_given_modalities_are_neither_noisy_nor_learned(monkeypatch: pytest.MonkeyPatch) -> None:
    trainer = new_trainer(("image", "tabular", "text"))
    flags = torch.zeros(16, 3)
    flags[:, 0] = flags[8:, 1] = 1
    monkeypatch.setattr(pixel_flow_training, "sample_given", lambda *arguments: flags)
    seen: dict[str, Tensor] = {}
    network = trainer.flow.network.forward

    def forward(noisy: dict[str, Tensor], *arguments: Any) -> dict[str, Tensor]:
        seen.update(noisy)
        return network(noisy, *arguments)

    monkeypatch.setattr(trainer.flow.network, "forward", forward)
    record = trainer.step()
    assert record["image"] == 0 and record["vector"] > 0
    assert seen["image"].abs().max() <= 1, "pictures as they are"
    states = seen["vector"][:, 1:4] * trainer.parts.std[1:4] + trainer.parts.mean[1:4]
    assert ((states[8:] - states[8:].round()).abs() < 1e-4).all(), "states of a given category are 0 or 1"
    assert ((states[:8] - states[:8].round()).abs() > 1e-4).any()


def test_a_training_in_half_precision_keeps_whole_weights() -> None:
    trainer = new_trainer(("image", "tabular"), precision="bfloat16")
    records = [trainer.step() for _ in range(8)]
    assert all(np.isfinite(list(record.values())).all() for record in records)
    assert {x.dtype for x in trainer.flow.parameters()} == {torch.float32}
    assert all(np.isfinite(x).all() for x in trainer.averaged.generate(np.array([0, 1, 2]), 0).values())


@pytest.mark.parametrize("given", ["image", "tabular"])
def test_a_picture_is_completed_from_numbers_and_numbers_from_a_picture(given: str) -> None:
    # Inside each class half of the pictures are a little darker and have a low number: only what is given shows which.
    real = rows(("image", "tabular"))
    high = np.arange(len(real)) % 4 < 2
    real.inputs["image"][:] = np.where(high, 155, 100)[:, None, None, None]
    real.inputs["tabular"][:, 0] = np.where(high, 1.5, -1.5)
    config = settings("pixel_flow", learning_rate=0.002, modality_mask_probability=0.8)
    specs = {name: SPECS[name] for name in real.inputs}
    trainer = generators.start("pixel_flow", real, specs, CLASSES, config, 300, CONTEXT)
    for _ in range(300):
        trainer.step()
    made = trainer.averaged.generate(real.labels, seed=3, given={given: real.inputs[given]})
    np.testing.assert_array_equal(made[given], real.inputs[given])
    found = made["tabular"][:, 0] > 0 if given == "image" else made["image"].mean((1, 2, 3)) > 127.5
    assert (found == high).mean() > 0.8
