"""The views of the contest: what each learns from, and by what kind of learner."""

from collections.abc import Collection, Iterable

from makeweight.core.errors import InputError

VIEWS = {
    "text": "text",
    "image": "image",
    "trees": "tabular",
    "tabular": "tabular",
    "resnet": "image",
    "mlp": "tabular",
}
"""View -> the modality that it learns from."""

LINEAR = ("text", "image", "tabular")
"""Views that logistic regression learns: from TF-IDF of the texts, from patch features of pictures, from vectors."""

FEATURES = ("text", "image")
"""Views whose learner reads features that the stage `learners` computed; the others read rows as codecs encode them."""

NETWORKS = ("resnet", "mlp")

FUSION = "fusion"
"""The view that joins the others' predictions."""

TITLES = {
    "text": "words of the text",
    "image": "patches of the picture",
    "trees": "boosted trees on the table",
    "tabular": "linear model on the table",
    "resnet": "network on the picture",
    "mlp": "network on the table",
    FUSION: "all together",
}
"""View -> what a reader is told it is."""


def present(views: Iterable[str], modalities: Collection[str]) -> tuple[str, ...]:
    """The views of these whose modality the data have, in their order.

    Raises:
        InputError: a view that does not exist, or none whose modality the data have.
    """
    views = tuple(views)
    for view in views:
        if view not in VIEWS:
            raise InputError(f"params.yaml: `contest.views` has {view!r}; right would be one of {', '.join(VIEWS)}")
    found = tuple(view for view in views if VIEWS[view] in modalities)
    if not found:
        raise InputError(
            f"params.yaml: `contest.views` has {', '.join(views) or 'nothing'}, but the data have "
            f"{', '.join(sorted(modalities))}; name a view that learns from it ({', '.join(VIEWS)})"
        )
    return found
