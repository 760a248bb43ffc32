"""How many processes or threads may work at once; free of numeric libraries, so that workers start quickly."""

import os


def available() -> int:
    """MAKEWEIGHT_THREADS, or all cores of the machine; processes that torchrun starts on it share them."""
    processes = int(os.environ.get("LOCAL_WORLD_SIZE", "1"))
    return int(os.environ.get("MAKEWEIGHT_THREADS") or max(1, (os.cpu_count() or 1) // processes))
