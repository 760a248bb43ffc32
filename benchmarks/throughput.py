"""Generator updates per second: our engines against a straightforward WGAN-GP step over equal networks, side by side.

The reference does what tutorials do: five critic steps, each with fake rows of its own attached to the generator,
separate passes for real, fake and mixed rows, a new optimiser pass per tensor, pictures in the default memory layout.
Run: `python benchmarks/throughput.py [rounds]` (32 x 32 colour, batch 64; processor seconds on one thread).
"""

import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torch import nn

import record
from makeweight import generators
from makeweight.core.params import read_yaml
from makeweight.core.random import batch_stream
from makeweight.data.codecs.spec import Spec
from makeweight.data.labelled import Labelled
from makeweight.generators.adversarial import AdversarialEngine
from makeweight.generators.engine import Engine

CLASSES, ROWS, BATCH, STEPS = 10, 2000, 64, 4
SPECS = {"image": Spec("image", (3, 32, 32))}
ROOT = Path(__file__).parents[1]


def rows() -> Labelled:
    """Pictures of noise: their content does not change the time."""
    rng = np.random.default_rng(0)
    return Labelled({"image": rng.integers(0, 256, (ROWS, 3, 32, 32)).astype(np.uint8)}, rng.integers(0, CLASSES, ROWS))


def settings(engine: str) -> dict:
    """The engine's parameters in params.yaml without features that the reference lacks; five critic steps in both."""
    values = {
        **read_yaml(ROOT / "params.yaml")["train_gan"]["engines"][engine],
        "batch_size": BATCH,
        "augment": (),
        "mismatched_share": 0.0,
    }
    return {**values, "critic_steps": 5} if engine == "wgan_gp" else values


def new_engine(name: str, values: dict) -> Engine:
    """An engine with initial weights."""
    kind = generators.ENGINES[name]
    counts = np.bincount(rows().labels, minlength=CLASSES).tolist()
    return kind(SPECS, [str(label) for label in range(CLASSES)], counts, kind.params.model_validate(values))


def reference(engine: AdversarialEngine) -> Callable[[], None]:
    """One generator update of the straightforward loop, with the networks of an engine."""
    torch.manual_seed(0)
    data = rows()
    pictures = torch.from_numpy(data.inputs["image"]).float() / 127.5 - 1
    labels = torch.from_numpy(data.labels)
    generator, critic, stream = engine.generator, engine.critic(), batch_stream(0)
    adams = [
        torch.optim.Adam(net.parameters(), lr=2e-4, betas=(0.0, 0.9), foreach=False) for net in (generator, critic)
    ]

    def generate(of_classes: torch.Tensor) -> torch.Tensor:
        return generator(torch.randn(len(of_classes), generator.latent_dim), of_classes, stream)["image"]

    def step() -> None:
        for _ in range(5):
            chosen = torch.randint(ROWS, (BATCH,))
            real, own = pictures[chosen], labels[chosen]
            fake = generate(own)
            mix = torch.rand(BATCH, 1, 1, 1)
            between = nn.Parameter((mix * real + (1 - mix) * fake).detach())
            gradients = torch.autograd.grad(critic({"image": between}, own).sum(), between, create_graph=True)[0]
            penalty = ((gradients.flatten(1).norm(dim=1) - 1) ** 2).mean()
            loss = critic({"image": fake}, own).mean() - critic({"image": real}, own).mean() + 10 * penalty
            adams[1].zero_grad()
            loss.backward()
            adams[1].step()
        adams[0].zero_grad()
        own = labels[torch.randint(ROWS, (BATCH,))]
        (-critic({"image": generate(own)}, own).mean()).backward()
        adams[0].step()

    return step


def engine_update(name: str, values: dict) -> Callable[[], None]:
    """One update of one of our engines."""
    config = generators.ENGINES[name].params.model_validate(values)
    classes = [str(label) for label in range(CLASSES)]
    context = generators.TrainingContext(0, torch.device("cpu"))
    trainer = generators.start(name, rows(), SPECS, classes, config, 1000, context)

    def step() -> None:
        trainer.step()

    return step


def seconds(step: Callable[[], None]) -> float:
    """Processor seconds per update."""
    start = time.process_time()
    for _ in range(STEPS):
        step()
    return (time.process_time() - start) / STEPS


def main(rounds: int) -> None:
    """Time both in turn, round by round; write the median of the ratios."""
    torch.set_num_threads(1)
    results: dict[str, float] = {"batch": BATCH, "rounds": rounds}
    for name in ("wgan_gp", "r3gan"):
        values = settings(name)
        engine = new_engine(name, values)
        assert isinstance(engine, AdversarialEngine)
        pair = (reference(engine), engine_update(name, values))
        for step in pair:
            step()
        timed = [(seconds(pair[0]), seconds(pair[1])) for _ in range(rounds)]
        results[f"speedup.cpu.{name}"] = round(statistics.median(slow / quick for slow, quick in timed), 2)
        results[f"updates_per_second.{name}"] = round(1 / statistics.median(quick for _, quick in timed), 2)
        results[f"updates_per_second.{name}.reference"] = round(1 / statistics.median(slow for slow, _ in timed), 2)
    record.write("throughput", results)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
