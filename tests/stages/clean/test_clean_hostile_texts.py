"""One text or number from a shop stops nothing: what cannot be read is named by row."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from clean_project import ROOT, run, write_card, write_params
from test_clean_stage import PICTURES, SHOP, shop

from makeweight.core import params, paths
from makeweight.data.values.texts import unescaped
from makeweight.stages.clean import texts


@pytest.fixture
def hostile_shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> pd.DataFrame:
    """A shop's rows, with the parameters as they are shipped, in an empty folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MAKEWEIGHT_THREADS", "1")
    values = params.read_yaml(ROOT / "params.yaml")
    write_params({name: values[name] for name in ("seed", "backend", "clean", "split")} | {"dataset": "shop"})
    write_card(SHOP)
    return shop()


def test_hostile_texts_and_numbers_are_cleaned_or_named(hostile_shop: pd.DataFrame) -> None:
    table = hostile_shop
    table["label"] = table["label"].replace({"cups": "drums $_$"})
    table.loc[0, "title"] = "a &#" + "9" * 5000 + "; boat"
    table.loc[1, ["title", "price"]] = ["$20, 50% off: $10 \\frac{ ^^ __", "ask me"]
    table.loc[2, "title"] = "<!--" * 40_000 + "a." * 60_000
    table.loc[3, "price"] = "1e309"
    table.loc[4, "nodes"] = "-1e400"
    table.loc[5, ["price", "currency"]] = ["1.7e308", "GBP"]
    left, dropped, _ = run(table, PICTURES)
    assert dropped["detail"].to_dict() == {
        "l001": "price: 'ask me' is no number",
        "l003": "price: '1e309' is no number",
        "l004": "nodes: '-1e400' is no number",
        "l005": "price: too large for a number in EUR",
    }
    clean = left.table.set_index("id")
    assert clean.loc["l000", "title"] == "a \ufffd boat"
    assert clean.loc["l002", "title"] == "<!--" * 40_000 + "a." * 60_000, "a comment is opened and never closed"
    assert set(clean["label"]) == {"boats", "drums $_$"}
    numbers = clean[["price", "nodes"]].to_numpy()
    assert np.isfinite(numbers).all()
    assert (paths.PLOTS / "clean" / "dropped_unreadable_number.png").read_bytes()[:4] == b"\x89PNG"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("&#" + "9" * 5000 + "; b", "\ufffd b"),
        ("&#" + "0" * 5000 + "65;", "A"),
        ("&#65;&#x41;&#0066;&amp;&copy x", "AAB&\u00a9 x"),
        ("&#1114112;&#x110000;&#x" + "f" * 5000 + ";", "\ufffd" * 3),
        ("AT&T &#; &# &#x;", "AT&T &#; &# &#x;"),
    ],
    ids=["many digits", "many zeros", "usual", "no character", "no reference"],
)
def test_references_of_any_length_are_read(text: str, expected: str) -> None:
    assert unescaped(text) == expected
    everything = {"repair_encoding": True, "straighten_quotes": True, "remove_markup": True, "remove_addresses": True}
    assert texts.clean_text(text, texts.AS_WRITTEN.model_copy(update=everything)) == expected
