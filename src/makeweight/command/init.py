"""`makeweight init`: a DVC project of one's own, with this package as a pinned dependency and without its source."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from makeweight import __version__
from makeweight.command import project
from makeweight.core.errors import InputError

DVC_CONFIG = """\
[core]
    analytics = false
    check_update = false
[plots]
    html_template = plots_offline.html
"""
GITIGNORE = """\
.venv/
__pycache__/
/.scratch/
/logs/
/dvc_plots/
*.tmp
# results that DVC keeps, not git
/data/ingest
/data/clean
/data/split
/data/preprocess
/data/train_gan
/data/sample
/data/learners
/data/fidelity
/data/classify
/data/contest
/data/fewshot
/data/tsne
/plots/report.html
"""
DVCIGNORE = """\
.venv/
.scratch/
/logs/
__pycache__/
.ipynb_checkpoints/
*.tmp
"""
README = """\
# A project with Makeweight

    pip install -r requirements.txt                  # once, in an environment of its own
    makeweight add FILE_OR_FOLDER --label COLUMN     # describe the data: writes datasets/NAME.yaml
    makeweight run                                   # run what is out of date, then read plots/report.html
    makeweight app                                   # look at the results in the browser

`datasets/` says what the data are, `params.yaml` what is done with them, `dvc.yaml` in which order.
`makeweight run -S seed=21` tries another value; `dvc exp show` and `dvc metrics diff` compare.
Commit everything that git shows: cards, parameters, dvc.lock, metrics and plots. Results in data/ are DVC's.
"""
MERGED = (".gitignore", ".dvcignore")
"""Files that a folder may have: the lines that they lack are added at their end."""
KEPT = ("README.md", "requirements.txt")
"""Files that a folder may have: they stay as they are."""


def contents() -> dict[str, str]:
    """Return the files of a new project by their path in it."""
    from makeweight.tools import scaffold

    return {
        ".dvc/.gitignore": "/config.local\n/tmp\n/cache\n",
        ".dvc/config": DVC_CONFIG,
        **{target: scaffold.read(name) for name, target in scaffold.COPIED.items()},
        f".dvc/{scaffold.PLOTS_PAGE}": scaffold.read(scaffold.PLOTS_PAGE),
        ".gitignore": GITIGNORE,
        ".dvcignore": DVCIGNORE,
        "README.md": README,
        "requirements.txt": f"makeweight=={__version__}\n",
        "datasets/.gitkeep": "",
        "dvc.yaml": scaffold.read("dvc.yaml"),
        "params.yaml": scaffold.read("params.yaml"),
    }


def in_repository(folder: Path) -> bool:
    """Return whether a folder that exists, or the first one above it that does, is in a git repository."""
    while not folder.is_dir():
        folder = folder.parent
    done = subprocess.run(["git", "rev-parse", "--git-dir"], cwd=folder, capture_output=True, check=False)
    return done.returncode == 0


def check_free(folder: Path, files: dict[str, str]) -> None:
    """Check that nothing would be overwritten.

    Raises:
        InputError: names the first file that is in the way.
    """
    if folder.exists() and not folder.is_dir():
        raise InputError(f"{folder}: a file; a folder, or a name that is not taken, would be right")
    for name in ("params.yaml", "dvc.yaml", ".dvc", *files):
        path = folder / name
        if name not in (*MERGED, *KEPT) and (path.exists() or path.is_symlink()):
            raise InputError(f"{path}: is there already and is not overwritten; choose another folder for the project")


@contextmanager
def undone_on_failure() -> Iterator[list[tuple[Path, bytes | None]]]:
    """Yield a list of paths that were made, or changed with their former content; a failure undoes them."""
    done: list[tuple[Path, bytes | None]] = []
    try:
        yield done
    except BaseException:
        for path, former in reversed(done):
            if former is not None:
                path.write_bytes(former)
            elif path.is_dir() and not path.is_symlink():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)
        raise


def make_folder(folder: Path, done: list[tuple[Path, bytes | None]]) -> None:
    """Make a folder and those above it, and note which ones are new."""
    if not folder.is_dir():
        make_folder(folder.parent, done)
        folder.mkdir()
        done.append((folder, None))


def write_file(path: Path, text: str, done: list[tuple[Path, bytes | None]]) -> str:
    """Write one file of a project; returns what is to be told about one that was there already."""
    make_folder(path.parent, done)
    if path.name in KEPT and path.exists():
        note = f", which should name {text.strip()}" if path.name == "requirements.txt" else ""
        return f"{path}: was there and stays as it is{note}"
    if path.name in MERGED and path.exists():
        former = path.read_text(encoding="utf-8")
        lacking = [line for line in text.splitlines() if line not in former.splitlines()]
        if not lacking:
            return ""
        done.append((path, path.read_bytes()))
        end = "" if former.endswith("\n") or not former else "\n"
        path.write_text(f"{former}{end}" + "\n".join(lacking) + "\n", encoding="utf-8")
        return f"{path}: {len(lacking)} lines were added at its end"
    done.append((path, None))
    path.write_text(text, encoding="utf-8")
    return ""


def write_project(folder: Path, files: dict[str, str]) -> list[str]:
    """Write a project, all of it or nothing; returns what is to be told.

    Raises:
        InputError: a folder cannot be written.
    """
    notes: list[str] = []
    try:
        with undone_on_failure() as done:
            make_folder(folder, done)
            if not in_repository(folder):
                done.append((folder / ".git", None))
                subprocess.run(["git", "init", "--quiet"], cwd=folder, check=True, capture_output=True)
            notes += [note for name, text in files.items() if (note := write_file(folder / name, text, done))]
    except PermissionError as error:
        raise InputError(f"{error.filename}: no permission to write there; nothing was made") from None
    except OSError as error:
        raise InputError(f"{error.filename or folder}: {error.strerror}; nothing was made") from None
    except subprocess.CalledProcessError as error:
        reason = error.stderr.decode(errors="replace").strip().partition("\n")[0]
        raise InputError(f"{folder}: git init failed: {reason}; nothing was made") from None
    return notes


@click.command()
@click.argument("folder", default=".", metavar="[DIR]", type=click.Path(path_type=Path))
def command(folder: Path) -> None:
    """Make a DVC project of your own in DIR, or in the folder that you are in.

    It has the pipeline, its parameters and a pinned requirement of this package, and none of its source. Nothing is
    overwritten.
    """
    project.check_git()
    files = contents()
    check_free(folder, files)
    for note in write_project(folder, files):
        click.echo(note)
    here = folder.resolve() == Path.cwd()
    click.echo(f"A new project is in {folder.resolve()}. Next:")
    if not here:
        click.echo(f"  cd {os.fspath(folder)}")
    click.echo("  makeweight add FILE_OR_FOLDER --label COLUMN")
    click.echo("  makeweight run")
