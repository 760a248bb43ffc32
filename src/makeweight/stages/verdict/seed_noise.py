"""What random starts add to the uncertainty of an arm's mean score, beside the choice of test samples.

Seeds make an arm's scores differ. Part of these deviations is luck with the test rows, which the bootstrap over units
has counted already; it is estimated from the bootstrap and subtracted (Owen 2007, on bootstrapping both sides of a
table). A few seeds estimate a standard deviation badly, so the deviations of all arms are pooled, and each sample is
divided by a chi-square sample, as in Student's t. An arm that clearly varies more than the pool keeps its own.
"""

import numpy as np
from scipy.stats import chi2

CLEARLY = 0.99
"""An arm clearly varies more than the others where chance would let it do so less often than once in a hundred."""


def differences_to(
    measured: np.ndarray, resampled: np.ndarray, reference: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Every arm's score less the reference's: `(arms,)` as measured, `(bootstrap_samples, arms)` resampled.

    Args:
        measured: scores per arm and seed `(arms, seeds)`.
        resampled: the same in each bootstrap sample `(bootstrap_samples, arms, seeds)`.
        reference: the index of the arm that the others are compared with.
        rng: samples the noise of the seeds.
    """
    means = (measured - measured[reference]).mean(1)
    paired = (resampled - resampled[:, [reference]]).mean(2)
    return means, paired + sample_seed_noise(measured, resampled, rng, reference)


def sample_seed_noise(
    measured: np.ndarray, resampled: np.ndarray, rng: np.random.Generator, reference: int | None = None
) -> np.ndarray:
    """Noise of the seeds in each arm's mean, or in its mean difference to an arm, `(bootstrap_samples, arms)`.

    The variance is pooled over all arms. That of a difference is twice the variance of an arm, after the effect of a
    seed on all arms is removed: the few seeds of the reference alone would estimate it badly.

    Args:
        measured: scores per arm and seed `(arms, seeds)`.
        resampled: the same in each bootstrap sample `(bootstrap_samples, arms, seeds)`.
        rng: samples the noise.
        reference: the index of the arm that differences are taken to; None: no differences.
    """
    samples, arms, seeds = resampled.shape
    paired = reference is not None
    freedom = (arms - paired) * (seeds - 1)
    own, own_luck = squares_over_seeds(measured, resampled, reference)
    if freedom < 1 or own.sum() == 0:
        return np.zeros((samples, arms))
    centre = (lambda scores: scores - scores.mean(-2, keepdims=True)) if paired else (lambda scores: scores)
    squares, luck = (part.sum() for part in squares_over_seeds(centre(measured), centre(resampled), None))
    factor = (2 if paired else 1) / freedom
    varies_more = own > chi2.ppf(CLEARLY, seeds - 1) * factor * squares
    variance = np.where(varies_more, (own - own_luck) / (seeds - 1), factor * (squares - luck))
    deviations = centre(measured) - centre(measured).mean(1, keepdims=True)
    pool = deviations.ravel() / np.sqrt(np.square(deviations).mean())
    means = rng.choice(pool, (samples, arms, seeds)).mean(2)
    std = np.sqrt(np.maximum(variance, 0)) * (own > 0)
    return means * std / np.sqrt(rng.chisquare(freedom, (samples, 1)) / freedom)


def squares_over_seeds(
    measured: np.ndarray, resampled: np.ndarray, reference: int | None
) -> tuple[np.ndarray, np.ndarray]:
    """Squared deviations from the mean over seeds, summed `(arms,)`: as measured, and what of it is luck with rows."""
    if reference is not None:
        measured, resampled = measured - measured[reference], resampled - resampled[:, [reference]]
    deviations, luck = measured - measured.mean(1, keepdims=True), resampled - resampled.mean(2, keepdims=True)
    return np.square(deviations).sum(1), luck.var(0).sum(1)
