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
    def write(self, code: Tensor, max_pieces: int, temperature: float, rng: torch.Generator) -> Tensor:
        """Draw pieces `(n, max_pieces)` one after the other; a row that has stopped goes on with STOP."""
        state = self.state(code)
        piece = torch.full((len(code), 1), START)
        stopped = torch.zeros(len(code), dtype=torch.bool)
        written = []
        for _ in range(max_pieces):
            out, state = self.recurrent(torch.cat([self.pieces(piece), code[:, None]], dim=2), state)
            chances = (self.output(out[:, 0]) / temperature).softmax(1)
            piece = torch.multinomial(chances, 1, generator=rng)
            piece[stopped] = STOP
            stopped |= piece[:, 0] == STOP
            written.append(piece)
            if bool(stopped.all()):
                break
        return torch.cat(written, dim=1)
