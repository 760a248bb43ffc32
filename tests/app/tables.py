"""Tables as users upload them, through the steps that the application takes with them."""

import numpy as np
import pandas as pd

from makeweight.app import balance_table, csv_table, formulas, told
from makeweight.app.csv_table import Upload
from makeweight.app.limits import Limits
from makeweight.app.plan import Plan, check_plan, columns_of, rows_needed


def as_upload(table: pd.DataFrame) -> Upload:
    """The upload of a table of strings, written with commas."""
    return csv_table.parse(table.to_csv(index=False).encode(), Limits())


def written(content: bytes | str, label: str, method: str = "smote", **choices: object) -> bytes:
    """The balanced table as the application writes it."""
    upload = csv_table.parse(content.encode() if isinstance(content, str) else content, Limits())
    plan = Plan.model_validate({"label": label, "method": method, **choices})
    features = check_plan(upload, plan, Limits())
    needed = rows_needed(features.labels, plan.share)
    synthetic = balance_table.METHODS[plan.method](features, needed, plan.seed, lambda done, message: None)
    table = balance_table.balanced(upload, plan, features, synthetic)
    return upload.write(formulas.guarded(table)[0] if plan.guard_formulas else table)


def told_of(content: bytes | str, label: str, **choices: object) -> list[told.Note]:
    """What the application says before it works."""
    upload = csv_table.parse(content.encode() if isinstance(content, str) else content, Limits())
    plan = Plan.model_validate({"label": label, "method": "smote", **choices})
    return told.notes_on(upload, list(columns_of(upload, plan).values()), plan)


def wood(rows: int = 60, seed: int = 0) -> pd.DataFrame:
    """Planks of which a sixth is faulty: weight (three decimals), length (one decimal), wood and state, as strings."""
    rng = np.random.default_rng(seed)
    faulty = np.arange(rows) % 6 == 5
    return pd.DataFrame(
        {
            "weight": [f"{value:.3f}" for value in rng.uniform(1, 3, rows) + faulty],
            "length": [f"{value:.1f}" for value in rng.uniform(20, 30, rows) + 10 * faulty],
            "wood": rng.choice(["ash", "oak", "elm"], rows),
            "state": np.where(faulty, "faulty", "fine"),
        },
        dtype=object,
    )
