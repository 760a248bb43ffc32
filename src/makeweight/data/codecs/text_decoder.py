"""A small recurrent network that writes pieces of text from a sentence code."""

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from makeweight.core.progress import track
from makeweight.core.random import global_seed, seeded
from makeweight.data.codecs.text_params import TextParams
from makeweight.data.codecs.text_pieces import NEXT, START, STOP


class TextDecoder(nn.Module):
    """A gated recurrent unit over pieces; the code sets its first state and is part of every input."""

    def __init__(self, pieces: int, code_width: int, hidden: int) -> None:
        super().__init__()
        self.hidden = hidden
        self.pieces = nn.Embedding(pieces, hidden // 2)
        self.first_state = nn.Linear(code_width, hidden)
        self.recurrent = nn.GRU(hidden // 2 + code_width, hidden, batch_first=True)
        self.output = nn.Linear(hidden, pieces)

    def forward(self, code: Tensor, previous: Tensor, mask: Tensor) -> Tensor:
        """Return the logits `(k, pieces)` of the next piece at the k positions where `mask` is true.

        Args:
            code: `(n, width)`.
            previous: the piece before each position, `(n, length)`.
            mask: `(n, length)`; most positions are after the end of a text, and the output layer costs the most time.
        """
        repeated = code[:, None].expand(-1, previous.shape[1], -1)
        states, _ = self.recurrent(torch.cat([self.pieces(previous), repeated], dim=2), self.state(code))
        return self.output(states[mask])

    def state(self, code: Tensor) -> Tensor:
        """Return the state before the first piece, `(1, n, hidden)`."""
        return self.first_state(code).tanh()[None]

    @torch.no_grad()
    def write(self, code: Tensor, uniform: Tensor, temperature: float) -> Tensor:
        """Sample pieces `(n, length)` one after the other; after its end a row has STOP.

        A row depends on its own code and numbers only. Rows that have ended are left out of further steps.

        Args:
            code: `(n, width)`.
            uniform: numbers in [0, 1], `(n, length)`, that choose the piece at each position by the inverse of the
                cumulative distribution.
            temperature: below 1 likely pieces become more likely.
        """
        written = torch.full(uniform.shape, STOP)
        active, state = torch.arange(len(code)), self.state(code)
        piece = torch.full((len(code), 1), START)
        for position in range(uniform.shape[1]):
            out, state = self.recurrent(torch.cat([self.pieces(piece), code[active, None]], dim=2), state)
            cumulative = (self.output(out[:, 0]) / temperature).softmax(1).cumsum(1)
            piece = torch.searchsorted(cumulative, uniform[active, position, None] * cumulative[:, -1:])
            written[active, position] = piece[:, 0]
            continues = piece[:, 0] != STOP
            if not bool(continues.any()):
                break
            active, piece, state = active[continues], piece[continues], state[:, continues]
        return written


def fit_decoder(codes: np.ndarray, sequences: np.ndarray, pieces: int, params: TextParams, seed: int) -> TextDecoder:
    """Train the decoder to predict the next piece of each train text, from a noisy code and with pieces masked.

    Args:
        codes: `(n, width)`, flags included.
        sequences: piece numbers `(n, length)`, from START to STOP.
        pieces: the size of the vocabulary.
        params: width of the decoder, steps, batch size, learning rate, noise.
        seed: of the weights and of all random choices.
    """
    rng = seeded(seed)
    with global_seed(seed):
        decoder = TextDecoder(pieces, codes.shape[1], params.hidden_dim)
    optimiser = torch.optim.AdamW(decoder.parameters(), lr=params.learning_rate)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, T_max=params.steps)
    code, sequence = torch.from_numpy(codes), torch.from_numpy(sequences)
    target = sequence[:, 1:]
    # After the end of a text only the first STOP is a target.
    predicted = (target == STOP).cumsum(1) <= 1
    for _ in track(range(params.steps), "text decoder"):
        rows = torch.randint(len(code), (params.batch_size,), generator=rng)
        mask = predicted[rows]
        length = int(mask.sum(1).max())
        previous = sequence[rows, :length]
        masked = (torch.rand(previous.shape, generator=rng) < params.word_dropout) & (previous > NEXT)
        noisy = code[rows] + params.latent_noise * torch.randn(code[rows].shape, generator=rng)
        mask = mask[:, :length]
        logits = decoder(noisy, previous.masked_fill(masked, START), mask)
        loss = F.cross_entropy(logits, target[rows, :length][mask])
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(decoder.parameters(), 1.0)
        optimiser.step()
        schedule.step()
    return decoder.eval()
