"""Several processes, on one machine or many, that train as one: equal draws, a slice of each batch, one gradient.

torchrun starts them. Each draws the random numbers of whole batches from the same seed and computes its own rows only;
before every optimiser step the gradients are added up. So any number of processes takes the steps that one would take,
up to the rounding of sums, and a training can be taken up by another number. With one process nothing here does
anything. (DistributedDataParallel only sees gradients of one backward pass: the penalties need two.)
"""

import os
import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from types import FrameType

import torch
from torch import Tensor
from torch import distributed as dist
from torch.nn import functional as F

from makeweight.core.errors import InputError

PATIENCE = timedelta(minutes=30)
"""How long a process waits for one that does not answer, perhaps judging or writing; a dead one is seen at once."""


@dataclass(frozen=True)
class Team:
    """The processes that train together, as one of them sees it."""

    rank: int = 0
    size: int = 1
    device: torch.device = torch.device("cpu")

    @property
    def leads(self) -> bool:
        """Whether this is the process that judges, writes and speaks."""
        return self.rank == 0

    def rows(self, batch: int) -> slice:
        """This process's rows of a batch; slices differ by one row at most."""
        if batch < self.size:
            raise InputError(f"params.yaml: a batch of {batch} has no row for each of {self.size} processes")
        return slice(batch * self.rank // self.size, batch * (self.rank + 1) // self.size)

    def add_gradients(self, optimiser: torch.optim.Optimizer) -> None:
        """Replace every gradient by its sum over the processes."""
        if self.size == 1:
            return
        gradients = [p.grad for group in optimiser.param_groups for p in group["params"] if p.grad is not None]
        total = torch.cat([gradient.reshape(-1) for gradient in gradients])
        with self.heard():
            dist.all_reduce(total)
        for gradient, part in zip(gradients, total.split([gradient.numel() for gradient in gradients]), strict=True):
            gradient.copy_(part.view(gradient.shape))

    def total(self, parts: Mapping[str, Tensor]) -> dict[str, float]:
        """Each number's sum over the processes."""
        if self.size == 1:
            return {name: float(x.detach()) for name, x in parts.items()}
        numbers = torch.tensor([float(x.detach()) for x in parts.values()], dtype=torch.float64, device=self.device)
        with self.heard():
            dist.all_reduce(numbers)
        return dict(zip(parts, numbers.tolist(), strict=True))

    def first(self, work: Callable[[], bytes]) -> bytes:
        """What the first process's work gives, for all; the others wait."""
        if self.size == 1:
            return work()
        content = bytearray(work()) if self.leads else bytearray()
        length = torch.tensor(len(content), device=self.device)
        with self.heard():
            dist.broadcast(length, 0)
            carried = torch.empty(int(length), dtype=torch.uint8, device=self.device)
            if self.leads:
                carried.copy_(torch.frombuffer(content, dtype=torch.uint8))
            dist.broadcast(carried, 0)
        return carried.cpu().numpy().tobytes()

    def check_same(self, key: str, what: str) -> None:
        """Everyone has the first one's key.

        Raises:
            InputError: this process has another.
        """
        if self.first(key.encode) != key.encode():
            raise InputError(f"process {self.rank} of {self.size}: its {what} are not those of process 0")

    @contextmanager
    def heard(self) -> Iterator[None]:
        """A word between the processes; where one no longer answers, the training ends in one line."""
        try:
            yield
        except RuntimeError as error:
            raise InputError(f"process {self.rank} of {self.size}: {GONE} ({str(error).split('. ')[0]})") from None


GONE = "another process has ended; the last checkpoint is kept, and the same command goes on from there"
ALONE = Team()


@contextmanager
def joined(device: torch.device) -> Iterator[Team]:
    """The team that torchrun's environment tells of; without torchrun this process alone."""
    size = int(os.environ.get("WORLD_SIZE", "1"))
    if size == 1:
        yield Team(device=device)
        return
    gpus = torch.cuda.device_count() if device.type == "cuda" else 0
    if gpus:
        torch.cuda.set_device(int(os.environ["LOCAL_RANK"]) % gpus)
    # NCCL wants a GPU for each process; gloo also serves processes that share one.
    backend = "nccl" if gpus >= int(os.environ["LOCAL_WORLD_SIZE"]) else "gloo"
    dist.init_process_group(backend, timeout=PATIENCE)
    team = Team(dist.get_rank(), size, device)

    def stop(number: int, frame: FrameType | None) -> None:
        raise InputError(f"process {team.rank} of {size}: stopped by torchrun: {GONE}")

    # torchrun ends the others where one has died: they say so, whichever way they learn of it first.
    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield team
    finally:
        signal.signal(signal.SIGTERM, before)
    dist.destroy_process_group()


class Draws:
    """Random numbers for this process's rows of a batch: those of the whole batch are drawn, the own ones kept.

    So the numbers of a row do not depend on how many processes there are, and every process's stream stands alike.
    """

    def __init__(self, rng: torch.Generator, batch: int, team: Team = ALONE) -> None:
        self.rng, self.batch, self.rows = rng, batch, team.rows(batch)
        self.count = self.rows.stop - self.rows.start
        self.share = self.count / batch
        """What a mean over the own rows weighs in the mean over the batch."""

    def normal(self, *shape: int, rows: int = 0) -> Tensor:
        """Standard normal; `rows` is the dimension of the rows."""
        return self.kept(torch.randn(self.whole(shape, rows), generator=self.rng), rows)

    def uniform(self, *shape: int, rows: int = 0) -> Tensor:
        """Between 0 and 1."""
        return self.kept(torch.rand(self.whole(shape, rows), generator=self.rng), rows)

    def integers(self, end: int, *shape: int, rows: int = 0) -> Tensor:
        """From 0 to `end - 1`."""
        return self.kept(torch.randint(0, end, self.whole(shape, rows), generator=self.rng), rows)

    def choices(self, logits: Tensor, tau: float, hard: bool) -> Tensor:
        """`gumbel_softmax` of the own rows' logits `(n, states)`; its numbers come from torch's own stream."""
        if self.count == self.batch:
            return F.gumbel_softmax(logits, tau=tau, hard=hard)
        padded = F.pad(logits, (0, 0, self.rows.start, self.batch - self.rows.stop))
        return F.gumbel_softmax(padded, tau=tau, hard=hard)[self.rows]

    def whole(self, shape: tuple[int, ...], rows: int) -> tuple[int, ...]:
        """The shape with the rows of the whole batch."""
        assert shape[rows] == self.count, "rows of another batch"
        return (*shape[:rows], self.batch, *shape[rows + 1 :])

    def kept(self, x: Tensor, rows: int) -> Tensor:
        """The own rows."""
        return x.narrow(rows, self.rows.start, self.count)
