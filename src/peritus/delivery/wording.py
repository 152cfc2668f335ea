"""The sentences that more than one document says, so that all say them alike."""

from __future__ import annotations

from collections.abc import Sequence

from peritus.delivery.figures import level_percent, percent

CERTIFIED, NOT_CERTIFIED, SUSPENDED = "CERTIFIED", "NOT CERTIFIED", "SUSPENDED"
NOTHING = f"{NOT_CERTIFIED}: nothing is claimed about these decisions."
RESTS = f"{SUSPENDED}: nothing is claimed until the lot is frozen again."
UNSIGNED = "The audits allow a certificate; it is not signed yet."
RULES = {
    "unanimous": "by unanimous first judges",
    "adjudicated": "by the adjudicator, where first judges disagreed",
    "appealed": "by a second adjudicator, on an expert's appeal",
    "census": "by the auditor, who checked the riskiest one and all",
    "aggregated": "by what the judges' answers weigh together",
}
DRAWERS = {
    "client": "The client: its nonce was committed to before the freeze, revealed after it",
    "provider": "The provider: the client committed to no nonce",
}
_DIFFERS = "differs from the auditor"


def certified_claim(claimed: int, population: int, measure: str, confidence: float) -> str:
    """Return what a certificate claims."""
    part = f"{claimed} of {population} decisions"
    sure = f"({level_percent(confidence)} confidence)"
    if measure == _DIFFERS:
        return f"At most {part} differ from the auditor's {sure}."
    return f"At most {part}: {measure} {sure}."


def bare(status: str, sentence: str) -> str:
    """Return a sentence for a place where the status stands above it."""
    words = sentence.removeprefix(f"{status}: ")
    return words[:1].upper() + words[1:]


def promised(tolerance: float, most: int, population: int, confidence: float) -> str:
    """Return what was promised of a lot."""
    return (
        f"At most {percent(tolerance)} differ, that is {most} of {population}, with "
        f"{level_percent(confidence)} confidence"
    )


def spent_words(
    found: tuple[int, int],
    last: tuple[int, int],
    promise: tuple[int, int, float],
    *,
    upper: float,
    confidence: float,
) -> str:
    """Say why a plan is spent.

    ``found`` are the differing of the audited, ``last`` the limit of the last
    look, ``promise`` the tolerated of the population and the tolerance,
    ``upper`` the bound that is true at every look.
    """
    (differing, audited), (limit, look), (most, population, tolerance) = found, last, promise
    return (
        f"{differing} of {audited} audited decisions differ from the auditor's; the plan "
        f"certifies with at most {limit} of {look}. Promised was at most {most} of {population} "
        f"({percent(tolerance)}). What the audits show: between {differing} and "
        f"{round(upper * population)} of {population} differ ({level_percent(confidence)} "
        "confidence, true at every look)."
    )


def looks_words(looks: Sequence[int], limits: Sequence[int]) -> str:
    """Return at which look how many differences certify."""
    pairs = zip(looks, limits, strict=True)
    said = "; ".join(f"{look}: {limit if limit >= 0 else 'none'}" for look, limit in pairs)
    return f"Audits at a look: most differences that certify there. {said}"


def level_words(level: float, most: int) -> str:
    """Return what a plan's exact level means."""
    return (
        f"{100 * level:.2f} %: the greatest chance that this plan certifies a lot with "
        f"{most + 1} or more differences (hypergeometric, all looks together)"
    )


NATURE = "It states how far a sample differs from an auditor; no accreditation, and no warranty."
"""What a certificate is, on each document that shows one."""


def unchecked_words(claim: tuple[str, str] | None, unchecked: int, population: int) -> list[str]:
    """Return what nobody checked; ``claim`` is what a certificate says of it and its checker."""
    if claim is not None:
        return [claim[0], f"The auditor's own error. {claim[1]}", NATURE]
    return [
        f"{unchecked} of {population} decisions.",
        "The auditor's own error: a difference is not thereby a mistake.",
    ]
