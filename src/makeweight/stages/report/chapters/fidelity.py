"""How close synthetic samples come to real ones."""

from collections.abc import Sequence

from markupsafe import Markup

from makeweight.results.fidelity import REFERENCE, Measure
from makeweight.results.markup import counted, join, readable
from makeweight.results.run import Run
from makeweight.stages.report.sections import Chapter, details, figure, table, table_of

MEANINGS = {
    "frechet": "distance between clouds of features, 0: same mean and covariance",
    "kernel": "distance between distributions of features, 0: same",
    "precision": "share of synthetic samples that lie among real ones",
    "recall": "share of real samples that lie among synthetic ones",
    "density": "how deep synthetic samples lie among real ones, 1: as deep as real",
    "coverage": "share of real samples with a synthetic one nearby",
    "detection_auc": "a classifier tells synthetic from real, 0.5: it can't",
    "detection_accuracy": "a network tells synthetic pictures from real ones, 0.5: it can't",
    "high_frequency_ratio": "share of fine detail by that of real pictures, below 1: blurred",
    "edge_p90_ratio": "strength of strong edges by that of real pictures, below 1: blurred",
    "checkerboard_2px_ratio": "a pattern from pixel to pixel by that of real pictures, above 1: a checkerboard",
    "collapsed_classes": "classes whose samples are nearly all alike, 0 is right",
    "nearest_train_share": "share nearer to a train than to a held-out sample, 0.5: nothing is copied",
    "membership_auc": "an attack tells who was in training, 0.5: it can't",
    "self_bleu": "how alike the texts are to each other, 1: all the same",
    "pair_gap": "difference in how two columns go together, 0: none",
    "marginal_gap": "difference in the distributions of single columns, 0: none",
    "all": "share of samples of which every kind of data (picture, numbers, words) shows the class",
    "all_ratio": "the same by the share on real samples, 1: as often",
}
"""What a measure says, and where it should be; measures that are not here come in a second table."""
OF_A_COLUMN = {
    "copy_rate": "share of the column's texts that occur word for word in training",
    "known_words": "share of the column's words that occur in training",
    "repeat_rate": "share of the column's training texts that another training row has too",
    "marginal_gap_of": "",
}
"""What a measure says whose name ends with that of a column."""


def render(run: Run) -> Markup:
    """Every measure, one column per engine, then by class, then nearest neighbours."""
    fidelity = run.fidelity
    if fidelity is None:
        return Markup("")
    first = [measure for measure in fidelity.measures if meaning(measure)]
    others = [measure for measure in fidelity.measures if not meaning(measure)]
    parts = [wide_table(first, fidelity.origins)]
    if others:
        parts.append(details(counted(len(others), "further number"), wide_table(others, fidelity.origins)))
    if fidelity.by_class is not None:
        words = [str(name) for name in fidelity.by_class if fidelity.by_class[name].dtype == object]
        parts.append(details("By class", table(fidelity.by_class, words)))
    for engine, png in run.neighbour_pictures.items():
        title = f"Synthetic pictures of {engine}, and the nearest training pictures"
        parts.append(details(title, figure(png, title)))
    for engine, texts in run.neighbours.items():
        title = f"Synthetic texts of {engine}, and the nearest training texts"
        parts.append(details(title, table(texts, [str(name) for name in texts])))
    return join(parts)


def meaning(measure: Measure) -> str:
    """What a measure says; nothing for those of the second table."""
    first, is_longer, _ = measure.name.partition(".")
    return OF_A_COLUMN.get(first, "") if is_longer else MEANINGS.get(measure.name, "")


def title_of(modality: str, name: str) -> str:
    """A measure in words; the name of a column stays as it is."""
    first, is_longer, column = name.partition(".")
    if is_longer and first in OF_A_COLUMN:
        return f"{modality}, {readable(first)}{'' if first.endswith('_of') else ','} {column}"
    return f"{modality}, {readable(name).replace('.', ', ')}"


def wide_table(measures: Sequence[Measure], origins: Sequence[str]) -> Markup:
    """A line per modality and measure, a column per origin, the reference first."""
    values: dict[tuple[str, str], dict[str, float]] = {}
    meanings = {}
    for measure in measures:
        key = measure.modality, measure.name
        values.setdefault(key, {})[measure.origin] = measure.value
        meanings[key] = meaning(measure)
    used = [origin for origin in origins if origin == REFERENCE or any(origin in own for own in values.values())]
    lines: list[dict[str, object]] = [
        {
            "measure": title_of(modality, name),
            **{origin: own.get(origin) for origin in used},
            "how to read it": meanings[modality, name],
        }
        for (modality, name), own in values.items()
    ]
    return table_of(lines, ["how to read it"])


CHAPTER = Chapter(
    "fidelity",
    "How close synthetic comes to real",
    "The column real compares held-out real samples with the training samples: the best that can be expected.",
    ("fidelity",),
    render,
)
