"""The files of a project of one's own: the pipeline and the parameters of this repository, without its source.

`make deps` writes `files/`, which the package carries, so that both stay alike; `makeweight init` copies them.
"""

import re
import secrets
from importlib import resources
from pathlib import Path

from makeweight import __version__
from makeweight.core import files

FOLDER = Path("src/makeweight/tools/scaffold/files")
"""Where the files lie in this repository."""
TEMPLATES = ("confusion_counts", "dose", "embedding", "funnel", "intervals", "losses")
COPIED = {f"plots/{name}.json": f".dvc/plots/{name}.json" for name in TEMPLATES}
"""File of the scaffold -> file of a project that is the same, here and there."""
PLOTS_PAGE = "plots_offline.html"
"""File of the scaffold that nothing here is copied to: this repository's .dvc/config names it where it lies."""
VERSION_KEY = "makeweight_version"
"""In params.yaml: the version of this package that the results come from."""
NO_DATASET = "none"
"""What `dataset` is in a project without data."""

PIPELINE_HEAD = """\
# The pipeline, in the order of the data: `makeweight run` (or `dvc repro`) runs the stages that are out of date.
# Another version of makeweight runs all of them again. Written by `makeweight init`; yours to change.
"""
PARAMS_HEAD = """\
# What is done with the data. What the data are is described in datasets/<dataset>.yaml.
# After a change `makeweight run` runs the stages that depend on it; `makeweight run -S seed=21` tries one value.
"""


def pipeline(text: str) -> str:
    """Return the dvc.yaml of a project, made from this repository's.

    Its stages are run by the installed command, and depend on its version instead of on source files.
    """
    lines: list[str] = []
    for line in without_head(text).splitlines():
        if re.fullmatch(r"    - src/\S+", line):
            continue
        lines.append(line.replace("cmd: python src/stage.py ", "cmd: makeweight stage "))
        if line == "    params:":
            lines.append(f"    - {VERSION_KEY}")
    return PIPELINE_HEAD + "\n".join(lines) + "\n"


def parameters(text: str) -> str:
    """Return the params.yaml of a project without data, made from this repository's: the same values and comments."""
    text = re.sub(
        r"^dataset: .*$",
        f"# The name of a card; `makeweight add FILE` writes one and names it here.\ndataset: {NO_DATASET}",
        without_head(text),
        count=1,
        flags=re.MULTILINE,
    )
    text = re.sub(r"^(  pseudonym_key:) .*$", r"\1 '@KEY@'", text, count=1, flags=re.MULTILINE)
    version = "# Set by `makeweight init`. With another version all stages run again.\n"
    return f"{PARAMS_HEAD}{text.rstrip()}\n\n{version}{VERSION_KEY}: '@VERSION@'\n"


def without_head(text: str) -> str:
    """Return a YAML file without the comment at its top."""
    lines = text.splitlines(keepends=True)
    start = next((position for position, line in enumerate(lines) if not line.startswith("#")), 0)
    return "".join(lines[start:])


def written(root: Path) -> dict[str, str]:
    """Return the files of the scaffold by name, as they follow from the repository's.

    Args:
        root: the repository.
    """
    texts = {name: (root / source).read_text(encoding="utf-8") for name, source in COPIED.items()}
    return texts | {
        "dvc.yaml": pipeline((root / "dvc.yaml").read_text(encoding="utf-8")),
        "params.yaml": parameters((root / "params.yaml").read_text(encoding="utf-8")),
    }


def write() -> list[str]:
    """Write the files of the scaffold that differ from what follows from the repository's; return their names."""
    changed = []
    for name, text in written(Path()).items():
        path = FOLDER / name
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            files.write_text(path, text)
            changed.append(name)
    return changed


def read(name: str) -> str:
    """Return a file of the scaffold with the installed version and a key of its own in it."""
    text = resources.files("makeweight.tools.scaffold").joinpath("files", name).read_text(encoding="utf-8")
    return text.replace("@VERSION@", __version__).replace("@KEY@", secrets.token_hex(16))
