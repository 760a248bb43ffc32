"""A user's pattern that takes too long ends in one line; any other does what `re` does."""

import re
import signal
import threading

import pytest

from makeweight.core import patterns
from makeweight.core.errors import InputError

SLOW = re.compile(r"(a+)+$")
TEXT = "a" * 60 + "b"


def test_patterns_do_what_they_say() -> None:
    assert patterns.substitute(re.compile(r"(\d)x"), r"<\1>", "1x 2y 3x", "text.remove_patterns") == "<1> 2y <3>"
    assert patterns.found(re.compile("b$"), TEXT, "source.deny")
    assert not patterns.found(re.compile("c"), TEXT, "source.deny")


def test_a_pattern_that_takes_too_long_is_named_with_the_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patterns, "SECONDS", 0.2)
    expected = r"`source.deny`: '\(a\+\)\+\$' takes more than 0.2 s for a text of 61 characters that begins 'aaaa"
    with pytest.raises(InputError, match=expected) as caught:
        patterns.found(SLOW, TEXT, "source.deny")
    assert "\n" not in str(caught.value)
    with pytest.raises(InputError, match="`text.remove_patterns`"):
        patterns.substitute(SLOW, " ", TEXT, "text.remove_patterns")
    assert signal.getsignal(signal.SIGVTALRM) == signal.SIG_DFL
    assert signal.getitimer(signal.ITIMER_VIRTUAL)[0] == 0.0


def test_another_thread_has_no_limit() -> None:
    results: list[bool] = []
    thread = threading.Thread(target=lambda: results.append(patterns.found(re.compile("b"), TEXT, "source.deny")))
    thread.start()
    thread.join()
    assert results == [True]
