"""Detection: how well a logistic regression tells fake rows from real ones that it has not seen."""

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler


def detection_auc(real: np.ndarray, fake: np.ndarray, folds: int, seed: int) -> float | None:
    """Area under the ROC curve over cross-validation folds: 0.5 nobody can tell, 1 always told.

    None where one side has fewer rows than folds.
    """
    if min(len(real), len(fake)) < folds:
        return None
    rows = np.concatenate([real, fake])
    is_fake = np.repeat([0, 1], [len(real), len(fake)])
    detector = make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=300))
    splitter = StratifiedKFold(folds, shuffle=True, random_state=seed)
    told = cross_val_predict(detector, rows, is_fake, cv=splitter, method="decision_function")
    return float(roc_auc_score(is_fake, told))
