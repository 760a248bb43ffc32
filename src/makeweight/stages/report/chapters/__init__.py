"""The chapters of the page in reading order: what came out, what came in, what was learned, what it was worth."""

from makeweight.stages.report.chapters import (
    classes,
    classifiers,
    cleaning,
    contest,
    data_path,
    embedding,
    fewshot,
    fidelity,
    samples,
    training,
)
from makeweight.stages.report.sections import Chapter

CHAPTERS: tuple[Chapter, ...] = tuple(
    module.CHAPTER
    for module in (data_path, samples, cleaning, classes, training, classifiers, fidelity, contest, fewshot, embedding)
)
