"""Which of all metrics summarise a run: metrics/headline.json, and in runs without it the scores of every arm."""

import re
from collections.abc import Iterable
from fnmatch import fnmatch

PATTERNS = {
    "verdict": re.compile(r"[^.]+\.(macro_f1|minority_recall)(\.mean)?"),
    "classify/e1": re.compile(r"(real|synthetic)\.[^.]+\.(accuracy|macro_f1)"),
    "classify/e2": re.compile(r"(real_on_synthetic\.)?[^.]+\.(accuracy|macro_f1)"),
    "clean": re.compile(r"samples_out"),
}
"""Metrics file, without its ending -> pattern of the names in it that summarise a run without a headline."""

FILE = "headline"
"""The metrics file that holds nothing but a summary, without its ending."""

LISTED_FIRST = (
    ("metrics/clean.json", "samples_out"),
    ("metrics/verdict.json", "*"),
    ("metrics/contest/*.json", "*.macro_f1.mean"),
    ("metrics/classify/e1.json", "*.macro_f1"),
    ("metrics/classify/e2.json", "*.ratio"),
    ("metrics/fewshot/*.json", "*_shot.mean"),
)
"""File and name patterns of the numbers that a list of differences begins with: more than a table of runs can hold."""


def is_headline(file: str, name: str) -> bool:
    """Whether a metric summarises a run; counts, scores per class and ends of intervals do not."""
    pattern = PATTERNS.get(file)
    return pattern is not None and pattern.fullmatch(name) is not None


def headlines(names: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Select the pairs of metrics file and name that summarise a run, sorted: those of the headline, where it is."""
    found = set(names)
    told = {pair for pair in found if pair[0] == FILE}
    return sorted(told or (pair for pair in found if is_headline(*pair)))


def is_listed_first(file: str, name: str) -> bool:
    """Whether a list of differences begins with this metric, of a file as DVC names it."""
    of_a_class = ".f1." in name  # a class may be called macro_f1
    return not of_a_class and any(fnmatch(file, files) and fnmatch(name, names) for files, names in LISTED_FIRST)
