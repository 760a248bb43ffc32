"""`makeweight report`: what the last run decided, and where its page is."""

import click

from makeweight.command import project
from makeweight.core.errors import InputError


@click.command()
@click.option("--open", "opened", is_flag=True, help="Open the page in the browser.")
def command(opened: bool) -> None:
    """Say what the last run decided and where its report is."""
    from makeweight.results.run import Run

    project.check_project()
    if not project.REPORT.is_file():
        raise InputError(f"{project.REPORT}: no such file yet; `makeweight run` writes it")
    verdict = Run().verdict
    if verdict is not None:
        for name in ("recommendation", "share_of_rule", "group"):
            if name in verdict.sentences:
                click.echo(verdict.sentences[name])
    click.echo(f"Report: {project.REPORT.absolute()}")
    if opened:
        project.show(project.REPORT)
