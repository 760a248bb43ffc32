"""Fingerprints and feature spaces."""

import numpy as np
import pandas as pd
import pytest
import torch
from torch import nn

from makeweight.data.samples import Roles
from makeweight.stages.fidelity.fingerprints import picture_fingerprint, text_fingerprint
from makeweight.stages.fidelity.rows import Rows
from makeweight.stages.fidelity.spaces import PictureSpace, Scale, VectorSpace, before_last_layer

NOTHING = Roles()


def test_distance_of_a_black_and_a_white_picture_is_one():
    encoded = np.stack([np.zeros((3, 32, 32)), np.full((3, 32, 32), 255)]).astype(np.uint8)
    black, white = picture_fingerprint(Rows(pd.DataFrame(index=[0, 1]), np.zeros(2, int), {"image": encoded}), NOTHING)
    assert np.linalg.norm(black - white) == pytest.approx(1)


def test_equal_texts_are_at_no_distance_and_unrelated_ones_at_a_right_angle():
    table = pd.DataFrame({"title": ["blue star", "blue star", "qqq"], "description": [None, None, "www"]})
    prints = text_fingerprint(Rows(table, np.zeros(3, int), {}), Roles(text=("title", "description")))
    assert np.linalg.norm(prints[0] - prints[1]) == 0
    assert np.linalg.norm(prints[0] - prints[2]) == pytest.approx(np.sqrt(2), abs=0.05)


def test_scale_gives_train_unit_variance_on_average_and_can_be_undone():
    rows = np.random.default_rng(0).normal(3, [1, 5], size=(100, 2))
    scale = Scale.fit(rows)
    assert scale(rows).var(0).mean() == pytest.approx(1)
    assert scale.undo(scale(rows)) == pytest.approx(rows)


def test_vector_space_predicts_separated_classes():
    rng = np.random.default_rng(0)
    labels = np.arange(60) % 2
    encoded = (rng.normal(size=(60, 3)) + 8 * labels[:, None]).astype(np.float32)
    space = VectorSpace.fit(encoded, labels)
    assert (space.predict(space.features(encoded)) == labels).all()


class Network(nn.Module):
    """Mean of each channel, then a linear layer."""

    def __init__(self) -> None:
        super().__init__()
        self.last = nn.Linear(3, 2)
        with torch.no_grad():
            self.last.weight.copy_(torch.tensor([[1.0, 0, 0], [0, 1.0, 0]]))
            self.last.bias.zero_()

    def forward(self, inputs: dict[str, torch.Tensor]) -> torch.Tensor:
        return self.last(inputs["image"].mean((2, 3)))


def test_picture_features_are_the_input_of_the_last_layer_and_predict_as_the_network_does():
    encoded = np.zeros((2, 3, 8, 8), dtype=np.uint8)
    encoded[0, 0], encoded[1, 1] = 255, 255
    network, cpu = Network(), torch.device("cpu")
    features = before_last_layer(network, encoded, cpu)
    assert features == pytest.approx(np.array([[1, -1, -1], [-1, 1, -1]]))
    space = PictureSpace(Scale.fit(features), network, cpu)
    assert space.predict(space.features(encoded)).tolist() == [0, 1]
