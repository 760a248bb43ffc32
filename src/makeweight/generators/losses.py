"""Adversarial losses and penalties: functions of tensors, no state."""

from collections.abc import Callable, Mapping

import torch
from torch import Tensor
from torch.nn import functional as F

Content = Mapping[str, Tensor]
Scorer = Callable[[Content, Tensor], Tensor]


def interpolate(real: Content, fake: Content, mix: Tensor) -> dict[str, Tensor]:
    """A point on the straight line between each real and fake row: one mixing weight `(n,)` for all modalities."""
    return {name: fake[name].lerp(real[name], mix.view(-1, *[1] * (real[name].ndim - 1))) for name in real}


def input_gradients(critic: Scorer, content: Content, labels: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
    """Scores `(n,)` and the gradient of each row's score by its own content, differentiable."""
    leaves = {name: x.detach().requires_grad_() for name, x in content.items()}
    scores = critic(leaves, labels)
    gradients = torch.autograd.grad(scores.sum(), list(leaves.values()), create_graph=True)
    return scores, dict(zip(leaves, gradients, strict=True))


def square_norms(gradients: Content) -> dict[str, Tensor]:
    """Per modality `(n,)`: squared gradient norm where each modality is measured in its own root mean square.

    Dividing a modality of d numbers by sqrt(d) gives all modalities the same length, so that a picture of 3,072
    numbers does not drown a table of 30; by the chain rule the squared gradient then grows by d.
    """
    return {name: g.flatten(1).square().sum(1) * g[0].numel() for name, g in gradients.items()}


def joint_square_norm(gradients: Content) -> Tensor:
    """Squared norm of each row's gradient by all its modalities, `(n,)`, measured as in `square_norms`."""
    return torch.stack(list(square_norms(gradients).values())).sum(0)


def gradient_penalty(gradients: Content) -> Tensor:
    """Mean of (|gradient| - 1)^2, one joint gradient per row (Gulrajani et al. 2017, equation 3)."""
    return ((joint_square_norm(gradients) + 1e-12).sqrt() - 1).square().mean()


def zero_centred_penalty(gradients: Content) -> Tensor:
    """Mean of |gradient|^2 per row, halved: R1 on real rows, R2 on fakes (Mescheder et al. 2018; Huang et al. 2024).

    The gradient is that of `joint_square_norm`, so that a weight means the same for pictures of any size.
    """
    return joint_square_norm(gradients).mean() / 2


def relativistic(better: Tensor, worse: Tensor) -> Tensor:
    """Mean softplus of paired score differences: the critic wants real above fake (Huang et al. 2024, equation 1)."""
    return F.softplus(worse - better).mean()
