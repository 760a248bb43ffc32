"""Access control: other sites, other hosts, guessed tokens, floods of requests and of bytes are refused."""

import asyncio
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from makeweight.app import __main__ as command
from makeweight.app.limits import Limits
from makeweight.app.security import Guard, RateLimiter, host_name
from makeweight.app.server import create
from makeweight.core.errors import InputError

TOKEN = "a token of many characters"
HERE = "http://127.0.0.1:8000"


def client(token: str | None = None, address: str = HERE, **limits: float) -> TestClient:
    return TestClient(create(Limits(**limits), token), base_url=address, follow_redirects=False)  # type: ignore[arg-type]


def test_every_answer_carries_the_policy(project: Path) -> None:
    for path in ("/", "/static/app.css", "/nothing", "/api/nothing"):
        headers = client().get(path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy and "unsafe" not in policy and "frame-ancestors 'none'" in policy
        assert headers["x-content-type-options"] == "nosniff" and "server" not in headers


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 422),
        ({"origin": HERE}, 422),
        ({"sec-fetch-site": "same-origin", "origin": HERE}, 422),
        ({"origin": "http://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"origin": "http://127.0.0.1:9999"}, 403),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "same-site", "sec-fetch-mode": "navigate"}, 403),
    ],
)
def test_only_own_pages_may_change_something(project: Path, headers: dict[str, str], status: int) -> None:
    assert client().post("/balance", headers=headers).status_code == status


def test_other_sites_may_link_but_not_read(project: Path) -> None:
    linked = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}
    assert client().get("/", headers=linked).status_code == 200
    assert client().get("/api/status", headers={"sec-fetch-site": "cross-site"}).status_code == 403


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8000", "127.0.0.1.evil.example", "[::2]", "[", ""])
def test_a_rebound_name_does_not_reach_loopback(project: Path, host: str) -> None:
    assert client().get("/", headers={"host": host}).status_code == 421


def test_loopback_names() -> None:
    assert {host_name(h) for h in ("127.0.0.1:80", "LOCALHOST", "[::1]:8000")} == {"127.0.0.1", "localhost", "::1"}


def test_other_machines_need_a_token() -> None:
    with pytest.raises(InputError, match="MAKEWEIGHT_TOKEN"):
        command.checked_token("0.0.0.0", None)
    with pytest.raises(InputError, match="at least 16"):
        command.checked_token("0.0.0.0", "short")
    assert command.checked_token("::1", None) is None
    assert command.checked_token("192.168.0.7", TOKEN) == TOKEN


def test_requests_without_the_token_are_refused(project: Path) -> None:
    visitor = client(TOKEN, "http://studio.example")
    assert visitor.get("/").headers["location"] == "/login"
    assert visitor.get("/api/status").status_code == 401
    assert visitor.post("/balance").status_code == 401
    assert visitor.get("/login").status_code == 200
    assert visitor.get("/api/status", headers={"authorization": "Bearer wrong"}).status_code == 401
    assert visitor.get("/api/status", headers={"cookie": f"makeweight_session={TOKEN}"}).status_code == 401
    assert visitor.get("/api/status", headers={"authorization": f"Bearer {TOKEN}"}).status_code == 200


def test_the_token_opens_a_session(project: Path) -> None:
    visitor = client(TOKEN, "http://studio.example")
    assert visitor.post("/login", data={"token": "a guess"}).status_code == 403
    welcome = visitor.post("/login", data={"token": TOKEN})
    cookie = welcome.headers["set-cookie"]
    assert welcome.status_code == 303 and "HttpOnly" in cookie and "SameSite=strict" in cookie and TOKEN not in cookie
    assert visitor.get("/").status_code == 200


def test_the_bucket_by_hand() -> None:
    now = [0.0]
    limiter = RateLimiter(6, lambda: now[0])
    assert [limiter.allows("a") for _ in range(7)] == [True] * 6 + [False]
    assert limiter.allows("b")
    now[0] += 10  # one tenth of a minute's six requests each second: one
    assert limiter.allows("a") and not limiter.allows("a")


def test_too_many_requests_are_refused(project: Path) -> None:
    visitor = client(requests_per_minute=3)
    answers = [visitor.get("/api/status") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert answers[-1].headers["retry-after"] == "60"


def test_a_long_body_is_refused_by_its_length(project: Path) -> None:
    answer = client(request_bytes=1000).post("/api/jobs", files={"file": b"x" * 2000})
    assert answer.status_code == 413 and "1000 bytes" in answer.json()["error"]


def test_a_long_body_without_a_length_is_cut_off(project: Path) -> None:
    def endless():
        for _ in range(100):
            yield b"x" * 100

    headers = {"content-type": "multipart/form-data; boundary=b"}
    answer = client(request_bytes=1000).post("/api/jobs", content=endless(), headers=headers)
    assert answer.status_code == 413


def test_a_slow_body_is_refused() -> None:
    async def never() -> dict:
        await asyncio.sleep(60)
        return {}

    guard = Guard(None, Limits(request_seconds=0.05))  # type: ignore[arg-type]
    with pytest.raises(Exception, match="too slowly"):
        asyncio.run(guard.limited(never)())  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "path",
    [
        "/static/../server.py",
        "/static/%2e%2e/server.py",
        "/compare/dropped/..%2f..%2fparams.png",
        "/balance/../../params.yaml",
        "/api/jobs/..%2f/balanced.csv",
    ],
)
def test_no_path_of_a_visitor_is_opened(project: Path, path: str) -> None:
    answer = client().get(path)
    assert answer.status_code in (404, 422) and "seed:" not in answer.text


def test_a_defect_discloses_nothing(project: Path, monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    from makeweight.app import artefacts

    monkeypatch.setattr(artefacts, "run", lambda: {}["secret key"])
    application = create(Limits())
    answer = TestClient(application, base_url=HERE, raise_server_exceptions=False).get("/api/metrics")
    assert answer.status_code == 500 and "secret" not in answer.text
    number = answer.json()["error"].split()[-1]
    log = capsys.readouterr().err
    assert number in log and "secret key" in log
