"""Every engine and the writer of texts give a request the same rows alone and in company."""

import numpy as np
import pytest
import torch
from app_project import ROOT

from makeweight import generators
from makeweight.app.own_streams import OwnStreams
from makeweight.core import params
from makeweight.data.codecs.spec import Block, Spec
from makeweight.generators.engine import as_encoded

CLASSES = ["a", "b"]
SPECS = {
    "image": Spec("image", (3, 16, 16)),
    "tabular": Spec("tabular", (5,), (Block("size", "value", 0, 1), Block("kind", "choice", 1, 4))),
}


@pytest.mark.parametrize("name", sorted(generators.ENGINES))
def test_engines(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(params, "FILE", ROOT / "params.yaml")
    config = params.load(generators.find(name).params, f"train_gan.{name}")
    torch.manual_seed(0)
    engine = generators.find(name)(SPECS, CLASSES, [40, 24], config).eval()
    labels, counts, seeds = np.array([0, 1, 1, 0, 0, 1]), [1, 3, 2], [7, 8, 7]
    streams = OwnStreams(counts, [int(np.random.SeedSequence([seed, 0]).generate_state(1)[0]) for seed in seeds])
    with torch.no_grad(), torch.random.fork_rng(devices=[]), streams:
        together = engine.sample(torch.from_numpy(labels), torch.Generator(), 1.0, {})
    for modality, content in together.items():
        parts = np.split(as_encoded(content).astype(float), np.cumsum(counts)[:-1])
        for part, own, seed in zip(parts, np.split(labels, np.cumsum(counts)[:-1]), seeds, strict=True):
            alone = engine.generate(own, seed)[modality]
            assert np.abs(part - alone).max() <= (1 if modality == "image" else 1e-4)
    assert not torch.equal(together["tabular"][0], together["tabular"][3])  # one label, two seeds


def test_rows_of_another_batch_are_caught() -> None:
    with pytest.raises(AssertionError, match="another batch"), OwnStreams([2], [0]):
        torch.randn(3, 4, generator=torch.Generator())
