"""Sends one question to a model server: timeouts, bounded and counted retries, and a key that never appears in a message."""

from __future__ import annotations

import email.utils
import random
import time
from dataclasses import dataclass
from typing import Any

import httpx
import tenacity

from tierline.errors import BadInput

PASSING = frozenset({408, 429, 500, 502, 503, 504})  # statuses that may be gone on a retry
QUOTED = 300  # characters of a server's own words in an error


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait for a server. Seconds; the pause doubles from `pause` to `longest_pause`, plus up to as much random jitter."""

    attempts: int = 6
    connect_seconds: float = 10.0
    read_seconds: float = 600.0  # a long answer of a slow model
    pause: float = 1.0
    longest_pause: float = 60.0  # also the limit for a server's Retry-After


class Refused(Exception):
    """A question without a usable answer after `attempts` tries; its text never contains the key."""

    def __init__(self, why: str, attempts: int) -> None:
        super().__init__(why)
        self.attempts = attempts


class _Passing(Exception):
    """A fault that may pass, and the pause that the server asked for, if it did."""

    def __init__(self, why: str, after: float | None = None) -> None:
        super().__init__(why)
        self.after = after


class Client:
    """JSON over HTTP with one server. Safe to share between threads; at most `slots` connections."""

    def __init__(self, url: str, api_key: str, slots: int, patience: Patience) -> None:
        """BadInput if address or key cannot be sent, without showing the key."""
        try:
            address = httpx.URL(url.rstrip("/"))
        except httpx.InvalidURL:
            address = httpx.URL("")
        if address.scheme not in ("http", "https") or not address.host:
            raise BadInput("not an address of a server", "TIERLINE_MODEL_URL", "for example http://localhost:8000/v1")
        if address.userinfo or address.query:
            raise BadInput("an address with a password or a query", "TIERLINE_MODEL_URL", "put the key into TIERLINE_MODEL_KEY")
        self.url, self._key, self._patience = str(address), api_key.strip(), patience
        if not self._key.isascii() or not self._key.isprintable() or " " in self._key:
            raise BadInput("a key that no HTTP header can carry", "TIERLINE_MODEL_KEY", "set it to the key alone")
        self._http = httpx.Client(
            headers={"Authorization": f"Bearer {self._key}"} if self._key else {},
            timeout=httpx.Timeout(patience.read_seconds, connect=patience.connect_seconds, pool=None),
            limits=httpx.Limits(max_connections=slots, max_keepalive_connections=slots),
        )

    def ask(self, path: str, body: dict[str, Any] | None = None, most: int = 0) -> tuple[dict[str, Any], int]:
        """The server's JSON object and the number of attempts it took, of at most `most`, or by default as many as patience allows.

        POST if there is a body. Raises Refused.
        """
        attempts = 0
        retrying = tenacity.Retrying(
            stop=tenacity.stop_after_attempt(most or self._patience.attempts),
            wait=self._pause,
            retry=tenacity.retry_if_exception_type(_Passing),
            reraise=True,
        )
        try:
            for attempt in retrying:
                with attempt:
                    attempts = attempt.retry_state.attempt_number
                    return self._once(path, body), attempts
        except (_Passing, httpx.HTTPError, ValueError) as error:
            raise Refused(self._without_key(str(error) or type(error).__name__), attempts) from None
        raise AssertionError("tenacity returns an answer or raises")

    def _once(self, path: str, body: dict[str, Any] | None) -> dict[str, Any]:
        try:
            response = self._http.request("GET" if body is None else "POST", self.url + path, json=body)
        except (httpx.TimeoutException, httpx.NetworkError, httpx.ProtocolError) as error:  # also connections that break midway
            raise _Passing(f"{type(error).__name__}: {error}") from None
        if response.status_code in PASSING:
            raise _Passing(f"HTTP {response.status_code}: {response.text[:QUOTED]}", retry_after(response.headers.get("Retry-After", "")))
        if response.status_code != 200:
            raise ValueError(f"HTTP {response.status_code}: {response.text[:QUOTED]}")
        try:
            answer = response.json()
        except ValueError:
            raise _Passing(f"the answer is no JSON: {response.text[:QUOTED]!r}") from None
        if not isinstance(answer, dict):
            raise ValueError(f"the answer is no JSON object: {response.text[:QUOTED]!r}")
        return answer

    def _pause(self, state: tenacity.RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        asked = error.after if isinstance(error, _Passing) else None
        doubled = self._patience.pause * 2 ** (state.attempt_number - 1)
        # The random part keeps callers that failed together from retrying together.
        own = doubled * (1 + random.random())
        return min(max(asked or 0.0, own), self._patience.longest_pause)

    def _without_key(self, text: str) -> str:
        return text.replace(self._key, "***") if self._key else text


def retry_after(value: str) -> float | None:
    """Seconds that a Retry-After header asks for: a number or an HTTP date (RFC 9110, 10.2.3); None if it is neither."""
    try:
        return max(0.0, float(value))
    except ValueError:
        pass
    try:
        return max(0.0, email.utils.parsedate_to_datetime(value).timestamp() - time.time())
    except (ValueError, TypeError):
        return None
