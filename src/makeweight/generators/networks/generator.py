"""The conditional multimodal generator: one trunk, one branch per modality."""

from torch import Tensor, nn

from makeweight.core.random import RandomStream
from makeweight.generators.networks.class_embedding import ClassEmbedding, ClassMix


class Trunk(nn.Sequential):
    """Latent vectors `(n, latent_dim)` to the features `(n, features)` that all modalities share; knows no class."""

    def __init__(self, latent_dim: int, features: int) -> None:
        super().__init__(nn.Linear(latent_dim, features), nn.SiLU(), nn.Linear(features, features))
        self.latent_dim = latent_dim


class Generator(nn.Module):
    """A latent vector and a class to every modality of one row: a class-free trunk, then decoders modulated by both.

    The latent vector reaches every layer of a decoder (Karras et al. 2019), so that rows of a class differ in more than
    what the coarsest layer makes of it.
    """

    def __init__(self, class_embedding: ClassEmbedding, trunk: Trunk, decoders: nn.ModuleDict) -> None:
        super().__init__()
        self.class_embedding, self.trunk, self.decoders = class_embedding, trunk, decoders
        self.latent_modulation = nn.Linear(trunk.latent_dim, class_embedding.dim, bias=False)

    @property
    def latent_dim(self) -> int:
        """Width of a latent vector."""
        return self.trunk.latent_dim

    def forward(
        self,
        latent: Tensor,
        labels: Tensor,
        stream: RandomStream,
        class_noise: Tensor | None = None,
        mix: ClassMix | None = None,
    ) -> dict[str, Tensor]:
        """Generate one row per label.

        Args:
            latent: `(n, latent_dim)`, standard normal.
            labels: class indices `(n,)`.
            stream: what the states of categories are sampled from.
            class_noise: `(n, class dim)`, standard normal; only in training.
            mix: other classes to mix in.

        Returns:
            modality -> pictures `(n, channels, size, size)` in [-1, 1] or vectors `(n, width)`.
        """
        shared = self.trunk(latent)
        condition = self.class_embedding(labels, class_noise, mix) + self.latent_modulation(latent)
        return {name: decoder(shared, condition, stream) for name, decoder in self.decoders.items()}

    def sample(self, labels: Tensor, stream: RandomStream) -> dict[str, Tensor]:
        """The forward pass of training, with new latent vectors and class noise."""
        latent = stream.normal(len(labels), self.latent_dim).to(labels.device)
        class_noise = stream.normal(len(labels), self.class_embedding.dim).to(labels.device)
        return self(latent, labels, stream, class_noise)
