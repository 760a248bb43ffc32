"""The stage `report`: plots/report.html, and beside DVC's outs the page of the seconds that it links to."""

import re
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

import pandas as pd
from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from makeweight.core import files, params, paths
from makeweight.data import card
from makeweight.results import public, seconds
from makeweight.results.chapters import CHAPTERS, draw_numbers, draw_parameters, draw_sweep
from makeweight.results.opening import draw_opening
from makeweight.results.sections import Section
from makeweight.results.shelf import Shelf

SWEEP = Path("experiments") / "sweep.csv"
SWEEP_LEAD = (
    "The generator with one parameter changed at a time: score of a classifier trained on its samples, best first."
)


PUBLIC_LEAD = (
    "One classifier learns from an engine's pictures alone and once from as many balanced real ones, and both are "
    "tested on real pictures: ratio is accuracy over accuracy. Training took the minutes that stand in the table. "
    "Pictures as they came out, a row per class."
)


@dataclass(frozen=True)
class Setting:
    """What the page tells beside metrics and plots."""

    title: str
    licence: str
    parameters: str
    """params.yaml as it stands."""
    level: float
    """What the intervals leave out."""
    sweep: pd.DataFrame
    """The last sweep, best first; without rows where none was run."""
    trials: pd.DataFrame
    """The engines on public pictures, as `public.read_trials`."""


def write_page(shelf: Shelf, setting: Setting) -> str:
    """The whole page; the same files give the same bytes."""
    sections = [chapter.make(shelf) for chapter in CHAPTERS]
    sections += [
        Section("public", "The engines on public pictures", PUBLIC_LEAD, public.draw_public(setting.trials)),
        Section("sweep", "The last sweep", SWEEP_LEAD, draw_sweep(setting.sweep)),
        Section("parameters", "Parameters", "What this run was made with.", draw_parameters(setting.parameters)),
        Section("numbers", "All numbers", "", draw_numbers(shelf)),
    ]
    template = Environment(autoescape=True, undefined=StrictUndefined).from_string(read_resource("page.html"))
    return template.render(
        title=setting.title,
        licence=setting.licence,
        style=Markup(read_resource("style.css")),
        opening=draw_opening(shelf, setting.level),
        sections=sections,
    )


def read_resource(name: str) -> str:
    """A file that lies beside this one."""
    return resources.files("makeweight.stages.report").joinpath(name).read_text(encoding="utf-8")


def deciding(parameters: str) -> str:
    """params.yaml without its line about the logger, which decides nothing: the page is the same whoever watches."""
    return re.sub(r"^logger:.*\n", "", parameters, flags=re.MULTILINE)


def main() -> None:
    """Read metrics/, plots/, the last sweep, trials, the parameters and the card's title; write the page."""
    chosen = card.chosen()
    setting = Setting(
        title=chosen.title,
        licence=chosen.licence,
        parameters=deciding(params.FILE.read_text(encoding="utf-8")),
        level=float(params.value("verdict.family_wise_alpha")),
        sweep=pd.read_csv(SWEEP) if SWEEP.is_file() else pd.DataFrame(),
        trials=public.read_trials(),
    )
    shelf = Shelf(paths.METRICS, paths.PLOTS)
    files.write_text(paths.PLOTS / "report.html", write_page(shelf, setting))
    files.write_text(seconds.PAGE, seconds.write_seconds_page(shelf, read_resource("style.css")))


if __name__ == "__main__":
    main()
