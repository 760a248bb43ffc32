"""`make lock`: write requirements.lock, every package of a development environment with the hashes of its files.

uv resolves; what it chose before stays unless a requirement forbids it, or `--upgrade` is given. PyTorch is not locked:
its build, for a processor or for a GPU of some kind, is the machine's choice, as are the packages that only it needs.
"""

import os
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from makeweight.core import entry, files
from makeweight.core.errors import InputError

LOCK = Path("requirements.lock")
OWN_CHOICE = "torch"
COMMAND = ("pip", "compile", "--universal", "--python-version", "3.11", "--generate-hashes", "--no-emit-index-url")
HEADER = """\
# Every package of a development environment on Linux x86-64, with the hashes of its files; `make lock` writes it again.
# Installed with --no-deps. PyTorch and the packages that only it needs are missing: the machine decides on its build.
"""


def main(arguments: Sequence[str]) -> None:
    """Run uv and write the lock; `arguments` are uv's own, such as `--upgrade`.

    Raises:
        InputError: uv finds no packages that go together.
    """
    options = ["--no-header", "--quiet", "pyproject.toml", "--extra", "dev", "--output-file", str(LOCK)]
    command = [sys.executable, "-m", "uv", *COMMAND, *options, *arguments]
    done = subprocess.run(
        command, env={**os.environ, "UV_SYSTEM_CERTS": "1"}, check=False, capture_output=True, text=True
    )
    if done.returncode:
        raise InputError(f"{LOCK}: uv found no set of packages: {' '.join(done.stderr.split())[-500:]}")
    files.write_text(LOCK, HEADER + "".join(kept(entries(LOCK.read_text(encoding="utf-8"))).values()))


def entries(text: str) -> dict[str, str]:
    """Return the packages of a lock by name, each with its lines; a package has one entry for all its versions."""
    found: dict[str, str] = {}
    for part in re.split(r"^(?=\w)", text, flags=re.MULTILINE):
        if part and not part.startswith("#"):
            name = re.split(r"[\s=;\[]", part, maxsplit=1)[0].lower()
            found[name] = found.get(name, "") + part
    return found


def needed_by(entry: str) -> set[str]:
    """Return who needs a package, as uv's remarks say; a file of requirements stands for itself."""
    remarks = re.findall(r"^    # +(?:via )?(\S.*)$", entry, flags=re.MULTILINE)
    return {re.split(r"[\s\[]", remark, maxsplit=1)[0].lower() for remark in remarks if remark != "via"}


def kept(packages: dict[str, str]) -> dict[str, str]:
    """Return the packages without PyTorch and those that only it, or what goes with it, needs."""
    gone = {OWN_CHOICE}
    while True:
        more = {name for name, entry in packages.items() if needed_by(entry) and needed_by(entry) <= gone} - gone
        if not more:
            return {name: entry for name, entry in packages.items() if name not in gone}
        gone |= more


if __name__ == "__main__":
    sys.exit(entry.run_tool("lock", lambda: main(sys.argv[1:])))
