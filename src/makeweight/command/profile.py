"""`makeweight profile quick`: set the parameters that depend on the size of the data, and say how long a run takes."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from makeweight.command import project
from makeweight.core.errors import InputError

if TYPE_CHECKING:
    from makeweight.tools.profile import DataSize

LOCK = Path("dvc.lock")
LONG_MINUTES = 60


@click.command()
@click.argument("level", default="default", metavar="[quick|default|full]")
@click.option("--dry-run", is_flag=True, help="Show what would change, and change nothing.")
def command(level: str, dry_run: bool) -> None:
    """Set the parameters that depend on the size of the data, and say how long a run takes.

    quick answers in about a minute for a small table, default in minutes, full trains every engine until its score on
    validation rows no longer rises. The values stand in params.yaml afterwards, each with a comment.
    """
    from makeweight.tools import profile

    project.check_project()
    size = data_size()
    values = profile.profile(size, level)
    different = profile.changed(values, project.PARAMS)
    click.echo(f"{level}, for {size.readable}:")
    for name, (before, after) in different.items():
        click.echo(f"  {name}: {shown(before)} -> {shown(after)}")
    if not different:
        click.echo("  nothing changes")
    if not dry_run:
        profile.apply(size, level, project.PARAMS)
    click.echo(told(profile.minutes(size, level)))


def data_size() -> "DataSize":
    """Return the size of the data that the stage `ingest` has read.

    Raises:
        InputError: it has not, or it has read those of another card.
    """
    from makeweight.core import params, paths
    from makeweight.data import samples
    from makeweight.tools.profile import DataSize

    path = paths.INGEST / "samples.parquet"
    chosen = str(params.value("dataset"))
    read = locked_dataset()
    if not path.is_file() or (read is not None and read != chosen):
        why = "no such file" if not path.is_file() else f"holds the rows of {read!r}, and `dataset` is {chosen!r}"
        raise InputError(f"{path}: {why}; `dvc repro ingest` reads the data, which a profile depends on")
    found = samples.read(path, ["label"])
    return DataSize(len(found.table), found.roles.modalities, found.table["label"].nunique(), len(found.roles.features))


def locked_dataset() -> str | None:
    """Return the card whose data the last `ingest` read; None where DVC does not know."""
    from makeweight.core.params import read_yaml

    values: Any = read_yaml(LOCK) if LOCK.is_file() else None
    for key in ("stages", "ingest", "params", str(project.PARAMS), "dataset"):
        values = values.get(key) if isinstance(values, dict) else None
    return None if values is None else str(values)


def shown(value: Any) -> str:
    """Return a value in one short text; a long list by its length."""
    if isinstance(value, list):
        return f"[{', '.join(map(str, value))}]" if len(value) <= 4 else f"{len(value)} of them"
    return "null" if value is None else str(value)


def told(minutes: float) -> str:
    """Return how long a run takes, and a hint where that is long."""
    about = f"about {minutes:.0f} minutes" if minutes < LONG_MINUTES else f"about {minutes / 60:.1f} hours"
    long = "; `makeweight profile quick` is shorter" if minutes >= LONG_MINUTES else ""
    return f"A run takes {about if minutes >= 1.5 else 'about a minute'} on two quiet cores (an estimate){long}."
