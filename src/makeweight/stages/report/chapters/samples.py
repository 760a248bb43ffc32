"""Real pictures beside synthetic ones, and whole synthetic samples."""

from collections.abc import Sequence

import pandas as pd
from markupsafe import Markup

from makeweight.results.markup import cell_text, counted, join, tag
from makeweight.results.pictures import Example
from makeweight.results.run import Run
from makeweight.stages.report.sections import Chapter, figure, picture_address, table

NAMES = ("id", "label")
"""Columns that are not in the table of a sample."""


def render(run: Run) -> Markup:
    """Pictures side by side, then whole samples, per engine."""
    parts, texts = [], text_columns(run)
    for synthetic in run.synthetic:
        engine = synthetic.engine
        pictures = figure(
            run.comparison(engine),
            f"Real pictures and synthetic pictures of {engine}, a row per class",
            "Chosen at random, as they came out: nothing is picked, sharpened or recoloured.",
            is_exact=True,
        )
        if pictures:
            parts += [tag("h3", f"Engine {engine}: real and synthetic pictures"), pictures]
        parts.append(render_examples(engine, run.examples(engine), texts))
    return join(parts)


def text_columns(run: Run) -> tuple[str, ...]:
    """The columns that are texts, in the card's order."""
    path = run.data_path
    return () if path is None else tuple(column.column for column in path.columns if column.use == "text")


def render_examples(engine: str, examples: Sequence[Example], texts: Sequence[str]) -> Markup:
    """Some synthetic samples with all their columns; `texts` are the names of those that are texts."""
    if not examples:
        return Markup("")
    title = f"Engine {engine}: {counted(len(examples), 'whole synthetic sample')}, chosen at random"
    if not texts and all(example.picture is None for example in examples):
        return join([tag("h3", title), table_of_examples(examples)])
    items = [render_example(example, texts) for example in examples]
    return join([tag("h3", title), tag("ul", join(items), class_="listings")])


def table_of_examples(examples: Sequence[Example]) -> Markup:
    """Samples of nothing but cells side by side: a line per column, under the class of each sample."""
    names = [name for name in examples[0].values if name not in NAMES]
    lines = [[str(name), *(cell_text(example.values.get(name)) for example in examples)] for name in names]
    heads = ["column", *(str(example.values["label"]) for example in examples)]
    return table(pd.DataFrame(lines, columns=heads, dtype=object))


def render_example(example: Example, texts: Sequence[str]) -> Markup:
    """One synthetic sample: picture, class, texts, then the other cells as they stand in the file."""
    values, parts = example.values, []
    if example.picture is not None:
        image = Markup('<img src="{}" alt="synthetic picture of class {}" loading="lazy">')
        parts.append(image.format(picture_address(example.picture), values["label"]))
    parts.append(tag("p", tag("strong", str(values["label"]))))
    for index, name in enumerate(name for name in texts if cell_text(values.get(name))):
        parts.append(tag("h4" if index == 0 else "p", cell_text(values[name])))
    others = [str(name) for name in values if name not in (*NAMES, *texts)]
    pairs = [join([tag("dt", name), tag("dd", cell_text(values[name]))]) for name in others]
    return tag("li", join([*parts, tag("dl", join(pairs))]))


CHAPTER = Chapter(
    "samples",
    "What the engines made",
    "Some whole synthetic samples of each engine, with their values as they stand in the file; before them, where the "
    "data have pictures, real ones beside synthetic ones of the same class.",
    ("sample",),
    render,
)
