"""Mismatched rows: real ones of which one modality is another row's, which teach the critic that modalities belong."""

import torch
from torch import Tensor

from makeweight.generators.losses import Content


def with_mismatches(
    fake: dict[str, Tensor], real: Content, labels: Tensor, share: float, local: slice, rng: torch.Generator
) -> dict[str, Tensor]:
    """Replace the last share of a batch's fakes by real rows of which one modality is another row's of the class.

    The critic then has to look at whether the modalities of a row fit together, not only at each by itself.

    Args:
        fake: the local rows of the batch.
        real: the whole batch of real rows: partners are sought in all of it.
        labels: class indices of the whole batch `(n,)`.
        share: of the batch that is mismatched.
        local: which rows of the batch are local.
        rng: the same on every process.
    """
    count = int(share * len(labels))
    if not count or len(real) < 2:
        return fake
    partner = partners(labels, rng)
    names = sorted(real)
    swapped = torch.randint(len(names), (count,), generator=rng).to(labels.device)
    first = len(labels) - count
    begin = min(max(first, local.start), local.stop)
    mixed = {}
    for index, name in enumerate(names):
        own, other = real[name][begin : local.stop], real[name][partner[begin : local.stop]]
        chosen = (swapped[begin - first : local.stop - first] == index).view(-1, *[1] * (own.ndim - 1))
        mixed[name] = torch.cat([fake[name][: begin - local.start], torch.where(chosen, other, own)])
    return mixed


def partners(labels: Tensor, rng: torch.Generator) -> Tensor:
    """For each row of a batch the position of another row of its class (its own where it is the only one), `(n,)`."""
    shuffled = torch.randperm(len(labels), generator=rng).to(labels.device)
    order = shuffled[torch.argsort(labels[shuffled], stable=True)]
    # Inside a run of equal labels each takes the next, and the last takes the first.
    following = torch.roll(order, -1)
    run_ends = labels[order] != labels[following]
    starts = torch.searchsorted(labels[order].contiguous(), labels[order].contiguous())
    following[run_ends] = order[starts[run_ends]]
    result = torch.empty_like(order)
    result[order] = following
    return result
