"""What is installed beside makeweight may come along with a package under MIT."""

from email.message import Message

import pytest

from makeweight.core.errors import InputError
from makeweight.tools import licences
from makeweight.tools.licences import Licence, is_permissive, statements


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("MIT", True),
        ("Apache License", True),
        ("Apache Software License", True),
        ("BSD-3-Clause AND 0BSD AND MIT AND Zlib AND CC0-1.0", True),
        ("Apache-2.0 OR GPL-2.0-or-later", True),
        ("MPL-2.0 AND (Apache-2.0 OR MIT)", True),
        ("Apache-2.0 AND CNRI-Python", True),
        ("MIT AND (GPL-3.0-only OR AGPL-3.0-only)", False),
        ("MIT AND GPL-3.0-only", False),
        ("GNU General Public License v3 (GPLv3)", False),
        ("GNU Affero General Public License v3", False),
        ("Proprietary", False),
        ("", False),
    ],
)
def test_of_a_choice_one_licence_must_be_permissive_of_parts_all(expression: str, expected: bool) -> None:
    assert is_permissive(expression) is expected


def test_a_package_states_its_licence_in_several_ways() -> None:
    about = Message()
    about["Classifier"] = "License :: OSI Approved :: MIT License"
    about["Classifier"] = "Programming Language :: Python"
    assert statements(about) == ["MIT License"]
    about["License"] = "Apache License\n   Version 2.0\n" + "text " * 1000
    assert statements(about) == ["Apache License", "MIT License"]
    about["License-Expression"] = "MIT"
    assert statements(about)[0] == "MIT"


def test_every_installed_package_is_allowed_and_known() -> None:
    found = {one.package: one for one in licences.licences()}
    assert {one.package: one.licence for one in found.values() if not one.reason} == {}
    assert found["torch"].reason == found["numpy"].reason == "permissive"
    assert len(found) > 150


def test_an_unknown_licence_is_a_mistake_that_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(
        licences, "licences", lambda: [Licence("good", "1", "MIT", "permissive"), Licence("x", "2", "unknown", "")]
    )
    with pytest.raises(InputError, match=r"unknown or not allowed: x \(unknown\)"):
        licences.main()
    assert capsys.readouterr().out == "good 1: MIT\nx 2: unknown (NOT ALLOWED)\n"
