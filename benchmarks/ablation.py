"""What each means for rare classes brings: one parameter changed at a time, at equal training time.

    MAKEWEIGHT_THREADS=1 FASHION_MNIST=... python benchmarks/ablation.py --seconds 60

Fashion-MNIST with classes 2, 3 and 4 at a tenth (see quality.py): an engine as params.yaml has it, then with one of its
means switched off (or, where it is off by default, on). Per variant: what a classifier that learned from its fakes
alone gets right on real test pictures (`accuracy`, of all classes alike), the same for the three rare classes
(`rare_recall`), and the coverage of the rare classes. A short training and one seed: differences of a point or two say
nothing, and the file says how long it was.
"""

import argparse
from typing import Any

import numpy as np

import quality
import record
from makeweight.core import runtime
from makeweight.core.progress import say

DATA = "fashion-mnist-imbalanced"
BOTH: dict[str, dict[str, Any]] = {
    "as_it_is": {},
    "drawn_as_they_are": {"balance": 0.0},
    "classes_drawn_alike": {"balance": 1.0},
    "class_code_not_blurred": {"class_spread": 0.0},
    "not_averaged": {"average": 0.0},
}
ADVERSARIAL = BOTH | {
    "class_from_14_pixels": {"class_from": 14},
    "augment_translation": {"augment": ["translation"]},
    "augment_all": {"augment": ["translation", "colour", "cutout"]},
}
FLOW = BOTH | {
    "guided": {"guidance": 1.5},
    "class_never_hidden": {"class_dropout": 0.0},
}
VARIANTS = {"wgan_gp": ADVERSARIAL, "r3gan": ADVERSARIAL, "latent_flow": FLOW}


def main() -> None:
    """Every variant of every engine asked for; the file is written after each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--engines", nargs="+", choices=list(VARIANTS), default=["wgan_gp", "latent_flow"])
    parser.add_argument("--seconds", type=float, default=60.0, help="training time of each variant")
    parser.add_argument("--fakes", type=int, default=3000)
    arguments = parser.parse_args()
    runtime.prepare(0)
    device = runtime.device("auto")
    task = quality.Task.read(DATA, arguments.fakes, 0)
    real = quality.recalls(quality.learn(task.balanced, task, 0, device), task, device)
    rare = list(quality.RARE)
    budget = {
        "data": DATA,
        "seconds": arguments.seconds,
        "fakes": arguments.fakes,
        "seeds": 1,
        "real.accuracy": round(float(real.mean()), 4),
        "real.rare_recall": round(float(real[rare].mean()), 4),
    }
    for engine in arguments.engines:
        for name, changes in VARIANTS[engine].items():
            config = quality.settings(engine, changes)
            made, spent = quality.train(engine, task, config, arguments.seconds, 0, device)
            fakes, _ = quality.balanced_fakes(made, arguments.fakes, 0, device)
            fitted = quality.learn(fakes, task, 0, device)
            found = quality.recalls(fitted, task, device)
            results = {
                f"{engine}.{name}.accuracy": round(float(found.mean()), 4),
                f"{engine}.{name}.rare_recall": round(float(found[rare].mean()), 4),
                f"{engine}.{name}.updates": spent["updates"],
            }
            say(f"{engine} {name}: accuracy {found.mean():.3f}, rare classes {np.mean(found[rare]):.3f}")
            record.add(f"ablation_{engine}", budget | results)


if __name__ == "__main__":
    main()
