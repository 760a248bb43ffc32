"""The conditional multimodal critic: one branch per modality, a fusion, and the class by projection."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from makeweight.data.codecs.spec import Spec
from makeweight.generators.networks.encoders import SLOPE, build_encoders


class Projection(nn.Module):
    """A linear score plus the inner product with the class's vector (Miyato & Koyama 2018, equation 3)."""

    def __init__(self, features: int, classes: int) -> None:
        super().__init__()
        self.linear = nn.Linear(features, 1)
        self.codes = nn.Embedding(classes, features)
        nn.init.normal_(self.codes.weight, std=features**-0.5)

    def forward(self, features: Tensor, labels: Tensor) -> Tensor:
        """`(n,)`."""
        return self.linear(features).squeeze(1) + (self.codes(labels) * features).sum(1)


class Critic(nn.Module):
    """Every branch gets the same number of features, and a small score of its own so that none can be ignored.

    No batch statistics anywhere: the penalty is on each sample's own gradient.
    """

    OWN_SHARE = 0.25

    def __init__(
        self, specs: Mapping[str, Spec], classes: int, *, features: int, channels: int, residual: bool
    ) -> None:
        super().__init__()
        self.branches = build_encoders(specs, features, channels, residual)
        self.own = nn.ModuleDict({name: Projection(features, classes) for name in self.branches})
        self.fusion = nn.Sequential(
            nn.LeakyReLU(SLOPE),
            nn.Linear(features * len(specs), 2 * features),
            nn.LeakyReLU(SLOPE),
            nn.Linear(2 * features, features),
            nn.LeakyReLU(SLOPE),
        )
        self.score = Projection(features, classes)

    def forward(self, content: Mapping[str, Tensor], labels: Tensor) -> Tensor:
        """Scores `(n,)`: higher is more real."""
        features = {name: branch(content[name]) for name, branch in self.branches.items()}
        total = self.score(self.fusion(torch.cat(list(features.values()), dim=1)), labels)
        for name, own in self.own.items():
            total = total + self.OWN_SHARE * own(nn.functional.leaky_relu(features[name], SLOPE), labels)
        return total
