"""The differences of all arms as a plot for notebooks, in the colours of the chart kit."""

import re
from collections.abc import Mapping

from matplotlib import pyplot
from matplotlib.axes import Axes

from makeweight.balance.arm import NONE
from makeweight.results.charts import STYLE
from makeweight.results.markup import readable
from makeweight.results.values import Interval
from makeweight.stages.verdict.claims import HELPS, HURTS


def colour(name: str) -> str:
    """Return a colour of the kit's light pages, by the name of its variable."""
    found = re.search(rf"--chart-{name}: (#[0-9a-f]+);", STYLE)
    assert found is not None, name
    return found[1]


def plot_differences(differences: Mapping[str, Interval], words: Mapping[str, str], ax: Axes | None) -> Axes:
    """Draw one line per arm, the first on top: its interval as a bar, its mean as a dot, and 0 as a line."""
    if ax is None:
        _, ax = pyplot.subplots(figsize=(7, 0.5 * len(differences) + 1.2), layout="constrained")
    tones = {HELPS: colour("good"), HURTS: colour("bad")}
    ax.axvline(0, color=colour("soft"), linewidth=1)
    for place, (arm, gap) in enumerate(differences.items()):
        tone = tones.get(words[arm], colour("plain"))
        ax.plot([gap.low, gap.high], [place, place], color=tone, linewidth=3, solid_capstyle="round")
        ax.plot(gap.mean, place, "o", color=tone, markersize=7)
    ax.set_yticks(range(len(differences)), [readable(arm) for arm in differences])
    ax.set_ylim(len(differences) - 0.5, -0.5)
    ax.set_xlabel(f"macro-F1 against {NONE}, points; intervals hold together")
    ax.spines[["top", "right", "left"]].set_visible(False)
    ax.tick_params(left=False)
    return ax
