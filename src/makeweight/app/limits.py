"""Limits on the size of requests, on the number of requests per client, and on jobs."""

from dataclasses import dataclass

MEBI = 2**20


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """Every limit of the application; the pages and the error messages quote them."""

    request_bytes: int = 20 * MEBI
    request_seconds: float = 30.0
    picture_bytes: int = 5 * MEBI
    picture_pixels: int = 16_000_000
    text_characters: int = 5_000
    rows: int = 50_000
    columns: int = 100
    cell_characters: int = 5_000
    classes: int = 100
    balanced_rows: int = 200_000
    samples: int = 64
    requests_per_minute: int = 600
    requests_waiting: int = 256
    requests_per_batch: int = 64
    """Most requests that share one pass through a network; 1 computes them one by one."""
    jobs_running: int = 1
    jobs_waiting: int = 20
    job_attempts: int = 3
    job_seconds: float = 300.0
    job_bytes: int = 6 * 1024 * MEBI
    """Address space of a worker; the numeric libraries reserve far more of it than they use."""
    job_days: float = 1.0
    jobs_kept: int = 100
    """Most tables kept on disk; beyond that the oldest one that is not queued or running is removed."""
