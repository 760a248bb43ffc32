"""`makeweight app`: the web application over the project in this folder."""

from pathlib import Path

import click

from makeweight.command import project


@click.command(
    context_settings={"ignore_unknown_options": True, "allow_extra_args": True, "help_option_names": []},
    add_help_option=False,
)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def command(arguments: tuple[str, ...]) -> int:
    """Serve the web application over the project in this folder; --help lists the options."""
    from makeweight.app.__main__ import main

    if not {"-h", "--help"} & set(arguments):
        project.check_project()
        project.check_writable(Path.cwd())
    try:
        return main(list(arguments), prog="makeweight app")
    except SystemExit as ended:  # --help, and options that do not exist
        return int(ended.code or 0)
