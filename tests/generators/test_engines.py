"""One battery over every engine: any subset of modalities, exact resume, and class k asked for is class k made."""

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from makeweight import generators
from makeweight.core.errors import InputError
from makeweight.core.params import read_yaml
from makeweight.data.codecs.spec import Block, Spec
from makeweight.data.labelled import Labelled
from makeweight.generators import ENGINES
from makeweight.generators.ema import Average
from makeweight.generators.engine import SHARD, Engine
from makeweight.generators.mismatch import partners
from makeweight.generators.rows import TrainRows
from makeweight.stages.fidelity.sharpness import sharpness_scores
from makeweight.stages.train_gan.checkpoint import packed, unpacked

ROOT = Path(__file__).parents[2]
SPECS = {
    "image": Spec("image", (1, 8, 8)),
    "tabular": Spec("tabular", (4,), (Block("x", "value", 0, 1), Block("c", "choice", 1, 3))),
    "text": Spec("text", (5,)),
}
CLASSES = ["dark", "light", "rare"]
CONTEXT = generators.TrainingContext(7, torch.device("cpu"))


def settings(engine: str, **changes: Any) -> Any:
    values = read_yaml(ROOT / "params.yaml")["train_gan"]["engines"][engine]
    small = {
        "batch_size": 16,
        "channels": 8,
        "features": 32,
        "width": 32,
        "latent_dim": 6 if engine == "latent_flow" else 128,
        "flow_batch_size": 32,
        "class_embedding_dim": 8,
    }
    return ENGINES[engine].params.model_validate(
        {**values, **{k: v for k, v in small.items() if k in values}, **changes}
    )


def known(engine: str, **changes: Any) -> dict[str, Any]:
    """The changes of parameters that the engine has."""
    return {name: value for name, value in changes.items() if name in ENGINES[engine].params.model_fields}


def rows(modalities: tuple[str, ...], count: int = 90, seed: int = 0) -> Labelled:
    """Class 0 is dark with low numbers, class 1 light with high numbers, class 2 (rare) half and half."""
    rng = np.random.default_rng(seed)
    labels = np.array([0, 1] * (count // 2 - 5) + [2] * 10)
    image = np.clip(
        np.array([20, 235, 235])[labels][:, None, None, None] + rng.integers(-15, 16, (count, 1, 8, 8)), 0, 255
    )
    image[labels == 2, :, :, :4] = 10
    tabular = np.concatenate(
        [np.array([-1.5, 1.5, 0.0])[labels][:, None] + rng.normal(0, 0.2, (count, 1)), np.eye(3)[labels]], axis=1
    )
    text = np.eye(5)[labels] * 2 + rng.normal(0, 0.2, (count, 5))
    content = {"image": image.astype(np.uint8), "tabular": tabular.astype(np.float32), "text": text.astype(np.float32)}
    return Labelled({name: content[name] for name in modalities}, labels)


def start(engine: str, modalities: tuple[str, ...], steps: int, **changes: Any) -> generators.Trainer:
    specs = {name: SPECS[name] for name in modalities}
    config = settings(engine, **changes)
    return generators.start(engine, rows(modalities), specs, CLASSES, config, steps, CONTEXT)


@pytest.mark.parametrize("modalities", [("image",), ("tabular",), ("image", "tabular", "text")])
@pytest.mark.parametrize("engine", sorted(ENGINES))
def test_any_subset_of_modalities(engine: str, modalities: tuple[str, ...], tmp_path: Path) -> None:
    trainer = start(engine, modalities, 4)
    records = [trainer.step() for _ in range(4)]
    assert all(np.isfinite(list(record.values())).all() for record in records)
    labels = np.array([0, 1, 2, 2])
    made = trainer.averaged.generate(labels, seed=5)
    assert set(made) == set(modalities)
    for name, array in made.items():
        assert array.shape == (4, *SPECS[name].shape)
        assert array.dtype == (np.uint8 if name == "image" else np.float32)
    trainer.averaged.save(tmp_path)
    loaded = generators.load(tmp_path)
    for name, array in loaded.generate(labels, seed=5).items():
        np.testing.assert_array_equal(array, made[name])
    assert any((loaded.generate(labels, seed=6)[name] != made[name]).any() for name in made)


@pytest.mark.parametrize("engine", sorted(ENGINES))
def test_batches_larger_than_a_class_and_columns_that_never_vary(engine: str) -> None:
    real = rows(("image", "tabular", "text"))
    real.inputs["image"][:] = 200
    real.inputs["tabular"][:] = [0.0, 1.0, 0.0, 0.0]
    assert max(np.bincount(real.labels)) < len(real) < 200
    config = settings(engine, **known(engine, batch_size=200, flow_batch_size=200, mismatched_share=0.5))
    trainer = generators.start(engine, real, SPECS, CLASSES, config, 4, CONTEXT)
    records = [trainer.step() for _ in range(4)]
    assert all(np.isfinite(list(record.values())).all() for record in records)
    assert all(np.isfinite(content).all() for content in trainer.averaged.generate(np.array([0, 1, 2]), 0).values())


@pytest.mark.parametrize("modalities", [("image", "tabular"), ("image", "tabular", "text")])
@pytest.mark.parametrize("engine", sorted(ENGINES))
def test_a_training_resumed_from_a_file_gives_the_same_bytes(engine: str, modalities: tuple[str, ...]) -> None:
    unbroken = start(engine, modalities, 8)
    for _ in range(8):
        unbroken.step()
    for interrupted_at in (3, 6):
        first = start(engine, modalities, 8)
        for _ in range(interrupted_at):
            first.step()
        content = packed(first.state())
        second = start(engine, modalities, 8)
        torch.rand(17)  # draws from torch's global stream change nothing
        second.restore(unpacked(content))
        for _ in range(interrupted_at, 8):
            second.step()
        assert packed(second.state()) == packed(unbroken.state())
        for (name, expected), found in zip(
            unbroken.averaged.state_dict().items(), second.averaged.state_dict().values(), strict=True
        ):
            assert torch.equal(expected, found), name


@pytest.mark.parametrize("engine", sorted(ENGINES))
def test_restored_moments_are_laid_out_as_their_weights(engine: str) -> None:
    trainer = start(engine, ("image",), 8)
    for _ in range(8):
        trainer.step()
    trainer.restore(unpacked(packed(trainer.state())))
    optimisers = [x for x in vars(trainer).values() if isinstance(x, torch.optim.Optimizer)]
    pairs = [(weight, x) for optimiser in optimisers for weight, values in optimiser.state.items()
             for x in values.values() if x.shape == weight.shape]  # fmt: skip
    if any(isinstance(layer, torch.nn.Conv2d) for layer in trainer.averaged.modules()):
        assert any(not weight.is_contiguous() for weight, _ in pairs), "some weights are channels-last"
    assert all(x.stride() == weight.stride() for weight, x in pairs)


def trained(engine: str, steps: int = 6) -> Engine:
    trainer = start(engine, ("image", "tabular", "text"), steps)
    for _ in range(steps):
        trainer.step()
    return trainer.averaged


@pytest.mark.parametrize("name", sorted(ENGINES))
def test_a_request_gets_the_rows_that_it_would_get_alone(name: str) -> None:
    engine = trained(name)
    requests = [(np.array([0]), 7), (np.array([1, 1, 2]), 8), (np.array([0, 1]), 7), (np.full(SHARD, 2), 0)]
    together = engine.generate_together(requests, truncation=0.8)
    for (labels, seed), rows in zip(requests, together, strict=True):
        for modality, expected in engine.generate(labels, seed, truncation=0.8).items():
            difference = np.abs(rows[modality].astype(float) - expected.astype(float))
            assert difference.max() <= (1 if modality == "image" else 1e-4), "but for the rounding of sums"
    assert (together[1]["text"][0] != together[2]["text"][1]).any(), "one label, two seeds"
    with pytest.raises(AssertionError, match="more than one shard"):
        engine.generate_together([(np.zeros(SHARD + 1, dtype=int), 0)])


@pytest.mark.parametrize("name", sorted(ENGINES))
def test_engines_leave_torchs_global_stream_alone(name: str, tmp_path: Path) -> None:
    torch.manual_seed(5)
    before = torch.get_rng_state()
    engine = trained(name, steps=1)
    engine.save(tmp_path)
    generators.load(tmp_path).generate(np.array([0, 1]), seed=3)
    assert torch.equal(torch.get_rng_state(), before)


def test_an_engine_is_found_in_any_module_of_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "sketch.py").write_text(
        "from makeweight.generators.latent_flow import LatentFlow\n\n\nclass Sketch(LatentFlow):\n    name = 'sketch'\n"
    )
    monkeypatch.setattr(generators, "__path__", [*generators.__path__, str(tmp_path)])
    try:
        assert set(generators.discovered()) == {*ENGINES, "sketch"}
    finally:
        # Tests that run later in this process must not find a module that is not the checkout's.
        sys.modules.pop("makeweight.generators.sketch", None)
        vars(generators).pop("sketch", None)


@pytest.mark.parametrize("engine", sorted(ENGINES))
def test_rows_are_of_the_requested_class(engine: str) -> None:
    steps = {"wgan_gp": 60, "r3gan": 80}.get(engine, 200)
    trainer = start(engine, ("image", "tabular"), steps, **known(engine, learning_rate=0.003))
    for _ in range(steps):
        trainer.step()
    made = trainer.averaged.generate(np.repeat([0, 1], 40), seed=1)
    dark, light = made["image"].reshape(2, -1).mean(1)
    assert dark + 60 < light
    low, high = made["tabular"][:, 0].reshape(2, 40).mean(1)
    assert low + 1 < high
    drawn = made["tabular"][:, 1:].argmax(1).reshape(2, 40)
    assert (drawn[0] == 0).mean() > 0.7 and (drawn[1] == 1).mean() > 0.7


def test_choices_of_adversarial_engines_are_hard() -> None:
    trainer = start("wgan_gp", ("tabular",), 1)
    states = trainer.averaged.generate(np.zeros(50, dtype=int), seed=0)["tabular"][:, 1:]
    assert set(np.unique(states)) == {0.0, 1.0} and (states.sum(1) == 1).all()


def test_a_shard_does_not_depend_on_what_follows() -> None:
    engine = start("latent_flow", ("tabular",), 1).averaged
    short = engine.generate(np.zeros(256, dtype=int), seed=2)["tabular"]
    long = engine.generate(np.zeros(600, dtype=int), seed=2)["tabular"]
    np.testing.assert_array_equal(short, long[:256])


@pytest.mark.parametrize("engine", sorted(name for name, kind in ENGINES.items() if kind.completes))
def test_given_modalities_are_completed(engine: str) -> None:
    # Inside each class the number has the sign of the text's first number: only the given text shows it.
    real = rows(("tabular", "text"))
    sign = np.where(np.arange(len(real)) % 4 < 2, 1.0, -1.0).astype(np.float32)
    real.inputs["tabular"][:, 0] = 1.5 * sign
    real.inputs["text"][:, 0] = 1.5 * sign
    specs = {name: SPECS[name] for name in real.inputs}
    config = settings(engine, learning_rate=0.003, modality_mask_probability=0.8, guidance=1.0)
    trainer = generators.start(engine, real, specs, CLASSES, config, 300, CONTEXT)
    for _ in range(300):
        trainer.step()
    made = trainer.averaged.generate(real.labels, seed=3, given={"text": real.inputs["text"]})
    np.testing.assert_array_equal(made["text"], real.inputs["text"])
    assert (np.sign(made["tabular"][:, 0]) == sign).mean() > 0.8
    with pytest.raises(InputError, match="wgan_gp generates whole rows only; it cannot complete given modalities"):
        start("wgan_gp", ("tabular", "text"), 1).averaged.generate(real.labels, 0, given={"text": real.inputs["text"]})


def test_partners_are_of_the_same_class_and_another_row_where_there_is_one() -> None:
    labels = torch.tensor([0, 1, 0, 2, 1, 0])
    partner = partners(labels, torch.Generator().manual_seed(0))
    assert torch.equal(labels[partner], labels)
    assert sorted(partner.tolist()) == list(range(6))
    assert [row for row, other in enumerate(partner.tolist()) if row == other] == [3], "the only one of its class"


def test_average_follows() -> None:
    network = torch.nn.Linear(1, 1, bias=False)
    torch.nn.init.zeros_(network.weight)
    average = Average(network, 0.9)
    torch.nn.init.ones_(network.weight)
    average.update(network)
    assert average.network.weight.item() == pytest.approx(1 - 2 / 11)


def test_an_unknown_engine_is_named() -> None:
    with pytest.raises(InputError, match=f"`engines` has 'dcgan'; known are {', '.join(ENGINES)}"):
        generators.find("dcgan")


def numbered_rows(balance: float) -> TrainRows:
    """Twelve rows of three classes (six, four, two) that hold their own number."""
    data = Labelled({"tabular": np.arange(12, dtype=np.float32)[:, None]}, np.repeat([0, 1, 2], [6, 4, 2]))
    return TrainRows(data, 3, balance, torch.device("cpu"))


@pytest.mark.parametrize(("balance", "shares"), [(0.0, [1 / 2, 1 / 3, 1 / 6]), (1.0, [1 / 3, 1 / 3, 1 / 3])])
def test_rows_are_sampled_by_the_weight_of_their_class(balance: float, shares: list[float]) -> None:
    content, labels = numbered_rows(balance).sample(60_000, torch.Generator().manual_seed(1))
    found = torch.bincount(labels, minlength=3) / 60_000
    np.testing.assert_allclose(found, shares, atol=0.01)
    drawn = torch.bincount(content["tabular"].flatten().long(), minlength=12) / 60_000
    np.testing.assert_allclose(drawn, np.repeat(np.array(shares) / [6, 4, 2], [6, 4, 2]), atol=0.006)


def test_a_subset_is_all_rows_in_order_or_different_ones_at_random() -> None:
    content, shares = numbered_rows(1.0).subset(12)
    assert content["tabular"].flatten().tolist() == list(range(12))
    np.testing.assert_allclose(shares, np.repeat([1 / 18, 1 / 12, 1 / 6], [6, 4, 2]))
    content, shares = numbered_rows(1.0).subset(5)
    chosen = content["tabular"].flatten().int().tolist()
    assert len(set(chosen)) == 5
    assert chosen == sorted(chosen)
    assert shares.sum().item() == pytest.approx(1)


@pytest.mark.parametrize("engine", sorted(ENGINES))
def test_an_engine_of_another_version_is_told_in_one_line(engine: str, tmp_path: Path) -> None:
    trained = start(engine, ("image",), 1).averaged
    trained.save(tmp_path)
    weights = load_file(tmp_path / "model.safetensors")
    first = min(name for name in weights if weights[name].ndim == 4)
    save_file({**weights, first: weights[first].repeat(2, 1, 1, 1)}, tmp_path / "model.safetensors")
    with pytest.raises(InputError, match=f"safetensors: made by another version of {engine}; train it again") as found:
        generators.load(tmp_path)
    assert "\n" not in str(found.value)
    layout = json.loads((tmp_path / "model.json").read_text())
    layout["params"]["pace"] = 1.0
    (tmp_path / "model.json").write_text(json.dumps(layout))
    with pytest.raises(InputError, match="made by another version"):
        generators.load(tmp_path)


@pytest.mark.parametrize("steps", [0, 30])
@pytest.mark.parametrize("engine", ["wgan_gp", "r3gan"])
def test_generated_pictures_have_no_checkerboard(engine: str, steps: int) -> None:
    rng = np.random.default_rng(0)
    down, right, radius = rng.uniform(8, 24, (3, 200, 1, 1)) * np.array([1, 1, 0.5])[:, None, None, None]
    rows, columns = np.indices((32, 32))
    discs = np.where(np.hypot(rows - down, columns - right) < radius, 30, 230).astype(np.uint8)[:, None]
    real = Labelled({"image": discs}, np.arange(200) % 3)
    config = settings(engine, gradient_penalty_weight=1.0)
    trainer = generators.start(engine, real, {"image": Spec("image", (1, 32, 32))}, CLASSES, config, 30, CONTEXT)
    for _ in range(steps):
        trainer.step()
    made = trainer.averaged.generate(np.arange(200) % 3, seed=1)["image"]
    scores = sharpness_scores(discs, made)
    assert scores["checkerboard_2px_ratio"] < 3 and scores["checkerboard_4px_ratio"] < 1.5


@pytest.mark.parametrize("engine", sorted(ENGINES))
def test_rows_begun_at_real_ones_or_one_line_that_says_who_cannot(engine: str) -> None:
    trained = start(engine, ("image", "tabular"), steps=2).averaged
    real = rows(("image", "tabular"), 12)
    if not trained.starts_from_rows:
        with pytest.raises(InputError, match=f"engine {engine} begins at noise only"):
            trained.generate_from(real.labels, real.inputs, 0.5, 0)
        return
    whole = trained.generate_from(real.labels, real.inputs, 1.0, 0)
    assert whole["tabular"] == pytest.approx(real.inputs["tabular"], abs=1e-4), "all of a row kept is the row"
    near, far = (trained.generate_from(real.labels, real.inputs, kept, 0)["tabular"] for kept in (0.9, 0.1))
    assert np.abs(near - real.inputs["tabular"]).mean() < np.abs(far - real.inputs["tabular"]).mean()
    again = trained.generate_from(real.labels, real.inputs, 0.9, 0)
    assert (again["tabular"] == near).all() and (again["image"].dtype, again["image"].shape) == (
        np.uint8,
        (12, 1, 8, 8),
    )
    assert len(trained.generate_from(real.labels[:0], real.take(real.labels[:0]).inputs, 0.5, 0)["tabular"]) == 0
    with pytest.raises(InputError, match="right would be 0"):
        trained.generate_from(real.labels, real.inputs, 1.5, 0)


@pytest.mark.parametrize("engine", sorted(ENGINES))
def test_columns_filled_in_beside_real_ones_or_one_line_that_says_who_cannot(engine: str) -> None:
    trained = start(engine, ("image", "tabular"), steps=2).averaged
    real = rows(("image", "tabular"), 12)
    whole = np.arange(12) % 3 == 0
    kept = {"image": whole[:, None], "tabular": np.stack([~whole, *[np.arange(12) % 2 == 0] * 3], axis=1)}
    if not trained.fills_columns:
        with pytest.raises(InputError, match=f"engine {engine} generates whole rows only; it cannot fill in columns"):
            trained.generate_masked(real.labels, real.inputs, kept, 0)
        return
    made = trained.generate_masked(real.labels, real.inputs, kept, 0)
    assert (made["image"][whole] == real.inputs["image"][whole]).all(), "a kept picture comes back as it was"
    assert not (made["image"][~whole] == real.inputs["image"][~whole]).all((1, 2, 3)).any()
    stays = kept["tabular"]
    assert (made["tabular"][stays] == real.inputs["tabular"][stays]).all() and np.isfinite(made["tabular"]).all()
    assert (made["tabular"][~stays] != real.inputs["tabular"][~stays]).all()
    again, other = (trained.generate_masked(real.labels, real.inputs, kept, seed)["tabular"] for seed in (0, 1))
    assert (again == made["tabular"]).all() and (other[~stays] != made["tabular"][~stays]).all()
    none = real.take(real.labels[:0])
    empty = {name: mask[:0] for name, mask in kept.items()}
    assert len(trained.generate_masked(none.labels, none.inputs, empty, 0)["tabular"]) == 0
