"""Do all modalities of a synthetic row show the class that it was generated for, as often as those of real test rows?

    python benchmarks/joint.py      # after `make repro`

Reads the metrics of the stage `fidelity` from the last run. `<engine>.coherence` is the share of synthetic rows whose
picture, words and numbers are each recognised as the requested class, over the same share of real test rows (by
classifiers trained on train rows; above 1 where synthetic rows are more typical of their class than real ones).
`<engine>.beyond_class` is how far that share lies above the one with modalities shuffled within each class;
`real.beyond_class` is the same of real rows. `<engine>.copy_rate` is the share of titles that the train split contains,
`real.copy_rate` that of real test titles.
"""

import json
import sys
from pathlib import Path

import record

FIDELITY = Path(__file__).parents[1] / "metrics" / "fidelity.json"


def main() -> None:
    """Collect the numbers of all engines of the last run."""
    numbers = json.loads(record.need(FIDELITY).read_text(encoding="utf-8"))
    origins = sorted({name.split(".", 1)[0] for name in numbers if ".joint.all" in name})
    if not origins:
        sys.exit(f"{FIDELITY.name} has no joint scores: the last run had a single modality")
    results: dict[str, float] = {}
    for origin in origins:
        together, by_class = numbers[f"{origin}.joint.all"], numbers[f"{origin}.joint.all_if_independent"]
        results |= {f"{origin}.all": together, f"{origin}.beyond_class": round(together - by_class, 4)}
        if origin != "real":
            results[f"{origin}.coherence"] = round(numbers[f"{origin}.joint.all_ratio"], 4)
        for column in ("title", "description"):
            rate = numbers.get(f"{origin}.text.copy_rate.{column}")
            if rate is not None:
                results[f"{origin}.copy_rate" if column == "title" else f"{origin}.copy_rate.{column}"] = round(rate, 4)
    record.write("joint", results)


if __name__ == "__main__":
    main()
