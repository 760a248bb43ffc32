"""fewshot: data/split and data/preprocess/image -> data/fewshot/<labeling>, metrics and plots of the same name.

A cell that has nothing to learn from ends here, before anything that takes seconds is imported.
"""

import shutil

from makeweight.core import files, outputs, paths, progress
from makeweight.core.errors import InputError
from makeweight.core.reading import read_json, reading

STAGE = "fewshot"
LABELINGS = ("coarse", "fine", "joined")
"""As in `class_split`, which takes half a second to import."""
COLUMNS = ("method", "way", "shot", "mean", "low", "high")
"""Of an empty table."""


def main(labeling: str) -> None:
    """Run the experiment with one labeling, or say why there is none.

    Raises:
        InputError: there is no such labeling.
    """
    if labeling not in LABELINGS:
        raise InputError(f"params.yaml: `labelings` names {labeling!r}; possible are {', '.join(LABELINGS)}")
    reason = why_empty(labeling) or run(labeling)
    if reason is not None:
        write_empty(labeling, reason)


def run(labeling: str) -> str | None:
    """Run the experiment; return why there is too little to learn from, None where there is enough."""
    from makeweight.stages.fewshot import cell

    return cell.run(labeling)


def why_empty(labeling: str) -> str | None:
    """Return what the data lack, of pictures and of the labels that the labeling needs; None where nothing."""
    spec = paths.PREPROCESS / "image" / "spec.json"
    with reading(spec):
        if not spec.is_file() or not read_json(spec)["present"]:
            return "the data have no pictures"
    import pyarrow.parquet as pq

    split = paths.SPLIT / "samples.parquet"
    with reading(split):
        names = pq.read_schema(split).names
    if labeling != "coarse" and "fine_label" not in names:
        return f"the data have no fine_label, which labeling {labeling} needs"
    return None


def write_empty(labeling: str, reason: str) -> None:
    """Write an empty table and no metrics; files of an earlier run are removed."""
    progress.say(f"fewshot {labeling}: {reason}; nothing to learn from, so the table stays empty")
    shutil.rmtree(paths.PLOTS / STAGE / labeling, ignore_errors=True)
    files.write_text(outputs.plot_path(STAGE, "table.csv", labeling), ",".join(COLUMNS) + "\n")
    with files.replacing_folder(paths.FEWSHOT / labeling):
        pass
    outputs.write_metrics(STAGE, {}, labeling)


if __name__ == "__main__":
    import sys

    main(*sys.argv[1:])
