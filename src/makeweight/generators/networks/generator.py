"""The conditional multimodal generator: one trunk, one branch per modality."""

from collections.abc import Mapping

from torch import Tensor, nn
from torch.nn import functional as F

from makeweight.data.codecs.spec import Spec
from makeweight.generators.distributed import Draws
from makeweight.generators.networks.decoders import Choose, build_decoders


class ClassCode(nn.Module):
    """A learned vector per class, blurred while training by noise of `spread / sqrt(rows of the class)`.

    The blur keeps a rare class from collapsing on its few rows (Rangwani et al. 2023, NoisyTwins).
    """

    def __init__(self, counts: Tensor, width: int, spread: float) -> None:
        super().__init__()
        self.codes = nn.Embedding(len(counts), width)
        self.register_buffer("blur", spread / counts.float().clamp(min=1).sqrt())

    def forward(self, labels: Tensor, noise: Tensor | None = None) -> Tensor:
        """`(n, width)`; `noise` of that shape blurs."""
        code = self.codes(labels)
        if noise is None:
            return code
        assert isinstance(self.blur, Tensor)
        return code + self.blur[labels, None] * noise


class Generator(nn.Module):
    """Noise and class to every modality of one row: a class-free trunk, then branches that the class modulates."""

    def __init__(
        self,
        specs: Mapping[str, Spec],
        counts: Tensor,
        *,
        noise: int,
        features: int,
        class_width: int,
        class_spread: float,
        channels: int,
        residual: bool,
        class_from: int = 0,
    ) -> None:
        super().__init__()
        self.noise = noise
        self.class_code = ClassCode(counts, class_width, class_spread)
        self.trunk = nn.Sequential(nn.Linear(noise, features), nn.SiLU(), nn.Linear(features, features))
        self.branches = build_decoders(specs, features, class_width, channels, residual, class_from)

    def forward(
        self, noise: Tensor, labels: Tensor, class_noise: Tensor | None = None, choose: Choose = F.gumbel_softmax
    ) -> dict[str, Tensor]:
        """Noise `(n, noise)` and class index `(n,)` to a dict of modalities."""
        shared = self.trunk(noise)
        code = self.class_code(labels, class_noise)
        return {name: branch(shared, code, choose) for name, branch in self.branches.items()}

    def draw(self, labels: Tensor, draws: Draws) -> dict[str, Tensor]:
        """Forward in training, with fresh noise (drawn on the CPU, so that it does not depend on the device)."""
        noise = draws.normal(len(labels), self.noise).to(labels.device)
        class_noise = draws.normal(len(labels), self.class_code.codes.embedding_dim).to(labels.device)
        return self(noise, labels, class_noise, draws.choices)
