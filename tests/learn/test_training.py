import numpy as np
import pytest
import torch
from torch import nn

from makeweight.data.labelled import Labelled
from makeweight.learn.classifiers import linear
from makeweight.learn.training import (
    TrainingParams,
    fit_network,
    mixup_loss,
    predict,
    sample_batches,
    scaled,
)

CPU = torch.device("cpu")
CONFIG = TrainingParams(epochs=6, patience=6, batch_size=8, learning_rate=0.05, weight_decay=0.0, steps_per_epoch=None)


def two_clouds(count: int, seed: int) -> Labelled:
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 2, count)
    inputs = rng.normal(0, 1, (count, 3)).astype(np.float32)
    inputs[:, 0] += 4 * labels
    return Labelled({"tabular": inputs}, labels)


def fit(seed: int, train: Labelled, **more: object) -> np.ndarray:
    torch.manual_seed(1)
    fitted = fit_network(linear("tabular", (3,), 2), train, two_clouds(60, 2), CONFIG, seed, CPU, **more)  # type: ignore[arg-type]
    return predict(fitted.network, two_clouds(200, 3).inputs, CPU)


def test_learns_what_is_there_and_the_same_again_with_the_same_seed() -> None:
    train = two_clouds(120, 1)
    first = fit(5, train)
    assert np.mean(first.argmax(1) == two_clouds(200, 3).labels) > 0.93
    assert (first == fit(5, train)).all()
    assert (first != fit(6, train)).any()


def test_keeps_the_weights_of_the_best_validation_epoch_and_stops_when_patience_ends() -> None:
    class Fading(nn.Module):
        """Right about class 1 until its weight has moved, wrong afterwards."""

        def __init__(self) -> None:
            super().__init__()
            self.epoch_weight = nn.Parameter(torch.zeros(1))

        def forward(self, inputs: dict[str, torch.Tensor]) -> torch.Tensor:
            right = inputs["tabular"][:, :1] * torch.where(self.epoch_weight > -0.12, 1.0, -1.0)
            return torch.cat([-right, right], 1) + self.epoch_weight * torch.tensor([[1.0, 1.0]])

    rows = Labelled({"tabular": np.array([[1.0], [-1.0]], dtype=np.float32)}, np.array([1, 0]))
    config = CONFIG.model_copy(update={"epochs": 50, "patience": 3, "batch_size": 2})
    drift = lambda logits, labels: logits.sum()  # noqa: E731  (pushes the weight down by the learning rate per step)
    fitted = fit_network(Fading(), rows, rows, config, 0, CPU, loss=drift)
    scores = [record["validation_macro_f1"] for record in fitted.history]
    assert scores[0] == 1.0
    assert 0.0 in scores
    assert fitted.epochs == 1 + 3
    assert predict(fitted.network, rows.inputs, CPU).argmax(1).tolist() == [1, 0]


def test_an_infinite_loss_is_an_error() -> None:
    with pytest.raises(FloatingPointError, match="epoch 1"):
        fit(0, two_clouds(40, 1), loss=lambda logits, labels: logits.sum() * float("nan"))


def test_every_row_once_per_epoch_and_as_many_batches_as_asked() -> None:
    batches = list(sample_batches(10, 4, 3, None, torch.Generator().manual_seed(0)))
    assert [len(batch) for batch in batches] == [4, 4, 2]
    assert sorted(torch.cat(batches).tolist()) == list(range(10))
    repeated = list(sample_batches(5, 4, 5, None, torch.Generator().manual_seed(0)))
    assert [len(batch) for batch in repeated] == [4] * 5
    assert torch.cat(repeated).bincount().tolist() == [4] * 5
    weighted = torch.cat(list(sample_batches(2, 50, 20, torch.tensor([3.0, 1.0]), torch.Generator().manual_seed(0))))
    assert weighted.bincount()[0] / 1000 == pytest.approx(0.75, abs=0.05)


def test_mixup_mixes_rows_and_classes_by_the_same_share() -> None:
    seen: dict[str, torch.Tensor] = {}

    class Watching(nn.Module):
        def forward(self, inputs: dict[str, torch.Tensor]) -> torch.Tensor:
            seen["rows"] = inputs["tabular"]
            return torch.zeros(4, 2)

    def keep(logits: torch.Tensor, shares: torch.Tensor) -> torch.Tensor:
        seen["shares"] = shares
        return logits.sum()

    batch = {"tabular": torch.tensor([[0.0], [0.0], [1.0], [1.0]])}
    mixup_loss(Watching(), batch, torch.tensor([0, 0, 1, 1]), keep, 1.0, np.random.default_rng(0))
    assert seen["shares"].sum(1).tolist() == pytest.approx([1.0] * 4)
    assert seen["rows"][:, 0].tolist() == pytest.approx(seen["shares"][:, 1].tolist())
    assert 0 < seen["rows"].sum() < 4


def test_pictures_are_scaled_and_vectors_are_not() -> None:
    batch = scaled({"image": torch.tensor([[[[0, 255]]]], dtype=torch.uint8), "text": torch.tensor([[7.0]])})
    assert batch["image"].flatten().tolist() == [-1, 1]
    assert batch["text"].item() == 7
