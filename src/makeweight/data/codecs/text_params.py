"""Parameters of the text codec."""

from typing import Literal

from makeweight.core.params import Section


class TextParams(Section):
    """How texts become sentence codes, and how new texts are written from codes."""

    latent_dim: int
    """Dimensions of the sentence code; fewer if there are fewer texts."""
    max_features: int
    """The number of most frequent words, and of most frequent character n-grams, that codes are computed from."""
    writer: Literal["words", "nearest"]
    """`words`: a decoder writes new text; `nearest`: the train text with the nearest code is copied."""
    min_count: int
    """A word seen less often in train is spelled by its characters."""
    max_pieces: int
    """Most pieces that the decoder writes per row, over all its texts."""
    hidden_dim: int
    """Width of the decoder's recurrent state."""
    steps: int
    """Updates of the decoder."""
    batch_size: int
    learning_rate: float
    latent_noise: float
    """Standard deviation of the noise added to codes in training, because generated codes are inexact as well."""
    word_dropout: float
    """Share of the input pieces that are masked in training, so that the decoder relies on the code."""
    temperature: float
    """Softmax temperature: below 1 likely pieces become more likely."""
    rewrites: int
    """How often at most a row is written again if all its texts are train texts; 0 never does."""
