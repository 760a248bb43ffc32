"""An arm with its synthetic rows and balancers: read, checked for leaks, and counted."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from makeweight.balance.arm import CALIBRATION, FEATURE_FLOW, FILTERED, FULL_BALANCE, MASKED, NEAR, WEIGHT, Arm, Part
from makeweight.balance.balancers import BALANCERS, MODIFIERS
from makeweight.balance.band import Band
from makeweight.balance.calibration import DistributionCalibration
from makeweight.balance.feature_flow import FeatureFlow
from makeweight.balance.generated import Generated
from makeweight.balance.resampling import Chain
from makeweight.balance.smote import Smote
from makeweight.balance.synthetic import SyntheticWeight
from makeweight.balance.train_split import Balancer, full_balance, real_split
from makeweight.core import paths
from makeweight.core.errors import InputError
from makeweight.core.progress import say
from makeweight.data import leaks, samples
from makeweight.data.codecs.spec import Spec
from makeweight.data.encoded import Encoded
from makeweight.data.labelled import Labelled

LAID_OUT = {"smote": Smote, CALIBRATION: DistributionCalibration, FEATURE_FLOW: FeatureFlow}
"""Ways of balancing that must know which columns of a vector are one category."""

WRITTEN_WHERE = {
    FILTERED: "`sample.filter.file` is true",
    NEAR: "`sample.near.amount` is above 0, by engines that can begin at rows (latent_flow, pixel_flow)",
    MASKED: "`sample.masked.amount` is above 0 and rows have several columns, by engines that can fill in columns "
    "(latent_flow)",
}
"""End of the name of a file of synthetic rows -> what it takes for it to be there."""


@dataclass(frozen=True)
class PreparedArm:
    """An arm with all that it takes to balance a train split."""

    arm: Arm
    pools: Mapping[str, Labelled]
    """File in data/sample -> synthetic rows that the arm may use, as the codecs encode them."""
    combined_amount: int
    """Per cent of a full balance for an engine without an amount."""
    layouts: Mapping[str, Spec]
    """Modality -> layout of its vectors: which columns SMOTE may interpolate."""

    def balancer(self, pools: Mapping[str, Labelled]) -> Balancer:
        """The arm's parts one after the other.

        Args:
            pools: the synthetic rows as a view reads them, by file in data/sample.
        """
        links = [self.link(part, pools) for part in self.arm.parts]
        return links[0] if len(links) == 1 else Chain(tuple(links))

    def link(self, part: Part, pools: Mapping[str, Labelled]) -> Balancer:
        """One part of the arm."""
        if part.is_engine:
            amount = self.combined_amount if part.amount is None else part.amount
            band = Band() if self.arm.band else None
            return Generated(pools[part.source], amount / FULL_BALANCE, part.all_classes, band)
        if part.name == WEIGHT:
            assert part.amount is not None
            return SyntheticWeight(part.amount / FULL_BALANCE)
        if part.name in LAID_OUT:
            return LAID_OUT[part.name](layouts=self.layouts)
        return (BALANCERS | MODIFIERS)[part.name]()


def read_pools(arm: Arm, data: Encoded) -> dict[str, Labelled]:
    """The synthetic rows that the arm takes, by file, read through the codecs.

    Raises:
        InputError: a file holds no row.
    """
    pools = {}
    for name in arm.sources:
        path = paths.SAMPLE / f"{name}.parquet"
        for ending, when in WRITTEN_WHERE.items():
            if name.endswith(ending) and not path.is_file():
                raise InputError(
                    f"params.yaml: `arms` has {arm.name!r}, and {path} is not there: it is written where {when}"
                )
        table = samples.read(path).table
        if not len(table):
            raise InputError(
                f"{path}: no row {'passed the filter' if arm.filtered else 'at all'}; run `dvc repro sample`"
            )
        pools[name] = data.encode(table, path)
    return pools


def prepare(arm: Arm, data: Encoded, pools: Mapping[str, Labelled], combined_amount: int) -> PreparedArm:
    """The arm with its synthetic rows.

    Args:
        arm: the parsed name.
        data: the samples, whose codecs say which columns SMOTE may interpolate.
        pools: synthetic rows by file, at least those of `arm.sources`.
        combined_amount: per cent of a full balance for an engine without an amount.
    """
    used = {name: pools[name] for name in arm.sources}
    return PreparedArm(arm, used, combined_amount, {name: codec.spec for name, codec in data.codecs.items()})


def check_leaks(arm: PreparedArm, data: Encoded) -> dict[str, int]:
    """Check that nothing the arm learns from comes from the test split, and count what was compared.

    Raises:
        LeakError: something does.
    """
    train, validation, test = (data.split(name) for name in samples.SPLITS)
    found = leaks.check_units(data.table) | leaks.check_real(train, test)
    for name, pool in arm.pools.items():
        found |= leaks.check_synthetic(train, pool, validation, test, str(paths.SAMPLE / f"{name}.parquet"))
    return found


def count_rows(arm: PreparedArm, data: Encoded, seed: int) -> dict[str, float]:
    """How many real and added rows the arm learns from, and its warnings."""
    train = data.split("train")
    target = full_balance(train.labels, len(data.classes))
    # Vectors of a few columns are interpolated in no time; pictures and texts are not.
    modality = "tabular" if "tabular" in data.modalities else data.modalities[-1]
    split = real_split(train.only(modality), len(data.classes))
    own = {name: pool.only(modality) for name, pool in arm.pools.items()}
    balanced = arm.balancer(own).balance(split, target, np.random.default_rng(seed))
    for name, count in balanced.warnings.items():
        say(f"{arm.arm.name}: {name.replace('_', ' ')}: {count}")
    warnings = {f"warnings.{name}": count for name, count in balanced.warnings.items()}
    synthetic = int(balanced.synthetic.sum()) + (0 if balanced.first is None else len(balanced.first))
    numbers: dict[str, float] = {"rows.real": len(train), "rows.synthetic": synthetic, **warnings}
    if balanced.bags:
        numbers["rows.per_member"] = len(balanced.bags[0])
    return numbers
