"""Networks that classify: dict of scaled modality tensors in, logits out. They know no loss and no file."""

from collections.abc import Callable, Mapping
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from makeweight.core.errors import InputError
from makeweight.core.progress import say

Shape = tuple[int, ...]

VGG16 = (64, 64, "pool", 128, 128, "pool", 256, 256, 256, "pool", 512, 512, 512, "pool", 512, 512, 512, "pool")
"""Channels of the thirteen convolutions (Simonyan and Zisserman 2015, table 1, column D)."""

SMALLEST_VGG_PICTURE = 32
"""Five poolings halve the picture five times."""


class ModalityNetwork(nn.Module):
    """A network that reads one modality of the dict."""

    def __init__(self, modality: str, layers: nn.Module) -> None:
        super().__init__()
        self.modality = modality
        self.layers = layers

    def forward(self, inputs: Mapping[str, Tensor]) -> Tensor:
        """Logits `(n, classes)`."""
        return self.layers(inputs[self.modality])


def flat_size(shape: Shape) -> int:
    """How many numbers one row has."""
    return int(torch.Size(shape).numel())


def nn_classifier(modality: str, shape: Shape, classes: int, hidden_dim: int = 128) -> ModalityNetwork:
    """One hidden layer over the flattened row, of a picture or a vector."""
    layers = nn.Sequential(
        nn.Flatten(), nn.Linear(flat_size(shape), hidden_dim), nn.ReLU(), nn.Linear(hidden_dim, classes)
    )
    return ModalityNetwork(modality, layers)


def linear(modality: str, shape: Shape, classes: int) -> ModalityNetwork:
    """Logistic regression."""
    return ModalityNetwork(modality, nn.Sequential(nn.Flatten(), nn.Linear(flat_size(shape), classes)))


def lenet(modality: str, shape: Shape, classes: int) -> ModalityNetwork:
    """Two convolutions with pooling, one dense layer of 128 (after LeCun et al. 1998)."""
    channels, size, _ = shape
    side = ((size - 2) // 2 - 4) // 2
    if side < 1:
        raise InputError(f"params.yaml: `preprocess.image.size` is {size}: LeNet needs pictures of at least 14 pixels")
    layers = nn.Sequential(
        nn.Conv2d(channels, 32, 3),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(32, 50, 5),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(50 * side * side, 128),
        nn.ReLU(),
        nn.Linear(128, classes),
    )
    return ModalityNetwork(modality, layers)


def vgg16(
    modality: str,
    shape: Shape,
    classes: int,
    width: float = 0.125,
    weights: Literal["none", "imagenet", "saved"] = "none",
) -> ModalityNetwork:
    """VGG-16 with batch normalisation, averaged at the end, with one dense layer of 128 before the classes.

    `width` scales the channels of every convolution: the default eighth has the depth of VGG-16 and 1.6 % of its
    arithmetic, since the full one takes an hour on two processor cores. ImageNet weights exist for full width only,
    so that `weights="imagenet"` sets the width to 1 and keeps the convolutions fixed; where they can't be loaded (no
    network), one line says so and `width` is trained from scratch. `weights="saved"` is the same network without the
    weights, which a file will bring.
    """
    if weights != "none":
        pretrained = imagenet_features(shape, fresh=weights == "saved")
        if pretrained is not None:
            return ModalityNetwork(modality, nn.Sequential(pretrained, vgg_head(512, classes)))
    channels = shape[0]
    layers: list[nn.Module] = [Enlarged(SMALLEST_VGG_PICTURE)]
    for step in VGG16:
        if step == "pool":
            layers.append(nn.MaxPool2d(2))
            continue
        wide = max(1, round(int(step) * width))
        layers += [nn.Conv2d(channels, wide, 3, padding=1, bias=False), nn.BatchNorm2d(wide), nn.ReLU(inplace=True)]
        channels = wide
    return ModalityNetwork(modality, nn.Sequential(*layers, vgg_head(channels, classes)))


def vgg_head(channels: int, classes: int) -> nn.Sequential:
    """Average over the picture, one dense layer, classes."""
    return nn.Sequential(
        nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, 128), nn.ReLU(), nn.Linear(128, classes)
    )


def imagenet_features(shape: Shape, fresh: bool = False) -> nn.Sequential | None:
    """torchvision's VGG-16 convolutions, fixed, with ImageNet weights; None and a line where those can't be had."""
    from makeweight.core.vision import torchvision

    try:
        weights = None if fresh else torchvision.models.VGG16_BN_Weights.IMAGENET1K_V1
        features = torchvision.models.vgg16_bn(weights=weights).features
    except (OSError, RuntimeError) as error:
        say(f"ImageNet weights of VGG-16 can't be loaded ({error}); it is trained from scratch instead")
        return None
    for weight in features.parameters():
        weight.requires_grad_(False)
    return nn.Sequential(AsImageNet(shape[0]), Enlarged(SMALLEST_VGG_PICTURE), Frozen(features))


class Frozen(nn.Module):
    """Layers that neither learn nor update their normalisation statistics."""

    def __init__(self, layers: nn.Module) -> None:
        super().__init__()
        self.layers = layers.eval()

    def train(self, mode: bool = True) -> "Frozen":
        """Stay in evaluation mode, whatever is asked for."""
        return super().train(False)

    def forward(self, pictures: Tensor) -> Tensor:
        """The layers' output for the pictures, without gradients."""
        with torch.no_grad():
            return self.layers(pictures)


class AsImageNet(nn.Module):
    """Pictures in [-1, 1] to the mean and standard deviation that ImageNet weights expect; a grey plane is tripled."""

    mean: Tensor
    std: Tensor

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.channels = channels
        self.register_buffer("mean", torch.tensor([0.485, 0.456, 0.406]).view(1, 3, 1, 1))
        self.register_buffer("std", torch.tensor([0.229, 0.224, 0.225]).view(1, 3, 1, 1))

    def forward(self, pictures: Tensor) -> Tensor:
        """`(n, channels, size, size)` to `(n, 3, size, size)`."""
        coloured = pictures.expand(-1, 3, -1, -1) if self.channels == 1 else pictures
        return (coloured.add(1).div(2) - self.mean) / self.std


class Enlarged(nn.Module):
    """Pictures smaller than `size` pixels are enlarged to it."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.size = size

    def forward(self, pictures: Tensor) -> Tensor:
        """`(n, channels, size, size)`, at least `size` pixels wide."""
        if pictures.shape[-1] >= self.size:
            return pictures
        return F.interpolate(pictures, size=self.size, mode="bilinear", align_corners=False)


class Residual(nn.Module):
    """Two 3x3 convolutions around a shortcut (He et al. 2016, figure 2); the first may halve the picture."""

    def __init__(self, narrow: int, wide: int, stride: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(narrow, wide, 3, stride, 1, bias=False)
        self.first_norm = nn.BatchNorm2d(wide)
        self.second = nn.Conv2d(wide, wide, 3, 1, 1, bias=False)
        self.second_norm = nn.BatchNorm2d(wide)
        same = stride == 1 and narrow == wide
        self.stride = stride
        self.shortcut = nn.Identity() if same else nn.Conv2d(narrow, wide, 1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """`(n, narrow, s, s)` to `(n, wide, s / stride, s / stride)`."""
        inner = self.second_norm(self.second(F.relu(self.first_norm(self.first(x)))))
        # Not a strided convolution, though it is the same: oneDNN's backward pass of a strided 1x1 convolution of fewer
        # than eight channels, laid out channels last, writes past its memory on processors without AVX-512.
        return F.relu(inner + self.shortcut(x[:, :, :: self.stride, :: self.stride]))


def small_resnet(modality: str, shape: Shape, classes: int, width: int = 16) -> ModalityNetwork:
    """Three residual blocks of `width`, 2 and 4 times `width` channels behind a halving first convolution."""
    layers = nn.Sequential(
        nn.Conv2d(shape[0], width, 3, 2, 1, bias=False),
        nn.BatchNorm2d(width),
        nn.ReLU(),
        Residual(width, width, 1),
        Residual(width, 2 * width, 2),
        Residual(2 * width, 4 * width, 2),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(4 * width, classes),
    )
    return ModalityNetwork(modality, layers)


NETWORKS: dict[str, Callable[..., ModalityNetwork]] = {
    "nn": nn_classifier,
    "lenet": lenet,
    "vgg16": vgg16,
    "small_resnet": small_resnet,
    "linear": linear,
}
"""Name of a network -> what builds it from modality, shape, number of classes and options of its own."""
