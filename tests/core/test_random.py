"""The three forms of a random stream give a row the same numbers."""

import pytest
import torch
from torch.nn import functional as F

from makeweight.core.random import (
    RandomStream,
    RequestStream,
    SliceStream,
    batch_stream,
    global_seed,
    repeat_seed,
    seeded,
)
from makeweight.generators.distributed import ProcessGroup

BATCH, PROCESSES = 11, 3
COUNTS, SEEDS = (1, 3, 2), (7, 8, 7)


def slices() -> list[SliceStream]:
    groups = [ProcessGroup(rank, PROCESSES) for rank in range(PROCESSES)]
    return [SliceStream(seeded(4), BATCH, group.local_slice(BATCH)) for group in groups]


def every_kind(stream: RandomStream, count: int, logits: torch.Tensor) -> list[torch.Tensor]:
    """One draw of each kind, rows first."""
    return [
        stream.normal(count, 5),
        stream.uniform(3, count, 1, rows=1).transpose(0, 1),
        stream.integers(9, 2, count, rows=1).T,
        stream.choices(logits, temperature=0.7),
    ]


def test_slices_side_by_side_are_the_batch() -> None:
    logits = torch.randn(BATCH, 4, generator=seeded(1))
    whole = batch_stream(4)
    expected = every_kind(whole, BATCH, logits)
    parts = slices()
    found = [every_kind(part, part.count, logits[part.local]) for part in parts]
    for kind, numbers in enumerate(expected):
        assert torch.equal(torch.cat([part[kind] for part in found]), numbers)
    states = [part.generator.get_state() for part in parts]
    assert all(torch.equal(state, whole.generator.get_state()) for state in states), "every generator stays equal"


def test_a_request_gets_the_numbers_that_it_would_get_alone() -> None:
    logits = torch.randn(sum(COUNTS), 4, generator=seeded(1))
    together = every_kind(RequestStream(COUNTS, SEEDS), sum(COUNTS), logits)
    start = 0
    for count, seed in zip(COUNTS, SEEDS, strict=True):
        rows = slice(start, start + count)
        for numbers, alone in zip(together, every_kind(batch_stream(seed), count, logits[rows]), strict=True):
            assert torch.equal(numbers[rows], alone)
        start += count


@pytest.mark.parametrize("stream", [SliceStream(seeded(0), 4, slice(0, 4)), RequestStream([4], [0])])
def test_rows_of_another_batch_are_caught(stream: RandomStream) -> None:
    with pytest.raises(AssertionError, match="another batch"):
        stream.normal(5, 2)


def test_choices_are_one_hot_as_likely_as_their_softmax_with_a_gradient() -> None:
    logits = torch.log(torch.tensor([0.2, 0.3, 0.5])).expand(20_000, 3).clone().requires_grad_()
    chosen = batch_stream(0).choices(logits, temperature=0.7)
    assert set(chosen.unique().tolist()) == {0.0, 1.0} and (chosen.sum(1) == 1).all()
    torch.testing.assert_close(chosen.mean(0), torch.tensor([0.2, 0.3, 0.5]), atol=0.01, rtol=0)
    chosen[:, 0].sum().backward()
    assert logits.grad is not None and logits.grad.abs().sum() > 0


def test_choices_follow_torchs_gumbel_softmax() -> None:
    logits = torch.randn(50, 4, generator=seeded(1), requires_grad=True)
    weights = torch.randn(50, 4, generator=seeded(2))
    with global_seed(3):
        expected = F.gumbel_softmax(logits, tau=0.7, hard=True)
    found = batch_stream(3).choices(logits, temperature=0.7)
    torch.testing.assert_close(found, expected)
    gradients = [torch.autograd.grad((weights * x).sum(), logits)[0] for x in (expected, found)]
    torch.testing.assert_close(gradients[1], gradients[0])


def test_a_global_seed_is_put_back() -> None:
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    with global_seed(9):
        inside = torch.rand(3)
    assert torch.equal(torch.rand(3), expected)
    assert torch.equal(inside, torch.rand(3, generator=seeded(9)))


def test_the_seed_of_a_repeat_is_one_that_numpy_takes() -> None:
    assert [repeat_seed(7, number) for number in (0, 14)] == [7000, 7014]
    assert 0 <= repeat_seed(2**31 - 1, 999) < 2**32
    assert repeat_seed(5_000_000, 1) != repeat_seed(5_000_000, 2)
