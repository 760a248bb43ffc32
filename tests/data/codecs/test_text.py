import zlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from makeweight.core import shards
from makeweight.core.errors import InputError
from makeweight.core.random import RequestStream, batch_stream
from makeweight.data.codecs.text import TextCodec
from makeweight.data.codecs.text_candidates import nearest_distinct, normalised, repeated_shares
from makeweight.data.codecs.text_params import TextParams
from makeweight.data.codecs.text_tokens import split_tokens, token_key
from makeweight.data.samples import Roles, Samples

ROLES = Roles(text=("title", "description"))
COLOURS, ANIMALS, SIZES = ("red", "blue", "green", "grey"), ("cat", "dog", "owl", "fox"), ("big", "old", "wet", "small")
COUNTRIES, PLACES = (
    ("Italy", "France", "Spain", "Chad", "Peru", "Cuba", "Mali"),
    ("land", "navy", "air", "state", "old"),
)


def params(**changes: object) -> TextParams:
    values = {
        "latent_dim": 8,
        "class_dim": 4,
        "max_features": 300,
        "writer": "words",
        "neighbours": 8,
        "neighbour_temperature": 0.3,
        "jump_probability": 0.3,
        "replace_probability": 0.1,
        "candidates": 8,
        "max_train_texts": 1000,
    }
    return TextParams(**{**values, **changes})


@pytest.fixture(scope="module")
def train() -> Samples:
    """Flags without a description, and animals: each title once, and two in five of all that are possible."""
    animals = [f"a {size} {colour} {animal}" for size in SIZES for colour in COLOURS for animal in ANIMALS]
    flags = [f"flag of {country} ({place})" for country in COUNTRIES for place in PLACES]
    titles = [title for title in [*flags, *animals] if zlib.crc32(title.encode()) % 5 < 2]
    descriptions = [None if title.startswith("flag") else f"one of the animals: {title[2:]}" for title in titles]
    labels = ["flag" if title.startswith("flag") else "animal" for title in titles]
    return Samples(pd.DataFrame({"title": titles, "description": descriptions, "label": labels}), ROLES)


@pytest.fixture(scope="module")
def codec(train: Samples) -> TextCodec:
    return TextCodec.fit(train, params(), seed=1)


def noisy(codec: TextCodec, train: Samples, times: int = 1) -> np.ndarray:
    """Codes of the train rows with noise, as an engine would generate them; the flags stay."""
    codes = np.repeat(codec.encode(train.table), times, axis=0)
    codes[:, :-2] += 0.3 * np.random.default_rng(0).normal(size=codes[:, :-2].shape)
    return codes


def words(texts: pd.Series) -> set[str]:
    return {token_key(token) for text in texts.dropna() for token in split_tokens(text)}


def test_similar_texts_have_similar_codes(codec: TextCodec) -> None:
    italy, france, cat = codec.encode(
        pd.DataFrame(
            {"title": ["flag of Italy", "flag of France", "a red cat"], "description": [None, None, "an animal"]}
        )
    )
    assert np.linalg.norm(italy - france) < np.linalg.norm(italy - cat)


def test_codes_hold_what_tells_the_classes_apart() -> None:
    # The class hangs on one short word; what texts are about is other words, of which there are far more.
    rng = np.random.default_rng(0)
    topics = [f"topic{number}word{part} " for number in range(6) for part in range(12)]
    rows = [(rng.choice(["tin", "oak", "wax"], p=[0.8, 0.15, 0.05]), *rng.choice(topics, 10)) for _ in range(600)]
    table = pd.DataFrame({"title": ["".join(row[1:]) + row[0] for row in rows], "label": [row[0] for row in rows]})
    seen, unseen = table[:400], table[400:]
    one_column = Roles(text=("title",))
    codec = TextCodec.fit(Samples(seen, one_column), params(latent_dim=4), seed=0)
    assert codec.spec.shape == (4 + 2 + 1,), "two dimensions tell three classes apart"
    codes = codec.encode(table)[:, :-1]
    centres = np.stack([codes[:400][seen["label"] == name].mean(0) for name in ("oak", "tin", "wax")])
    nearest = np.square(codes[400:, None] - centres).sum(2).argmin(1)
    assert (np.array(["oak", "tin", "wax"])[nearest] == unseen["label"]).mean() > 0.95
    without = TextCodec.fit(Samples(seen.drop(columns="label"), one_column), params(latent_dim=4), seed=0)
    assert without.spec.shape == (4 + 1,), "rows without labels have no such dimensions"
    alone = TextCodec.fit(Samples(seen.assign(label="tin"), one_column), params(latent_dim=4), seed=0)
    assert alone.spec.shape == (4 + 1,), "nor has a single class"


def test_written_texts_are_words_of_train_texts_that_fit_the_code(codec: TextCodec, train: Samples) -> None:
    written = codec.decode(noisy(codec, train, 3), batch_stream(0))
    for column in ROLES.text:
        assert words(written[column]) <= words(train.table[column])
    assert (written["title"].str.count(r"\(") == written["title"].str.count(r"\)")).all()
    flags = np.repeat(train.table["label"] == "flag", 3).to_numpy()
    assert (written["title"].str.contains("flag") == flags).mean() > 0.95
    assert (written["description"].isna().to_numpy() == flags).all(), "a missing text is kept as missing"


def test_train_texts_are_copied_no_more_often_than_they_repeat(codec: TextCodec, train: Samples) -> None:
    assert codec.writer.copy_shares == (0.0, 0.0)
    written = codec.decode(noisy(codec, train, 3), batch_stream(0))
    for column in ROLES.text:
        assert written[column].dropna().isin(train.table[column]).mean() < 0.1
    free = replace(codec, writer=replace(codec.writer, copy_shares=(1.0, 1.0)))
    copied = free.decode(codec.encode(train.table), batch_stream(0))["title"].isin(train.table["title"])
    assert copied.mean() > 0.5, "a code's own text is the one that fits it best"
    assert written["title"].nunique() > 0.6 * len(written)


def test_repeated_shares() -> None:
    texts = [("card", None), ("card", "one"), ("Card ", "one"), ("flag", "two"), (None, None)]
    by_row = [repeated_shares(texts, range(5), seed) for seed in range(40)]
    # Of the four titles three repeat another row's, unless both are in the part that is compared with the others.
    assert all(share in {0.0, 0.5, 0.75} for share, _ in by_row) and (0.75, 2 / 3) in by_row
    one_unit = repeated_shares(texts, ["a", "a", "a", "b", "c"], 0)
    assert one_unit == (0.0, 0.0), "rows of one unit are no others"
    assert normalised("  Two  Words ") == "two words"


def test_a_text_does_not_depend_on_the_texts_beside_it(codec: TextCodec, train: Samples) -> None:
    codes = noisy(codec, train)
    whole = codec.decode(codes[:20], batch_stream(3))
    others = codec.decode(np.concatenate([codes[:10], codes[20:30]]), batch_stream(3))
    pd.testing.assert_frame_equal(whole.head(10), others.head(10))


def test_a_request_gets_the_texts_that_it_would_get_alone(codec: TextCodec, train: Samples) -> None:
    codes, counts, seeds = noisy(codec, train)[:12], [1, 8, 3], [7, 8, 7]
    together = codec.decode(codes, RequestStream(counts, seeds))
    parts = [codec.decode(part, batch_stream(seed)) for part, seed in zip(np.split(codes, [1, 9]), seeds, strict=True)]
    pd.testing.assert_frame_equal(together, pd.concat(parts, ignore_index=True))


def test_another_process_writes_the_same(codec: TextCodec, train: Samples) -> None:
    codes = noisy(codec, train)
    here = codec.decode(codes)
    parts = shards.map_shards(codec.decode, [codes, codes], processes=2)
    for part in parts:
        pd.testing.assert_frame_equal(part, here)


def test_nearest_writer_copies_train_texts(train: Samples) -> None:
    codec = TextCodec.fit(train, params(writer="nearest", latent_dim=60), seed=1)
    copied = codec.decode(codec.encode(train.table))
    texts = train.table[list(ROLES.text)]
    assert copied.fillna("").to_numpy().tolist() == texts.fillna("").to_numpy().tolist()


@pytest.mark.parametrize(
    "titles",
    [
        ["日本の旗", "中国の旗", "日本の山", "古い家の写真"] * 5,
        ["x"] * 20,
        ["!!!", "?", "...", "a"] * 5,
        ["12", "13.5", "7"] * 7,
        [" ".join(f"word{(row * 7 + place) % 90}" for place in range(200)) for row in range(20)],
        ["only one", *[None] * 19],
    ],
)
def test_texts_of_any_kind(titles: list[str | None], tmp_path: Path) -> None:
    table = pd.DataFrame({"title": titles, "label": [["a", "b"][row % 2] for row in range(len(titles))]}, dtype=object)
    train = Samples(table, Roles(text=("title",)))
    codec = TextCodec.fit(train, params(), seed=0)
    codes = codec.encode(table)
    codes[:, -1] = 1.0
    written = codec.decode(codes)
    assert written["title"].notna().all() and words(written["title"]) <= words(table["title"])
    codec.save(tmp_path)
    pd.testing.assert_frame_equal(TextCodec.load(tmp_path).decode(codes), written)


def test_long_texts_keep_their_length() -> None:
    rng = np.random.default_rng(0)
    texts = [" ".join(f"w{int(word)}" for word in rng.geometric(0.1, size=120)) for _ in range(60)]
    codec = TextCodec.fit(Samples(pd.DataFrame({"title": texts}), Roles(text=("title",))), params(), seed=0)
    lengths = codec.decode(codec.encode(pd.DataFrame({"title": texts})))["title"].str.split().str.len()
    assert 90 < lengths.mean() < 150 and not np.isin(lengths, [240]).any()


def test_only_so_many_train_texts_are_kept(train: Samples) -> None:
    codec = TextCodec.fit(train, params(max_train_texts=10), seed=0)
    assert len(codec.writer.texts) == len(codec.writer.codes) == 10
    assert len(codec.decode(codec.encode(train.table))) == len(train.table)


def test_texts_that_are_all_missing_are_named() -> None:
    table = pd.DataFrame({"title": [None, None, None], "description": [None, None, None]}, dtype=object)
    with pytest.raises(InputError, match="title, description have no text"):
        TextCodec.fit(Samples(table, ROLES), params(), seed=0)


@pytest.mark.parametrize("most", [1, 3, 24, 500])
def test_the_nearest_texts_are_the_first_of_all_rows_sorted_each_once(most: int) -> None:
    """Many rows have the same text, and many are equally far."""
    rng = np.random.default_rng(0)
    distances, numbers = rng.integers(40, size=300) / 7, rng.permutation(300) // 12
    expected: list[int] = []
    for row in sorted(range(300), key=lambda row: (distances[row], row)):
        if numbers[row] not in numbers[expected]:
            expected.append(row)
    assert nearest_distinct(distances, numbers, most).tolist() == expected[:most]
