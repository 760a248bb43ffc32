"""Access control: tokens, rate and size limits, checks of the origin, and the security headers of every answer."""

import asyncio
import hashlib
import hmac
import time
from collections import OrderedDict
from collections.abc import Callable
from http.cookies import CookieError, SimpleCookie
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from makeweight.app.limits import Limits
from makeweight.app.pages import ENVIRONMENT

COOKIE = "makeweight_session"
OPEN_PATHS = ("/login", "/static/")
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
CLIENTS_REMEMBERED = 10_000

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}


class RateLimiter:
    """A token bucket of requests per client; the clients seen longest ago are dropped."""

    def __init__(self, per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.per_minute = per_minute
        self.clock = clock
        self.buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def allows(self, client: str) -> bool:
        """Take one request from the bucket of the client; return whether there was one left."""
        now = self.clock()
        left, seen = self.buckets.pop(client, (float(self.per_minute), now))
        left = min(self.per_minute, left + (now - seen) * self.per_minute / 60)
        allowed = left >= 1
        self.buckets[client] = (left - 1 if allowed else left, now)
        if len(self.buckets) > CLIENTS_REMEMBERED:
            self.buckets.popitem(last=False)
        return allowed


def session_of(token: str) -> str:
    """Derive the session cookie from the token; the cookie does not contain the token."""
    return hmac.new(token.encode(), b"makeweight session", hashlib.sha256).hexdigest()


class Guard:
    """The outermost ASGI layer: checks every request, and adds headers to every answer."""

    def __init__(self, application: ASGIApp, limits: Limits, token: str | None = None) -> None:
        self.application = application
        self.limits = limits
        self.token = token
        self.limiter = RateLimiter(limits.requests_per_minute)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse the request or pass it on with its limits; either answer gets the headers."""
        if scope["type"] == "lifespan":
            await self.application(scope, receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers[name] = value
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        headers = Headers(scope=scope)
        refused = self.refuse(scope, headers)
        if refused is not None:
            await refused(scope, receive, send_with_headers)
            return
        await self.application(scope, self.limited(receive), send_with_headers)

    def refuse(self, scope: Scope, headers: Headers) -> Response | None:
        """Return the refusal of a request, or None where it may pass."""
        client = (scope.get("client") or ("unknown", 0))[0]
        path = scope["path"]
        if not path.startswith("/static/") and not self.limiter.allows(client):
            return refusal(429, "too many requests; try again in a minute", {"Retry-After": "60"})
        if self.token is None and host_name(headers.get("host", "")) not in ("127.0.0.1", "localhost", "::1"):
            return refusal(421, "the Host header names another server")
        if not same_origin(scope["method"], headers):
            return refusal(403, "only pages of this application may call it")
        length = headers.get("content-length", "0")
        if not length.isdecimal() or int(length) > self.limits.request_bytes:
            return self.too_large(path)
        if self.token is not None and not path.startswith(OPEN_PATHS) and not self.knows_token(headers):
            if path.startswith("/api/") or scope["method"] not in SAFE_METHODS:
                return refusal(401, "send the token as `Authorization: Bearer ...`", {"WWW-Authenticate": "Bearer"})
            return RedirectResponse("/login", status_code=303)
        return None

    def too_large(self, path: str) -> Response:
        """Return the refusal of a long request: JSON for programs, a page for people."""
        reason = f"a request may have at most {self.limits.request_bytes} bytes"
        if path.startswith("/api/"):
            return refusal(413, reason)
        values = {"reason": reason, "status": 413, "command": None, "path": path, "limits": self.limits}
        return HTMLResponse(ENVIRONMENT.get_template("error.html").render(**values), 413)

    def knows_token(self, headers: Headers) -> bool:
        """Whether the request has the token in its header, or a session cookie."""
        assert self.token is not None
        bearer = headers.get("authorization", "").removeprefix("Bearer ").strip()
        try:
            morsel = SimpleCookie(headers.get("cookie", "")).get(COOKIE)
        except CookieError:
            morsel = None
        return equal(bearer, self.token) or (morsel is not None and equal(morsel.value, session_of(self.token)))

    def limited(self, receive: Receive) -> Receive:
        """Wrap `receive`, so that a body that is too long or arrives too slowly is refused."""
        received = 0
        deadline = time.monotonic() + self.limits.request_seconds
        finished = False

        async def receive_within_limits() -> Message:
            nonlocal received, finished
            if finished:  # the next message is the end of the connection, which has no time limit
                return await receive()
            try:
                message = await asyncio.wait_for(receive(), max(0.0, deadline - time.monotonic()))
            except TimeoutError:
                raise HTTPException(408, "the request arrived too slowly") from None
            received += len(message.get("body", b""))
            finished = not message.get("more_body", False)
            if received > self.limits.request_bytes:
                raise HTTPException(413, f"a request may have at most {self.limits.request_bytes} bytes")
            return message

        return receive_within_limits


def refusal(status: int, reason: str, headers: dict[str, str] | None = None) -> JSONResponse:
    """Answer with an error in the format of the JSON API."""
    return JSONResponse({"error": reason}, status, headers)


def equal(given: str, expected: str) -> bool:
    """Compare two secrets in constant time."""
    return hmac.compare_digest(given.encode(), expected.encode())


def host_name(host: str) -> str:
    """Return the name in a Host header, without port and brackets."""
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def same_origin(method: str, headers: Headers) -> bool:
    """Whether the request comes from one of our pages, the address bar, or a program that is no browser.

    Browsers send Sec-Fetch-Site with every request and Origin with every one that can change state; a page of
    another site can forge neither.
    """
    site = headers.get("sec-fetch-site")
    navigates = method in SAFE_METHODS and headers.get("sec-fetch-mode") == "navigate"
    if site is not None and site not in ("same-origin", "none") and not navigates:
        return False
    origin = headers.get("origin")
    return origin is None or origin.partition("://")[2] == headers.get("host")
