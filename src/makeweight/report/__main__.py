"""The stage `report`: plots/report.html."""

from importlib import resources

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from makeweight import card, files, params, paths
from makeweight.report.chapters import CHAPTERS, draw_numbers, draw_parameters
from makeweight.report.opening import draw_opening
from makeweight.report.sections import Section
from makeweight.report.shelf import Shelf


def write_page(shelf: Shelf, title: str, licence: str, parameters: str, level: float) -> str:
    """The whole page; the same files give the same bytes."""
    sections = [chapter.make(shelf) for chapter in CHAPTERS]
    sections.append(
        Section("parameters", "Parameters", "params.yaml as it was for this run.", draw_parameters(shelf, parameters))
    )
    sections.append(Section("numbers", "All numbers", "", draw_numbers(shelf)))
    template = Environment(autoescape=True, undefined=StrictUndefined).from_string(read_resource("page.html"))
    style = Markup(read_resource("style.css"))
    return template.render(
        title=title, licence=licence, style=style, opening=draw_opening(shelf, level), sections=sections
    )


def read_resource(name: str) -> str:
    """A file that lies beside this one."""
    return resources.files("makeweight.report").joinpath(name).read_text(encoding="utf-8")


def main() -> None:
    """Read metrics/, plots/, the parameters and the card's title; write the page."""
    chosen = card.chosen()
    parameters = params.FILE.read_text(encoding="utf-8")
    page = write_page(
        Shelf(paths.METRICS, paths.PLOTS),
        chosen.title,
        chosen.licence,
        parameters,
        float(params.value("verdict.level")),
    )
    files.write_text(paths.PLOTS / "report.html", page)


if __name__ == "__main__":
    main()
