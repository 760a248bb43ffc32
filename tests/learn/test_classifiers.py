from pathlib import Path

import pytest
import torch

from makeweight.core.errors import InputError
from makeweight.learn import classifiers, network_files
from makeweight.learn.classifiers import NETWORKS

PICTURES = sorted(NETWORKS)


@pytest.mark.parametrize("kind", PICTURES)
@pytest.mark.parametrize("shape", [(3, 32, 32), (1, 28, 28), (3, 48, 48)])
def test_pictures_of_any_size_become_logits(kind: str, shape: tuple[int, ...]) -> None:
    network = network_files.build({"kind": kind, "modality": "image", "shape": shape, "options": {}}, 7)
    logits = network({"image": torch.rand(2, *shape)})
    assert logits.shape == (2, 7)
    logits.sum().backward()
    assert all(weight.grad is not None and weight.grad.isfinite().all() for weight in network.parameters())


def test_vgg16_has_thirteen_convolutions_of_its_published_widths() -> None:
    network = classifiers.vgg16("image", (3, 32, 32), 10, width=1.0)
    wide = [layer.out_channels for layer in network.modules() if isinstance(layer, torch.nn.Conv2d)]
    assert wide == [64, 64, 128, 128, 256, 256, 256, 512, 512, 512, 512, 512, 512]
    eighth = classifiers.vgg16("image", (3, 32, 32), 10)
    assert [layer.out_channels for layer in eighth.modules() if isinstance(layer, torch.nn.Conv2d)] == [
        channels // 8 for channels in wide
    ]


def test_imagenet_weights_that_cannot_be_had_are_said_and_replaced(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from makeweight.core.vision import torchvision

    def no_network(**_: object) -> None:
        raise OSError("no route to host")

    monkeypatch.setattr(torchvision.models, "vgg16_bn", no_network)
    network = classifiers.vgg16("image", (1, 28, 28), 3, weights="imagenet")
    assert "ImageNet weights of VGG-16 can't be loaded (no route to host)" in capsys.readouterr().err
    assert network({"image": torch.rand(2, 1, 28, 28)}).shape == (2, 3)


def test_imagenet_weights_stay_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    from makeweight.core.vision import torchvision

    fresh = torchvision.models.vgg16_bn
    monkeypatch.setattr(torchvision.models, "vgg16_bn", lambda weights: fresh(weights=None))
    network = classifiers.vgg16("image", (1, 28, 28), 3, weights="imagenet").train()
    before = {name: tensor.clone() for name, tensor in network.layers[0].state_dict().items()}
    network({"image": torch.rand(2, 1, 28, 28)}).sum().backward()
    assert all(torch.equal(tensor, before[name]) for name, tensor in network.layers[0].state_dict().items())
    assert [weight.requires_grad for weight in network.layers[1].parameters()] == [True] * 4
    again = classifiers.vgg16("image", (1, 28, 28), 3, weights="saved")
    again.load_state_dict(network.state_dict())
    picture = {"image": torch.rand(2, 1, 28, 28)}
    assert torch.equal(again.eval()(picture), network.eval()(picture))


def test_pictures_too_small_for_lenet_are_a_users_mistake() -> None:
    with pytest.raises(InputError, match="at least 14 pixels"):
        classifiers.lenet("image", (3, 12, 12), 2)


def test_a_saved_network_answers_as_before(tmp_path: Path) -> None:
    description = {"kind": "small_resnet", "modality": "image", "shape": [3, 16, 16], "options": {"width": 4}}
    network = network_files.build(description, 3).eval()
    network_files.save(tmp_path, {"image": (network, description)}, ["a", "b", "c"])
    loaded, classes = network_files.load(tmp_path, "image")
    picture = {"image": torch.rand(2, 3, 16, 16)}
    assert torch.equal(loaded(picture), network(picture))
    assert classes == ("a", "b", "c")
    assert network_files.names(tmp_path) == ["image"]
