"""Read what a form of the workbench sent, before any verb sees it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from peritus.web.desk import Typed
from peritus.work.models import Skip

PREFIX = "answer."
LEAST_CONFIDENCE, MOST_CONFIDENCE = 1, 5
MOST_SECONDS = 24 * 3600


@dataclass(frozen=True)
class GivenAnswer:
    """An answer as it came: texts, and numbers where they are numbers."""

    key: str
    fence: int
    answers: dict[str, str]
    reason: str
    confidence: int | None
    confidence_text: str
    seconds: int | None

    def blockers(self, *, reason_wanted: bool) -> list[str]:
        """Say what is missing from the form itself."""
        found = [] if self.key else ["The answer came without its key; load the page again."]
        if self.confidence_text and self.confidence is None:
            found.append(f"Confidence is 1 to 5 or left out; {self.confidence_text!r} came.")
        if reason_wanted and not self.reason:
            found.append("An adjudication needs its reason: name the clause or section.")
        return found

    def typed(self) -> Typed:
        """Return what the form shows again."""
        return Typed(self.reason, self.confidence_text, frozenset(self.answers.items()))


@dataclass(frozen=True)
class GivenSkip:
    """A skip as it came."""

    key: str
    fence: int
    reason: str
    note: str

    def blockers(self) -> list[str]:
        """Say what is missing from the form itself."""
        if self.reason in Skip.Reason.values:
            return [] if self.key else ["The skip came without its key; load the page again."]
        names = ", ".join(str(label) for label in Skip.Reason.labels)
        return [f"A skip needs one of these reasons: {names}."]


def answer_in(form: Mapping[str, str]) -> GivenAnswer:
    """Return the answer that a form holds."""
    given = form.get("confidence", "")[:20]
    confidence = _whole(given)
    in_range = confidence is not None and LEAST_CONFIDENCE <= confidence <= MOST_CONFIDENCE
    seconds = _whole(form.get("seconds", ""))
    return GivenAnswer(
        key=form.get("key", "")[:100],
        fence=_whole(form.get("fence", "")) or 0,
        answers={
            name.removeprefix(PREFIX): value
            for name, value in form.items()
            if name.startswith(PREFIX)
        },
        reason=form.get("reason", "").strip(),
        confidence=confidence if in_range else None,
        confidence_text=given,
        seconds=min(seconds, MOST_SECONDS) if seconds is not None else None,
    )


def skip_in(form: Mapping[str, str]) -> GivenSkip:
    """Return the skip that a form holds."""
    return GivenSkip(
        key=form.get("key", "")[:100],
        fence=_whole(form.get("fence", "")) or 0,
        reason=form.get("skip", ""),
        note=form.get("reason", "").strip(),
    )


def _whole(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None
