from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch

from makeweight.core.errors import InputError
from makeweight.core.random import RequestStream, batch_stream
from makeweight.data.codecs.text import TextCodec
from makeweight.data.codecs.text_decoder import TextDecoder
from makeweight.data.codecs.text_params import TextParams
from makeweight.data.codecs.text_pieces import NEXT, START, STOP, Pieces, fit_pieces
from makeweight.data.samples import Roles, Samples

ROLES = Roles(text=("title", "description"))
COLOURS, ANIMALS = ("red", "blue", "green"), ("cat", "dog", "owl")


def params(**changes: object) -> TextParams:
    values = {
        "latent_dim": 8,
        "max_features": 300,
        "writer": "words",
        "min_count": 1,
        "max_pieces": 12,
        "hidden_dim": 48,
        "steps": 120,
        "batch_size": 32,
        "learning_rate": 0.01,
        "latent_noise": 0.05,
        "word_dropout": 0.1,
        "temperature": 0.3,
        "rewrites": 0,
    }
    return TextParams(**{**values, **changes})


@pytest.fixture(scope="module")
def train() -> Samples:
    animals = [f"a {colour} {animal}" for colour in COLOURS for animal in ANIMALS if (colour, animal) != ("red", "owl")]
    titles = ["flag of Italy", "flag of France", "flag of Spain", *animals] * 4
    descriptions = [None if "flag" in title else "an animal" for title in titles]
    return Samples(pd.DataFrame({"title": titles, "description": descriptions}), ROLES)


@pytest.fixture(scope="module")
def codec(train: Samples) -> TextCodec:
    return TextCodec.fit(train, params(), seed=1)


def test_pieces_spell_what_they_do_not_know() -> None:
    pieces = fit_pieces(["the cat sat", "the cat ran"], min_count=2)
    number = pieces.number
    assert "the" in number and " cat" in number and " sat" not in number
    split = pieces.split("the cat sat", number)
    assert [pieces.names[n] for n in split] == ["the", " cat", " ", "s", "a", "t"]
    assert pieces.join([START, *split, STOP, number["the"]], 1) == ["the cat sat"]
    assert pieces.split("ü", number) == [], "a character never seen in train is left out"


def test_words_without_a_space_between_them_get_one() -> None:
    pieces = Pieces(("<start>", "<stop>", "<next>", "cat", " dog", "#", "305", "s"))
    assert pieces.join([3, 3, 7, STOP], 1) == ["cat cats"], "a single character continues a word"
    assert pieces.join([3, 5, 6, 4, NEXT, 3], 2) == ["cat#305 dog", "cat"]


def test_join_separates_the_columns() -> None:
    pieces = Pieces(("<start>", "<stop>", "<next>", "a", " b"))
    assert pieces.join([3, NEXT, 3, 4, STOP], 2) == ["a", "a b"]
    assert pieces.join([NEXT, 4, STOP], 2) == [None, "b"]
    assert pieces.join([3, STOP], 2) == ["a", None]


def test_similar_texts_have_similar_codes(codec: TextCodec) -> None:
    italy, france, cat = codec.encode(
        pd.DataFrame(
            {"title": ["flag of Italy", "flag of France", "a red cat"], "description": [None, None, "an animal"]}
        )
    )
    assert np.linalg.norm(italy - france) < np.linalg.norm(italy - cat)


def test_the_writer_follows_the_code(codec: TextCodec, train: Samples) -> None:
    written = codec.decode(codec.encode(train.table), batch_stream(0))
    flags = train.table["title"].str.startswith("flag")
    right = written["title"].fillna("").str.startswith("flag") == flags
    assert right.mean() > 0.9
    assert (written["description"].isna() == flags).mean() > 0.9, "a missing text is kept as missing"


def test_new_texts_can_be_written(codec: TextCodec, train: Samples) -> None:
    livelier = replace(codec, temperature=1.5)
    written = livelier.decode(np.repeat(codec.encode(train.table), 5, axis=0), batch_stream(0))["title"].dropna()
    assert set(written) - set(train.table["title"]), "not one text that is not in train"


def test_copies_of_train_texts_are_written_again(train: Samples) -> None:
    fitted = [TextCodec.fit(train, params(temperature=1.2, steps=60, rewrites=count), seed=1) for count in (0, 8)]
    codes = np.repeat(fitted[0].encode(train.table), 5, axis=0)
    codes[:, -1] = -1.0
    plain, again = (codec.decode(codes, batch_stream(0)) for codec in fitted)
    assert plain["description"].isna().all(), "a missing text is not part of a copy"
    copied, still = (table["title"].isin(train.table["title"]) for table in (plain, again))
    assert copied.mean() > 0.2 and still.mean() < 0.5 * copied.mean()
    # A text that is no copy stays the same, even if others are written again.
    assert (plain.loc[~copied, "title"].fillna("") == again.loc[~copied, "title"].fillna("")).all()


def test_a_text_does_not_depend_on_the_texts_beside_it(codec: TextCodec, train: Samples) -> None:
    codes = codec.encode(train.table)
    whole = codec.decode(codes[:20], batch_stream(3))
    others = codec.decode(np.concatenate([codes[:10], codes[20:30]]), batch_stream(3))
    pd.testing.assert_frame_equal(whole.head(10), others.head(10))


def test_a_request_gets_the_texts_that_it_would_get_alone(codec: TextCodec, train: Samples) -> None:
    codes, counts, seeds = codec.encode(train.table)[:12], [1, 8, 3], [7, 8, 7]
    together = codec.decode(codes, RequestStream(counts, seeds))
    parts = [codec.decode(part, batch_stream(seed)) for part, seed in zip(np.split(codes, [1, 9]), seeds, strict=True)]
    pd.testing.assert_frame_equal(together, pd.concat(parts, ignore_index=True))


def test_pieces_are_sampled_by_their_probabilities() -> None:
    torch.manual_seed(0)
    decoder = TextDecoder(4, 2, 8).eval()
    torch.nn.init.zeros_(decoder.output.weight)
    with torch.no_grad():
        decoder.output.bias.copy_(torch.log(torch.tensor([1e-9, 0.2, 0.3, 0.5])))
    uniform = torch.linspace(0.0005, 0.9995, 1000)[:, None].repeat(1, 3)
    written = decoder.write(torch.zeros(1000, 2), uniform, temperature=1.0)
    assert torch.bincount(written[:, 0], minlength=4).tolist() == [0, 200, 300, 500]
    assert (written[:200] == STOP).all(), "nothing follows the end of a text"
    sharper = decoder.write(torch.zeros(1000, 2), uniform, temperature=0.5)
    assert torch.bincount(sharper[:, 0], minlength=4).tolist()[3] == pytest.approx(250 / 0.38, abs=2)


def test_nearest_writer_copies_train_texts(train: Samples) -> None:
    codec = TextCodec.fit(train, params(writer="nearest"), seed=1)
    copied = codec.decode(codec.encode(train.table))
    assert copied.fillna("").to_numpy().tolist() == train.table.fillna("").to_numpy().tolist()


def test_texts_that_are_all_missing_are_named() -> None:
    table = pd.DataFrame({"title": [None, None, None], "description": [None, None, None]}, dtype=object)
    with pytest.raises(InputError, match="title, description have no text"):
        TextCodec.fit(Samples(table, ROLES), params(), seed=0)
