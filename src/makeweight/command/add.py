"""`makeweight add`: looks at a table, a folder of pictures or a site, and writes the card that describes it."""

import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from makeweight.command import columns, project
from makeweight.core import files, paths, timings
from makeweight.core.errors import InputError

if TYPE_CHECKING:
    from makeweight.cards.found import Found


@click.command()
@click.argument("path", metavar="PATH_OR_ADDRESS")
@click.option("--label", metavar="COLUMN", help="The column with the classes.")
@click.option("--group", metavar="COLUMN", help="Rows that are equal in it stay in one split; of pictures `subfolder`.")
@click.option("--name", metavar="NAME", help="Of the card: datasets/NAME.yaml; by default that of the file.")
@click.option("--sheet", metavar="SHEET", help="Of a workbook that has several.")
@click.option(
    "--profile", "level", default="default", metavar="LEVEL", show_default=True, help="quick, default or full."
)
@click.option("--yes", is_flag=True, help="Ask nothing.")
def command(
    path: str, label: str | None, group: str | None, name: str | None, sheet: str | None, level: str, yes: bool
) -> None:
    """Describe data in a card, datasets/NAME.yaml, and choose them in params.yaml.

    PATH is a CSV, TSV, Parquet, XLSX or JSON Lines file, a folder of such files, or a folder of pictures; an address
    such as https://shop.example is a site to crawl. What each column is taken for is shown before anything is written.
    """
    project.check_project()
    project.check_writable(Path.cwd())
    from makeweight.cards.write import card_name, card_text
    from makeweight.tools.profile import LEVELS

    is_site = path.startswith(("http://", "https://"))
    chosen = name or card_name(site_name(path) if is_site else Path(path).resolve().name.partition(".")[0])
    target = check_name(chosen)
    if level not in LEVELS:
        raise InputError(f"`--profile` is {level!r}; right would be one of {', '.join(LEVELS)}")
    asks = not yes and sys.stdin.isatty()
    if is_site:
        from makeweight.cards import sites

        refuse(path, "a site", ("--group", group), ("--sheet", sheet))
        found = sites.look(path, label)
    else:
        found = with_label(opened(Path(path), group, sheet), label, asks)
    show(found)
    if asks and not click.confirm(f"Write {target}?", default=True):
        raise InputError("nothing was written")
    title = chosen.replace("-", " ").capitalize()
    save(target, card_text(found, title), chosen, found, level)


def site_name(address: str) -> str:
    """Return the host of an address, for the name of a card."""
    return address.partition("://")[2].partition("/")[0].removeprefix("www.").partition(":")[0]


def check_name(name: str) -> Path:
    """Return the file of a new card.

    Raises:
        InputError: the name cannot be one, or is taken.
    """
    from makeweight.cards.write import card_name
    from makeweight.tools.scaffold import NO_DATASET

    if name != card_name(name) or name == NO_DATASET:
        right = card_name(name) if card_name(name) != NO_DATASET else "data"
        raise InputError(f"`--name` is {name!r}; small letters, digits and dashes would be right, such as {right}")
    target = paths.DATASETS / f"{name}.yaml"
    if target.exists():
        raise InputError(
            f"{target}: is there already and is not overwritten; remove it, or choose another name with `--name`"
        )
    return target


def refuse(path: str, kind: str, *options: tuple[str, str | None]) -> None:
    """Refuse options that say nothing about a kind of source.

    Raises:
        InputError: one of them is stated.
    """
    for option, value in options:
        if value is not None:
            raise InputError(f"{path}: `{option}` is not for {kind}; without it the card is written, and can be edited")


def opened(path: Path, group: str | None, sheet: str | None) -> Callable[[str | None], "Found"]:
    """Read a file, or list a folder, once; return what finds out, for a label, what it holds."""
    from makeweight.cards import folders, tables

    written = written_path(path)
    walked = folders.find_pictures(path)
    if walked is not None:
        refuse(str(path), "a folder of pictures", ("--sheet", sheet))
        return lambda label: folders.look(path, walked, label, group, written)
    table = tables.read(path, sheet)
    return lambda label: tables.look(table, label, group, written)


def written_path(path: Path) -> str:
    """Return how a card names a file: relative to the project where it lies in it, else as a whole."""
    here = Path.cwd().resolve()
    whole = path.resolve()
    return whole.relative_to(here).as_posix() if whole.is_relative_to(here) else str(whole)


def with_label(look: Callable[[str | None], "Found"], label: str | None, asks: bool) -> "Found":
    """Return what a source holds; asks for the label where it is not known and someone can answer.

    Raises:
        InputError: the label is not known and nobody can be asked, or it cannot be one.
    """
    from makeweight.cards.labels import LabelUnknownError

    try:
        return look(label)
    except LabelUnknownError as unknown:
        if not asks:
            raise
        click.echo(str(unknown), err=True)
        offered = unknown.candidates[-1] if unknown.candidates else None
        return look(click.prompt("The label's column", default=offered))


def show(found: "Found") -> None:
    """Show each column with its role, why, and examples; then what the user should know."""
    click.echo(f"{f'{found.rows:,} rows, ' if found.rows else ''}{len(found.columns)} columns")
    click.echo(columns.table_of(found.columns, ", all in the card"))
    for note in found.notes:
        click.echo(f"note: {note}")


def save(target: Path, text: str, name: str, found: "Found", level: str) -> None:
    """Write the card, choose it in params.yaml and set what depends on its size there: all of it or nothing."""
    from makeweight.tools import profile
    from makeweight.tools.yaml_edit import Edit, edited

    # The size of a site is known once it was crawled.
    size = (
        profile.DataSize(found.rows, found.modalities, len(found.classes), len(found.features)) if found.rows else None
    )
    target.parent.mkdir(exist_ok=True)
    try:
        with files.replacing(project.PARAMS) as partial:
            shutil.copyfile(project.PARAMS, partial)
            edited(partial, [Edit("dataset", name), Edit("modalities", list(found.modalities))], "")
            values = {} if size is None else profile.apply(size, level, partial)
            files.write_text(target, text)
    except BaseException as error:
        target.unlink(missing_ok=True)
        if isinstance(error, PermissionError):
            raise InputError(f"{error.filename}: no permission to write there; nothing was written") from None
        if isinstance(error, InputError):
            raise InputError(files.final_name(str(error))) from None
        raise
    if size is None:
        click.echo(f"Written: {target}, a card to complete; in params.yaml it is chosen.")
        click.echo("Then: makeweight run ingest (the crawl); makeweight profile; makeweight run")
        return
    arms, engines = len(values["arms"]), ", ".join(values["engines"])
    click.echo(f"Written: {target}. In params.yaml it is chosen, with what suits {size.readable}:")
    click.echo(f"  {arms} ways of balancing, engines {engines}; about {minutes_text(profile.minutes(size, level))}.")
    click.echo("Look the card through, then: makeweight run")


def minutes_text(minutes: float) -> str:
    """Return how long a run takes."""
    return f"{timings.duration_text(60 * minutes)} on two quiet cores"
