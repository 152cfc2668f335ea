"""Say in one sentence what is claimed about a freeze, or why nothing is."""

from __future__ import annotations

from dataclasses import dataclass

from peritus.delivery.figures import level_percent, percent
from peritus.quality.models import Certificate, Freeze, FreezePlan, Suspension
from peritus.quality.queries import Standing
from peritus.quality.rules import verdict_blockers
from peritus.quality.touching import suspension_words

CERTIFIED, NOT_CERTIFIED, SUSPENDED = "CERTIFIED", "NOT CERTIFIED", "SUSPENDED"
_DIFFERS = "differs from the auditor"


@dataclass(frozen=True)
class StatedClaim:
    """The claim's sentence with its status; ``why`` is for a lot that is not certified."""

    status: str
    sentence: str
    why: str = ""

    @property
    def bare(self) -> str:
        """Return the sentence for a place where the status stands above it."""
        words = self.sentence.removeprefix(f"{self.status}: ")
        return words[:1].upper() + words[1:]


def claim_of(
    freeze: Freeze,
    plan: FreezePlan | None,
    standing: Standing,
    certificate: Certificate | None,
    suspension: Suspension | None,
) -> StatedClaim:
    """State the certificate's claim, or that none is made, or that it rests."""
    if suspension is not None:
        sentence = "SUSPENDED: nothing is claimed until the lot is frozen again."
        return StatedClaim(SUSPENDED, sentence, suspension_words(suspension))
    if certificate is None:
        return _no_claim(freeze, plan, standing)
    part = f"{certificate.claimed_errors} of {freeze.population} decisions"
    confidence = f"({level_percent(certificate.confidence)} confidence)"
    if certificate.measure == _DIFFERS:
        sentence = f"At most {part} differ from the auditor's {confidence}."
    else:
        sentence = f"At most {part}: {certificate.measure} {confidence}."
    return StatedClaim(CERTIFIED, sentence)


def _no_claim(freeze: Freeze, plan: FreezePlan | None, standing: Standing) -> StatedClaim:
    sentence = "NOT CERTIFIED: nothing is claimed about these decisions."
    if plan is None:
        return StatedClaim(NOT_CERTIFIED, sentence, "No audit plan was recorded for this freeze.")
    if standing.verdict == "spent":
        return StatedClaim(NOT_CERTIFIED, sentence, _spent(freeze, plan, standing))
    blockers = verdict_blockers(standing.verdict, standing.audited, standing.next_look)
    why = " ".join(blockers) or "The audits allow a certificate; it is not signed yet."
    return StatedClaim(NOT_CERTIFIED, sentence, why)


def _spent(freeze: Freeze, plan: FreezePlan, standing: Standing) -> str:
    bound = round(standing.sequence_upper * freeze.population)
    return (
        f"{standing.differing} of {standing.audited} audited decisions differ from the auditor's; "
        f"the plan certifies with at most {plan.max_errors[-1]} of {plan.looks[-1]}. Promised was "
        f"at most {standing.claimed_errors} of {freeze.population} ({percent(plan.tolerance)}). "
        f"What the audits show: between {standing.differing} and {bound} of {freeze.population} "
        f"differ ({level_percent(plan.confidence)} confidence, true at every look)."
    )
