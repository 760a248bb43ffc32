"""How many threads torch and BLAS may use while a server computes."""

from makeweight.core import cores


def share_cores() -> None:
    """Give torch and BLAS half of the cores: samples and predictions are computed at the same time, in two threads.

    Threads that outnumber the cores wait for each other by spinning, which takes several times the processor time.
    """
    import torch
    from threadpoolctl import threadpool_limits

    count = max(1, cores.available() // 2)
    torch.set_num_threads(count)
    threadpool_limits(count)
