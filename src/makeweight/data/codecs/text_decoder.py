"""A small recurrent network that turns a sentence code into pieces of text."""

import torch
from torch import Tensor, nn

START, STOP, NEXT = 0, 1, 2
"""First piece fed in, end of the text, and the border between two text columns."""


class TextDecoder(nn.Module):
    """A gated recurrent unit over pieces; the code starts its state and stands beside every input piece."""

    def __init__(self, pieces: int, code_width: int, hidden: int) -> None:
        super().__init__()
        self.hidden = hidden
        self.pieces = nn.Embedding(pieces, hidden // 2)
        self.first_state = nn.Linear(code_width, hidden)
        self.recurrent = nn.GRU(hidden // 2 + code_width, hidden, batch_first=True)
        self.output = nn.Linear(hidden, pieces)

    def forward(self, code: Tensor, previous: Tensor, wanted: Tensor) -> Tensor:
        """Logits `(k, pieces)` of the next piece at the k places where `wanted` is true.

        Args:
            code: `(n, width)`.
            previous: the pieces before each place, `(n, length)`.
            wanted: `(n, length)`; the output layer is the dear part, and most places lie behind the end of a text.
        """
        beside = code[:, None].expand(-1, previous.shape[1], -1)
        states, _ = self.recurrent(torch.cat([self.pieces(previous), beside], dim=2), self.state(code))
        return self.output(states[wanted])

    def state(self, code: Tensor) -> Tensor:
        """The state before the first piece, `(1, n, hidden)`."""
        return self.first_state(code).tanh()[None]

    @torch.no_grad()
    def write(self, code: Tensor, chances: Tensor, temperature: float) -> Tensor:
        """Draw pieces `(n, places)` one after the other; behind its end a row has STOP.

        A row depends on its own code and chances only. Rows that have ended take no more time: most texts are short.

        Args:
            code: `(n, width)`.
            chances: uniform in [0, 1], `(n, places)`: which piece is drawn at each place, by the inverse of the
                cumulative distribution.
            temperature: below 1 likely pieces become likelier.
        """
        written = torch.full(chances.shape, STOP)
        going, state = torch.arange(len(code)), self.state(code)
        piece = torch.full((len(code), 1), START)
        for place in range(chances.shape[1]):
            out, state = self.recurrent(torch.cat([self.pieces(piece), code[going, None]], dim=2), state)
            heights = (self.output(out[:, 0]) / temperature).softmax(1).cumsum(1)
            piece = torch.searchsorted(heights, chances[going, place, None] * heights[:, -1:])
            written[going, place] = piece[:, 0]
            on = piece[:, 0] != STOP
            if not bool(on.any()):
                break
            going, piece, state = going[on], piece[on], state[:, on]
        return written
