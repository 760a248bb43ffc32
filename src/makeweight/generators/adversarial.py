"""Two adversarial engines over the same two networks: WGAN-GP, and its relativistic successor R3GAN."""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from makeweight.core.params import Section
from makeweight.data.codecs.spec import Spec
from makeweight.data.labelled import Labelled
from makeweight.generators import augment as augmentation
from makeweight.generators import losses
from makeweight.generators.distributed import Draws, Team
from makeweight.generators.ema import Average
from makeweight.generators.engine import Engine, Rows, Trainer, channels_last, cosine, descend, set_rate
from makeweight.generators.networks.critic import Critic
from makeweight.generators.networks.generator import Generator


class AdversarialParams(Section):
    """What both adversarial engines need."""

    pace: float
    """Updates of this engine per step of `train_gan.steps`, so that all engines take equal time."""
    batch: int
    noise: int
    features: int
    class_width: int
    channels: int
    learning_rate: float
    penalty: float
    average: float
    """Decay of the averaged weights."""
    balance: float
    """0 draws rows as they are, 1 draws every class alike, 0.5 in between."""
    class_spread: float
    """Blur of the class code, divided by the root of the class's rows."""
    class_from: int
    """Edge in pixels from which on the class modulates a picture; what is coarser is shared by all classes."""
    augment: tuple[str, ...]
    jitter: float
    """Noise on vectors that the critic sees."""
    mismatch: float
    """Share of the critic's fakes that are real rows with one modality swapped inside the class."""


class WganGpParams(AdversarialParams):
    """WGAN-GP only."""

    critic_steps: int


class R3GanParams(AdversarialParams):
    """R3GAN only."""

    penalty_interval: int
    """The penalties are taken at every k-th step, with k times their weight."""


class AdversarialEngine(Engine):
    """The averaged generator."""

    residual: bool

    def __init__(self, specs: Mapping[str, Spec], classes: Sequence[str], counts: Sequence[int], config: Any) -> None:
        super().__init__(specs, classes, counts, config)
        self.generator = Generator(
            self.specs,
            torch.tensor(self.counts),
            noise=config.noise,
            features=config.features,
            class_width=config.class_width,
            class_spread=config.class_spread,
            channels=config.channels,
            residual=self.residual,
            class_from=config.class_from,
        )

    def sample(
        self, labels: Tensor, rng: torch.Generator, truncation: float, given: Mapping[str, Tensor]
    ) -> dict[str, Tensor]:
        """One pass through the generator."""
        noise = truncation * torch.randn(len(labels), self.generator.noise, generator=rng)
        return self.generator(noise.to(labels.device), labels)


class AdversarialTrainer(Trainer):
    """Networks, optimisers, averaging and augmentation; a subclass has the step."""

    def __init__(
        self, engine: AdversarialEngine, data: Labelled, steps: int, seed: int, device: torch.device, team: Team
    ) -> None:
        config = engine.config
        augmentation.check_names(config.augment, f"train_gan.{engine.name}.augment")
        self.config, self.steps, self.device, self.done = config, steps, device, 0
        self.rng = torch.Generator().manual_seed(seed)
        self.team, self.draws = team, Draws(self.rng, config.batch, team)
        self.rows = Rows(data, len(engine.classes), config.balance, device)
        self.generator = engine.generator.to(device)
        self.critic = Critic(
            engine.specs,
            len(engine.classes),
            features=config.features // 2,
            channels=config.channels,
            residual=engine.residual,
        ).to(device)
        if "image" in engine.specs:
            channels_last(self.generator)
            channels_last(self.critic)
        second_beta = 0.99 if engine.residual else 0.9
        self.generator_adam = adam(self.generator, config.learning_rate, second_beta)
        self.critic_adam = adam(self.critic, config.learning_rate, second_beta)
        self.average = Average(self.generator, config.average)
        # The engine holds the averaged generator from now on; the trained one stays with the trainer.
        engine.generator = self.average.network
        self.engine = engine

    def real(self) -> tuple[dict[str, Tensor], Tensor]:
        """A batch of real rows, whole."""
        return self.rows.draw(self.config.batch, self.rng)

    def own(self, batch: losses.Content) -> dict[str, Tensor]:
        """This process's rows of a whole batch."""
        return {name: x[self.draws.rows] for name, x in batch.items()}

    def fake(self, labels: Tensor) -> dict[str, Tensor]:
        """A fake for each label of this process's rows."""
        return self.generator.draw(labels, self.draws)

    def seen(self, content: losses.Content) -> dict[str, Tensor]:
        """What the critic gets to see of rows."""
        return augmentation.augment(content, self.config.augment, self.config.jitter, self.draws)

    def with_mismatches(self, fake: dict[str, Tensor], real: losses.Content, labels: Tensor) -> dict[str, Tensor]:
        """Replace the last share of a batch's fakes by real rows of which one modality is another row's of the class.

        The critic then has to look at whether the modalities of a row fit together, not only at each by itself.
        `fake` has this process's rows, `real` and `labels` the whole batch: partners are sought in all of it.
        """
        count = int(self.config.mismatch * len(labels))
        if not count or len(real) < 2:
            return fake
        partner = partners(labels, self.rng)
        names = sorted(real)
        swapped = torch.randint(len(names), (count,), generator=self.rng).to(labels.device)
        start, stop, first = self.draws.rows.start, self.draws.rows.stop, len(labels) - count
        begin = min(max(first, start), stop)
        mixed = {}
        for place, name in enumerate(names):
            own, other = real[name][begin:stop], real[name][partner[begin:stop]]
            chosen = (swapped[begin - first : stop - first] == place).view(-1, *[1] * (own.ndim - 1))
            mixed[name] = torch.cat([fake[name][: begin - start], torch.where(chosen, other, own)])
        return mixed

    def begin(self) -> None:
        """Set the learning rate of this step."""
        rate = self.config.learning_rate * cosine(self.done, self.steps)
        set_rate(self.generator_adam, rate)
        set_rate(self.critic_adam, rate)

    def finish(self, record: dict[str, Tensor]) -> dict[str, float]:
        """Count the step and move the average; what the step measured, over the rows of all processes."""
        self.done += 1
        self.average.update(self.generator)
        return self.team.total({name: x * self.draws.share for name, x in record.items()})

    def descend(self, loss: Tensor, optimiser: torch.optim.Optimizer) -> None:
        """One step down the gradient of a mean over this process's rows."""
        descend(loss * self.draws.share, optimiser, self.team)

    def state(self) -> dict[str, Any]:
        """Weights, optimisers, average and every stream of random numbers."""
        on_gpu = {"gpu_rng": torch.cuda.get_rng_state(self.device)} if self.device.type == "cuda" else {}
        return {
            **on_gpu,
            "done": self.done,
            "generator": self.generator.state_dict(),
            "critic": self.critic.state_dict(),
            "generator_adam": self.generator_adam.state_dict(),
            "critic_adam": self.critic_adam.state_dict(),
            "average": self.average.network.state_dict(),
            "updates": self.average.updates,
            "rng": self.rng.get_state(),
            "torch_rng": torch.get_rng_state(),
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Take up what `state` gave."""
        self.done, self.average.updates = state["done"], state["updates"]
        self.generator.load_state_dict(state["generator"])
        self.critic.load_state_dict(state["critic"])
        self.generator_adam.load_state_dict(state["generator_adam"])
        self.critic_adam.load_state_dict(state["critic_adam"])
        self.average.network.load_state_dict(state["average"])
        self.rng.set_state(state["rng"])
        torch.set_rng_state(state["torch_rng"])
        if self.device.type == "cuda" and "gpu_rng" in state:
            torch.cuda.set_rng_state(state["gpu_rng"], self.device)


def adam(network: torch.nn.Module, rate: float, second_beta: float) -> torch.optim.Adam:
    """Adam without momentum, fused into one pass over the weights."""
    return torch.optim.Adam(network.parameters(), lr=rate, betas=(0.0, second_beta), fused=True)


def partners(labels: Tensor, rng: torch.Generator) -> Tensor:
    """For each row of a batch the position of another row of its class (itself where it is the only one)."""
    shuffled = torch.randperm(len(labels), generator=rng).to(labels.device)
    order = shuffled[torch.argsort(labels[shuffled], stable=True)]
    # Inside a run of equal labels everyone takes the next, the last takes the first.
    following = torch.roll(order, -1)
    run_ends = labels[order] != labels[following]
    starts = torch.searchsorted(labels[order].contiguous(), labels[order].contiguous())
    following[run_ends] = order[starts[run_ends]]
    result = torch.empty_like(order)
    result[order] = following
    return result


def joined(first: losses.Content, second: losses.Content) -> dict[str, Tensor]:
    """Two batches as one, so that the critic passes once over both."""
    return {name: torch.cat([first[name], second[name]]) for name in first}


class WganGpTrainer(AdversarialTrainer):
    """Several critic steps, then one generator step (Gulrajani et al. 2017, algorithm 1)."""

    def step(self) -> dict[str, float]:
        """One generator update; the critic's figures are those of its last step."""
        self.begin()
        record: dict[str, Tensor] = {}
        for _ in range(self.config.critic_steps):
            record = self.critic_step()
        labels = self.real()[1][self.draws.rows]
        self.critic.requires_grad_(False)
        generator_loss = -self.critic(self.seen(self.fake(labels)), labels).mean()
        self.descend(generator_loss, self.generator_adam)
        self.critic.requires_grad_(True)
        return self.finish({**record, "generator": generator_loss})

    def critic_step(self) -> dict[str, Tensor]:
        """Raise real above fake by a critic of slope 1 along the lines between them."""
        batch, classes = self.real()
        labels = classes[self.draws.rows]
        with torch.no_grad():
            fake = self.fake(labels)
        real, fake = self.seen(self.own(batch)), self.seen(self.with_mismatches(fake, batch, classes))
        mix = self.draws.uniform(len(labels)).to(self.device)
        scores = self.critic(joined(real, fake), torch.cat([labels, labels]))
        real_scores, fake_scores = scores.chunk(2)
        _, gradients = losses.input_gradients(self.critic, losses.interpolate(real, fake, mix), labels)
        penalty = losses.gradient_penalty(gradients)
        distance = real_scores.mean() - fake_scores.mean()
        self.descend(self.config.penalty * penalty - distance, self.critic_adam)
        norms = {f"norm_{name}": x.sqrt().mean() for name, x in losses.square_norms(gradients).items()}
        return {"distance": distance, "penalty": penalty, **norms}


class R3GanTrainer(AdversarialTrainer):
    """One critic step per generator step, relativistic pairs, penalties on real and fake rows (Huang et al. 2024)."""

    def step(self) -> dict[str, float]:
        """One update of each network."""
        self.begin()
        batch, classes = self.real()
        labels = classes[self.draws.rows]
        with torch.no_grad():
            fake = self.fake(labels)
        real_seen, fake_seen = self.seen(self.own(batch)), self.seen(self.with_mismatches(fake, batch, classes))
        record = self.critic_step(real_seen, fake_seen, labels)
        batch, classes = self.real()
        labels = classes[self.draws.rows]
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
        both, both_labels = joined(real, fake), torch.cat([labels, labels])
        every = self.config.penalty_interval
        if self.done % every:
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
        self.descend(critic_loss + every * self.config.penalty * penalty, self.critic_adam)
        return {"critic": critic_loss, "distance": real_scores.mean() - fake_scores.mean(), "penalty": penalty, **norms}


class WganGp(AdversarialEngine):
    """Conditional multimodal Wasserstein GAN with gradient penalty."""

    name = "wgan_gp"
    params = WganGpParams
    residual = False

    def trainer(self, data: Labelled, steps: int, seed: int, device: torch.device, team: Team) -> Trainer:
        """A trainer at its first step."""
        return WganGpTrainer(self, data, steps, seed, device, team)


class R3Gan(AdversarialEngine):
    """Conditional multimodal GAN with the relativistic pairing loss and zero-centred penalties."""

    name = "r3gan"
    params = R3GanParams
    residual = True

    def trainer(self, data: Labelled, steps: int, seed: int, device: torch.device, team: Team) -> Trainer:
        """A trainer at its first step."""
        return R3GanTrainer(self, data, steps, seed, device, team)
