"""The choice that the headline hides: equal macro-F1, but more samples of rare classes found."""

from markupsafe import Markup

from makeweight.results import figures
from makeweight.results.choice import choice_in_words, read_choice
from makeweight.results.markup import join, tag
from makeweight.results.run import Run
from makeweight.results.verdict import Verdict

TITLE = "A choice that macro-F1 does not make"


def render_choice(run: Run, verdict: Verdict) -> Markup:
    """What the other arm finds, and all arms on a plane; nothing where there is no such choice."""
    choice = read_choice(run, verdict)
    if choice is None:
        return Markup("")
    parts = [tag("h2", TITLE), tag("p", choice_in_words(choice)), figures.arms_plane(run, verdict, choice)]
    return tag("div", join(parts), class_="choice")
