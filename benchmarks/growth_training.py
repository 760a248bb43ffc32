"""How a training step grows with the rows: 10 thousand, 100 thousand and a million rows of a picture and eight numbers.

Each engine and size runs in a process of its own. `<engine>.step_ms.<rows>` is the median of processor time of a step
(for latent_flow that of its second part, the flow), `<engine>.start_seconds.<rows>` what comes before the first,
`<engine>.beyond_data_gb.<rows>` peak memory less the rows themselves. `<engine>.exponent` is the slope of the step's
time over all sizes: 0 is flat.
"""

import json
import math
import resource
import subprocess
import sys
import time

import numpy as np
import torch

import quality
import record
from makeweight import generators
from makeweight.data.codecs.spec import Spec
from makeweight.data.labelled import Labelled

SIZES = (10_000, 100_000, 1_000_000)
ENGINES = ("wgan_gp", "latent_flow")
CLASSES, STEPS = 10, 20
SPECS = {"image": Spec("image", (1, 28, 28)), "tabular": Spec("tabular", (8,))}


def measure(engine: str, count: int) -> dict[str, float]:
    """Seconds to the first step, median milliseconds of the later steps, memory beyond the rows in GB."""
    torch.set_num_threads(1)
    rng = np.random.default_rng(0)
    pictures = rng.integers(0, 256, (count, *SPECS["image"].shape), dtype=np.uint8)
    table = rng.standard_normal((count, *SPECS["tabular"].shape), dtype=np.float32)
    data = Labelled({"image": pictures, "tabular": table}, rng.integers(0, CLASSES, count))
    held = pictures.nbytes + table.nbytes + data.labels.nbytes
    classes = [str(label) for label in range(CLASSES)]
    moments = [time.process_time()]
    context = generators.TrainingContext(0, torch.device("cpu"))
    trainer = generators.start(engine, data, SPECS, classes, quality.settings(engine), STEPS, context)
    moments.append(time.process_time())
    for _ in range(STEPS):
        trainer.step()
        moments.append(time.process_time())
    unit = 2**30 if sys.platform == "darwin" else 2**20
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit
    took = np.diff(moments)
    return {
        "start_seconds": took[0],
        "step_ms": 1000 * float(np.median(took[1 + STEPS // 2 :])),
        "beyond_data_gb": peak - held / 2**30,
    }


def main() -> None:
    """Every engine at every size."""
    if len(sys.argv) > 1:
        print(json.dumps(measure(sys.argv[1], int(sys.argv[2]))))
        return
    results: dict[str, float] = {}
    for engine in ENGINES:
        for count in SIZES:
            command = [sys.executable, __file__, engine, str(count)]
            told = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
            results |= {f"{engine}.{name}.{count}": round(value, 3) for name, value in json.loads(told).items()}
        first, last = (results[f"{engine}.step_ms.{count}"] for count in (SIZES[0], SIZES[-1]))
        results[f"{engine}.exponent"] = round(math.log(last / first) / math.log(SIZES[-1] / SIZES[0]), 3)
    record.write("growth_training", results)


if __name__ == "__main__":
    main()
