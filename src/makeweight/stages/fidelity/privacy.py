"""Memory: do synthetic rows sit on train rows, nearer than on rows that no model has seen?"""

import numpy as np
from sklearn.metrics import pairwise_distances, roc_auc_score

DECIMALS = 5
"""Distances are rounded, so that both sides of a tie are a tie whatever the order of summation."""


def memory_scores(fake: np.ndarray, members: np.ndarray, others: np.ndarray) -> dict[str, float]:
    """How much synthetic rows give away about train rows; both ideal at 0.5. All arrays are `(n, d)`.

    `members` are train rows and `others` rows not trained on, equal in number and class mix.
    `nearest_train_share`: share of the fakes that are nearer to members than to others, ties by half.
    `membership_auc`: how well "has a near synthetic row" tells members from others, the black-box attack of Chen et al.
    2020 (GAN-Leaks), section 4.2. Read both: the fakes of a collapsed engine are all nearest to the same row, so that
    the first is 0 or 1 by luck.
    """
    to_members, to_others = distances(fake, members), distances(fake, others)
    nearer, farther = to_members.min(1), to_others.min(1)
    to_nearest_fake = np.concatenate([to_members.min(0), to_others.min(0)])
    is_member = np.repeat([1, 0], [len(members), len(others)])
    return {
        "nearest_train_share": float(((nearer < farther) + 0.5 * (nearer == farther)).mean()),
        "membership_auc": float(roc_auc_score(is_member, -to_nearest_fake)),
    }


def distances(rows: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Euclidean distance of every pair, in double precision: single precision blurs what tells a copy."""
    return np.round(pairwise_distances(rows.astype(np.float64), others.astype(np.float64)), DECIMALS)
