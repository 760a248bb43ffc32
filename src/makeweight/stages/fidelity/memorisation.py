"""Memorisation: do synthetic rows lie nearer to train rows than to real rows that no model has seen?"""

import numpy as np
from sklearn.metrics import pairwise_distances, roc_auc_score

DECIMALS = 5
"""Distances are rounded, so that equal distances are equal whatever the order of summation."""


def memorisation_scores(synthetic: np.ndarray, members: np.ndarray, non_members: np.ndarray) -> dict[str, float]:
    """How much synthetic rows reveal about train rows; both scores are ideal at 0.5. All arrays are `(n, d)`.

    `members` are train rows and `non_members` real rows not trained on, equal in number and class mix.
    `nearest_train_share`: share of the synthetic rows that are nearer to members than to non-members, ties by half.
    `membership_auc`: how well "has a near synthetic row" separates members from non-members, the black-box attack of
    Chen et al. 2020 (GAN-Leaks), section 4.2. Read both: all rows of a collapsed engine are nearest to the same real
    row, so that the first score is 0 or 1 by chance.
    """
    to_members, to_non_members = distances(synthetic, members), distances(synthetic, non_members)
    nearest_member, nearest_other = to_members.min(1), to_non_members.min(1)
    to_nearest_synthetic = np.concatenate([to_members.min(0), to_non_members.min(0)])
    is_member = np.repeat([1, 0], [len(members), len(non_members)])
    ties = nearest_member == nearest_other
    return {
        "nearest_train_share": float(((nearest_member < nearest_other) + 0.5 * ties).mean()),
        "membership_auc": float(roc_auc_score(is_member, -to_nearest_synthetic)),
    }


def distances(rows: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Euclidean distance of every pair, in double precision: single precision is too coarse to find a copy."""
    return np.round(pairwise_distances(rows.astype(np.float64), others.astype(np.float64)), DECIMALS)
