"""What the adversarial engines share: the generator as an engine, and a trainer of which a subclass has the step."""

import copy
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import torch
from torch import Tensor

from makeweight.core.random import RandomStream, SliceStream, seeded
from makeweight.core.ranges import CountOrNone, Decay, LearningRate, Share, Size, Weight
from makeweight.data.codecs.spec import Spec
from makeweight.data.labelled import Labelled
from makeweight.generators import augment as augmentation
from makeweight.generators import losses
from makeweight.generators.distributed import TrainingContext
from makeweight.generators.ema import Average
from makeweight.generators.engine import Engine, EngineParams, Trainer
from makeweight.generators.mismatch import with_mismatches
from makeweight.generators.networks.class_embedding import ClassEmbedding, sample_mix
from makeweight.generators.networks.critic import Critic
from makeweight.generators.networks.decoders import build_decoders
from makeweight.generators.networks.encoders import build_encoders
from makeweight.generators.networks.generator import Generator, Trunk
from makeweight.generators.optimisation import channels_last, cosine, descend, restore_optimiser, set_rate
from makeweight.generators.rows import TrainRows


class AdversarialParams(EngineParams):
    """What every adversarial engine needs."""

    batch_size: Size
    latent_dim: Size
    """Width of the latent vector."""
    features: Size
    """Width of the features that the decoders start from; the critic's have half of it."""
    class_embedding_dim: Size
    channels: Size
    """Of the convolutions at the largest edge; twice as many with each halving."""
    learning_rate: LearningRate
    gradient_penalty_weight: Weight
    ema_decay: Decay
    """Decay of the exponential moving average of the generator's weights."""
    class_sampling_power: Share
    """0 samples rows as they are, 1 samples every class equally often, 0.5 in between."""
    class_embedding_noise: Weight
    """Standard deviation of noise on the class vector in training, divided by the root of the class's rows."""
    class_modulation_from: CountOrNone
    """Edge in pixels from which on the class modulates a picture; what is coarser is shared by all classes."""
    augment: tuple[str, ...]
    """Augmentations of the pictures that the critic sees, in order."""
    instance_noise: Weight
    """Standard deviation of noise on the vectors that the critic sees."""
    mismatched_share: Share
    """Share of the critic's fakes that are real rows with one modality swapped inside the class."""


class AdversarialEngine(Engine):
    """A generator trained against a critic."""

    mixes_classes = True
    residual: ClassVar[bool]
    """Whether the picture networks have residual blocks."""
    second_beta: ClassVar[float]
    """Adam's decay of the squared gradients."""

    def __init__(self, specs: Mapping[str, Spec], classes: Sequence[str], counts: Sequence[int], config: Any) -> None:
        super().__init__(specs, classes, counts, config)
        self.generator = Generator(
            ClassEmbedding(torch.tensor(self.counts), config.class_embedding_dim, config.class_embedding_noise),
            Trunk(config.latent_dim, config.features),
            build_decoders(
                self.specs,
                features=config.features,
                class_dim=config.class_embedding_dim,
                channels=config.channels,
                residual=self.residual,
                class_modulation_from=config.class_modulation_from,
            ),
        )

    def critic(self) -> Critic:
        """A new critic of this engine's rows."""
        features = self.config.features // 2
        encoders = build_encoders(self.specs, width=features, channels=self.config.channels, residual=self.residual)
        return Critic(encoders, len(self.classes), features)

    def sample(
        self, labels: Tensor, stream: RandomStream, truncation: float, class_mixing: float, given: Mapping[str, Tensor]
    ) -> dict[str, Tensor]:
        """One pass through the generator."""
        latent = truncation * stream.normal(len(labels), self.generator.latent_dim)
        mix = sample_mix(labels, len(self.classes), class_mixing, stream)
        return self.generator(latent.to(labels.device), labels, stream, mix=mix)


class AdversarialTrainer(Trainer):
    """Networks, optimisers, averaging and augmentation; a subclass has the step."""

    def __init__(self, engine: AdversarialEngine, data: Labelled, steps: int, context: TrainingContext) -> None:
        config = engine.config
        augmentation.check_names(config.augment, f"train_gan.engines.{engine.name}.augment")
        self.config, self.steps, self.device, self.done = config, steps, context.device, 0
        self.process_group = context.process_group
        self.rng = seeded(context.seed)
        self.local = self.process_group.local_slice(config.batch_size)
        self.stream = SliceStream(self.rng, config.batch_size, self.local)
        self.share = self.stream.count / config.batch_size
        """What a mean over this process's rows weighs in the mean over the batch."""
        self.rows = TrainRows(data, len(engine.classes), config.class_sampling_power, self.device)
        engine.to(self.device)
        self.critic = engine.critic().to(self.device)
        if "image" in engine.specs:
            channels_last(engine)
            channels_last(self.critic)
        self.generator = engine.generator
        self.generator_adam = adam(self.generator, config.learning_rate, engine.second_beta)
        self.critic_adam = adam(self.critic, config.learning_rate, engine.second_beta)
        self.average = Average(self.generator, config.ema_decay)
        self.averaged = copy.deepcopy(engine)
        self.averaged.generator = self.average.network

    def real(self) -> tuple[dict[str, Tensor], Tensor]:
        """A whole batch of real rows, and their class indices."""
        return self.rows.sample(self.config.batch_size, self.rng)

    def own(self, batch: losses.Content) -> dict[str, Tensor]:
        """This process's rows of a whole batch."""
        return {name: x[self.local] for name, x in batch.items()}

    def fake(self, labels: Tensor) -> dict[str, Tensor]:
        """A fake for each label of this process's rows."""
        return self.generator.sample(labels, self.stream)

    def seen(self, content: losses.Content) -> dict[str, Tensor]:
        """Rows as the critic gets to see them."""
        return augmentation.augment(content, self.config.augment, self.config.instance_noise, self.stream)

    def with_mismatches(self, fake: dict[str, Tensor], real: losses.Content, labels: Tensor) -> dict[str, Tensor]:
        """This process's fakes, the last of the batch replaced by mismatched real rows of the whole batch."""
        return with_mismatches(fake, real, labels, self.config.mismatched_share, self.local, self.rng)

    def begin(self) -> None:
        """Set the learning rate of this step."""
        rate = self.config.learning_rate * cosine(self.done, self.steps)
        set_rate(self.generator_adam, rate)
        set_rate(self.critic_adam, rate)

    def finish(self, record: dict[str, Tensor]) -> dict[str, float]:
        """Count the step and move the average; returns the step's numbers as means over the whole batch."""
        self.done += 1
        self.average.update(self.generator)
        return self.process_group.all_reduce({name: x * self.share for name, x in record.items()})

    def descend(self, loss: Tensor, optimiser: torch.optim.Optimizer) -> None:
        """One step down the gradient of a mean over this process's rows."""
        descend(loss * self.share, optimiser, self.process_group)

    def state(self) -> dict[str, Any]:
        """Weights, optimisers, average and the random generator."""
        return {
            "done": self.done,
            "generator": self.generator.state_dict(),
            "critic": self.critic.state_dict(),
            "generator_adam": self.generator_adam.state_dict(),
            "critic_adam": self.critic_adam.state_dict(),
            "average": self.average.network.state_dict(),
            "updates": self.average.updates,
            "rng": self.rng.get_state(),
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Resume from what `state` returned."""
        self.done, self.average.updates = state["done"], state["updates"]
        self.generator.load_state_dict(state["generator"])
        self.critic.load_state_dict(state["critic"])
        restore_optimiser(self.generator_adam, state["generator_adam"])
        restore_optimiser(self.critic_adam, state["critic_adam"])
        self.average.network.load_state_dict(state["average"])
        self.rng.set_state(state["rng"])


def adam(network: torch.nn.Module, rate: float, second_beta: float) -> torch.optim.Adam:
    """Adam without momentum, fused into one pass over the weights."""
    return torch.optim.Adam(network.parameters(), lr=rate, betas=(0.0, second_beta), fused=True)


def concatenated(first: losses.Content, second: losses.Content) -> dict[str, Tensor]:
    """Two batches as one, so that the critic passes once over both."""
    return {name: torch.cat([first[name], second[name]]) for name in first}
