"""A test that a pack declares: its questions' answers, its mark, and how it is taken."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256


@dataclass(frozen=True, kw_only=True)
class QualificationSpec:
    """A test whose items have known answers; passing grants a qualification.

    The mark is a raw share of right answers, ``pass_share``, or ``pass_bound``: the
    share that the answers must show somebody to know at least, at ``confidence``.
    An attempt asks ``asked`` of the questions (None: all), ``shuffled`` in an order
    of its own, and ends after ``limit_minutes`` (None: never).
    ``attempts`` is how often it may be taken until it is passed (None: as often
    as one likes), ``wait_minutes`` what lies between the end of one and the next.
    ``training`` is a text in Markdown to be read before it; ``training_confirmed``
    wants it on record that it was.
    """

    name: str
    valid_days: int
    key: Mapping[str, str]  # item key -> right answer
    explanations: Mapping[str, str]
    pass_share: float | None = None
    pass_bound: float | None = None
    confidence: float = 0.95
    asked: int | None = None
    shuffled: bool = False
    limit_minutes: int | None = None
    attempts: int | None = None
    wait_minutes: int = 0
    training: str = ""
    training_confirmed: bool = False

    @property
    def to_confirm(self) -> str:
        """SHA-256 of the text that must be confirmed as read; "" where none must."""
        return sha256(self.training.encode()).hexdigest() if self.training_confirmed else ""


def questions_of_attempt(
    spec: QualificationSpec, keys: Iterable[str], *, seed: str, expert: str, attempt: int
) -> list[str]:
    """Return which questions an attempt asks, in its order.

    Both follow from SHA-256(seed, expert, attempt, key), so that whoever knows these
    finds them again, and no two attempts or people need have the same.
    """

    def place(key: str) -> tuple[bytes, str]:
        return sha256(f"{seed}\n{expert}\n{attempt}\n{key}".encode()).digest(), key

    drawn = sorted(keys, key=place)[: spec.asked]
    return drawn if spec.shuffled else sorted(drawn)


def qualification_blockers(spec: QualificationSpec) -> list[str]:
    """Say why a test cannot be given as it is declared."""
    asked = len(spec.key) if spec.asked is None else spec.asked
    if not 1 <= asked <= len(spec.key):
        return [f"1 to {len(spec.key)} questions can be asked of so many, got {asked}."]
    reasons = _mark_blockers(spec, asked)
    if spec.limit_minutes is not None and spec.limit_minutes < 1:
        reasons.append(f"An attempt has a minute at least, got {spec.limit_minutes}.")
    if spec.training_confirmed and not spec.training.strip():
        reasons.append("There is no training text that could be confirmed as read.")
    if spec.attempts is not None and spec.attempts < 1:
        reasons.append(f"At least one attempt must be allowed, got {spec.attempts}.")
    if spec.wait_minutes < 0:
        reasons.append(f"Attempts lie 0 minutes or more apart, got {spec.wait_minutes}.")
    return reasons


def _mark_blockers(spec: QualificationSpec, asked: int) -> list[str]:
    if (spec.pass_share is None) == (spec.pass_bound is None):
        return ["A test has one mark: pass_share, or pass_bound with its confidence."]
    if spec.pass_share is not None:
        fits = 0 < spec.pass_share <= 1
        return [] if fits else [f"The pass mark is a share in (0, 1], got {spec.pass_share}."]
    if not (0 < (spec.pass_bound or 0) < 1 and 0.5 < spec.confidence < 1):
        return ["The bound lies in (0, 1) and its confidence in (0.5, 1), or it says nothing."]
    most = (1 - spec.confidence) ** (1 / asked)  # the bound where every answer is right
    if most < (spec.pass_bound or 0):
        shown = f"{asked} right answers of {asked} show {most:.3f}"
        return [f"Nobody can pass: {shown}, and {spec.pass_bound} is asked for."]
    return []
