"""One repeat of the experiment: train on base classes, choose on validation classes, test on novel ones."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

import numpy as np
import pandas as pd
import torch

from makeweight.core import progress, workers
from makeweight.core.params import Section
from makeweight.core.ranges import Count, Perplexity, Several, Size
from makeweight.learn.patches import PatchParams
from makeweight.stages.fewshot import classifiers, episodes, measures, methods, patch_methods, synthetic_prototypes
from makeweight.stages.fewshot.calibration import CalibrationParams
from makeweight.stages.fewshot.class_split import ClassSplitParams
from makeweight.stages.fewshot.classifiers import CNN
from makeweight.stages.fewshot.episodes import EpisodeParams, Episodes
from makeweight.stages.fewshot.losses import LossParams
from makeweight.stages.fewshot.methods import Embedder, EpisodeClassifier, MetricLearner, NetworkParams, TrainedState
from makeweight.stages.fewshot.normalisation import NormalisationParams
from makeweight.stages.fewshot.picture_set import PictureSet
from makeweight.stages.fewshot.synthetic_prototypes import SyntheticPictures
from makeweight.stages.fewshot.training import TrainingParams


class TsneParams(Section):
    """The t-SNE plot of the novel classes before and after training."""

    method: Literal["siamese", "contrastive", "triplet", "prototypical", "cnn_prototype"]
    """Whose embeddings and whose predictions of an episode are plotted."""
    perplexity: Perplexity
    neighbours: Count
    """k of the neighbourhood purity."""


class Params(Section):
    """The whole stage."""

    repeats: Size
    """How often classes are split and networks trained."""
    class_split: ClassSplitParams
    patches: PatchParams
    normalisation: NormalisationParams
    calibration: CalibrationParams
    network: NetworkParams
    training: TrainingParams
    losses: LossParams
    episodes: EpisodeParams
    verification_pairs: Count
    retrieval_depths: Several[Count]
    tsne: TsneParams


@dataclass(frozen=True)
class Outcome:
    """The results of one repeat."""

    accuracies: dict[str, dict[str, np.ndarray]]
    """Method -> setting (`5_way_1_shot`) -> accuracy of each episode; every method is tested on the same episodes."""
    synthetic_accuracies: dict[str, dict[str, np.ndarray]]
    """The same of prototypes with synthetic rows, on queries that no generator has seen; empty without a generator."""
    normalised_accuracies: dict[str, dict[str, dict[str, np.ndarray]]]
    """Steps of the normalisation -> prototype method -> setting -> accuracy of each episode."""
    numbers: dict[str, float]
    """All other metrics."""
    history: pd.DataFrame
    episodes: dict[str, Episodes]
    """Setting -> its episodes."""
    classifiers: dict[str, EpisodeClassifier]
    """Method -> its classifier of the novel rows."""
    embedders: dict[str, Embedder]
    points: dict[str, np.ndarray]
    """Network method -> unit vectors of the novel rows."""


@dataclass(frozen=True)
class Job:
    """A method to train, and the rows to train it on."""

    method: str
    base: PictureSet


def run(
    base: PictureSet,
    validation: PictureSet,
    novel: PictureSet,
    config: Params,
    seed: int,
    device: torch.device,
    synthetic: Mapping[str, SyntheticPictures] = MappingProxyType({}),
) -> Outcome:
    """Train every method on the base rows and test all of them on the same episodes of novel rows.

    `synthetic` holds the rows of each engine that knows the classes: for each, one more classifier is trained with its
    rows added to the base rows.
    """
    rng = np.random.default_rng(seed)
    validation_episodes = classifiers.sample_validation_episodes(validation, config.episodes, rng)
    jobs = {method: Job(method, base) for method in methods.LOSSES}
    jobs |= {
        f"{CNN}_{engine}": Job(CNN, synthetic_prototypes.add_synthetic(base, rows))
        for engine, rows in synthetic.items()
    }
    embedders, history = train_all(jobs, validation, validation_episodes, config, seed, device)
    patches = patch_methods.PatchPoints.compute(
        base, (validation, novel), config.patches, config.normalisation, config.calibration, seed
    )
    by_setting = classifiers.sample_test_episodes(novel, config.episodes, rng)
    on_validation, _ = classifiers.build_classifiers(embedders, validation, patches.on_validation, rng)
    on_novel, points = classifiers.build_classifiers(embedders, novel, patches.on_novel, rng)
    on_novel, chosen = classifiers.tune_neighbours(on_novel, on_validation, validation, config.episodes, rng)
    accuracies = {
        method: {setting: episodes.accuracy(one.predict(sampled)) for setting, sampled in by_setting.items()}
        for method, one in on_novel.items()
    } | patch_methods.regression_accuracies(patches, by_setting, config.calibration, seed)
    pairs, tsne = config.verification_pairs, config.tsne
    numbers = {
        **chosen,
        **measures.count_eligible(novel, config.episodes),
        **measures.measure_verification(on_validation, on_novel, validation, novel, pairs, rng),
        **measures.measure_neighbourhoods(on_novel, points, novel, config.retrieval_depths, tsne.neighbours),
    }
    synthetic_accuracies: dict[str, dict[str, np.ndarray]] = {}
    if synthetic:
        synthetic_accuracies, weights = synthetic_prototypes.compare_prototypes(
            embedders[CNN], validation, novel, synthetic, config.episodes, rng
        )
        numbers |= weights
    normalised = classifiers.compare_normalisations(
        embedders, base, novel, patches.features, by_setting, config.normalisation
    )
    return Outcome(
        accuracies, synthetic_accuracies, normalised, numbers, history, by_setting, on_novel, embedders, points
    )


def train_all(
    jobs: Mapping[str, Job],
    validation: PictureSet,
    validation_episodes: Episodes,
    config: Params,
    seed: int,
    device: torch.device,
) -> tuple[dict[str, Embedder], pd.DataFrame]:
    """Method -> its trained embedder, the untrained one first; and the history of all trainings."""
    any_base = next(iter(jobs.values())).base
    normalised = config.normalisation
    shape, classes = any_base.shape, len(any_base.names)

    def learner(job: Job) -> MetricLearner:
        return MetricLearner(job.method, shape, classes, config.network, config.losses, seed).to(device)

    def train(job: Job) -> TrainedState:
        return methods.train_method(
            learner(job), job.base, validation, validation_episodes, config.training, normalised, seed
        )

    progress.say(f"training {', '.join(jobs)}: {config.training.steps} steps each")
    initial = methods.initial_network(shape, config.network, seed).to(device)
    embedders = {"untrained": methods.build_embedder(initial, any_base, normalised)}
    history = []
    for (method, job), trained in zip(jobs.items(), workers.run_all(train, list(jobs.values()), device), strict=True):
        built = learner(job)
        built.load_state_dict({name: torch.from_numpy(array) for name, array in trained.state.items()})
        embedders[method] = built.embedder(job.base, normalised)
        history += [{"method": method, **record} for record in trained.history]
    return embedders, pd.DataFrame(history)
