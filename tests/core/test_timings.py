"""Times in words."""

import pytest

from makeweight.core.timings import duration_text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(1, "5 s"), (42, "40 s"), (58, "1 min"), (3582, "1 h 0 min"), (3700, "1 h 2 min"), (7182, "2 h 0 min")],
)
def test_durations(seconds: float, text: str) -> None:
    assert duration_text(seconds) == text
