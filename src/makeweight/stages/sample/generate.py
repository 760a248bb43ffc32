"""Rows of an engine, shard by shard, here or on a cluster: the same rows, no matter which process generates them."""

from dataclasses import dataclass

import numpy as np
import torch

from makeweight.core import shards
from makeweight.core.shards import Backend
from makeweight.generators import Engine
from makeweight.generators.engine import SHARD


@dataclass(frozen=True)
class ShardGenerator:
    """Generates one shard of rows. It fixes the number of threads, because the order of sums may depend on it."""

    engine: Engine
    seed: int
    truncation: float
    class_mixing: float
    threads: int

    def __call__(self, numbered: tuple[int, np.ndarray]) -> dict[str, np.ndarray]:
        """A shard's number and class indices `(n,)` to encoded arrays by modality."""
        torch.set_num_threads(self.threads)
        shard, labels = numbered
        return self.engine.generate(labels, self.seed, self.truncation, self.class_mixing, first_shard=shard)


def generate(
    engine: Engine, labels: np.ndarray, seed: int, truncation: float, class_mixing: float, backend: Backend
) -> dict[str, np.ndarray]:
    """What `engine.generate` returns, shard by shard; locally in this process, whose threads are all at work then."""
    work = ShardGenerator(engine, seed, truncation, class_mixing, torch.get_num_threads())
    numbered = [(shard, labels[shard * SHARD :][:SHARD]) for shard in range(max(1, -(-len(labels) // SHARD)))]
    parts = shards.map_shards(work, numbered, backend, processes=1)
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
