"""`makeweight stage clean`, `makeweight stage contest smote`: what a project's dvc.yaml calls."""

import click

from makeweight import __version__
from makeweight.core import entry
from makeweight.core.errors import InputError


@click.command()
@click.argument("name")
@click.argument("cell", nargs=-1)
def command(name: str, cell: tuple[str, ...]) -> int:
    """Run the stage NAME, or one CELL of it, of the project in this folder.

    DVC calls this; `makeweight run` has DVC run all stages that are out of date.
    """
    from makeweight.tools.loggers import logging_run

    check_version()
    return entry.run_stage([name, *cell], logging_run)


def check_version() -> None:
    """Check that the project was made for the installed version, so that an upgrade re-runs all stages.

    Raises:
        InputError: params.yaml names another version.
    """
    from makeweight.core import params
    from makeweight.core.cells import read_values
    from makeweight.tools.scaffold import VERSION_KEY

    version = read_values().get(VERSION_KEY, __version__)
    if version != __version__:
        raise InputError(
            f"{params.FILE}: `{VERSION_KEY}` is {version}, but {__version__} is installed; set it to '{__version__}', "
            f"and all stages run again with that, or: pip install 'makeweight=={version}'"
        )
