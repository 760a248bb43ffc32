"""Random numbers as one argument: the streams that engines, codecs and trainings draw from.

Three forms: a whole batch, one process's slice of a batch, and several requests in one pass. Who draws does not know
which form it was given. Numbers are drawn on the CPU, so that they are the same on every device.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

Sampler = Callable[[tuple[int, ...], torch.Generator], Tensor]
"""Draws a tensor of a shape from a generator."""


class RandomStream(ABC):
    """A source of random tensors in which one dimension, `rows`, counts the rows of a batch."""

    @abstractmethod
    def draw(self, sampler: Sampler, shape: tuple[int, ...], rows: int) -> Tensor:
        """A tensor of this shape by `sampler`; `rows` is the dimension that counts rows."""

    def normal(self, *shape: int, rows: int = 0) -> Tensor:
        """Standard normal numbers of this shape."""
        return self.draw(lambda size, generator: torch.randn(size, generator=generator), shape, rows)

    def uniform(self, *shape: int, rows: int = 0) -> Tensor:
        """Numbers in [0, 1) of this shape."""
        return self.draw(lambda size, generator: torch.rand(size, generator=generator), shape, rows)

    def integers(self, end: int, *shape: int, rows: int = 0) -> Tensor:
        """Whole numbers from 0 to `end - 1` of this shape."""
        return self.draw(lambda size, generator: torch.randint(0, end, size, generator=generator), shape, rows)

    def choices(self, logits: Tensor, temperature: float) -> Tensor:
        """One state per row as a one-hot vector `(n, states)`, sampled with the probabilities `softmax(logits)`.

        The straight-through Gumbel-softmax (Jang et al. 2017): the value is hard, the gradient that of the softmax at
        this temperature.
        """
        waiting_times = self.draw(
            lambda size, generator: torch.empty(size).exponential_(generator=generator), tuple(logits.shape), 0
        )
        gumbel = -waiting_times.log().to(logits.device)
        soft = ((logits + gumbel) / temperature).softmax(1)
        hard = F.one_hot(soft.argmax(1), logits.shape[1]).to(soft.dtype)
        return hard + (soft - soft.detach())


class BatchStream(RandomStream):
    """Numbers for a whole batch, of any size, from one generator."""

    def __init__(self, generator: torch.Generator) -> None:
        self.generator = generator

    def draw(self, sampler: Sampler, shape: tuple[int, ...], rows: int) -> Tensor:
        """What the sampler draws."""
        return sampler(shape, self.generator)


class SliceStream(RandomStream):
    """Numbers for some rows of a batch: those of the whole batch are drawn, those of the other rows dropped.

    So a row's numbers do not depend on how many processes share the batch, and the generators of all processes stay
    equal.
    """

    def __init__(self, generator: torch.Generator, batch_size: int, local: slice) -> None:
        self.generator, self.batch_size, self.local = generator, batch_size, local
        self.count = local.stop - local.start

    def draw(self, sampler: Sampler, shape: tuple[int, ...], rows: int) -> Tensor:
        """The own rows of what the sampler draws for the whole batch."""
        assert shape[rows] == self.count, "rows of another batch"
        whole = sampler((*shape[:rows], self.batch_size, *shape[rows + 1 :]), self.generator)
        return whole.narrow(rows, self.local.start, self.count)


class RequestStream(RandomStream):
    """Numbers for the rows of several requests, one request after the other, each from a generator of its own.

    So a request gets the numbers that it would get alone, no matter which requests share the pass with it.
    """

    def __init__(self, counts: Sequence[int], seeds: Sequence[int]) -> None:
        self.counts = list(counts)
        self.generators = [seeded(seed) for seed in seeds]

    def draw(self, sampler: Sampler, shape: tuple[int, ...], rows: int) -> Tensor:
        """What the sampler draws for each request, side by side."""
        assert shape[rows] == sum(self.counts), "rows of another batch"
        sizes = [(*shape[:rows], count, *shape[rows + 1 :]) for count in self.counts]
        return torch.cat([sampler(*pair) for pair in zip(sizes, self.generators, strict=True)], dim=rows)


def seeded(seed: int) -> torch.Generator:
    """A CPU generator that starts at this seed."""
    return torch.Generator().manual_seed(seed)


def batch_stream(seed: int) -> BatchStream:
    """A stream of whole batches that starts at this seed."""
    return BatchStream(seeded(seed))


def derived_seed(seed: int, number: int) -> int:
    """The seed of a numbered part of what a seed makes; parts are independent of each other."""
    return int(np.random.SeedSequence([seed, number]).generate_state(1)[0])


def repeat_seed(seed: int, number: int) -> int:
    """The seed of a numbered repeat of an experiment, small enough for numpy and scikit-learn.

    Args:
        seed: of the experiment.
        number: of the repeat, from 0 and below 1000.
    """
    return (seed * 1000 + number) % 2**32


@contextmanager
def global_seed(seed: int) -> Iterator[None]:
    """Seed torch's global stream inside the block and put it back afterwards.

    For what accepts no generator: the initial weights of torch's layers, dropout, and torchvision's RandAugment.
    """
    gpus = list(range(torch.cuda.device_count())) if torch.cuda.is_initialized() else []
    with torch.random.fork_rng(devices=gpus):
        torch.manual_seed(seed)
        yield
