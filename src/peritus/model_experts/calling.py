"""Call an OpenAI-compatible endpoint: bounded in time and size, nothing behind our back.

Needs the extra ``models``; only who asks a model imports it.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from threading import Timer
from typing import Final

import httpx2
from django.conf import settings

from peritus.engagements.models import Question
from peritus.model_experts.errors import ModelNotAsked
from peritus.model_experts.models import ModelCall, ModelSpec
from peritus.model_experts.replies import Reply, reply_in

Outcome = ModelCall.Outcome
CALL_SECONDS: Final = 120.0
CONNECT_SECONDS: Final = 10.0
GRACE_SECONDS: Final = 0.5
MOST_BYTES: Final = 1_000_000
LONGEST_WAIT: Final = 60.0
ITEM_FAULTS: Final = frozenset({400, 413, 422})
"""Statuses that may be about this one item: too long, or not to the endpoint's taste."""


class Endpoint:
    """A model's endpoint, to be asked one request after the other; use it as a context."""

    def __init__(self, spec: ModelSpec, *, call_seconds: float = CALL_SECONDS) -> None:
        self.spec, self.call_seconds = spec, call_seconds
        self.url = f"{spec.base_url}/chat/completions"
        self.headers = {"Content-Type": "application/json", "Accept-Encoding": "identity"}
        if spec.key_name:
            self.headers["Authorization"] = f"Bearer {_key(spec)}"
        self.client = _client(call_seconds)

    def __enter__(self) -> Endpoint:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close its connections."""
        self.client.close()

    def ask(self, body: bytes, questions: Sequence[Question]) -> Reply:
        """Send one request and read its reply; whatever goes wrong is an outcome."""
        begun = time.monotonic()
        deadline = begun + self.call_seconds
        # Headers that drip pass every limit on a single read: then the line is cut.
        cut = Timer(self.call_seconds + GRACE_SECONDS, self.client.close)
        cut.start()
        try:
            with self.client.stream("POST", self.url, content=body, headers=self.headers) as got:
                reply = self._read(got, deadline, questions)
        except (httpx2.TimeoutException, TimeoutError):
            reply = self._late()
        except httpx2.HTTPError as fault:
            said = f"The endpoint was not reached: {type(fault).__name__}."
            late = time.monotonic() > deadline
            reply = self._late() if late else Reply(Outcome.FAILED, said)
        finally:
            cut.cancel()
        if self.client.is_closed:
            self.client = _client(self.call_seconds)
        took = int((time.monotonic() - begun) * 1000)
        return Reply(**{**vars(reply), "milliseconds": took})

    def _late(self) -> Reply:
        return Reply(Outcome.TIMED_OUT, f"No answer within {self.call_seconds:g} seconds.")

    def _read(self, got: httpx2.Response, deadline: float, questions: Sequence[Question]) -> Reply:
        if got.status_code != HTTPStatus.OK:  # its body may be anything: it is not read
            return _refusal(got.status_code, got.headers)
        if got.headers.get("Content-Encoding", "identity") != "identity":
            return Reply(Outcome.FAILED, "The endpoint packed its answer; it was asked not to.")
        whole = bytearray()
        for piece in got.iter_raw():  # as it comes: pieces of a size would be waited for
            whole += piece
            if len(whole) > MOST_BYTES:
                return Reply(Outcome.TOO_LARGE, f"The answer has more than {MOST_BYTES} bytes.")
            if time.monotonic() > deadline:
                raise TimeoutError
        return reply_in(bytes(whole), questions)


def _refusal(status: int, headers: Mapping[str, str]) -> Reply:
    said = f"The endpoint answered with status {status}."
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return Reply(Outcome.LIMITED, said, wait_seconds=_wait(headers.get("Retry-After", "")))
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return Reply(Outcome.FAILED, said, wait_seconds=_wait(headers.get("Retry-After", "")))
    if status in ITEM_FAULTS:
        return Reply(Outcome.REFUSED, said)
    raise ModelNotAsked([said, "Look at its address, its key and its model's name."])


def _wait(said: str) -> float | None:
    """Return the seconds that an endpoint asks to wait, as far as anybody would."""
    return min(float(said), LONGEST_WAIT) if said.isascii() and said.isdigit() else None


def _key(spec: ModelSpec) -> str:
    key: str = settings.MODEL_KEYS.get(spec.key_name, "")
    if not key:
        raise ModelNotAsked([f"Set {spec.key_name} in the environment: {spec} asks for its key."])
    return key


def _client(seconds: float) -> httpx2.Client:
    timeout = httpx2.Timeout(seconds, connect=min(seconds, CONNECT_SECONDS))
    return httpx2.Client(timeout=timeout, follow_redirects=False)
