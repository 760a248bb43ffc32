"""Latent flow: an autoencoder of pictures, then one class-conditional flow over the joined latent vectors of a row.

The pattern of Bounoua et al. 2024 (independent autoencoders, one masked generative model over their latent vectors)
with flow matching (Lipman et al. 2023) in the place of scores. Vectors (numbers, categories, text) are their own
latent vectors. What decoded pictures lack in detail comes from train pictures of the class (`networks.local_denoiser`).
"""

import copy
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from makeweight.core.random import BatchStream, RandomStream, SliceStream, seeded
from makeweight.core.ranges import CountOrNone, Decay, LearningRate, Share, Size, Weight
from makeweight.data.codecs.spec import Spec
from makeweight.data.labelled import Labelled
from makeweight.generators.distributed import TrainingContext
from makeweight.generators.ema import Average
from makeweight.generators.engine import Engine, EngineParams, Trainer
from makeweight.generators.filling import filled_in
from makeweight.generators.networks.class_embedding import ClassEmbedding, ClassMix, sample_mix
from makeweight.generators.networks.flow import Flow, ImageAutoencoder, Velocity
from makeweight.generators.networks.local_denoiser import LocalDenoiser
from makeweight.generators.optimisation import channels_last, cosine, descend, restore_optimiser, set_rate
from makeweight.generators.rows import FITTED_ROWS, TrainRows, moments, sample_given


class LatentFlowParams(EngineParams):
    """Autoencoder and flow."""

    refinement_share: Share
    """Share of the updates that go to the refinement of pictures, first."""
    batch_size: Size
    """Pictures per update of the refinement."""
    flow_batch_size: Size
    """Rows per update of the flow."""
    latent_dim: Size
    """Width of a picture's latent vector."""
    component_weight_power: Share
    """The flow's loss counts each component of a picture by its standard deviation to this power: with 0 the faintest,
    which show hardly anything, count as much as those that make the picture."""
    latent_noise: Weight
    """Noise on the latent vectors that the refinement learns from: generated ones are never exact."""
    channels: Size
    """Of the refinement's convolutions."""
    refinement_blocks: CountOrNone
    """Residual blocks that refine what the components restore."""
    width: Size
    """Of the flow's hidden layers."""
    blocks: CountOrNone
    """Residual blocks of the flow."""
    class_embedding_dim: Size
    class_embedding_noise: Weight
    """Standard deviation of noise on the class vector in training, divided by the root of the class's rows."""
    learning_rate: LearningRate
    ema_decay: Decay
    """Decay of the exponential moving average of the flow's weights."""
    class_sampling_power: Share
    """0 samples rows as they are, 1 samples every class equally often, 0.5 in between."""
    class_dropout_probability: Share
    """Share of rows whose class is hidden, so that the flow also learns all classes together; near noise five times as
    often."""
    modality_mask_probability: Share
    """Share of rows of which one or more modalities are given, so that the flow learns to complete."""
    guidance: Weight
    """1: as learned; above 1 the class is followed more strictly, at the price of variety (Ho & Salimans 2022)."""
    solver_steps: Size
    """Steps of Heun's method from noise to a latent vector."""
    local_steps: CountOrNone
    """Steps that make a decoded picture crisp from pieces of near train pictures of its class; 0: it stays blurred."""
    local_neighbours: Size
    """Train pictures of the class whose pieces are used: few give copies, many leave nothing of the latent vector."""
    local_noise: Weight
    """Standard deviation of the noise at the first of these steps: what is fainter in the decoded picture is lost."""


class LatentFlow(Engine):
    """Latent vectors by the flow, pictures by the autoencoder's decoder."""

    name = "latent_flow"
    params = LatentFlowParams
    completes = True
    mixes_classes = True
    starts_from_rows = True
    fills_columns = True

    def __init__(self, specs: Mapping[str, Spec], classes: Sequence[str], counts: Sequence[int], config: Any) -> None:
        super().__init__(specs, classes, counts, config)
        self.widths = {
            name: config.latent_dim if name == "image" else spec.shape[0] for name, spec in self.specs.items()
        }
        if "image" in self.specs:
            self.autoencoder = ImageAutoencoder(
                self.specs["image"], config.latent_dim, config.channels, config.refinement_blocks
            )
            self.local = LocalDenoiser(
                self.specs["image"],
                config.latent_dim,
                self.counts,
                config.local_neighbours,
                config.local_steps,
                config.local_noise,
            )
        latent_dim = sum(self.widths.values())
        self.flow = Flow(
            ClassEmbedding.with_any(self.counts, config.class_embedding_dim, config.class_embedding_noise),
            Velocity(latent_dim, len(self.specs), config.class_embedding_dim, config.width, config.blocks),
            latent_dim,
        )

    def encode(self, content: Mapping[str, Tensor]) -> Tensor:
        """Joined latent vectors `(n, latent_dim)`, not yet standardised; zeros for a modality that is missing."""
        count, device = next((len(x), x.device) for x in content.values())
        parts = []
        for name, width in self.widths.items():
            if name not in content:
                parts.append(torch.zeros(count, width, device=device))
            else:
                parts.append(self.autoencoder.encode(content[name]) if name == "image" else content[name])
        return torch.cat(parts, dim=1)

    def decode(
        self, latent: Tensor, labels: Tensor, stream: RandomStream, given: Mapping[str, Tensor]
    ) -> dict[str, Tensor]:
        """Joined latent vectors `(n, latent_dim)` of classes `(n,)` to content by modality; what is given stays."""
        parts = dict(zip(self.widths, latent.split(list(self.widths.values()), dim=1), strict=True)) | dict(given)
        if "image" in parts and "image" not in given:
            parts["image"] = self.picture(parts["image"], labels, stream)
        return parts

    def picture(self, latent: Tensor, labels: Tensor, stream: RandomStream) -> Tensor:
        """Latent vectors of pictures to pictures: decoded, then made crisp."""
        blurred = self.autoencoder.decode(latent)
        if not self.config.local_steps:
            return blurred
        noise = stream.normal(len(latent), blurred[0].numel()).to(blurred).view(blurred.shape)
        return self.local(blurred, latent * self.autoencoder.std, labels, noise)

    def per_dimension(self, given: Tensor) -> Tensor:
        """Flags per modality `(n, modalities)` to flags per latent dimension `(n, latent_dim)`."""
        return given.repeat_interleave(torch.tensor(list(self.widths.values()), device=given.device), dim=1)

    def sample(
        self, labels: Tensor, stream: RandomStream, truncation: float, class_mixing: float, given: Mapping[str, Tensor]
    ) -> dict[str, Tensor]:
        """From noise to latent vectors by Heun's method, then decoded; given modalities come back unchanged."""
        device = labels.device
        noise = (truncation * stream.normal(len(labels), sum(self.widths.values()))).to(device)
        mix = sample_mix(labels, len(self.classes), class_mixing, stream)
        flags = torch.tensor([[float(name in given) for name in self.widths]], device=device).expand(len(labels), -1)
        fixed = self.per_dimension(flags)
        known = self.flow.standardised(self.encode(given)) if given else torch.zeros_like(noise)
        x = torch.where(fixed > 0, known, noise)
        x = self.integrated(x, 0.0, labels, flags, fixed, mix)
        return self.decode(self.flow.restored(x), labels, stream, given)

    def sample_from(
        self, labels: Tensor, stream: RandomStream, rows: Mapping[str, Tensor], kept: float
    ) -> dict[str, Tensor]:
        """From the point between noise and a row's latent vector that the flow would meet there (Meng et al. 2022)."""
        device = labels.device
        noise = stream.normal(len(labels), sum(self.widths.values())).to(device)
        x = noise.lerp(self.flow.standardised(self.encode(rows)), kept)
        flags = torch.zeros(len(labels), len(self.widths), device=device)
        x = self.integrated(x, kept, labels, flags, torch.zeros_like(x), None)
        return self.decode(self.flow.restored(x), labels, stream, {})

    def sample_masked(
        self, labels: Tensor, stream: RandomStream, rows: Mapping[str, Tensor], kept: Mapping[str, Tensor]
    ) -> dict[str, Tensor]:
        """Latent dimensions that are kept are known, the others are filled in beside them; kept content stays exact."""
        flags = torch.zeros(len(labels), len(self.widths), device=labels.device)
        fixed = torch.cat([kept[name].expand(-1, width) for name, width in self.widths.items()], dim=1)
        known = self.flow.standardised(self.encode(rows))

        def velocity(x: Tensor, time: float) -> Tensor:
            return self.guided(x, time, labels, flags, None)

        x = filled_in(velocity, known, fixed, stream, self.config.solver_steps)
        made = self.decode(self.flow.restored(x), labels, stream, {})
        stays = {name: kept[name].view(-1, *kept[name].shape[1:], *[1] * (x.ndim - 2)) for name, x in made.items()}
        return {name: torch.where(stays[name] > 0, rows[name], x) for name, x in made.items()}

    def integrated(
        self, x: Tensor, start: float, labels: Tensor, flags: Tensor, fixed: Tensor, mix: ClassMix | None
    ) -> Tensor:
        """Latent vectors `(n, latent_dim)` at time 1, by Heun's method, of those at time `start`; fixed ones stay."""
        left = 1 - start
        steps = max(1, round(left * self.config.solver_steps)) if left else 0
        for step in range(steps):
            time, next_time = (start + left * place / steps for place in (step, step + 1))
            slope = self.guided(x, time, labels, flags, mix) * (1 - fixed)
            ahead = x + slope * left / steps
            next_slope = self.guided(ahead, next_time, labels, flags, mix) * (1 - fixed)
            x = x + (slope + next_slope) * left / (2 * steps)
        return x

    def guided(self, x: Tensor, time: float, labels: Tensor, flags: Tensor, mix: ClassMix | None) -> Tensor:
        """The velocity of the class, pushed away from that of any class where guidance is above 1."""
        times = torch.full((len(x),), time, device=x.device)
        conditional = self.flow(x, times, labels, flags, mix=mix)
        if self.config.guidance == 1:
            return conditional
        unconditional = self.flow(x, times, torch.full_like(labels, len(self.classes)), flags)
        return unconditional + self.config.guidance * (conditional - unconditional)

    def trainer(self, data: Labelled, steps: int, context: TrainingContext) -> Trainer:
        """A trainer before its first step."""
        return LatentFlowTrainer(self, data, steps, context)


class LatentFlowTrainer(Trainer):
    """First the refinement of pictures, then, its weights fixed, the flow over the latent vectors of train rows."""

    def __init__(self, engine: LatentFlow, data: Labelled, steps: int, context: TrainingContext) -> None:
        config = engine.config
        self.engine = engine.to(context.device)
        self.config, self.device, self.done = config, context.device, 0
        self.process_group = context.process_group
        self.rng = seeded(context.seed)
        self.stream = BatchStream(self.rng)
        self.local_pictures = self.process_group.local_slice(config.batch_size)
        self.local_rows = self.process_group.local_slice(config.flow_batch_size)
        self.rows = TrainRows(data, len(engine.classes), config.class_sampling_power, self.device)
        self.refinement_steps = round(steps * config.refinement_share) if "image" in engine.specs else 0
        self.flow_steps = steps - self.refinement_steps
        self.flow = engine.flow
        self.average = Average(self.flow, config.ema_decay)
        self.averaged = copy.deepcopy(engine)
        self.averaged.flow = self.average.network
        self.flow_adam = torch.optim.AdamW(
            self.flow.parameters(), lr=config.learning_rate, weight_decay=1e-4, fused=True
        )
        if "image" in engine.specs:
            channels_last(engine.autoencoder)
            engine.autoencoder.fit_components(self.rows.subset(FITTED_ROWS)[0]["image"], context.seed)
            self.image_adam = torch.optim.AdamW(engine.autoencoder.parameters(), lr=config.learning_rate, fused=True)
            # The autoencoder is not averaged: the flow learns the latent vectors of its last weights.
            self.averaged.autoencoder = engine.autoencoder
            self.averaged.local = engine.local
            self.keep_pictures()
        self.weights = self.dimension_weights()

    def dimension_weights(self) -> Tensor:
        """How much each latent dimension counts in the flow's loss, `(latent_dim,)`: 1 on the mean of each modality."""
        by_modality = {name: torch.ones(width, device=self.device) for name, width in self.engine.widths.items()}
        if "image" in by_modality:
            weights = self.engine.autoencoder.std**self.config.component_weight_power
            by_modality["image"] = weights / weights.mean()
        return torch.cat(list(by_modality.values()))

    def keep_pictures(self) -> None:
        """Give the engine the train pictures that it makes blurred ones crisp with."""
        content, labels = self.rows.take(self.engine.local.chosen(self.rows.labels))
        autoencoder = self.engine.autoencoder
        self.engine.local.fit(content["image"], labels, autoencoder.encode(content["image"]) * autoencoder.std)

    def step(self) -> dict[str, float]:
        """One update of the refinement or of the flow."""
        record = self.refinement_step() if self.done < self.refinement_steps else self.flow_step()
        self.done += 1
        return record

    def refinement_step(self) -> dict[str, float]:
        """Restore pictures from noisy latent vectors: absolute and squared error together keep edges and areas."""
        set_rate(self.image_adam, self.config.learning_rate * cosine(self.done, self.refinement_steps))
        autoencoder = self.engine.autoencoder.train()
        stream = SliceStream(self.rng, self.config.batch_size, self.local_pictures)
        pictures = self.rows.sample(self.config.batch_size, self.rng)[0]["image"][self.local_pictures]
        latent = autoencoder.encode(pictures)
        noise = stream.normal(*latent.shape).to(self.device)
        error = autoencoder.decode(latent + self.config.latent_noise * noise) - pictures
        loss = (error.abs().mean() + error.square().mean()) * (stream.count / self.config.batch_size)
        descend(loss, self.image_adam, self.process_group)
        return self.process_group.all_reduce({"reconstruction": loss})

    @torch.no_grad()
    def standardise(self) -> None:
        """Fit the flow's mean and standard deviation to the latent vectors that the trained autoencoder gives."""
        content, weights = self.rows.subset(FITTED_ROWS)
        latent = self.engine.encode(content)
        mean, std = moments(latent, weights)
        for flow in (self.flow, self.average.network):
            flow.mean.copy_(mean)
            flow.std.copy_(std)

    def flow_step(self) -> dict[str, float]:
        """Regress the velocity on straight lines from noise to data (Lipman et al. 2023, equation 23)."""
        if self.done == self.refinement_steps:
            self.standardise()
        config, count = self.config, self.config.flow_batch_size
        set_rate(self.flow_adam, config.learning_rate * cosine(self.done - self.refinement_steps, self.flow_steps))
        content, labels = self.rows.sample(count, self.rng)
        with torch.no_grad():
            latent = self.flow.standardised(self.engine.encode(content))
        noise = self.stream.normal(*latent.shape).to(self.device)
        time = self.stream.normal(count).sigmoid().to(self.device)
        class_noise = self.stream.normal(count, self.flow.class_embedding.dim).to(self.device)
        hidden = self.stream.uniform(count).to(self.device) < config.class_dropout_probability * (1 + 4 * (time < 0.15))
        flags = sample_given(count, len(self.engine.specs), config.modality_mask_probability, self.stream)
        flags = flags.to(self.device)
        fixed = self.engine.per_dimension(flags)
        x = torch.where(fixed > 0, latent, noise.lerp(latent, time[:, None]))
        labels = torch.where(hidden, len(self.engine.classes), labels)
        free = (1 - fixed) * self.weights
        local = self.local_rows
        velocity = self.flow(x[local], time[local], labels[local], flags[local], class_noise[local])
        loss = ((velocity - (latent - noise)[local]).square() * free[local]).sum() / free.sum()
        descend(loss, self.flow_adam, self.process_group)
        self.average.update(self.flow)
        return self.process_group.all_reduce({"flow": loss})

    def state(self) -> dict[str, Any]:
        """Weights, optimisers, average and the random generator."""
        state = {
            "done": self.done,
            "flow": self.flow.state_dict(),
            "flow_adam": self.flow_adam.state_dict(),
            "average": self.average.network.state_dict(),
            "updates": self.average.updates,
            "rng": self.rng.get_state(),
        }
        if "image" in self.engine.specs:
            state |= {"autoencoder": self.engine.autoencoder.state_dict(), "image_adam": self.image_adam.state_dict()}
        return state

    def restore(self, state: dict[str, Any]) -> None:
        """Resume from what `state` returned."""
        self.done, self.average.updates = state["done"], state["updates"]
        self.flow.load_state_dict(state["flow"])
        restore_optimiser(self.flow_adam, state["flow_adam"])
        self.average.network.load_state_dict(state["average"])
        self.rng.set_state(state["rng"])
        if "image" in self.engine.specs:
            self.engine.autoencoder.load_state_dict(state["autoencoder"])
            restore_optimiser(self.image_adam, state["image_adam"])
