"""Several processes, on one machine or many, that train as one: equal draws, a slice of each batch, one gradient.

torchrun starts them. Each draws the random numbers of whole batches from the same seed and computes only its own rows;
before every optimiser step the gradients are summed. So any number of processes takes the steps that one would take,
up to the rounding of sums, and another number can resume the training. With one process nothing here does anything.
(DistributedDataParallel only sees the gradients of one backward pass: the gradient penalties need two.)
"""

import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from types import FrameType

import torch
from torch import Tensor
from torch import distributed as dist

from makeweight.core import cores
from makeweight.core.errors import InputError

TIMEOUT = timedelta(minutes=30)
"""How long a process waits for another that may be evaluating or writing; that one has ended is seen at once."""

PROCESS_LOST = "another process has ended; the last checkpoint is kept, and the same command goes on from there"


@dataclass(frozen=True)
class ProcessGroup:
    """The processes that train together, as seen from one of them."""

    rank: int = 0
    size: int = 1
    device: torch.device = torch.device("cpu")

    @property
    def is_main(self) -> bool:
        """Whether this is the process that evaluates, writes files and logs."""
        return self.rank == 0

    def local_slice(self, batch_size: int) -> slice:
        """This process's rows of a batch; the slices of two processes differ by one row at most.

        Raises:
            InputError: there are more processes than rows.
        """
        if batch_size < self.size:
            raise InputError(f"params.yaml: a batch of {batch_size} has no row for each of {self.size} processes")
        return slice(batch_size * self.rank // self.size, batch_size * (self.rank + 1) // self.size)

    def all_reduce_gradients(self, optimiser: torch.optim.Optimizer) -> None:
        """Replace every gradient by its sum over the processes."""
        if self.size == 1:
            return
        gradients = [p.grad for group in optimiser.param_groups for p in group["params"] if p.grad is not None]
        total = torch.cat([gradient.reshape(-1) for gradient in gradients])
        with self.communicating():
            dist.all_reduce(total)
        for gradient, part in zip(gradients, total.split([gradient.numel() for gradient in gradients]), strict=True):
            gradient.copy_(part.view(gradient.shape))

    def all_reduce(self, numbers: Mapping[str, Tensor]) -> dict[str, float]:
        """The sum of each number over the processes."""
        if self.size == 1:
            return {name: float(x.detach()) for name, x in numbers.items()}
        sums = torch.tensor([float(x.detach()) for x in numbers.values()], dtype=torch.float64, device=self.device)
        with self.communicating():
            dist.all_reduce(sums)
        return dict(zip(numbers, sums.tolist(), strict=True))

    def broadcast(self, compute: Callable[[], bytes]) -> bytes:
        """What `compute` returns on the main process, on every process; the others wait for it."""
        if self.size == 1:
            return compute()
        content = bytearray(compute()) if self.is_main else bytearray()
        length = torch.tensor(len(content), device=self.device)
        with self.communicating():
            dist.broadcast(length, 0)
            received = torch.empty(int(length), dtype=torch.uint8, device=self.device)
            if self.is_main:
                received.copy_(torch.frombuffer(content, dtype=torch.uint8))
            dist.broadcast(received, 0)
        return received.cpu().numpy().tobytes()

    def check_equal(self, key: str, what: str) -> None:
        """Check that this process has the main process's key.

        Raises:
            InputError: it has another.
        """
        if self.broadcast(key.encode) != key.encode():
            raise InputError(f"process {self.rank} of {self.size}: its {what} are not those of process 0")

    @contextmanager
    def communicating(self) -> Iterator[None]:
        """Turn a failed exchange between processes into a mistake of one line."""
        try:
            yield
        except RuntimeError as error:
            reason = str(error).split(". ")[0]
            raise InputError(f"process {self.rank} of {self.size}: {PROCESS_LOST} ({reason})") from None


SINGLE_PROCESS = ProcessGroup()


@dataclass(frozen=True)
class TrainingContext:
    """What a training runs with, besides data and parameters."""

    seed: int
    """Of the initial weights and of all random numbers of the steps."""
    device: torch.device
    process_group: ProcessGroup = SINGLE_PROCESS
    """The processes that train together; each has all rows."""


@contextmanager
def joined_process_group(device: torch.device) -> Iterator[ProcessGroup]:
    """The group that torchrun's environment describes; without torchrun this process alone.

    Raises:
        InputError: the environment describes none.
    """
    size = cores.from_environment("WORLD_SIZE", 1, least=1)
    if size == 1:
        yield ProcessGroup(device=device)
        return
    gpus = torch.cuda.device_count() if device.type == "cuda" else 0
    if gpus:
        torch.cuda.set_device(cores.from_environment("LOCAL_RANK", 0) % gpus)
    # NCCL needs a GPU for each process; gloo also serves processes that share one.
    backend = "nccl" if gpus >= cores.from_environment("LOCAL_WORLD_SIZE", 1, least=1) else "gloo"
    try:
        dist.init_process_group(backend, timeout=TIMEOUT)
    except ValueError as error:  # RANK, MASTER_ADDR or MASTER_PORT is missing
        raise InputError(
            f"environment variable WORLD_SIZE is {size}, and the others of torchrun are not set: {error}"
        ) from None
    group = ProcessGroup(dist.get_rank(), size, device)

    def stop(number: int, frame: FrameType | None) -> None:
        raise InputError(f"process {group.rank} of {size}: stopped by torchrun: {PROCESS_LOST}")

    # torchrun ends the other processes when one has died: they report it, whichever way they learn of it first.
    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield group
    finally:
        signal.signal(signal.SIGTERM, before)
    dist.destroy_process_group()
