"""Latent flow: one deterministic autoencoder per modality, then one class-conditional flow over joined codes.

The pattern of Bounoua et al. 2024 (independent autoencoders, one masked generative model over their codes) with flow
matching (Lipman et al. 2023) in the place of scores. Vectors are their own code.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from makeweight.core.params import Section
from makeweight.data.codecs.spec import Spec
from makeweight.data.labelled import Labelled
from makeweight.generators.distributed import Draws, Team
from makeweight.generators.ema import Average
from makeweight.generators.engine import Engine, Rows, Trainer, channels_last, cosine, descend, set_rate
from makeweight.generators.networks.flow import ImageAutoencoder, Velocity
from makeweight.generators.networks.generator import ClassCode

LEAST_SPREAD = 0.2
"""Places of the code that hardly vary are not blown up to unit variance: their rare values would be far outliers."""
FITTED = 20_000
"""Most rows that the components and the spread of the codes are taken from: more of them say the same."""


class LatentFlowParams(Section):
    """Autoencoder and flow."""

    pace: float
    """Updates of this engine per step of `train_gan.steps`, so that all engines take equal time."""
    refinement_share: float
    """Share of the updates that go to the refinement of pictures, first."""
    batch: int
    flow_batch: int
    code: int
    """Places of the picture code."""
    code_noise: float
    """Noise on the codes that the refinement learns from: generated codes are never exact."""
    channels: int
    refinements: int
    """Residual blocks that refine what the components restore."""
    width: int
    blocks: int
    class_width: int
    class_spread: float
    learning_rate: float
    average: float
    balance: float
    """0 draws rows as they are, 1 draws every class alike."""
    class_dropout: float
    """Share of rows whose class is hidden, so that the flow also knows the whole; near noise five times as often."""
    mask_share: float
    """Share of rows of which one or more modalities are given, so that the flow learns to complete."""
    guidance: float
    """1: as learned; above 1 the class is followed more strictly, at the price of variety (Ho & Salimans 2022)."""
    solver_steps: int


class Flow(nn.Module):
    """The velocity field with its class codes; the last class index means "any class"."""

    def __init__(self, code: int, modalities: int, counts: Sequence[int], config: LatentFlowParams) -> None:
        super().__init__()
        padded = torch.tensor([*counts, max(counts)])
        self.classes = ClassCode(padded, config.class_width, config.class_spread)
        self.velocity = Velocity(code, modalities, config.class_width, config.width, config.blocks)
        self.register_buffer("middle", torch.zeros(code))
        self.register_buffer("spread", torch.ones(code))

    middle: Tensor
    spread: Tensor

    def forward(
        self, x: Tensor, time: Tensor, labels: Tensor, given: Tensor, class_noise: Tensor | None = None
    ) -> Tensor:
        """Velocity of standardised codes."""
        return self.velocity(x, time, self.classes(labels, class_noise), given)


class LatentFlow(Engine):
    """Codes by the flow, pictures by the autoencoder's decoder."""

    name = "latent_flow"
    params = LatentFlowParams

    def __init__(self, specs: Mapping[str, Spec], classes: Sequence[str], counts: Sequence[int], config: Any) -> None:
        super().__init__(specs, classes, counts, config)
        self.widths = {name: config.code if name == "image" else spec.shape[0] for name, spec in self.specs.items()}
        if "image" in self.specs:
            self.autoencoder = ImageAutoencoder(self.specs["image"], config.code, config.channels, config.refinements)
        self.flow = Flow(sum(self.widths.values()), len(self.specs), self.counts, config)

    @property
    def completes(self) -> bool:
        """Any modality can be completed from the others."""
        return True

    def encode(self, content: Mapping[str, Tensor]) -> Tensor:
        """Joined codes `(n, code)`, not yet standardised; a modality that is not there is zeros."""
        count, device = next((len(x), x.device) for x in content.values())
        parts = []
        for name, width in self.widths.items():
            if name not in content:
                parts.append(torch.zeros(count, width, device=device))
            else:
                parts.append(self.autoencoder.encode(content[name]) if name == "image" else content[name])
        return torch.cat(parts, dim=1)

    def decode(self, codes: Tensor) -> dict[str, Tensor]:
        """Joined codes to content."""
        parts = dict(zip(self.widths, codes.split(list(self.widths.values()), dim=1), strict=True))
        return {name: self.autoencoder.decode(part) if name == "image" else part for name, part in parts.items()}

    def places(self, given: Tensor) -> Tensor:
        """Flags per modality `(n, modalities)` to flags per place of the code `(n, code)`."""
        return given.repeat_interleave(torch.tensor(list(self.widths.values()), device=given.device), dim=1)

    def sample(
        self, labels: Tensor, rng: torch.Generator, truncation: float, given: Mapping[str, Tensor]
    ) -> dict[str, Tensor]:
        """From noise to codes by Heun's method, then decoded; what was given comes back as it was given."""
        device = labels.device
        noise = truncation * torch.randn(len(labels), sum(self.widths.values()), generator=rng).to(device)
        flags = torch.tensor([[float(name in given) for name in self.widths]], device=device).expand(len(labels), -1)
        fixed = self.places(flags)
        known = (self.encode(given) - self.flow.middle) / self.flow.spread if given else torch.zeros_like(noise)
        x = torch.where(fixed > 0, known, noise)
        steps = self.config.solver_steps
        for step in range(steps):
            here, there = step / steps, (step + 1) / steps
            first = self.guided(x, here, labels, flags) * (1 - fixed)
            ahead = x + first / steps
            second = self.guided(ahead, there, labels, flags) * (1 - fixed)
            x = x + (first + second) / (2 * steps)
        content = self.decode(x * self.flow.spread + self.flow.middle)
        return {**content, **given}

    def guided(self, x: Tensor, time: float, labels: Tensor, flags: Tensor) -> Tensor:
        """The velocity, pushed away from that of any class where guidance is above 1."""
        times = torch.full((len(x),), time, device=x.device)
        own = self.flow(x, times, labels, flags)
        if self.config.guidance == 1:
            return own
        anyone = self.flow(x, times, torch.full_like(labels, len(self.classes)), flags)
        return anyone + self.config.guidance * (own - anyone)

    def trainer(self, data: Labelled, steps: int, seed: int, device: torch.device, team: Team) -> Trainer:
        """A trainer at its first step."""
        return LatentFlowTrainer(self, data, steps, seed, device, team)


class LatentFlowTrainer(Trainer):
    """First the refinement of pictures, then, its weights fixed, the flow over the codes of train rows."""

    def __init__(
        self, engine: LatentFlow, data: Labelled, steps: int, seed: int, device: torch.device, team: Team
    ) -> None:
        config = engine.config
        self.engine: LatentFlow = engine.to(device)
        self.config, self.device, self.done = config, device, 0
        self.rng = torch.Generator().manual_seed(seed)
        self.team = team
        self.draws, self.flow_rows = Draws(self.rng, config.batch, team), team.rows(config.flow_batch)
        self.rows = Rows(data, len(engine.classes), config.balance, device)
        self.refinement_steps = round(steps * config.refinement_share) if "image" in engine.specs else 0
        self.flow_steps = steps - self.refinement_steps
        self.flow = engine.flow
        self.average = Average(self.flow, config.average)
        # The engine generates with the averaged flow; the trained one stays with the trainer.
        engine.flow = self.average.network
        self.flow_adam = torch.optim.AdamW(
            self.flow.parameters(), lr=config.learning_rate, weight_decay=1e-4, fused=True
        )
        if "image" in engine.specs:
            channels_last(engine.autoencoder)
            engine.autoencoder.fit_components(self.rows.some(FITTED)[0]["image"], seed)
            self.image_adam = torch.optim.AdamW(engine.autoencoder.parameters(), lr=config.learning_rate, fused=True)

    def step(self) -> dict[str, float]:
        """One update of the refinement or of the flow."""
        record = self.refinement_step() if self.done < self.refinement_steps else self.flow_step()
        self.done += 1
        return record

    def refinement_step(self) -> dict[str, float]:
        """Restore pictures from blurred codes: absolute and squared error together keep edges and areas."""
        set_rate(self.image_adam, self.config.learning_rate * cosine(self.done, self.refinement_steps))
        autoencoder = self.engine.autoencoder.train()
        pictures = self.rows.draw(self.config.batch, self.rng)[0]["image"][self.draws.rows]
        code = autoencoder.encode(pictures)
        noise = self.draws.normal(*code.shape).to(self.device)
        error = autoencoder.decode(code + self.config.code_noise * noise) - pictures
        loss = error.abs().mean() + error.square().mean()
        part = self.draws.share * loss
        descend(part, self.image_adam, self.team)
        return self.team.total({"reconstruction": part})

    @torch.no_grad()
    def standardise(self) -> None:
        """Let the flow know middle and spread of the codes that the finished autoencoder gives."""
        content, shares = self.rows.some(FITTED)
        codes = self.engine.encode(content)
        weights = shares.to(codes).unsqueeze(1)
        middle = (codes * weights).sum(0)
        spread = ((codes - middle).square() * weights).sum(0).sqrt().clamp(min=LEAST_SPREAD)
        for flow in (self.flow, self.average.network):
            flow.middle.copy_(middle)
            flow.spread.copy_(spread)

    def flow_step(self) -> dict[str, float]:
        """Regress the velocity on straight lines from noise to code (Lipman et al. 2023, equation 23)."""
        if self.done == self.refinement_steps:
            self.standardise()
        config, count = self.config, self.config.flow_batch
        set_rate(self.flow_adam, config.learning_rate * cosine(self.done - self.refinement_steps, self.flow_steps))
        content, labels = self.rows.draw(count, self.rng)
        with torch.no_grad():
            code = (self.engine.encode(content) - self.flow.middle) / self.flow.spread
        noise = torch.randn(code.shape, generator=self.rng).to(self.device)
        time = torch.randn(count, generator=self.rng).sigmoid().to(self.device)
        class_noise = torch.randn(count, config.class_width, generator=self.rng).to(self.device)
        hidden = torch.rand(count, generator=self.rng).to(self.device) < config.class_dropout * (1 + 4 * (time < 0.15))
        flags = self.draw_flags(count)
        fixed = self.engine.places(flags)
        here = torch.where(fixed > 0, code, noise.lerp(code, time[:, None]))
        labels = torch.where(hidden, len(self.engine.classes), labels)
        wanted = 1 - fixed
        own = self.flow_rows
        velocity = self.flow(here[own], time[own], labels[own], flags[own], class_noise[own])
        part = ((velocity - (code - noise)[own]).square() * wanted[own]).sum() / wanted.sum()
        descend(part, self.flow_adam, self.team)
        self.average.update(self.flow)
        return self.team.total({"flow": part})

    def draw_flags(self, count: int) -> Tensor:
        """Which modalities are given, `(count, modalities)`: none for most rows, never all."""
        modalities = len(self.engine.specs)
        masked = torch.rand(count, 1, generator=self.rng) < self.config.mask_share
        flags = (torch.rand(count, modalities, generator=self.rng) < 0.5) & masked
        flags[flags.all(1)] = False
        return flags.float().to(self.device)

    def state(self) -> dict[str, Any]:
        """Weights, optimisers, average and the stream of random numbers."""
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
        """Take up what `state` gave."""
        self.done, self.average.updates = state["done"], state["updates"]
        self.flow.load_state_dict(state["flow"])
        self.flow_adam.load_state_dict(state["flow_adam"])
        self.average.network.load_state_dict(state["average"])
        self.rng.set_state(state["rng"])
        if "image" in self.engine.specs:
            self.engine.autoencoder.load_state_dict(state["autoencoder"])
            self.image_adam.load_state_dict(state["image_adam"])
