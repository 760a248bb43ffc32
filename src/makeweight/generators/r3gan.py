"""R3GAN: relativistic pairing loss and zero-centred gradient penalties on real and fake rows (Huang et al. 2024)."""

import torch
from torch import Tensor

from makeweight.core.ranges import Count
from makeweight.data.labelled import Labelled
from makeweight.generators import losses
from makeweight.generators.adversarial import AdversarialEngine, AdversarialParams, AdversarialTrainer, concatenated
from makeweight.generators.distributed import TrainingContext
from makeweight.generators.engine import Trainer


class R3GanParams(AdversarialParams):
    """The shared parameters and those of R3GAN."""

    gradient_penalty_interval: Count
    """The penalties are taken at every k-th step, with k times their weight."""


class R3Gan(AdversarialEngine):
    """Conditional multimodal GAN with the relativistic pairing loss and zero-centred penalties."""

    name = "r3gan"
    params = R3GanParams
    residual = True
    second_beta = 0.99

    def trainer(self, data: Labelled, steps: int, context: TrainingContext) -> Trainer:
        """A trainer before its first step."""
        return R3GanTrainer(self, data, steps, context)


class R3GanTrainer(AdversarialTrainer):
    """One critic step per generator step."""

    def step(self) -> dict[str, float]:
        """One update of each network."""
        self.begin()
        batch, classes = self.real()
        labels = classes[self.local]
        with torch.no_grad():
            fake = self.fake(labels)
        real_seen, fake_seen = self.seen(self.own(batch)), self.seen(self.with_mismatches(fake, batch, classes))
        record = self.critic_step(real_seen, fake_seen, labels)
        batch, classes = self.real()
        labels = classes[self.local]
        self.critic.requires_grad_(False)
        fake = self.fake(labels)
        with torch.no_grad():
            real_scores = self.critic(self.seen(self.own(batch)), labels)
        generator_loss = losses.relativistic(self.critic(self.seen(fake), labels), real_scores)
        self.descend(generator_loss, self.generator_adam)
        self.critic.requires_grad_(True)
        return self.finish({**record, "generator": generator_loss})

    def critic_step(self, real: losses.Content, fake: losses.Content, labels: Tensor) -> dict[str, Tensor]:
        """Real above fake, pair by pair; R1 and R2 at an interval, over one joint pass."""
        both, both_labels = concatenated(real, fake), torch.cat([labels, labels])
        interval = self.config.gradient_penalty_interval
        if self.done % interval:
            scores = self.critic(both, both_labels)
            penalty = torch.zeros(())
            norms = {}
        else:
            scores, gradients = losses.input_gradients(self.critic, both, both_labels)
            # The mean over both halves is half of R1 + R2: twice it is their sum.
            penalty = 2 * losses.zero_centred_penalty(gradients)
            norms = {f"norm_{name}": g.flatten(1).norm(dim=1).mean() for name, g in gradients.items()}
        real_scores, fake_scores = scores.chunk(2)
        critic_loss = losses.relativistic(real_scores, fake_scores)
        self.descend(critic_loss + interval * self.config.gradient_penalty_weight * penalty, self.critic_adam)
        return {"critic": critic_loss, "distance": real_scores.mean() - fake_scores.mean(), "penalty": penalty, **norms}
