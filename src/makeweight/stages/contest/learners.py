"""One learner per view, each with the same effort whatever the train split holds."""

from collections.abc import Callable, Mapping
from typing import Any

from makeweight.core.params import Section
from makeweight.learn import views
from makeweight.stages.contest.linear import learn_linear
from makeweight.stages.contest.networks import ImageParams, TabularParams, learn_mlp, learn_resnet
from makeweight.stages.contest.task import Learned, Task
from makeweight.stages.contest.trees import learn_trees


class NetworksParams(Section):
    """One section per view that a network learns."""

    resnet: ImageParams
    mlp: TabularParams


NETWORK_LEARNERS: dict[str, Callable[[Task, Any], Learned]] = {"resnet": learn_resnet, "mlp": learn_mlp}
"""View -> its learner; the learner's parameters have the same name in `NetworksParams`."""


def learn_view(view: str, task: Task, chosen: Mapping[str, Mapping[str, float]], networks: NetworksParams) -> Learned:
    """Train the learner of a view.

    Args:
        view: a name in `learn.views.VIEWS`.
        task: the train split of its modality.
        chosen: the parameters that the stage `learners` chose, by view.
        networks: those of the networks.
    """
    if view in views.LINEAR:
        return learn_linear(task, chosen[view]["strength"])
    if view == "trees":
        return learn_trees(task, chosen[view])
    return NETWORK_LEARNERS[view](task, getattr(networks, view))
