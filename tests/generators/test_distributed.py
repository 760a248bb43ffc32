"""Parts of a batch put side by side are the batch; test_trained_together has real processes."""

import pytest
import torch
from torch.nn import functional as F

from makeweight.core.errors import InputError
from makeweight.generators.distributed import ALONE, Draws, Team

BATCH, PROCESSES = 11, 3


def parts() -> list[Draws]:
    return [Draws(torch.Generator().manual_seed(4), BATCH, Team(rank, PROCESSES)) for rank in range(PROCESSES)]


def test_slices_tile_the_batch_and_shares_add_up() -> None:
    rows = [row for part in parts() for row in range(BATCH)[part.rows]]
    assert rows == list(range(BATCH))
    assert sorted(part.count for part in parts()) == [3, 4, 4]
    assert sum(part.share for part in parts()) == pytest.approx(1)
    assert Draws(torch.Generator(), BATCH).share == 1.0 and ALONE.rows(BATCH) == slice(0, BATCH)


def test_a_rows_numbers_do_not_depend_on_who_computes_it() -> None:
    whole = torch.Generator().manual_seed(4)
    split = parts()
    normal = torch.cat([part.normal(part.count, 5) for part in split])
    assert torch.equal(normal, torch.randn(BATCH, 5, generator=whole))
    uniform = torch.cat([part.uniform(3, part.count, 1, rows=1) for part in split], dim=1)
    assert torch.equal(uniform, torch.rand(3, BATCH, 1, generator=whole))
    integers = torch.cat([part.integers(9, 2, part.count, rows=1) for part in split], dim=1)
    assert torch.equal(integers, torch.randint(0, 9, (2, BATCH), generator=whole))
    assert all(torch.equal(part.rng.get_state(), whole.get_state()) for part in split), "every stream stands alike"


def test_choices_too() -> None:
    logits = torch.randn(BATCH, 4, generator=torch.Generator().manual_seed(1))
    torch.manual_seed(2)
    expected = F.gumbel_softmax(logits, tau=0.7, hard=True)
    chosen = []
    for part in parts():
        torch.manual_seed(2)
        chosen.append(part.choices(logits[part.rows], tau=0.7, hard=True))
    assert torch.equal(torch.cat(chosen), expected)


def test_a_batch_with_fewer_rows_than_processes_is_refused() -> None:
    with pytest.raises(InputError, match="a batch of 2 has no row for each of 3 processes"):
        Team(0, 3).rows(2)
    with pytest.raises(AssertionError, match="another batch"):
        Draws(torch.Generator(), 4).normal(5, 2)
