"""How much the components of a picture count in the loss of the latent flow, recomputed by hand."""

from pathlib import Path

import numpy as np
import pytest
import torch

from makeweight import generators
from makeweight.core.params import read_yaml
from makeweight.data.codecs.spec import Block, Spec
from makeweight.data.labelled import Labelled
from makeweight.generators.latent_flow import LatentFlowParams, LatentFlowTrainer

ROOT = Path(__file__).parents[2]
SPECS = {"image": Spec("image", (1, 8, 8)), "tabular": Spec("tabular", (2,), (Block("x", "value", 0, 2),))}


def rows() -> Labelled:
    """Pictures whose left half varies ten times as much as the right one, and a table of two numbers."""
    rng = np.random.default_rng(3)
    pictures = np.full((60, 1, 8, 8), 128.0)
    pictures[..., :4] += rng.normal(0, 30, (60, 1, 8, 4))
    pictures[..., 4:] += rng.normal(0, 3, (60, 1, 8, 4))
    table = rng.normal(0, 1, (60, 2)).astype(np.float32)
    return Labelled({"image": pictures.clip(0, 255).astype(np.uint8), "tabular": table}, np.arange(60) % 2)


def trainer(power: float, latent_dim: int = 40) -> LatentFlowTrainer:
    """A trainer of the flow alone at its first step, without given modalities."""
    values = read_yaml(ROOT / "params.yaml")["train_gan"]["engines"]["latent_flow"]
    changes = {
        "latent_dim": latent_dim,
        "component_weight_power": power,
        "refinement_share": 0.0,
        "modality_mask_probability": 0.0,
        "flow_batch_size": 16,
        "width": 16,
        "channels": 8,
    }
    config = LatentFlowParams.model_validate({**values, **changes})
    context = generators.TrainingContext(5, torch.device("cpu"))
    started = generators.start("latent_flow", rows(), SPECS, ["a", "b"], config, 10, context)
    assert isinstance(started, LatentFlowTrainer)
    return started


def component_deviations(count: int) -> np.ndarray:
    """Standard deviations of the largest principal components of the pictures in [-1, 1], none below a thousandth."""
    flat = rows().inputs["image"].reshape(60, -1) / 127.5 - 1
    stds = np.zeros(count)
    variances = np.linalg.eigvalsh(np.cov(flat.T))[::-1][:count]
    stds[: len(variances)] = np.sqrt(variances.clip(min=0))
    return stds.clip(min=1e-3)


@pytest.mark.parametrize("count", [40, 80])
def test_a_component_counts_by_its_standard_deviation_to_the_power(count: int) -> None:
    """Sixty pictures have 59 components: those beyond hardly count."""
    stds = component_deviations(count)
    for power in (0.5, 1.0):
        weights = trainer(power, count).weights.numpy()
        np.testing.assert_allclose(weights[:count], stds**power / (stds**power).mean(), rtol=2e-3)
        assert weights[count:].tolist() == [1, 1], "numbers of a table count one each"
    assert trainer(0.0, count).weights.tolist() == [1] * (count + 2)


@pytest.mark.parametrize("power", [0.0, 1.0])
def test_the_first_loss_is_the_weighted_square_of_what_is_to_be_learned(power: float) -> None:
    """A new flow predicts zero, so its loss is the weighted mean square of data less noise."""
    own, twin = trainer(power), trainer(power)
    loss = float(own.step()["flow"])
    twin.standardise()
    content, _ = twin.rows.sample(16, twin.rng)
    latent = twin.flow.standardised(twin.engine.encode(content)).detach().numpy()
    squares = (latent - twin.stream.normal(16, 42).numpy()) ** 2
    assert loss == pytest.approx(np.average(squares.mean(0), weights=twin.weights.numpy()), rel=1e-5)
