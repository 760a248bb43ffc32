"""The stage `report`: plots/report.html, and beside DVC's outputs the page of the seconds that it links to."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from makeweight.core import files, params, paths, progress
from makeweight.core.ranges import PartShare
from makeweight.data import card
from makeweight.results import charts, seconds_page
from makeweight.results.markup import cell_text, counted, join
from makeweight.results.run import Run
from makeweight.stages.report.chapters import CHAPTERS
from makeweight.stages.report.opening import render_opening
from makeweight.stages.report.seconds import write_seconds_page
from makeweight.stages.report.sections import Section, details


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
    code = Markup('<pre tabindex="0" role="group" aria-label="params.yaml"><code>{}</code></pre>').format(
        setting.parameters
    )
    parameters = details("params.yaml", code)
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
                number_list(numbers),
            )
            for name, numbers in run.folders.all_numbers()
        ]
    )


def number_list(numbers: Mapping[str, float]) -> Markup:
    """A line per number; as a table, all numbers of a run would be half of the page."""
    width = max(map(len, numbers), default=0)
    lines = [f"{name:<{width}}  {cell_text(value, 6)}" for name, value in numbers.items()]
    return Markup('<pre class="scroll" tabindex="0" role="group" aria-label="numbers">{}</pre>').format(
        "\n".join(lines)
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


def told(run: Run) -> list[str]:
    """What the end of a run says: what was decided, and where the page is."""
    sentence = run.verdict.sentences.get("recommendation") if run.verdict else None
    return [
        *([f"report: {sentence}"] if sentence else []),
        f"report: {paths.PLOTS}/report.html has all of it",
    ]


def main() -> None:
    """Read metrics/, plots/, the parameters and the card's title; write the page."""
    chosen, run = card.chosen(), Run(paths.METRICS, paths.PLOTS)
    parameters = params.FILE.read_text(encoding="utf-8")
    alpha = params.typed("verdict.family_wise_alpha", PartShare)
    setting = Setting(chosen.title, chosen.licence, without_logger(parameters), alpha)
    files.write_text(paths.PLOTS / "report.html", write_page(run, setting))
    files.write_text(seconds_page.PAGE, write_seconds_page(run, style()))
    for line in told(run):
        progress.say(line)


if __name__ == "__main__":
    main()
