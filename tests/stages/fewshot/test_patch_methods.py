"""Methods on patch features: nothing but base rows is learned from, and labels only where a method says so."""

from dataclasses import replace

import numpy as np
import torch
from planted_classes import params, stripes

from makeweight.stages.fewshot import patch_methods
from makeweight.stages.fewshot.classifiers import REFERENCE, WHITENED
from makeweight.stages.fewshot.patch_methods import PatchPoints
from makeweight.stages.fewshot.picture_set import PictureSet

BASE, VALIDATION, NOVEL = (stripes(range(5 * n, 5 * n + 5), 10, n) for n in range(3))


def compute(base: PictureSet, novel: PictureSet) -> PatchPoints:
    config = params()
    return PatchPoints.compute(
        base, (VALIDATION, novel), config.patches, config.normalisation, config.calibration, seed=0
    )


def test_points_of_a_novel_row_depend_on_no_other_novel_row() -> None:
    found, half = compute(BASE, NOVEL), compute(BASE, replace(NOVEL, pictures=NOVEL.pictures[:20]))
    for method in (REFERENCE, WHITENED):
        assert torch.allclose(found.on_novel[method][:20], half.on_novel[method], atol=1e-5)


def test_only_the_whitened_space_depends_on_labels() -> None:
    found = compute(BASE, NOVEL)
    shuffled = compute(replace(BASE, classes=np.random.default_rng(0).permutation(BASE.classes)), NOVEL)
    assert torch.equal(found.on_novel[REFERENCE], shuffled.on_novel[REFERENCE])
    assert not torch.allclose(found.on_novel[WHITENED], shuffled.on_novel[WHITENED], atol=1e-3)


def test_features_before_normalisation_are_mean_answers_whose_roots_vary_by_one() -> None:
    on_base, _ = patch_methods.patch_features(BASE, [BASE, NOVEL], params().patches, seed=0)
    assert (on_base >= 0).all() and on_base.shape == (50, 8 * params().patches.filters)
    assert on_base.sqrt().std(0).max() < 1.05
