"""What the suite compares on one split of a table: learners, ways of balancing, and their class probabilities.

All learn from the same encoding, fitted on the real train rows: standardised numbers, a mark for each gap, and a code
per word. The ways that generate rows get them in the form that suits them: SMOTE the encoding, the engine the table.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import numpy as np
import pandas as pd
from imblearn.ensemble import BalancedBaggingClassifier
from imblearn.over_sampling import SMOTE, SMOTEN, SMOTENC
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.impute import MissingIndicator, SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler

from makeweight.balance.sampler import GANSampler

NONE = "none"
ENGINE = "latent_flow"
AMOUNTS = (25, 50, 100)
"""Per cent of the rows that bring every class to the size of the largest."""
STEPS = 500
"""Updates of the engine: GANSampler's default, with the settings in sampler.yaml."""
STRENGTHS = (0.1, 1.0, 10.0)
"""Of the logistic regression (C), chosen on out-of-fold log loss of the train rows as they are."""
BAGS = 10
MAX_CATEGORIES = 40
UNKNOWN = "missing"


@dataclass(frozen=True)
class Encoder:
    """The encoding of tables: first the numbers, then the codes."""

    transformer: ColumnTransformer
    categorical: tuple[str, ...]
    numbers: int
    """How many columns are numbers; the others are codes."""

    @classmethod
    def fit(cls, features: pd.DataFrame, categorical: tuple[str, ...]) -> "Encoder":
        """Fit to real train rows."""
        numeric = [name for name in features if name not in categorical]
        numbers = make_pipeline(SimpleImputer(strategy="median", keep_empty_features=True), StandardScaler())
        words = OrdinalEncoder(
            handle_unknown="use_encoded_value", unknown_value=-1, max_categories=MAX_CATEGORIES, dtype=float
        )
        parts: list[tuple[str, Any, list[str]]] = []
        if numeric:
            parts += [("numbers", numbers, numeric), ("gaps", MissingIndicator(error_on_new=False), numeric)]
        if categorical:
            parts.append(("words", words, list(categorical)))
        transformer = ColumnTransformer(parts).fit(known_words(features, categorical))
        return cls(transformer, categorical, len(numeric))

    def encode(self, features: pd.DataFrame) -> np.ndarray:
        """Return float64 `(n, columns)` without gaps; a word that train did not have is -1."""
        return np.asarray(self.transformer.transform(known_words(features, self.categorical)), dtype=float)


def known_words(features: pd.DataFrame, categorical: tuple[str, ...]) -> pd.DataFrame:
    """Return the rows with a word in the place of a missing category."""
    return features.assign(**{name: features[name].fillna(UNKNOWN).astype(str) for name in categorical})


@dataclass(frozen=True)
class TrainRows:
    """What one learner learns from."""

    rows: np.ndarray
    labels: np.ndarray
    """Class index of each row."""
    classes: int
    balanced_weights: bool = False
    bags: bool = False
    """Whether several learners each learn from as many rows of every class."""

    @property
    def prior(self) -> np.ndarray:
        """The share of each class that the learner sees, float64 `(classes,)`."""
        counts = np.bincount(self.labels, minlength=self.classes)
        seen = (counts > 0).astype(float) if self.balanced_weights or self.bags else counts
        return seen / seen.sum()


@dataclass(frozen=True)
class Setting:
    """What a learner is told: its rows' columns, its strength, its seed and whether classes count alike."""

    numbers: int
    columns: int
    strength: float
    seed: int
    class_weight: str | None = None


def logistic(setting: Setting) -> Any:
    """Return a logistic regression on numbers and one column per word."""
    codes = ("codes", OneHotEncoder(handle_unknown="ignore"), list(range(setting.numbers, setting.columns)))
    return make_pipeline(
        ColumnTransformer([codes], remainder="passthrough", sparse_threshold=0),
        LogisticRegression(C=setting.strength, max_iter=2000, class_weight=setting.class_weight),
    )


def boosting(setting: Setting) -> Any:
    """Return gradient-boosted trees that take codes as categories; leaves may be small, because rare classes are."""
    return HistGradientBoostingClassifier(
        max_iter=100,
        min_samples_leaf=5,
        early_stopping=False,
        categorical_features=list(range(setting.numbers, setting.columns)),
        class_weight=setting.class_weight,
        random_state=setting.seed,
    )


def forest(setting: Setting) -> Any:
    """Return a random forest of 100 trees."""
    return RandomForestClassifier(100, class_weight=setting.class_weight, random_state=setting.seed)


LEARNERS: Mapping[str, Callable[[Setting], Any]] = {"logistic": logistic, "boosting": boosting, "forest": forest}


@dataclass(frozen=True)
class Contestant:
    """An encoded train split, and the rows to predict."""

    encoder: Encoder
    features: pd.DataFrame
    rows: np.ndarray
    labels: np.ndarray
    classes: int
    unseen: np.ndarray
    seed: int

    @classmethod
    def of(
        cls,
        features: pd.DataFrame,
        labels: np.ndarray,
        unseen: pd.DataFrame,
        categorical: tuple[str, ...],
        classes: int,
        seed: int,
    ) -> "Contestant":
        """Fit the encoding to the train rows, and encode both."""
        encoder = Encoder.fit(features, categorical)
        rows, predicted = encoder.encode(features), encoder.encode(unseen)
        return cls(encoder, features, rows, labels, classes, predicted, seed)

    def probabilities(self, learner: str, data: TrainRows, strength: float) -> np.ndarray:
        """Return class probabilities of the unseen rows `(n, classes)`; 0 for a class without train rows."""
        weight = "balanced" if data.balanced_weights else None
        setting = Setting(self.encoder.numbers, self.rows.shape[1], strength, self.seed, weight)
        model = LEARNERS[learner](setting)
        if data.bags:
            model = BalancedBaggingClassifier(model, n_estimators=BAGS, random_state=self.seed)
        model.fit(data.rows, data.labels)
        found = np.zeros((len(self.unseen), self.classes))
        found[:, model.classes_] = model.predict_proba(self.unseen)
        return found

    @property
    def as_it_is(self) -> TrainRows:
        """The train rows, unbalanced."""
        return TrainRows(self.rows, self.labels, self.classes)

    def ways(self) -> dict[str, Callable[[], TrainRows]]:
        """Return each way of balancing, and what makes the rows that learners get from it."""
        makers: dict[str, Callable[[], TrainRows]] = {
            NONE: lambda: self.as_it_is,
            "class_weights": lambda: TrainRows(self.rows, self.labels, self.classes, balanced_weights=True),
            "undersampling_ensemble": lambda: TrainRows(self.rows, self.labels, self.classes, bags=True),
            "random_oversampling": lambda: self.added(self.repeated()),
            "smote": self.smote,
        }
        return makers | {f"{ENGINE}_{amount}": partial(self.generated, amount) for amount in AMOUNTS}

    def missing(self) -> np.ndarray:
        """Return how many rows each class lacks to the size of the largest; 0 for a class without any row."""
        counts = np.bincount(self.labels, minlength=self.classes)
        return np.where(counts > 0, counts.max() - counts, 0)

    def repeated(self) -> np.ndarray:
        """Return positions of rows, drawn with replacement, that bring every class to the size of the largest."""
        rng = np.random.default_rng(self.seed)
        lacking = {label: count for label, count in enumerate(self.missing()) if count}
        drawn = [rng.choice(np.flatnonzero(self.labels == label), count) for label, count in lacking.items()]
        return np.concatenate([np.empty(0, dtype=int), *drawn])

    def added(self, positions: np.ndarray) -> TrainRows:
        """Return the rows, and those at these positions once more."""
        labels = np.concatenate([self.labels, self.labels[positions]])
        return TrainRows(np.vstack([self.rows, self.rows[positions]]), labels, self.classes)

    def smote(self) -> TrainRows:
        """Return the rows with those between neighbours; a class of one row, which has none, is repeated first."""
        counts = np.bincount(self.labels, minlength=self.classes)
        data = self.added(np.flatnonzero(counts[self.labels] == 1))
        neighbours = min(5, int(np.bincount(data.labels)[counts > 0].min()) - 1)
        numbers, columns = self.encoder.numbers, self.rows.shape[1]
        options = {"k_neighbors": neighbours, "random_state": self.seed}
        if numbers == 0:
            sampler: Any = SMOTEN(**options)
        elif numbers < columns:
            sampler = SMOTENC(list(range(numbers, columns)), **options)
        else:
            sampler = SMOTE(**options)
        return TrainRows(*sampler.fit_resample(data.rows, data.labels), self.classes)

    @cached_property
    def full_balance(self) -> tuple[np.ndarray, np.ndarray]:
        """The engine's encoded rows that bring every class to the size of the largest, and their labels."""
        sampler = GANSampler(engine=ENGINE, steps=STEPS, random_state=self.seed, device="cpu")
        rows, labels = sampler.fit_resample(self.features, self.labels)
        own = len(self.labels)
        return self.encoder.encode(rows.iloc[own:]), np.asarray(labels)[own:]

    def generated(self, amount: int) -> TrainRows:
        """Return the rows with this many per cent of the engine's full balance, class by class."""
        rows, labels = self.full_balance
        rank = pd.Series(labels).groupby(labels).cumcount().to_numpy()
        part = rank < np.ceil(self.missing()[labels] * amount / 100)
        added = np.concatenate([self.labels, labels[part]])
        return TrainRows(np.vstack([self.rows, rows[part]]), added, self.classes)
