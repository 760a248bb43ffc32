"""The command `makeweight` and its subcommands.

Nothing heavy is imported for `--help`: each subcommand is a Click command in a module of its own that is imported when
it is called, and that imports in its body what needs pandas, DVC or torch.
"""

import importlib
import sys
from collections.abc import Sequence
from typing import NamedTuple

import click

from makeweight import __version__
from makeweight.core import entry
from makeweight.core.errors import InputError


class Subcommand(NamedTuple):
    """Where a subcommand is, and what it does in a few words.

    The module has the Click command under the name `command`.
    """

    module: str
    summary: str


SUBCOMMANDS = {
    "try": Subcommand("makeweight.command.trial", "Say in a minute whether balancing helps on a file or a folder."),
    "init": Subcommand("makeweight.command.init", "Make a project of your own."),
    "add": Subcommand("makeweight.command.add", "Describe a table, a folder of pictures or a site in a card."),
    "profile": Subcommand("makeweight.command.profile", "Set the parameters that depend on the size of the data."),
    "run": Subcommand("makeweight.command.run", "Run what is out of date, and say what was decided."),
    "report": Subcommand("makeweight.command.report", "Say what was decided, and where the report is."),
    "app": Subcommand("makeweight.command.app", "Serve the web application over the project in this folder."),
    "stage": Subcommand("makeweight.command.stage", "Run one stage of the project in this folder."),
    "doctor": Subcommand("makeweight.command.doctor", "Say what is wrong with the set-up here, and how to mend it."),
}
"""In the order in which `makeweight --help` lists them."""


class Subcommands(click.Group):
    """Looks subcommands up in `SUBCOMMANDS` and imports the one that is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names, in the order of `SUBCOMMANDS`."""
        return list(SUBCOMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return a subcommand; None if there is none of that name."""
        if cmd_name not in SUBCOMMANDS:
            return None
        command = importlib.import_module(SUBCOMMANDS[cmd_name].module).command
        assert isinstance(command, click.Command), f"{cmd_name}: `command` is not a Click command"
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of subcommands without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, one.summary) for name, one in SUBCOMMANDS.items()])


@click.command(cls=Subcommands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="makeweight", message="%(prog)s %(version)s")
def makeweight() -> None:
    """Balance a data set with generated samples, and measure whether that helped."""


def one_line(mistake: click.ClickException) -> str:
    """Return what is wrong with a call, and how to learn what is right."""
    fault = mistake.format_message().rstrip(".").replace(". (", " (")
    context = mistake.ctx if isinstance(mistake, click.UsageError) else None
    help_of = f"; `{context.command_path} --help` says what is right" if context else ""
    return f"{fault[:1].lower()}{fault[1:]}{help_of}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status: what a user can mend is one line on standard error."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    entry.limit_threads()

    def called() -> int:
        try:
            returned = makeweight.main(given, prog_name="makeweight", standalone_mode=False)
        except click.exceptions.NoArgsIsHelpError as mistake:
            mistake.show()
            return 1
        except click.ClickException as mistake:
            raise InputError(one_line(mistake)) from None
        except click.Abort:
            raise KeyboardInterrupt from None
        return returned if isinstance(returned, int) else 0

    name = next((word for word in given if word in SUBCOMMANDS), "")
    return entry.run_tool(f"makeweight {name}".strip(), called)


if __name__ == "__main__":
    sys.exit(main())
