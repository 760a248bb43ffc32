"""Parameters of the text codec."""

from typing import Literal

from makeweight.core.params import Section
from makeweight.core.ranges import Count, CountOrNone, Share, Size, SomeWeight


class TextParams(Section):
    """How texts become sentence codes, and how new texts are written from codes."""

    latent_dim: Size
    """Dimensions of the sentence code that hold what texts are about, whatever their class; fewer if there are fewer
    texts."""
    class_dim: CountOrNone
    """At most this many further dimensions that hold what tells classes apart; one less than there are classes hold all
    of it. There are none where rows have no label."""
    max_features: Count
    """The number of most frequent words, and of most frequent character n-grams, that codes are computed from."""
    writer: Literal["words", "nearest"]
    """`words`: new texts from parts of the train texts with the nearest codes; `nearest`: a copy
    of the train text with the nearest code."""
    neighbours: Count
    """Train texts from which a new one is joined."""
    neighbour_temperature: SomeWeight
    """Above 0: how much more often the nearer of these texts are used; a small number leaves little but the nearest."""
    jump_probability: Share
    """How often writing goes on, after a word, in another text that has the word too."""
    replace_probability: Share
    """How often a word is replaced by a word that another text has in its place."""
    candidates: Size
    """Texts that are written per row; the one whose own code is nearest to the code asked for is kept."""
    max_train_texts: Count
    """Most train rows whose texts are kept for writing; of more, so many are chosen at random."""
