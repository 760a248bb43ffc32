"""Detection: can a logistic regression separate synthetic rows from real ones?"""

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler


def detection_auc(real: np.ndarray, synthetic: np.ndarray, folds: int, seed: int) -> float | None:
    """Area under the ROC curve, cross-validated on `(n, d)` rows: 0.5 not separable, 1 always separated.

    None where one side has fewer rows than folds.
    """
    if min(len(real), len(synthetic)) < folds:
        return None
    rows = np.concatenate([real, synthetic])
    is_synthetic = np.repeat([0, 1], [len(real), len(synthetic)])
    detector = make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=300))
    splitter = StratifiedKFold(folds, shuffle=True, random_state=seed)
    scores = cross_val_predict(detector, rows, is_synthetic, cv=splitter, method="decision_function")
    return float(roc_auc_score(is_synthetic, scores))
