"""`makeweight run`: DVC runs what is out of date, with one line of progress, and the verdict stands at the end."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

import click

from makeweight.command import project, stages
from makeweight.command.watch import NOISE, PROGRESS, SKIPS, STARTS, Watch
from makeweight.core import paths, timings
from makeweight.core.errors import InputError

LOG = paths.SCRATCH / "run.log"
"""Everything that DVC and the stages wrote during the last run."""


@click.command()
@click.argument("names", nargs=-1, metavar="[STAGE]...")
@click.option(
    "-S",
    "--set-param",
    "overrides",
    multiple=True,
    metavar="KEY=VALUE",
    help="Try a value of params.yaml; repeatable.",
)
@click.option("--open", "opened", is_flag=True, help="Open the report in the browser at the end.")
def command(names: Sequence[str], overrides: Sequence[str], opened: bool) -> int:
    """Run the stages that are out of date: `dvc repro`, or with -S an experiment, `dvc exp run`.

    With STAGE only that one and those before it. The last line says what was decided and where the report is.
    """
    project.check_project()
    project.check_git()
    project.check_writable(Path.cwd())
    check_dataset(overrides)
    if overrides:
        check_commit()
    arguments = ["exp", "run", *(word for one in overrides for word in ("-S", one))] if overrides else ["repro"]
    addresses = stages.all_addresses(overrides)
    check_stages(names, addresses)
    started = time.monotonic()
    status = 0 if overrides else read_changed()
    status = status or follow(project.dvc(*arguments, *names), [] if names else addresses)
    if status:
        return status
    click.echo(f"Done in {timings.duration_text(time.monotonic() - started)}.")
    if names:
        told_stages(names)
    else:
        told_end()
    if opened and project.REPORT.is_file():
        project.show(project.REPORT)
    return 0


def read_changed() -> int:
    """Have `ingest` read files again that have changed since; DVC tracks the card only. Returns the exit status."""
    from makeweight.command import sources

    changed = sources.changed_files()
    if not changed:
        return 0
    click.echo(f"{', '.join(changed)}: changed since it was read; it is read again")
    return follow(project.dvc("repro", "--force", "--single-item", "ingest"), [])


def check_dataset(overrides: Iterable[str]) -> None:
    """Check that the project has data.

    Raises:
        InputError: no card is chosen, or the one that is chosen does not exist.
    """
    from makeweight.core import params
    from makeweight.data import card
    from makeweight.tools.scaffold import NO_DATASET

    values = stages.with_overrides(params.read_yaml(params.FILE), overrides)
    if values.get("dataset") == NO_DATASET:
        known = sorted(path.stem for path in paths.DATASETS.glob("*.yaml"))
        cards = f"; or set `dataset` to one of {', '.join(known)}" if known else ""
        raise InputError(
            f"params.yaml: no data set is chosen; `makeweight add FILE --label COLUMN` adds one and chooses it{cards}"
        )
    card.load(str(values.get("dataset")))


def check_stages(names: Iterable[str], addresses: Sequence[str]) -> None:
    """Check that stages or cells that the user names are there.

    Raises:
        InputError: names the stages that there are.
    """
    known = list(dict.fromkeys(address.partition("@")[0] for address in addresses))
    for name in names:
        if name not in addresses and name not in known:
            raise InputError(f"there is no stage {name!r}; stages are {', '.join(known)}")


def check_commit() -> None:
    """Check that git has a commit, from which DVC can begin an experiment.

    Raises:
        InputError: there is none.
    """
    done = subprocess.run(["git", "rev-parse", "--verify", "--quiet", "HEAD"], capture_output=True, check=False)
    if done.returncode:
        raise InputError("-S runs an experiment, which needs a commit to begin at: git add -A && git commit -m 'Begin'")


def follow(command: list[str], addresses: list[str]) -> int:
    """Run DVC, show its progress, keep its output in `LOG`, and return the exit status.

    Raises:
        KeyboardInterrupt: after Ctrl-C, once DVC and its stage have ended.
    """
    watch = Watch(addresses, stages.read_times())
    LOG.parent.mkdir(parents=True, exist_ok=True)
    stop_when_the_terminal_closes()
    process = subprocess.Popen(
        command, env=project.environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        errors="replace", start_new_session=True,
    )  # fmt: skip
    assert process.stdout is not None
    try:
        with LOG.open("w", encoding="utf-8") as log:
            for line in process.stdout:
                log.write(line)
                watch.take(line.rstrip("\n"))
        status = process.wait()
    except BaseException:
        end(process)
        raise
    finally:
        watch.close()
        stages.write_times(watch.seconds)
    if not status:
        return 0
    for line in watch.reasons():
        sys.stderr.write(f"{line}\n")
    sys.stderr.write(f"makeweight run: {watch.place()} failed; all that was written is in {LOG}\n")
    return 1


def stop_when_the_terminal_closes() -> None:
    """End as after SIGTERM when the terminal goes, unless it was asked to go on (`nohup`)."""
    if signal.getsignal(signal.SIGHUP) == signal.SIG_DFL:
        signal.signal(signal.SIGHUP, signal.getsignal(signal.SIGTERM))


def end(process: subprocess.Popen[str]) -> None:
    """Stop DVC and its stage as Ctrl-C does, and wait until they have put things in order; then kill what is left."""
    for number in (signal.SIGINT, signal.SIGKILL):
        try:
            os.killpg(process.pid, number)
            process.communicate(timeout=20)
        except (subprocess.TimeoutExpired, KeyboardInterrupt):
            continue
        except ProcessLookupError:
            break


def told_stages(names: Sequence[str]) -> None:
    """Repeat what the stages that the user named said of their results; one that was up to date says nothing."""
    is_own = False
    for line in LOG.read_text(encoding="utf-8").splitlines():
        if found := STARTS.search(line):
            is_own = bool({found[1], found[1].partition("@")[0]} & set(names))
        elif SKIPS.search(line):
            is_own = False
        elif is_own and not NOISE.match(line) and not PROGRESS.match(line):
            click.echo(line)


def told_end() -> None:
    """Say what was decided and where the report is."""
    from makeweight.results.run import Run

    verdict = Run().verdict
    sentence = verdict.sentences.get("recommendation") if verdict else None
    if sentence:
        click.echo(sentence)
    if project.REPORT.is_file():
        click.echo(f"Report: {project.REPORT} (`makeweight report --open` opens it)")
