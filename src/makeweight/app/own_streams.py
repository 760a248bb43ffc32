"""Rows of several requests in one pass, each request's random numbers from a stream of its own."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F
from torch.overrides import TorchFunctionMode


class OwnStreams(TorchFunctionMode):
    """While it is entered, every random number that belongs to a row is drawn from the row's request's streams.

    So a request gets the rows that it would get alone (up to the rounding of sums), whoever shares the pass with it,
    and engines and codecs need not know of it. As in `Engine.generate`, there are two streams with one seed: the
    generator that is handed around, and torch's own, which draws of choices use.
    """

    def __init__(self, counts: Sequence[int], seeds: Sequence[int]) -> None:
        super().__init__()
        self.counts = list(counts)
        self.handed = [torch.Generator().manual_seed(seed) for seed in seeds]
        self.common = [torch.Generator().manual_seed(seed).get_state() for seed in seeds]

    def __torch_function__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Draw request by request where random numbers are drawn; anything else goes its way."""
        options = dict(kwargs or {})
        if function is torch.randn:
            rows, *width = args
            assert rows == sum(self.counts), "rows of another batch"
            options.pop("generator")
            pairs = zip(self.counts, self.handed, strict=True)
            return torch.cat([torch.randn(count, *width, generator=own, **options) for count, own in pairs])
        if function is torch.multinomial:
            chances, number = args
            options.pop("generator")
            assert number == 1 and not options, "only single draws are made together"
            # What torch.multinomial does for a single draw, the choice itself made for all rows at once.
            rates = torch.empty_like(chances)
            for part, own in zip(rates.split(self.counts), self.handed, strict=True):
                part.exponential_(1, generator=own)
            return (chances / rates).argmax(dim=-1, keepdim=True)
        if function is F.gumbel_softmax:
            parts = args[0].split(self.counts)
            return torch.cat([self.draw_choices(place, part, options) for place, part in enumerate(parts)])
        return function(*args, **options)

    def draw_choices(self, place: int, logits: Tensor, options: Any) -> Tensor:
        """One request's choices, from where torch's own stream stood for it."""
        torch.set_rng_state(self.common[place])
        chosen = F.gumbel_softmax(logits, **options)
        self.common[place] = torch.get_rng_state()
        return chosen
