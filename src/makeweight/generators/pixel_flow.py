"""Pixel flow: one class-conditional flow over whole rows, pictures as pixels, all other modalities as one vector.

Flow matching (Lipman et al. 2023) without an autoencoder that could blur. The network's output is the velocity, or the
clean row from which the velocity follows (Li & He 2025, "Back to Basics").
"""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import torch
from torch import Tensor

from makeweight.core.random import RandomStream
from makeweight.core.ranges import (
    Coordinate,
    CountOrNone,
    Decay,
    LearningRate,
    Pixels,
    Several,
    Share,
    Size,
    SomeWeight,
    Weight,
)
from makeweight.data.codecs.spec import Spec
from makeweight.data.labelled import Labelled
from makeweight.generators.distributed import TrainingContext
from makeweight.generators.engine import Engine, EngineParams, Trainer
from makeweight.generators.networks.class_embedding import ClassEmbedding, ClassMix, sample_mix
from makeweight.generators.networks.joint_flow import FlowNetwork, JointNetwork, VectorNetwork
from makeweight.generators.networks.pixel_unet import UNet
from makeweight.generators.networks.row_parts import Parts, RowParts
from makeweight.generators.optimisation import channels_last
from makeweight.generators.pixel_flow_training import PixelFlowTrainer


class PixelFlowParams(EngineParams):
    """Network, training and sampling."""

    batch_size: Size
    """Rows per update."""
    largest_edge: Pixels
    """Positions along an edge that the U-Net starts with: squares of pixels of a larger picture become channels."""
    channels: Size
    """Of the U-Net's first level."""
    channel_multipliers: Several[Size]
    """Of the levels, each of half the edge of the one before."""
    picture_blocks: Size
    """Residual blocks of each level, on the way down and again on the way up."""
    width: Size
    """Of the vector network's hidden layers."""
    vector_blocks: CountOrNone
    """Residual blocks of each half of the vector network."""
    condition_dim: Size
    """Width of the condition that both networks are modulated with."""
    class_embedding_dim: Size
    class_embedding_noise: Weight
    """Standard deviation of noise on the class vector in training, divided by the root of the class's rows."""
    prediction: Literal["data", "velocity"]
    """What the network's output is; the loss is the velocity's in both cases. After 600 updates the velocity's pictures
    were less speckled; for large squares of pixels in few channels the data may be better."""
    time_mean: Coordinate
    """Of the normal numbers whose logistic function is the time: below 0 noisier rows are learned from."""
    time_std: SomeWeight
    """The same numbers' standard deviation: above 1 more of the first step, which decides colours and areas."""
    learning_rate: LearningRate
    ema_decay: Decay
    """Decay of the exponential moving average of the weights."""
    class_sampling_power: Share
    """0 samples rows as they are, 1 samples every class equally often, 0.5 in between."""
    class_dropout_probability: Share
    """Share of rows whose class is hidden, so that the flow also learns all classes together."""
    modality_mask_probability: Share
    """Share of rows of which one or more modalities are given, so that the flow learns to complete."""
    precision: Literal["float32", "bfloat16"]
    """Of the convolutions and layers in training; sampling is always in float32."""
    guidance: Weight
    """1: as learned; above 1 the class is followed more strictly, at the price of variety (Ho & Salimans 2022)."""
    guidance_interval: tuple[Share, Share]
    """Times between which guidance acts (Kynkäänniemi et al. 2024)."""
    solver_steps: Size
    """Steps from noise to a row, each of one pass through the network."""


class PixelFlow(Engine):
    """Rows straight from the flow: pictures as pixels, vectors as the codecs encode them."""

    name = "pixel_flow"
    params = PixelFlowParams
    completes = True
    mixes_classes = True
    starts_from_rows = True

    def __init__(self, specs: Mapping[str, Spec], classes: Sequence[str], counts: Sequence[int], config: Any) -> None:
        super().__init__(specs, classes, counts, config)
        self.parts = RowParts(self.specs)
        picture = vector = None
        if "image" in self.specs:
            picture = UNet(
                self.specs["image"].shape,
                config.channels,
                config.channel_multipliers,
                config.picture_blocks,
                config.condition_dim,
                config.largest_edge,
            )
        if self.parts.widths:
            vector = VectorNetwork(self.parts.dim, config.width, config.vector_blocks, config.condition_dim)
        self.flow = FlowNetwork(
            ClassEmbedding.with_any(self.counts, config.class_embedding_dim, config.class_embedding_noise),
            JointNetwork(picture, vector, config.class_embedding_dim, len(self.specs), config.condition_dim),
            config.prediction,
        )
        channels_last(self.flow)

    def sample(
        self, labels: Tensor, stream: RandomStream, truncation: float, class_mixing: float, given: Mapping[str, Tensor]
    ) -> dict[str, Tensor]:
        """Follow the velocity from noise to rows; given modalities come back unchanged."""
        noise = self.parts.noise(len(labels), stream, labels.device)
        x = {name: truncation * part for name, part in noise.items()}
        mix = sample_mix(labels, len(self.classes), class_mixing, stream)
        flags = torch.tensor([[float(name in given) for name in self.specs]], device=labels.device)
        flags = flags.expand(len(labels), -1)
        if given:
            known, free = self.parts.encode(given), self.parts.free(flags)
            x = {name: torch.where(free[name] > 0, x[name], known[name]) for name in x}
        return {**self.parts.decode(self.integrated(x, 0.0, labels, flags, mix)), **given}

    def sample_from(
        self, labels: Tensor, stream: RandomStream, rows: Mapping[str, Tensor], kept: float
    ) -> dict[str, Tensor]:
        """From the point between noise and a row that the flow would meet there (Meng et al. 2022)."""
        noise, clean = self.parts.noise(len(labels), stream, labels.device), self.parts.encode(rows)
        x = {name: noise[name].lerp(part, kept) for name, part in clean.items()}
        flags = torch.zeros(len(labels), len(self.specs), device=labels.device)
        return self.parts.decode(self.integrated(x, kept, labels, flags, None))

    def integrated(self, x: Parts, start: float, labels: Tensor, flags: Tensor, mix: ClassMix | None) -> Parts:
        """Rows at time 1 of those at time `start`; what is given stays.

        Each step extrapolates from its own velocity and the one before (Adams-Bashforth of order two): of the same
        order as Heun's method for half the passes through the network.
        """
        free, left = self.parts.free(flags), 1 - start
        steps = max(1, round(left * self.config.solver_steps)) if left else 0
        before: Parts | None = None
        for step in range(steps):
            slope = self.guided(x, start + left * step / steps, labels, flags, mix)
            ahead = slope if before is None else {name: 1.5 * slope[name] - 0.5 * before[name] for name in x}
            x = {name: x[name] + free[name] * ahead[name] * left / steps for name in x}
            before = slope
        return x

    def guided(self, x: Parts, time: float, labels: Tensor, flags: Tensor, mix: ClassMix | None) -> Parts:
        """The velocity of the class, pushed away from that of any class where guidance acts."""
        times = torch.full((len(labels),), time, device=labels.device)
        conditional = self.flow(x, times, labels, flags, mix=mix)
        first, last = self.config.guidance_interval
        if self.config.guidance == 1 or not first <= time <= last:
            return conditional
        unconditional = self.flow(x, times, torch.full_like(labels, len(self.classes)), flags)
        return {name: unconditional[name].lerp(conditional[name], self.config.guidance) for name in x}

    def trainer(self, data: Labelled, steps: int, context: TrainingContext) -> Trainer:
        """A trainer before its first step."""
        return PixelFlowTrainer(self, self.flow, self.parts, data, steps, context)
