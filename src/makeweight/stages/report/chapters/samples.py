"""Real pictures beside synthetic ones, and whole synthetic samples."""

import re

from markupsafe import Markup

from makeweight.results.markup import cell_text, join, tag
from makeweight.results.pictures import Example
from makeweight.results.run import Run
from makeweight.stages.report.sections import Chapter, data_address, figure

DECIMAL = re.compile(r"-?(0|[1-9]\d*)(\.\d+([eE][-+]?\d{1,2})?|[eE][-+]?\d{1,2})")
WORDS = {"id", "label", "title", "description"}
"""Columns that come above the table of a sample."""


def render(run: Run) -> Markup:
    """Pictures side by side, then whole samples, per engine."""
    parts = []
    for synthetic in run.synthetic:
        engine = synthetic.engine
        pictures = figure(
            run.comparison(engine),
            f"Real pictures and synthetic pictures of {engine}, a row per class",
            "Chosen at random, as they came out: nothing is picked, sharpened or recoloured.",
        )
        body = join([pictures, render_examples(engine, run.examples(engine))])
        parts.append(join([tag("h3", f"Engine {engine}"), body]) if body else body)
    return join(parts)


def render_examples(engine: str, examples: tuple[Example, ...]) -> Markup:
    """Some synthetic samples with all their columns."""
    if not examples:
        return Markup("")
    title = f"{len(examples)} whole synthetic samples of {engine}, chosen at random"
    items = [render_example(example) for example in examples]
    return join([tag("h3", title), tag("ul", join(items), class_="listings")])


def render_example(example: Example) -> Markup:
    """One synthetic sample: picture, words, numbers."""
    values, parts = example.values, []
    if example.picture is not None:
        image = Markup('<img src="{}" alt="synthetic picture of class {}">')
        parts.append(image.format(data_address(example.picture), values["label"]))
    parts += [tag("h4", cell_text(values["title"]))] if "title" in values else []
    parts.append(tag("p", tag("strong", str(values["label"]))))
    parts += [tag("p", cell_text(values["description"]))] if "description" in values else []
    others = {str(name): value for name, value in values.items() if name not in WORDS}
    pairs = [join([tag("dt", name), tag("dd", value_text(value))]) for name, value in others.items()]
    return tag("li", join([*parts, tag("dl", join(pairs))]))


def value_text(value: object) -> str:
    """A cell as it stands in the file, so that `007` stays; a number with decimals as numbers are shown elsewhere."""
    if not isinstance(value, str) or not DECIMAL.fullmatch(value):
        return cell_text(value)
    number = float(value)
    return cell_text(int(number) if number.is_integer() else number)


CHAPTER = Chapter(
    "samples",
    "What the engines made",
    "Real pictures beside synthetic ones of the same class, and some whole synthetic samples of each engine.",
    ("sample",),
    render,
)
