"""WGAN-GP: a conditional multimodal Wasserstein GAN with gradient penalty (Gulrajani et al. 2017)."""

import torch
from torch import Tensor

from makeweight.core.ranges import Size
from makeweight.data.labelled import Labelled
from makeweight.generators import losses
from makeweight.generators.adversarial import AdversarialEngine, AdversarialParams, AdversarialTrainer, concatenated
from makeweight.generators.distributed import TrainingContext
from makeweight.generators.engine import Trainer


class WganGpParams(AdversarialParams):
    """The shared parameters and those of WGAN-GP."""

    critic_steps: Size
    """Updates of the critic per update of the generator."""


class WganGp(AdversarialEngine):
    """Conditional multimodal Wasserstein GAN with gradient penalty."""

    name = "wgan_gp"
    params = WganGpParams
    residual = False
    second_beta = 0.9

    def trainer(self, data: Labelled, steps: int, context: TrainingContext) -> Trainer:
        """A trainer before its first step."""
        return WganGpTrainer(self, data, steps, context)


class WganGpTrainer(AdversarialTrainer):
    """Several critic steps, then one generator step (Gulrajani et al. 2017, algorithm 1)."""

    def step(self) -> dict[str, float]:
        """One generator update; the critic's numbers are those of its last step."""
        self.begin()
        record: dict[str, Tensor] = {}
        for _ in range(self.config.critic_steps):
            record = self.critic_step()
        labels = self.real()[1][self.local]
        self.critic.requires_grad_(False)
        generator_loss = -self.critic(self.seen(self.fake(labels)), labels).mean()
        self.descend(generator_loss, self.generator_adam)
        self.critic.requires_grad_(True)
        return self.finish({**record, "generator": generator_loss})

    def critic_step(self) -> dict[str, Tensor]:
        """Raise real above fake by a critic of slope 1 along the lines between them."""
        batch, classes = self.real()
        labels = classes[self.local]
        with torch.no_grad():
            fake = self.fake(labels)
        real, fake = self.seen(self.own(batch)), self.seen(self.with_mismatches(fake, batch, classes))
        mix = self.stream.uniform(len(labels)).to(self.device)
        scores = self.critic(concatenated(real, fake), torch.cat([labels, labels]))
        real_scores, fake_scores = scores.chunk(2)
        _, gradients = losses.input_gradients(self.critic, losses.interpolate(real, fake, mix), labels)
        penalty = losses.gradient_penalty(gradients)
        distance = real_scores.mean() - fake_scores.mean()
        self.descend(self.config.gradient_penalty_weight * penalty - distance, self.critic_adam)
        norms = {f"norm_{name}": x.sqrt().mean() for name, x in losses.square_norms(gradients).items()}
        return {"distance": distance, "penalty": penalty, **norms}
