"""Rows of an engine, shard by shard, here or on a cluster: the same rows, whoever makes them."""

from dataclasses import dataclass

import numpy as np
import torch

from makeweight.core import shards
from makeweight.core.shards import Backend
from makeweight.generators import Engine
from makeweight.generators.engine import SHARD
from makeweight.stages.sample.mixing import mixed_classes


@dataclass(frozen=True)
class Draw:
    """The making of one shard of rows. It fixes the threads, because the order of sums may depend on them."""

    engine: Engine
    seed: int
    truncation: float
    mixing: float
    threads: int

    def __call__(self, numbered: tuple[int, np.ndarray]) -> dict[str, np.ndarray]:
        """A shard's number and class indices to content by modality, as encoded."""
        torch.set_num_threads(self.threads)
        shard, labels = numbered
        with mixed_classes(self.engine, self.mixing, self.seed):
            return self.engine.generate(labels, self.seed, self.truncation, first=shard)


def draw(
    engine: Engine, labels: np.ndarray, seed: int, truncation: float, mixing: float, backend: Backend
) -> dict[str, np.ndarray]:
    """What `engine.generate` makes, shard by shard; locally in this process, whose threads are all at work then."""
    work = Draw(engine, seed, truncation, mixing, torch.get_num_threads())
    numbered = [(shard, labels[shard * SHARD :][:SHARD]) for shard in range(max(1, -(-len(labels) // SHARD)))]
    parts = shards.map_shards(work, numbered, backend, processes=1)
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
