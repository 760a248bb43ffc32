"""The folders of data, metrics and plots, relative to the repository's root, where DVC runs every stage."""

from pathlib import Path

DATASETS = Path("datasets")

DATA = Path("data")
INGEST = DATA / "ingest"
CLEAN = DATA / "clean"
SPLIT = DATA / "split"
PREPROCESS = DATA / "preprocess"
TRAIN_GAN = DATA / "train_gan"
SAMPLE = DATA / "sample"
LEARNERS = DATA / "learners"
CLASSIFY = DATA / "classify"
CONTEST = DATA / "contest"
FEWSHOT = DATA / "fewshot"
TSNE = DATA / "tsne"

METRICS = Path("metrics")
PLOTS = Path("plots")

SCRATCH = Path(".scratch")
"""Checkpoints and caches, ignored by git and by DVC."""
