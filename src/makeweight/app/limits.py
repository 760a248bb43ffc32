"""How much one request, one client and one job may ask for."""

from dataclasses import dataclass

MEBI = 2**20


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """Every limit of the application in one place; the pages and the refusals quote them."""

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
    requests_together: int = 64
    """Most requests that one pass through a network answers; 1 answers one after the other."""
    jobs_running: int = 1
    jobs_waiting: int = 20
    job_attempts: int = 3
    job_seconds: float = 300.0
    job_bytes: int = 6 * 1024 * MEBI
    """Address space of a worker, most of which the numeric libraries only map and never touch."""
    job_days: float = 1.0
    jobs_kept: int = 100
    """Tables on disk at a time; beyond that the oldest one that is not at work goes."""
