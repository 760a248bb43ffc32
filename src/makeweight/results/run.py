"""One typed reader of a run: everything that metrics/ and plots/ say, under names of the domain."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from makeweight.core import paths
from makeweight.results.classifiers import (
    ArmConfusion,
    ClassifierScore,
    Confusion,
    LearningCurve,
    read_across,
    read_arm_confusions,
    read_confusions,
    read_learning_curves,
    read_own_kind,
)
from makeweight.results.cleaning import (
    ClassSize,
    Cleaning,
    Ingest,
    SplitSizes,
    read_class_sizes,
    read_cleaning,
    read_ingest,
    read_split_sizes,
)
from makeweight.results.contest import Cost, Scores, read_cost, read_scores, read_seeds, read_train_rows
from makeweight.results.data_path import DataPath, read_data_path
from makeweight.results.embedding import Embedding, read_embedding
from makeweight.results.fewshot import FewShot, read_fewshot
from makeweight.results.fidelity import Fidelity, read_fidelity, read_neighbour_pictures, read_neighbours
from makeweight.results.folders import Folders
from makeweight.results.pictures import (
    Example,
    read_comparison,
    read_dropped,
    read_examples,
    read_fewshot_pictures,
    read_training_grids,
)
from makeweight.results.trainings import Synthetic, Training, read_synthetic, read_trainings
from makeweight.results.verdict import (
    ArmScore,
    ClassChange,
    Dose,
    Verdict,
    ViewScore,
    read_class_changes,
    read_doses,
    read_score,
    read_verdict,
    read_views,
)

if TYPE_CHECKING:
    import pandas as pd


class Run:
    """What a run came to. Every value is read when asked for, and read again only if its file has changed.

    What has not been made is None, or an empty tuple, so that a page can say so.
    """

    def __init__(self, metrics: Path = paths.METRICS, plots: Path = paths.PLOTS) -> None:
        self.folders = Folders(metrics, plots)

    @property
    def alpha(self) -> float | None:
        """The accepted chance that any word of the verdict is false; intervals are of level 1 - alpha."""
        value = self.folders.parameter("verdict", "family_wise_alpha")
        return value if isinstance(value, float) else None

    @property
    def ingest(self) -> Ingest | None:
        """What came in."""
        return read_ingest(self.folders)

    @property
    def data_path(self) -> DataPath | None:
        """What happened to the data between the source and the clean samples."""
        return read_data_path(self.folders)

    @property
    def cleaning(self) -> Cleaning | None:
        """The cleaning funnel."""
        return read_cleaning(self.folders)

    @property
    def split_sizes(self) -> SplitSizes | None:
        """Samples per split."""
        return read_split_sizes(self.folders)

    @property
    def class_sizes(self) -> tuple[ClassSize, ...]:
        """Training samples per class, real and synthetic, the largest class first."""
        return read_class_sizes(self.folders)

    @property
    def trainings(self) -> tuple[Training, ...]:
        """Losses and scores of every engine."""
        return read_trainings(self.folders)

    @property
    def synthetic(self) -> tuple[Synthetic, ...]:
        """What every engine made."""
        return read_synthetic(self.folders)

    @property
    def verdict(self) -> Verdict | None:
        """Which way of balancing to use, and every arm with its intervals and words."""
        return read_verdict(self.folders)

    def score(self, arm: str) -> ArmScore:
        """An arm's own scores in the headline view."""
        return read_score(self.folders, arm)

    def scores_beside(self, arm: str, view: str) -> Scores:
        """An arm's scores in a view beside macro-F1."""
        return read_scores(self.folders, arm, view)

    def cost(self, arm: str) -> Cost:
        """Rows, steps and seconds of an arm."""
        return read_cost(self.folders, arm)

    @property
    def views(self) -> tuple[ViewScore, ...]:
        """Macro-F1 of every arm and engine in every view."""
        return read_views(self.folders)

    @property
    def doses(self) -> tuple[Dose, ...]:
        """Scores by engine and amount of synthetic rows."""
        return read_doses(self.folders)

    @property
    def class_changes(self) -> tuple[ClassChange, ...]:
        """The change of every class's recall under every arm."""
        return read_class_changes(self.folders)

    @property
    def train_rows(self) -> int | None:
        """Real rows that every classifier of the contest learns from."""
        return read_train_rows(self.folders)

    def seeds(self, view: str) -> int | None:
        """How often each arm was trained in a view."""
        return read_seeds(self.folders, view)

    def arm_confusions(self) -> tuple[ArmConfusion, ...]:
        """Confusion matrices of the recommended arm and of `none`."""
        return read_arm_confusions(self.folders)

    @property
    def own_kind(self) -> tuple[ClassifierScore, ...]:
        """E1: classifiers trained and tested on their own kind of samples."""
        return read_own_kind(self.folders)

    @property
    def across(self) -> tuple[ClassifierScore, ...]:
        """E2: classifiers trained on one kind of samples and tested on the other."""
        return read_across(self.folders)

    @property
    def confusions(self) -> tuple[Confusion, ...]:
        """Confusion matrices of E1 and E2."""
        return read_confusions(self.folders)

    @property
    def learning_curves(self) -> tuple[LearningCurve, ...]:
        """How the networks of E1 and E2 learned."""
        return read_learning_curves(self.folders)

    @property
    def fidelity(self) -> Fidelity | None:
        """How close synthetic samples come to real ones."""
        return read_fidelity(self.folders)

    @property
    def neighbours(self) -> dict[str, pd.DataFrame]:
        """Engine -> some synthetic texts with the nearest training texts."""
        return read_neighbours(self.folders)

    @property
    def neighbour_pictures(self) -> dict[str, bytes]:
        """Engine -> a PNG of synthetic pictures with the nearest training pictures."""
        return read_neighbour_pictures(self.folders)

    @property
    def fewshot(self) -> tuple[FewShot, ...]:
        """Few-shot accuracies and verification, per labeling."""
        return read_fewshot(self.folders)

    @property
    def embedding(self) -> Embedding | None:
        """Real and synthetic samples on one plane."""
        return read_embedding(self.folders)

    def comparison(self, engine: str) -> bytes | None:
        """A PNG of real pictures beside an engine's, a row per class."""
        return read_comparison(self.folders, engine)

    def examples(self, engine: str) -> tuple[Example, ...]:
        """Some whole samples of an engine."""
        return read_examples(self.folders, engine)

    def training_grids(self, engine: str) -> tuple[bytes, ...]:
        """PNGs of what an engine made at the end of its training."""
        return read_training_grids(self.folders, engine)

    @property
    def dropped_pictures(self) -> dict[str, bytes]:
        """Cleaning rule -> a PNG of some pictures that it dropped."""
        return read_dropped(self.folders)

    def fewshot_pictures(self, labeling: str) -> dict[str, bytes]:
        """What a picture of a few-shot labeling shows -> the PNG."""
        return read_fewshot_pictures(self.folders, labeling)
