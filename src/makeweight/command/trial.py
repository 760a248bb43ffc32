"""`makeweight try data.csv --label churn`: an answer in a minute, without a project."""

from pathlib import Path

import click

from makeweight.core.ranges import LARGEST_SEED


@click.command("try")
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--label", help="The column with the classes; not needed where it is called so, or for pictures.")
@click.option("--rare", help="The class that matters; by default all with fewer rows than an equal share.")
@click.option(
    "--group",
    help="A column whose equal values stay on one side of a split, such as a customer; of pictures `subfolder`.",
)
@click.option("--seconds", type=click.FloatRange(min=1), default=60, show_default=True, help="The time to use.")
@click.option(
    "--splits",
    type=click.IntRange(min=2),
    help="Make so many splits, however long they take: the same result on every machine.",
)
@click.option(
    "--seed", type=click.IntRange(0, LARGEST_SEED), default=0, show_default=True, help="Of the random splits."
)
@click.option("--report", type=click.Path(path_type=Path), help="Write this page (HTML) with plot and table.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def command(
    path: Path,
    label: str | None,
    rare: str | None,
    group: str | None,
    seconds: float,
    splits: int | None,
    seed: int,
    report: Path | None,
    as_json: bool,
) -> None:
    """Say whether balancing helps on PATH, and which way of it.

    PATH is a table (CSV, TSV, Parquet, XLSX, JSON Lines) or a folder of pictures with a sub-folder for each class, or
    with a metadata.csv.
    Several ways of balancing train the same learners on several random splits, each with its own decision rule.
    Nothing is written but the report.
    """
    import time

    start = time.monotonic()
    click.echo(f"reading {path}", err=True)
    from makeweight.command import trial_run

    trial_run.run(path, label, rare, group, seconds, splits, seed, report, as_json, start)
