"""All numbers of another commit or experiment: git keeps every metrics file, DVC shows only the headline's."""

from __future__ import annotations

import io
import json
import subprocess
import tarfile
from collections.abc import Mapping
from pathlib import Path

from makeweight.core import paths
from makeweight.results.folders import read_json

WORKSPACE = "workspace"
"""What DVC calls the files as they lie here."""


def numbers_at(revision: str) -> dict[str, Mapping[str, float | str]]:
    """Return file -> its numbers, of each metrics file of a revision; nothing where git does not know it.

    Args:
        revision: a commit, branch, tag or experiment, or `WORKSPACE`.

    Returns:
        The file as its name below metrics/ without the ending, such as `contest/smote`.
    """
    if revision == WORKSPACE:
        return {named(path): read_json(path) for path in sorted(paths.METRICS.rglob("*.json"))}
    command = ["git", "archive", "--format=tar", revision, "--", str(paths.METRICS)]
    done = subprocess.run(command, capture_output=True, check=False)
    return read_archive(done.stdout) if done.returncode == 0 else {}


def read_archive(content: bytes) -> dict[str, Mapping[str, float | str]]:
    """Return the metrics files of a tar archive; those that are no JSON objects are left out."""
    found: dict[str, Mapping[str, float | str]] = {}
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        for member in archive.getmembers():
            file = archive.extractfile(member) if member.name.endswith(".json") else None
            try:
                numbers = json.load(file) if file is not None else None
            except (json.JSONDecodeError, UnicodeDecodeError):
                numbers = None
            if isinstance(numbers, dict):
                found[named(Path(member.name))] = numbers
    return found


def named(path: Path) -> str:
    """`metrics/contest/smote.json` as `contest/smote`."""
    return path.relative_to(paths.METRICS).with_suffix("").as_posix()
