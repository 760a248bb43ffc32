"""Ablation of what is meant to help rare classes: one parameter changed at a time, at equal training time.

    MAKEWEIGHT_THREADS=1 FASHION_MNIST=... python benchmarks/ablation.py --seconds 60
    python benchmarks/ablation.py --engines wgan_gp --variants default learning_rate_0.0007 --save-as sweep_wgan_gp

Fashion-MNIST with classes 2, 3 and 4 at a tenth (see quality.py): an engine with the parameters of params.yaml, then
with one feature switched off (or, where it is off by default, on). Per variant: `accuracy` on real test pictures of a
classifier trained on synthetic rows alone, its mean recall of the three rare classes (`rare_recall`), `coverage` and
the sharpness of quality.py, and the number of updates. The trainings are short (`seconds`) and there is one seed:
differences of a point or two mean nothing.
"""

import argparse
from typing import Any

import numpy as np

import quality
import record
from makeweight.core import runtime
from makeweight.core.progress import say

DATA = "fashion-mnist-imbalanced"
COMMON: dict[str, dict[str, Any]] = {
    "default": {},
    "natural_class_frequencies": {"class_sampling_power": 0.0},
    "uniform_class_sampling": {"class_sampling_power": 1.0},
    "no_class_embedding_noise": {"class_embedding_noise": 0.0},
    "no_weight_averaging": {"ema_decay": 0.0},
}
ADVERSARIAL = COMMON | {
    "class_modulation_from_14_pixels": {"class_modulation_from": 14},
    "augment_translation": {"augment": ["translation"]},
    "augment_all": {"augment": ["translation", "colour", "cutout"]},
}
FLOW = COMMON | {
    "guidance": {"guidance": 1.5},
    "no_class_dropout": {"class_dropout_probability": 0.0},
}
WGAN_GP = ADVERSARIAL | {
    **{f"learning_rate_{rate}": {"learning_rate": rate} for rate in (0.0003, 0.0007, 0.001, 0.004)},
    **{f"critic_steps_{steps}": {"critic_steps": steps} for steps in (1, 3, 5)},
}
VARIANTS = {"wgan_gp": WGAN_GP, "r3gan": ADVERSARIAL, "latent_flow": FLOW}


def main() -> None:
    """Measure every variant of the requested engines; the file is written after each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--engines", nargs="+", choices=list(VARIANTS), default=["wgan_gp", "latent_flow"])
    parser.add_argument("--seconds", type=float, default=60.0, help="training time of each variant")
    parser.add_argument("--rows", type=int, default=3000)
    parser.add_argument("--variants", nargs="+", help="of the engines' variants, those to measure")
    parser.add_argument("--save-as", help="name of the file of results; ablation_<engine> where it is not given")
    arguments = parser.parse_args()
    runtime.prepare(0)
    device = runtime.device("auto")
    task = quality.Task.read(DATA, arguments.rows, 0)
    on_real = quality.train_classifier(task.balanced, task, 0, device)
    real = quality.class_recalls(on_real, task, device)
    rare = list(quality.RARE)
    budget = {
        "data": DATA,
        "seconds": arguments.seconds,
        "synthetic_rows": arguments.rows,
        "seeds": 1,
        "real.accuracy": round(float(real.mean()), 4),
        "real.rare_recall": round(float(real[rare].mean()), 4),
    }
    for engine in arguments.engines:
        for name, changes in VARIANTS[engine].items():
            if arguments.variants and name not in arguments.variants:
                continue
            config = quality.settings(engine, changes)
            trained, spent = quality.train(engine, task, config, arguments.seconds, 0, device)
            synthetic, _ = quality.generate_balanced(trained, arguments.rows, 0, device)
            fitted = quality.train_classifier(synthetic, task, 0, device)
            recalls = quality.class_recalls(fitted, task, device)
            numbers = {
                "accuracy": float(recalls.mean()),
                "rare_recall": float(recalls[rare].mean()),
                "coverage": quality.density_and_coverage(synthetic, on_real, task, device)["coverage"],
                **quality.sharpness(synthetic, task, 0, device),
                "updates": spent["updates"],
            }
            say(f"{engine} {name}: accuracy {recalls.mean():.3f}, rare classes {np.mean(recalls[rare]):.3f}")
            results = {f"{engine}.{name}.{key}": round(value, 4) for key, value in numbers.items()}
            record.add(arguments.save_as or f"ablation_{engine}", budget | results)


if __name__ == "__main__":
    main()
