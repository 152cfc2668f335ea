"""Call an OpenAI-compatible endpoint: bounded in time and size, nothing behind our back.

Needs the extra ``models``; only who asks a model imports it.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from http import HTTPStatus
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
        self.client = _client(min(call_seconds, CALL_SECONDS))

    def __enter__(self) -> Endpoint:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close its connections."""
        self.client.close()

    def ask(self, body: bytes, questions: Sequence[Question]) -> Reply:
        """Send one request and read its reply; whatever goes wrong is an outcome."""
        begun = time.monotonic()
        try:
            with self.client.stream("POST", self.url, content=body, headers=self.headers) as got:
                reply = self._read(got, begun + self.call_seconds, questions)
        except (httpx2.TimeoutException, TimeoutError):
            reply = Reply(Outcome.TIMED_OUT, f"No answer within {self.call_seconds:g} seconds.")
        except httpx2.HTTPError as fault:
            reply = Reply(Outcome.FAILED, f"The endpoint was not reached: {type(fault).__name__}.")
        took = int((time.monotonic() - begun) * 1000)
        return Reply(**{**vars(reply), "milliseconds": took})

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
