"""Sends one question to a model server: a deadline, a bound on the answer, counted retries, and a key that never appears in a message."""

from __future__ import annotations

import asyncio
import contextvars
import email.utils
import json
import random
import ssl
import threading
import time
from collections.abc import Coroutine
from concurrent.futures import CancelledError, Future
from functools import cache
from typing import Any, NoReturn, TypeVar

import httpx
import tenacity

from tierline.errors import BadInput
from tierline.llm.rules import CallRules

PASSING = frozenset({408, 429, 500, 502, 503, 504})  # statuses that may be gone on a retry
LIMITED = 429
LAST_PORT = 65_535
Answer = TypeVar("Answer")
QUOTED = 300  # characters of a server's own words in an error
SECRET = 16  # characters from which a key cannot stand in an answer by chance
PROBE_SECONDS = 30.0  # for the smallest question there is

START = "start it and run again"
LATER = "run again later, or with fewer TIERLINE_MODEL_SLOTS"
REFUSALS = {
    401: "set TIERLINE_MODEL_KEY to a key that this server takes",
    402: "pay the provider and run again",
    403: "set TIERLINE_MODEL_KEY to a key that may use this model",
}


class Refused(Exception):
    """A question without a usable answer after `attempts` tries; its text never contains the key."""

    def __init__(self, why: str, attempts: int = 1) -> None:
        super().__init__(why)
        self.attempts = attempts


class Outage(Exception):
    """No question is answered at present, whichever it is: what is wrong, without the key, and what to do."""

    def __init__(self, what: str, do: str = START) -> None:
        super().__init__(what)
        self.do = do


class _Passing(Exception):
    """A fault that may pass, and the pause that the server asked for, if it did."""

    def __init__(self, why: str, after: float | None = None, limited: bool = False) -> None:
        super().__init__(why)
        self.after, self.limited = after, limited


def server_address(url: str) -> str:
    """As it is asked. BadInput if it is none, or holds what has to stay secret."""
    try:
        address = httpx.URL(url.strip().rstrip("/"))
        host = address.host  # decoded only when it is asked for
    except (httpx.InvalidURL, ValueError):  # also of names that no domain can have
        address, host = httpx.URL(""), ""
    if address.scheme not in ("http", "https") or not host or (address.port or 1) > LAST_PORT:
        raise BadInput("not an address of a server", "TIERLINE_MODEL_URL", "for example http://localhost:8000/v1")
    if address.userinfo or address.query:
        raise BadInput("an address with a password or a query", "TIERLINE_MODEL_URL", "put the key into TIERLINE_MODEL_KEY")
    return str(address)


def server_key(key: str) -> str:
    """As it is sent. BadInput, without showing it, if it cannot be."""
    key = key.strip()
    if not key.isascii() or not key.isprintable() or " " in key:
        raise BadInput("a key that no HTTP header can carry", "TIERLINE_MODEL_KEY", "set it to the key alone")
    return key


class Client:
    """JSON over HTTP with one server. Safe to share between threads; at most `slots` connections. Redirects are not followed.

    It tells a question that this server cannot answer (Refused) from a server that is down (Outage). Where attempts fail one after the
    other and nothing was answered meanwhile, the server is asked the smallest question: if it does not answer that either, it is down.
    """

    def __init__(self, url: str, api_key: str, slots: int, rules: CallRules) -> None:
        """BadInput if address or key cannot be sent, without showing the key."""
        self.url, self._key, self._rules = server_address(url), server_key(api_key), rules
        key = {"Authorization": f"Bearer {self._key}"} if self._key else {}
        self._http = httpx.AsyncClient(
            headers={"Accept-Encoding": "identity", **key},  # a compressed answer would have no bound
            timeout=httpx.Timeout(None, connect=rules.connect_seconds),
            limits=httpx.Limits(max_connections=slots, max_keepalive_connections=slots),
        )
        self._state, self._probing, self._given_up = threading.Lock(), threading.Lock(), threading.Event()
        self._answers = self._faults = 0
        self._down: Outage | None = None
        self._flying: set[Future[Any]] = set()

    def close(self) -> None:
        """Close its connections."""
        _begin(self._http.aclose()).result()

    def try_again(self) -> None:
        """Ask a server again that was found to be down."""
        with self._state:
            self._down, self._faults = None, 0

    def give_up(self, seconds: float) -> None:
        """Begin no further attempt, and end those that are under way if they last longer than this."""
        self._given_up.set()
        timer = threading.Timer(seconds, self._cancel)
        timer.daemon = True
        timer.start()

    def ask(
        self, path: str, body: dict[str, Any] | None = None, most: int = 0, seconds: float = 0.0, smallest: dict[str, Any] | None = None
    ) -> tuple[dict[str, Any], int]:
        """The server's JSON object and the number of attempts it took, of at most `most` and within `seconds`, or by default as the
        rules allow.

        POST if there is a body. `smallest` is a question that any server answers on this path; without it, every failure is Refused.
        Raises Refused and Outage.
        """
        try:
            data = None if body is None else json.dumps(body, ensure_ascii=False).encode()
        except UnicodeEncodeError:
            raise Refused("a question with a lone surrogate, which no server can be sent") from None
        limit, before, attempts = seconds or self._rules.deadline_seconds, self._answers, 0
        ends = time.monotonic() + limit
        retrying = tenacity.Retrying(
            stop=self._enough(most or self._rules.attempts, limit),
            wait=self._pause,
            retry=tenacity.retry_if_exception_type(_Passing),
            sleep=self._sleep,
            reraise=True,
        )
        try:
            for attempt in retrying:
                with attempt:
                    attempts = attempt.retry_state.attempt_number
                    self._stand_by(path, smallest)
                    return self._once(path, data, max(0.0, ends - time.monotonic())), attempts
        except _Passing as error:
            if error.limited and smallest is not None:
                raise self._found(Outage(f"the model server limits the rate: {error}", LATER)) from None
            if smallest is not None and self._answers == before:
                self._probe(path, smallest, before)
            raise Refused(str(error), attempts) from None
        except Refused as error:
            raise Refused(str(error), attempts) from None
        raise AssertionError("tenacity returns an answer or raises")

    def _stand_by(self, path: str, smallest: dict[str, Any] | None) -> None:
        """Outage where asking is of no use."""
        if self._given_up.is_set():
            raise _given_up()
        if smallest is not None and self._faults >= self._rules.outage_after:
            self._probe(path, smallest, self._answers)
        if self._down:
            raise self._down

    def _probe(self, path: str, smallest: dict[str, Any], before: int) -> None:
        """Outage if the server does not answer the smallest question, unless it has answered another one meanwhile."""
        with self._probing:
            if self._down:
                raise self._down
            if self._answers > before:
                return
            try:
                self._once(path, json.dumps(smallest).encode(), PROBE_SECONDS)
            except Refused:
                return  # it is there, and says no to this
            except _Passing as error:
                raise self._found(Outage(f"the model server does not answer: {error}")) from None

    def _once(self, path: str, body: bytes | None, seconds: float) -> dict[str, Any]:
        """One attempt."""
        try:
            answer = self._checked(path, *self._exchange(path, body, min(seconds, self._rules.answer_seconds)))
        except _Passing as error:
            with self._state:
                self._faults += not error.limited
            raise
        except Refused:
            self._has_answered()
            raise
        except Outage as error:
            raise self._found(error) from None
        self._has_answered()
        return answer

    def _found(self, outage: Outage) -> Outage:
        """The outage, which ends what else is asked too."""
        with self._state:
            self._down = self._down or outage
        self._cancel()
        return self._down

    def _has_answered(self) -> None:
        with self._state:
            self._answers, self._faults = self._answers + 1, 0

    def _exchange(self, path: str, body: bytes | None, seconds: float) -> tuple[int, httpx.Headers, bytes]:
        """Status, headers and bytes of an answer."""
        flying = _begin(self._receive(path, body, seconds))
        with self._state:
            self._flying.add(flying)
        try:
            return flying.result()
        except CancelledError:
            raise self._down or _given_up() from None
        except TimeoutError:
            raise _Passing(f"no whole answer within {seconds:.4g} s") from None
        except httpx.HTTPError as error:  # also connections that break midway
            told = f"{type(error).__name__}: {self._without_key(str(error))}"
            if _broken_tls(error):
                raise Outage(f"TLS fails: {told}", "check the address, and the server's certificate") from None
            raise _Passing(told) from None
        except ValueError as error:  # a host that no look-up takes
            raise Outage(f"the model server cannot be found: {error}", "check TIERLINE_MODEL_URL") from None
        finally:
            flying.cancel()  # where this thread was interrupted
            with self._state:
                self._flying.discard(flying)

    async def _receive(self, path: str, body: bytes | None, seconds: float) -> tuple[int, httpx.Headers, bytes]:
        kind = {"Content-Type": "application/json"} if body is not None else {}
        asking = self._http.stream("GET" if body is None else "POST", self.url + path, content=body, headers=kind)
        async with asyncio.timeout(seconds), asking as response:
            content = bytearray()
            async for chunk in response.aiter_raw():
                content += chunk
                if len(content) > self._rules.answer_bytes:
                    break
            return response.status_code, response.headers, bytes(content)

    def _checked(self, path: str, status: int, headers: httpx.Headers, content: bytes) -> dict[str, Any]:
        """The answer's JSON object."""
        if status != 200:
            self._refuse(status, headers, self._quoted(content))
        if len(content) > self._rules.answer_bytes:
            raise Refused(f"the answer is longer than {self._rules.answer_bytes:,} bytes")
        if headers.get("Content-Encoding", "identity") != "identity":
            raise Refused("the answer is compressed, which was not asked for")
        try:
            answer = json.loads(content)
            if len(self._key) >= SECRET and json.dumps(self._key)[1:-1] in json.dumps(answer):
                raise Refused("the answer repeats the key")
        except RecursionError:
            raise Refused("the answer's JSON is nested too deep") from None
        except ValueError:
            raise _Passing(f"the answer is no JSON: {self._quoted(content)!r}") from None
        if not isinstance(answer, dict):
            raise Refused(f"the answer is no JSON object: {self._quoted(content)!r}")
        return answer

    def _refuse(self, status: int, headers: httpx.Headers, quoted: str) -> NoReturn:
        """Raise what another status than 200 means."""
        if status in PASSING:
            raise _Passing(f"HTTP {status}: {quoted}", retry_after(headers.get("Retry-After", "")), status == LIMITED)
        if status in REFUSALS:
            raise Outage(f"the model server refuses every question: HTTP {status}: {quoted}", REFUSALS[status])
        if 300 <= status < 400:
            raise Outage(
                f"the model server sends elsewhere (HTTP {status}), where the key does not go",
                "set TIERLINE_MODEL_URL to the final address",
            )
        raise Refused(f"HTTP {status}: {quoted}")

    def _cancel(self) -> None:
        with self._state:
            flying = list(self._flying)
        for one in flying:
            one.cancel()

    def _sleep(self, seconds: float) -> None:
        self._given_up.wait(seconds)

    def _enough(self, attempts: int, seconds: float) -> Any:
        """Whether to stop: at the deadline, and after so many attempts unless the server asks to come back later."""
        late, often = tenacity.stop_before_delay(seconds), tenacity.stop_after_attempt(attempts)
        return lambda state: late(state) or (often(state) and not _limited(state))

    def _pause(self, state: tenacity.RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        asked = error.after if isinstance(error, _Passing) else None
        doubled = self._rules.pause_seconds * 2 ** min(state.attempt_number - 1, 30)
        # The random part keeps callers that failed together from retrying together.
        return max(asked or 0.0, min(doubled * (1 + random.random()), self._rules.longest_pause_seconds))

    def _quoted(self, content: bytes) -> str:
        """The beginning of an answer; the key goes before the rest is cut, for a cut could leave most of it."""
        return self._without_key(content.decode(errors="replace"))[:QUOTED]

    def _without_key(self, text: str) -> str:
        return text.replace(self._key, "***") if self._key else text


def _given_up() -> Outage:
    return Outage("the model's process was told to end", "run again")


def _limited(state: tenacity.RetryCallState) -> bool:
    error = state.outcome.exception() if state.outcome else None
    return isinstance(error, _Passing) and error.limited


def _begin(work: Coroutine[Any, Any, Answer]) -> Future[Answer]:
    """In a context of its own: connections keep the one in which they began, and the loop lasts longer than anything else here, so all
    that a caller's context holds would too (DuckDB's library says at exit what is left of it)."""
    return contextvars.Context().run(asyncio.run_coroutine_threadsafe, work, _loop())


@cache
def _loop() -> asyncio.AbstractEventLoop:
    """Where all connections of this process live: only there can a deadline end a name look-up, a header or a byte that never comes."""
    loop = contextvars.Context().run(asyncio.new_event_loop)
    threading.Thread(target=loop.run_forever, name="model servers", daemon=True).start()
    return loop


def _broken_tls(error: BaseException | None) -> bool:
    """Whether an error goes back to one of TLS."""
    while error and not isinstance(error, ssl.SSLError):
        error = error.__cause__ or error.__context__
    return error is not None


def retry_after(value: str) -> float | None:
    """Seconds that a Retry-After header asks for: a number or an HTTP date (RFC 9110, 10.2.3); None if it is neither."""
    try:
        return max(0.0, float(value))
    except ValueError:
        pass
    try:
        return max(0.0, email.utils.parsedate_to_datetime(value).timestamp() - time.time())
    except (ValueError, TypeError, OverflowError):
        return None
