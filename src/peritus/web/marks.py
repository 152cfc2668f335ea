"""Say in words what a test asks for, and what an attempt at it has shown."""

from __future__ import annotations

from peritus.catalogue.qualifications import QualificationSpec
from peritus.delivery.figures import level_percent, percent
from peritus.quality.marks import least_right, proven_share


def mark_in_words(spec: QualificationSpec, asked: int) -> str:
    """Say how many right answers pass, and what so many show."""
    mark = f"Pass mark: {least_right(spec, asked)} of {asked} right"
    if spec.pass_bound is None:
        return f"{mark}, {level_percent(spec.pass_share or 0)}."
    return f"{mark}, which {_shows(spec, level_percent(spec.pass_bound))}."


def result_in_words(spec: QualificationSpec, right: int, asked: int) -> str:
    """Say what an attempt has shown."""
    if spec.pass_bound is None:
        return f"{percent(right / asked)} of the answers were right."
    return f"This {_shows(spec, percent(proven_share(right, asked, spec.confidence)))}."


def terms_in_words(spec: QualificationSpec) -> str:
    """Say how long an attempt lasts and how many there are; "" where neither has an end."""
    said = []
    if spec.limit_minutes is not None:
        minutes = f"{spec.limit_minutes} minute{'s' if spec.limit_minutes > 1 else ''}"
        said.append(
            f"You have {minutes} from the start on; what is not answered by then counts as wrong."
        )
    if spec.attempts is not None:
        times = f"{spec.attempts} times" if spec.attempts > 1 else "once"
        said.append(f"It may be taken {times} until it is passed.")
    return " ".join(said)


def _shows(spec: QualificationSpec, least: str) -> str:
    confidence = level_percent(spec.confidence)
    return f"shows, at {confidence} confidence, that at least {least} of such questions are known"
