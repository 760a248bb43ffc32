"""The stage `report`: plots/report.html, and beside DVC's outputs the page of the seconds that it links to."""

import re
from dataclasses import dataclass
from importlib import resources

import pandas as pd
from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from makeweight.core import files, params, paths
from makeweight.data import card
from makeweight.results import charts
from makeweight.results.markup import counted, join, tag
from makeweight.results.run import Run
from makeweight.stages.report import seconds
from makeweight.stages.report.chapters import CHAPTERS
from makeweight.stages.report.opening import render_opening
from makeweight.stages.report.sections import Section, details, table


@dataclass(frozen=True)
class Setting:
    """What the page says beside metrics and plots."""

    title: str
    licence: str
    parameters: str
    """The text of params.yaml."""
    alpha: float
    """The accepted chance that any word of the verdict is false."""


def write_page(run: Run, setting: Setting) -> str:
    """The whole page; the same files give the same bytes."""
    parameters = details("params.yaml", tag("pre", tag("code", setting.parameters)))
    sections = [
        *(chapter.section(run) for chapter in CHAPTERS),
        Section("parameters", "Parameters", "What this run was made with.", parameters),
        Section("numbers", "All numbers", "", all_numbers(run)),
    ]
    template = Environment(autoescape=True, undefined=StrictUndefined).from_string(read_resource("page.html"))
    return template.render(
        title=setting.title,
        licence=setting.licence,
        style=Markup(style()),
        opening=render_opening(run, setting.alpha),
        sections=sections,
    )


def all_numbers(run: Run) -> Markup:
    """Every metrics file, to be opened."""
    return join(
        [
            details(
                f"metrics/{name}.json: {counted(len(numbers), 'number')}",
                table(pd.DataFrame({"name": list(numbers), "value": list(numbers.values())}, dtype=object), digits=6),
            )
            for name, numbers in run.folders.all_numbers()
        ]
    )


def style() -> str:
    """The page's style sheet with that of the charts."""
    return f"{read_resource('style.css')}\n{charts.STYLE}"


def read_resource(name: str) -> str:
    """A file that lies beside this one."""
    return resources.files("makeweight.stages.report").joinpath(name).read_text(encoding="utf-8")


def without_logger(parameters: str) -> str:
    """params.yaml without its line about the logger, which decides nothing: the page is the same with any logger."""
    return re.sub(r"^logger:.*\n", "", parameters, flags=re.MULTILINE)


def main() -> None:
    """Read metrics/, plots/, the parameters and the card's title; write the page."""
    chosen, run = card.chosen(), Run(paths.METRICS, paths.PLOTS)
    parameters = params.FILE.read_text(encoding="utf-8")
    alpha = float(params.value("verdict.family_wise_alpha"))
    setting = Setting(chosen.title, chosen.licence, without_logger(parameters), alpha)
    files.write_text(paths.PLOTS / "report.html", write_page(run, setting))
    files.write_text(seconds.PAGE, seconds.write_seconds_page(run, style()))


if __name__ == "__main__":
    main()
