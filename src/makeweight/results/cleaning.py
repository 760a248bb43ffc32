"""The path of the samples: what came in, what each cleaning rule dropped, class counts and split sizes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from makeweight.results.folders import Folders, naming_files
from makeweight.results.values import below, by_first_part, records, text_of, whole


@dataclass(frozen=True, slots=True)
class Ingest:
    """What came in; None where not known."""

    samples: int | None
    failures: int | None
    """Pages, pictures or rows that failed to load."""


@dataclass(frozen=True, slots=True)
class Step:
    """What is left after one rule of the cleaning."""

    rule: str
    rows: int


@dataclass(frozen=True, slots=True)
class Cleaning:
    """The cleaning funnel; None where not known."""

    samples_out: int | None
    classes: int | None
    imbalance_ratio: float | None
    """Largest to smallest class."""
    steps: tuple[Step, ...]
    dropped: Mapping[str, int]
    """Rule -> samples that it dropped, in the order in which the rules were asked; rules that dropped none are out."""
    class_counts: tuple[ClassBeforeAfter, ...]
    gone: tuple[GoneClass, ...]
    """The classes that no clean sample has, the largest first."""


@dataclass(frozen=True, slots=True)
class ClassBeforeAfter:
    """A class before and after cleaning."""

    label: str
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class GoneClass:
    """A class that no clean row has."""

    label: str
    rows: int
    rule: str
    """The rule that took most of its rows; empty where not known."""
    remedy: str


@dataclass(frozen=True, slots=True)
class SplitSizes:
    """Samples per split; None where not known."""

    train: int | None
    validation: int | None
    test: int | None
    unused: int | None = None
    """Samples that no split takes, where params.yaml asks for fewer."""


@dataclass(frozen=True, slots=True)
class ClassSize:
    """Training samples of a class: real ones, and synthetic ones per engine."""

    label: str
    real: int
    synthetic: Mapping[str, int]
    test: int | None = None
    """Its test samples."""


@naming_files
def read_ingest(folders: Folders) -> Ingest | None:
    """What came in, where the stage `ingest` ran."""
    numbers = folders.numbers("ingest")
    return None if numbers is None else Ingest(whole(numbers.get("samples")), whole(numbers.get("failures")))


@naming_files
def read_cleaning(folders: Folders) -> Cleaning | None:
    """The funnel, where the stage `clean` ran."""
    numbers = folders.numbers("clean")
    if numbers is None:
        return None
    funnel = folders.series("clean", "funnel.csv")
    pairs = [] if funnel is None else zip(funnel.iloc[:, 0], funnel.iloc[:, 1], strict=True)
    steps = tuple(Step(str(rule), int(rows)) for rule, rows in pairs)
    order = {step.rule: index for index, step in enumerate(steps)}
    dropped = [(rule, int(count)) for rule, count in below(numbers, "dropped").items() if count]
    return Cleaning(
        whole(numbers.get("samples_out")),
        whole(numbers.get("classes")),
        numbers.get("imbalance_ratio"),
        steps,
        dict(sorted(dropped, key=lambda pair: order.get(pair[0], len(order)))),
        read_class_counts(folders),
        read_gone_classes(folders),
    )


@naming_files
def read_class_counts(folders: Folders) -> tuple[ClassBeforeAfter, ...]:
    """Classes before and after cleaning, the largest first."""
    rows = records(folders.series("clean", "class_counts.csv"))
    counts = [ClassBeforeAfter(str(row["label"]), int(row["before"]), int(row["after"])) for row in rows]
    return tuple(sorted(counts, key=lambda count: -count.before))


@naming_files
def read_gone_classes(folders: Folders) -> tuple[GoneClass, ...]:
    """The classes that no clean row has, the largest first."""
    return tuple(
        GoneClass(text_of(row["label"]), int(row["rows"]), text_of(row["rule"]), text_of(row["remedy"]))
        for row in records(folders.words("clean", "gone.csv"))
    )


@naming_files
def read_split_sizes(folders: Folders) -> SplitSizes | None:
    """Samples per split, where the stage `split` ran."""
    numbers = folders.numbers("split")
    if numbers is None:
        return None
    return SplitSizes(*(whole(numbers.get(name)) for name in ("train", "validation", "test", "unused")))


@naming_files
def read_class_sizes(folders: Folders) -> tuple[ClassSize, ...]:
    """Training samples per class, the largest class first, with what each engine made for it."""
    engines = {engine: below(rows, "rows") for engine, rows in by_first_part(folders.numbers("sample") or {}).items()}
    sizes = []
    for row in records(folders.series("split", "classes.csv")):
        label = str(row["label"])
        synthetic = {engine: int(rows[label]) for engine, rows in engines.items() if label in rows}
        sizes.append(ClassSize(label, int(row["train"]), synthetic, whole(row.get("test"))))
    return tuple(sorted(sizes, key=lambda size: -size.real))
