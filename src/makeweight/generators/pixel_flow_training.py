"""Training of the pixel flow."""

import copy
from contextlib import AbstractContextManager
from typing import Any

import torch

from makeweight.core.random import BatchStream, seeded
from makeweight.data.labelled import Labelled
from makeweight.generators.distributed import TrainingContext
from makeweight.generators.ema import Average
from makeweight.generators.engine import Engine, Trainer
from makeweight.generators.networks.joint_flow import LEAST_NOISE, FlowNetwork, beside
from makeweight.generators.networks.row_parts import RowParts
from makeweight.generators.optimisation import cosine, descend, restore_optimiser, set_rate
from makeweight.generators.rows import FITTED_ROWS, TrainRows, sample_given

WARM_UP = 100
"""Updates at most, and a tenth of all, until the learning rate is reached."""


class PixelFlowTrainer(Trainer):
    """Regresses the velocity on straight lines from noise to train rows."""

    def __init__(
        self,
        engine: Engine,
        flow: FlowNetwork,
        parts: RowParts,
        data: Labelled,
        steps: int,
        context: TrainingContext,
    ) -> None:
        config = engine.config
        self.engine = engine.to(context.device)
        self.config, self.device, self.steps, self.done = config, context.device, steps, 0
        self.process_group = context.process_group
        self.rng = seeded(context.seed)
        self.stream = BatchStream(self.rng)
        self.local = self.process_group.local_slice(config.batch_size)
        self.rows = TrainRows(data, len(engine.classes), config.class_sampling_power, self.device)
        self.flow, self.parts = flow, parts
        parts.fit(*self.rows.subset(FITTED_ROWS))
        self.average = Average(self.flow, config.ema_decay)
        self.averaged = copy.deepcopy(engine)
        self.averaged.flow, self.averaged.parts = self.average.network, parts
        self.adam = torch.optim.AdamW(
            self.flow.parameters(), lr=config.learning_rate, betas=(0.9, 0.99), weight_decay=1e-4, fused=True
        )

    def rate(self) -> float:
        """The learning rate of the next step: a straight rise, then half a cosine down."""
        warm_up = min(WARM_UP, max(1, self.steps // 10))
        return self.config.learning_rate * min(1.0, (self.done + 1) / warm_up) * cosine(self.done, self.steps)

    def step(self) -> dict[str, float]:
        """One update on a batch of rows at random times."""
        config, count, local = self.config, self.config.batch_size, self.local
        set_rate(self.adam, self.rate())
        content, labels = self.rows.sample(count, self.rng)
        noise = self.parts.noise(count, self.stream, self.device)
        time = (config.time_mean + config.time_std * self.stream.normal(count)).sigmoid()
        time = time.clamp(max=1 - LEAST_NOISE).to(self.device)
        class_noise = self.stream.normal(count, config.class_embedding_dim).to(self.device)
        hidden = self.stream.uniform(count).to(self.device) < config.class_dropout_probability
        labels = torch.where(hidden, len(self.engine.classes), labels)
        flags = sample_given(count, len(self.engine.specs), config.modality_mask_probability, self.stream)
        flags = flags.to(self.device)
        # What is given decides most while the rest is still noise.
        time = torch.where(flags.any(1), time * self.stream.uniform(count).to(self.device), time)
        clean, free = self.parts.encode(content), self.parts.free(flags)
        noisy = {
            name: torch.where(free[name] > 0, noise[name].lerp(x, beside(time, x)), x)[local]
            for name, x in clean.items()
        }
        with self.autocast():
            velocity = self.flow(noisy, time[local], labels[local], flags[local], class_noise[local])
        losses = {
            name: ((x - (clean[name] - noise[name])[local]).square() * free[name][local]).sum()
            / free[name].expand_as(clean[name]).sum().clamp(min=1)
            for name, x in velocity.items()
        }
        descend(torch.stack(list(losses.values())).sum(), self.adam, self.process_group)
        self.average.update(self.flow)
        self.done += 1
        return self.process_group.all_reduce(losses)

    def autocast(self) -> AbstractContextManager[Any]:
        """Layers in the training's precision."""
        return torch.autocast(self.device.type, torch.bfloat16, enabled=self.config.precision == "bfloat16")

    def state(self) -> dict[str, Any]:
        """Weights, optimiser, average and the random generator."""
        return {
            "done": self.done,
            "parts": self.parts.state_dict(),
            "flow": self.flow.state_dict(),
            "adam": self.adam.state_dict(),
            "average": self.average.network.state_dict(),
            "updates": self.average.updates,
            "rng": self.rng.get_state(),
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Resume from what `state` returned."""
        self.done, self.average.updates = state["done"], state["updates"]
        self.parts.load_state_dict(state["parts"])
        self.flow.load_state_dict(state["flow"])
        restore_optimiser(self.adam, state["adam"])
        self.average.network.load_state_dict(state["average"])
        self.rng.set_state(state["rng"])
