"""Whose pictures stand beside the real ones on the first screen."""

import json
from pathlib import Path

from PIL import Image

from makeweight.results.picture_strip import engine_shown
from makeweight.results.run import Run


def run_of(folder: Path, accuracies: dict[str, float], with_pictures: tuple[str, ...]) -> Run:
    for engine in with_pictures:
        (folder / "plots/sample" / engine).mkdir(parents=True)
        Image.new("RGB", (4, 4)).save(folder / "plots/sample" / engine / "real_and_synthetic.png")
    (folder / "metrics").mkdir()
    numbers = {f"{name}.image.detection_accuracy": accuracy for name, accuracy in accuracies.items()}
    (folder / "metrics/fidelity.json").write_text(json.dumps(numbers))
    return Run(folder / "metrics", folder / "plots")


def test_the_engine_that_is_hardest_to_tell_from_real_pictures_is_shown(tmp_path: Path) -> None:
    """Real pictures, and an engine without pictures, are told apart least often; neither is shown."""
    told_apart = {"real": 0.5, "table_engine": 0.6, "wgan_gp": 0.95, "latent_flow": 0.76}
    assert engine_shown(run_of(tmp_path, told_apart, ("wgan_gp", "latent_flow", "another"))) == "latent_flow"


def test_without_measurements_the_first_engine_is_shown(tmp_path: Path) -> None:
    assert engine_shown(run_of(tmp_path, {}, ("wgan_gp", "latent_flow"))) == "latent_flow"


def test_without_pictures_none_is_shown(tmp_path: Path) -> None:
    assert engine_shown(run_of(tmp_path, {"wgan_gp": 0.9}, ())) is None
