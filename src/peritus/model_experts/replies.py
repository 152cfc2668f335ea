"""What came back from an endpoint, read as what it is: text from outside."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, NoReturn

from peritus.engagements.models import Question
from peritus.model_experts.models import ModelCall, ModelSpec
from peritus.work.rules import answer_blockers

Outcome = ModelCall.Outcome
MOST_REASON, MOST_TOKENS = 4_000, 2**31 - 1
MILLION, SMALLEST = Decimal(1_000_000), Decimal("1e-9")


@dataclass(frozen=True)
class Reply:
    """One call's outcome; ``answers`` and ``reason`` only where it answered."""

    outcome: ModelCall.Outcome
    note: str = ""
    answers: dict[str, str] = field(default_factory=dict)
    reason: str = ""
    input_tokens: int | None = None
    output_tokens: int | None = None
    wait_seconds: float | None = None
    milliseconds: int = 0

    def price(self, spec: ModelSpec) -> Decimal | None:
        """Return what the call cost, None where the endpoint did not report its tokens."""
        if self.input_tokens is None or self.output_tokens is None:
            return None
        whole = self.input_tokens * spec.price_input + self.output_tokens * spec.price_output
        return (whole / MILLION).quantize(SMALLEST)


def reply_in(body: bytes, questions: Sequence[Question]) -> Reply:
    """Read the body of an answer with status 200."""
    try:
        whole = strict_json(body)
        choice = whole["choices"][0]
        message, finish = choice["message"], choice.get("finish_reason")
        used = _tokens(whole.get("usage"))
        if message.get("refusal") or finish == "content_filter":
            return Reply(Outcome.DECLINED, "The model declined to answer.", **used)
    except (ValueError, LookupError, TypeError, AttributeError):
        return Reply(Outcome.MALFORMED, "The endpoint sent no chat completion.")
    if finish == "length":
        return Reply(Outcome.MALFORMED, "The answer ran over its most tokens.", **used)
    return _answer_in(message.get("content"), questions, used)


def _answer_in(content: object, questions: Sequence[Question], used: dict[str, Any]) -> Reply:
    try:
        said = strict_json(content) if isinstance(content, str) else None
    except ValueError:
        said = None
    if not isinstance(said, dict) or set(said) != {"answers", "reason"}:
        return Reply(Outcome.MALFORMED, "The answer does not follow its schema.", **used)
    answers, reason = said["answers"], said["reason"]
    if not isinstance(answers, dict) or not isinstance(reason, str):
        return Reply(Outcome.MALFORMED, "The answer does not follow its schema.", **used)
    if blockers := answer_blockers(questions, answers):
        return Reply(Outcome.MALFORMED, blockers[0][:300], **used)
    return Reply(Outcome.ANSWERED, "", answers, reason.strip()[:MOST_REASON], **used)


def _tokens(usage: object) -> dict[str, Any]:
    said = usage if isinstance(usage, dict) else {}
    names = (("input_tokens", "prompt_tokens"), ("output_tokens", "completion_tokens"))
    return {ours: _count(said.get(theirs)) for ours, theirs in names}


def _count(value: object) -> int | None:
    counts = isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MOST_TOKENS
    return value if counts else None  # type: ignore[return-value]


def strict_json(text: str | bytes) -> Any:  # noqa: ANN401 - whatever it says
    """Read JSON that has one meaning; raises ValueError, also where a name comes twice."""
    try:
        return json.loads(text, object_pairs_hook=_once, parse_constant=_no_number)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name comes twice")
    return found


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is no number of JSON")
