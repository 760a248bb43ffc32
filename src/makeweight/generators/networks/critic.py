"""The conditional multimodal critic: one encoder per modality, a fusion, and the class by projection."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from makeweight.generators.networks.encoders import SLOPE


class Projection(nn.Module):
    """A linear score plus the inner product with the class's vector (Miyato & Koyama 2018, equation 3)."""

    def __init__(self, features: int, classes: int) -> None:
        super().__init__()
        self.linear = nn.Linear(features, 1)
        self.class_vectors = nn.Embedding(classes, features)
        nn.init.normal_(self.class_vectors.weight, std=features**-0.5)

    def forward(self, features: Tensor, labels: Tensor) -> Tensor:
        """Features `(n, features)` and class indices `(n,)` to scores `(n,)`."""
        return self.linear(features).squeeze(1) + (self.class_vectors(labels) * features).sum(1)


class Critic(nn.Module):
    """Scores rows by all modalities together, and a little by each alone, so that none can be ignored.

    No batch statistics anywhere: the gradient penalty is on each row's own gradient.
    """

    SINGLE_WEIGHT = 0.25
    """What a single modality's score weighs beside the joint one."""

    def __init__(self, encoders: nn.ModuleDict, classes: int, features: int) -> None:
        super().__init__()
        self.encoders = encoders
        self.single_scores = nn.ModuleDict({name: Projection(features, classes) for name in encoders})
        self.fusion = nn.Sequential(
            nn.LeakyReLU(SLOPE),
            nn.Linear(features * len(encoders), 2 * features),
            nn.LeakyReLU(SLOPE),
            nn.Linear(2 * features, features),
            nn.LeakyReLU(SLOPE),
        )
        self.joint_score = Projection(features, classes)

    def forward(self, content: Mapping[str, Tensor], labels: Tensor) -> Tensor:
        """Scores `(n,)` of rows with these class indices `(n,)`: higher is more real."""
        features = {name: encoder(content[name]) for name, encoder in self.encoders.items()}
        total = self.joint_score(self.fusion(torch.cat(list(features.values()), dim=1)), labels)
        for name, score in self.single_scores.items():
            total = total + self.SINGLE_WEIGHT * score(nn.functional.leaky_relu(features[name], SLOPE), labels)
        return total
