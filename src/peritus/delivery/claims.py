"""Say in one sentence what is claimed about a freeze, or why nothing is."""

from __future__ import annotations

from dataclasses import dataclass

from peritus.delivery.wording import (
    CERTIFIED,
    NOT_CERTIFIED,
    NOTHING,
    RESTS,
    SUSPENDED,
    UNSIGNED,
    bare,
    certified_claim,
    spent_words,
)
from peritus.quality.models import Certificate, Freeze, FreezePlan, Suspension
from peritus.quality.queries import Standing
from peritus.quality.rules import verdict_blockers
from peritus.quality.touching import suspension_words


@dataclass(frozen=True)
class StatedClaim:
    """The claim's sentence with its status; ``why`` is for a lot that is not certified."""

    status: str
    sentence: str
    why: str = ""

    @property
    def bare(self) -> str:
        """Return the sentence for a place where the status stands above it."""
        return bare(self.status, self.sentence)


def claim_of(
    freeze: Freeze,
    plan: FreezePlan | None,
    standing: Standing,
    certificate: Certificate | None,
    suspension: Suspension | None,
) -> StatedClaim:
    """State the certificate's claim, or that none is made, or that it rests."""
    if suspension is not None:
        return StatedClaim(SUSPENDED, RESTS, suspension_words(suspension))
    if certificate is None:
        return _no_claim(freeze, plan, standing)
    claimed, measure = certificate.claimed_errors, certificate.measure
    sentence = certified_claim(claimed, freeze.population, measure, certificate.confidence)
    return StatedClaim(CERTIFIED, sentence)


def _no_claim(freeze: Freeze, plan: FreezePlan | None, standing: Standing) -> StatedClaim:
    if plan is None:
        return StatedClaim(NOT_CERTIFIED, NOTHING, "No audit plan was recorded for this freeze.")
    if standing.verdict == "spent":
        return StatedClaim(NOT_CERTIFIED, NOTHING, _spent(freeze, plan, standing))
    blockers = verdict_blockers(standing.verdict, standing.audited, standing.next_look)
    why = " ".join(blockers) or UNSIGNED
    return StatedClaim(NOT_CERTIFIED, NOTHING, why)


def _spent(freeze: Freeze, plan: FreezePlan, standing: Standing) -> str:
    return spent_words(
        (standing.differing, standing.audited),
        (plan.max_errors[-1], plan.looks[-1]),
        (standing.claimed_errors, freeze.population, plan.tolerance),
        upper=standing.sequence_upper,
        confidence=plan.confidence,
    )
