"""Do all modalities of a synthetic row tell of the class that was asked for, as often as those of real test rows do?

    python benchmarks/joint.py      # after `make repro`

Reads what the pipeline's `fidelity` stage measured on the last run. `<engine>.coherence` is the share of synthetic rows
whose picture, words and numbers are each recognised as the class asked for, over the same share of real test rows (by
classifiers that learned from train rows; above 1 where synthetic rows are more typical of their class than real ones
are). `<engine>.beyond_class` is how far that share lies above what the class alone would bring, were the modalities of
a class shuffled among its rows, for real rows as `real.beyond_class`. `<engine>.copy_rate` is the share of titles that
stand letter by letter in the train split, `real.copy_rate` that of real test titles.
"""

import json
import sys
from pathlib import Path

import record

FIDELITY = Path(__file__).parents[1] / "metrics" / "fidelity.json"


def main() -> None:
    """All engines of the last run."""
    numbers = json.loads(record.need(FIDELITY).read_text(encoding="utf-8"))
    makers = sorted({name.split(".", 1)[0] for name in numbers if ".joint.all" in name})
    if not makers:
        sys.exit(f"{FIDELITY.name} has no joint scores: the last run had a single modality")
    results: dict[str, float] = {}
    for maker in makers:
        whole, by_class = numbers[f"{maker}.joint.all"], numbers[f"{maker}.joint.all_if_independent"]
        results |= {f"{maker}.all": whole, f"{maker}.beyond_class": round(whole - by_class, 4)}
        if maker != "real":
            results[f"{maker}.coherence"] = round(numbers[f"{maker}.joint.all_ratio"], 4)
        for column in ("title", "description"):
            rate = numbers.get(f"{maker}.text.copy_rate.{column}")
            if rate is not None:
                results[f"{maker}.copy_rate" if column == "title" else f"{maker}.copy_rate.{column}"] = round(rate, 4)
    record.write("joint", results)


if __name__ == "__main__":
    main()
