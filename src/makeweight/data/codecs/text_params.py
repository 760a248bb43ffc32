"""Parameters of the text codec."""

from typing import Literal

from makeweight.core.params import Section


class TextParams(Section):
    """How texts become sentence codes, and how new texts are written from codes."""

    latent_dim: int
    """Dimensions of the sentence code that hold what texts are about, whatever their class; fewer if there are fewer
    texts."""
    class_dim: int
    """At most this many further dimensions that hold what tells classes apart; one less than there are classes hold all
    of it. There are none where rows have no label."""
    max_features: int
    """The number of most frequent words, and of most frequent character n-grams, that codes are computed from."""
    writer: Literal["words", "nearest"]
    """`words`: new texts from parts of the train texts with the nearest codes; `nearest`: a copy
    of the train text with the nearest code."""
    neighbours: int
    """Train texts from which a new one is joined."""
    neighbour_temperature: float
    """Above 0: how much more often the nearer of these texts are used; a small number leaves little but the nearest."""
    jump_probability: float
    """How often writing goes on, after a word, in another text that has the word too."""
    replace_probability: float
    """How often a word is replaced by a word that another text has in its place."""
    candidates: int
    """Texts that are written per row; the one whose own code is nearest to the code asked for is kept."""
    max_train_texts: int
    """Most train rows whose texts are kept for writing; of more, so many are chosen at random."""
