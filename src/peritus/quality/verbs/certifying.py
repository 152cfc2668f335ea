"""Sign what was proven, and accept it."""

from __future__ import annotations

from peritus.accounts.models import User
from peritus.catalogue.identity import uid_of
from peritus.journal.acts import earlier_result, record, verb
from peritus.journal.canonical import digest
from peritus.journal.clock import now
from peritus.journal.pump import seal_and_sign
from peritus.quality.errors import LotNotAcceptable, LotNotCertifiable
from peritus.quality.models import (
    Acceptance,
    CensusCheck,
    Certificate,
    Draw,
    Freeze,
    FreezePlan,
    QualityPlan,
)
from peritus.quality.queries import (
    Standing,
    census_items,
    freezes_seen_by,
    latest_freeze,
    moved_since,
    standing_of,
)
from peritus.quality.rules import ACCEPT, CERTIFY, verdict_blockers
from peritus.quality.touching import suspension_blockers
from peritus.quality.verbs.evidence import evidence_blockers
from peritus.quality.verbs.signing import signature_words, supervision_blockers
from peritus.work.queries import under_the_rules

METHOD = "exact group-sequential hypergeometric plan"
METHOD_AFTER_CENSUS = "census of the riskiest, then an exact sequential plan"


@verb
def certify_lot(freeze_id: int, *, by: User, key: str) -> Certificate:
    """Certify a freeze when its audit plan is met; the quality lead signs.

    Changes no row of the lot: accepting it is the client's own act. What the
    journal holds by then is sealed and signed first. Raises LotNotCertifiable
    with every blocker, KeyUnusable where nothing can be signed.
    """
    freeze = freezes_seen_by(by).select_for_update(of=("self",)).get(pk=freeze_id)
    CERTIFY.require(by, freeze)
    if earlier := earlier_result():
        return earlier
    standing = standing_of(freeze)
    if blockers := certification_blockers(freeze, standing):
        raise LotNotCertifiable(blockers)
    seal_and_sign(freeze.engagement.uid)
    certificate = _certificate(freeze, standing, by)
    certificate.save(force_insert=True)
    record(
        "lot.certified",
        about=certificate,
        engagement=freeze.engagement,
        subject=freeze.lot.uid,
        data={
            "audited": certificate.audited,
            **({"census": certificate.census} if certificate.census else {}),
            "claimed": certificate.claimed_errors,
            "confidence": certificate.confidence,
            "differing": certificate.differing,
            "freeze": freeze.digest,
            "number": certificate.number,
            "plan": certificate.plan_digest,
            "texts": digest([certificate.checker_error, certificate.not_checked]),
        },
    )
    return certificate


def certification_blockers(freeze: Freeze, standing: Standing) -> list[str]:
    """Say why a freeze cannot be certified, for the page and the error alike."""
    blockers = verdict_blockers(standing.verdict, standing.audited, standing.next_look)
    newest = latest_freeze(freeze.lot)
    if newest is not None and newest.pk != freeze.pk:
        blockers.append(f"{freeze} was replaced by freeze {newest.number}.")
    if moved := moved_since(freeze):
        blockers.append(
            f"{moved} live decisions moved after the freeze; freeze the lot again, so that "
            "nothing is claimed about answers that do not stand."
        )
    blockers += supervision_blockers(freeze)
    return blockers + suspension_blockers(freeze) + evidence_blockers(freeze)


def _certificate(freeze: Freeze, standing: Standing, by: User) -> Certificate:
    stored = FreezePlan.objects.get(freeze=freeze)
    quality = QualityPlan.objects.select_related("auditor").get(engagement=freeze.engagement_id)
    code = f"{freeze.engagement.code}-{freeze.lot.code}".upper()
    uid = uid_of(freeze.uid, "certificate")
    return Certificate(
        uid=uid,
        organisation_id=freeze.organisation_id,
        engagement_id=freeze.engagement_id,
        freeze=freeze,
        number=f"{code}-{freeze.number}-{uid.hex[:6].upper()}",  # codes recur among clients
        measure=quality.measure,
        method=METHOD_AFTER_CENSUS if stored.census else METHOD,
        claimed_errors=standing.claimed_errors,
        bound=standing.bound,
        confidence=stored.confidence,
        level=stored.level,
        census=stored.census,
        audited=standing.audited,
        differing=standing.differing,
        plan_digest=stored.digest,
        drawer=Draw.objects.get(freeze=freeze).drawer,
        checker_error=(
            f"Not measured: the claim is about differing from {quality.auditor.name}, "
            "not about being wrong."
        ),
        not_checked=_not_checked(freeze, standing, stored.census),
        signed_by=by,
        signed_at=now(),
    )


def _not_checked(freeze: Freeze, standing: Standing, census: int) -> str:
    rest = freeze.population - standing.audited - census
    text = f"{rest} of {freeze.population} decisions were not audited one by one."
    if census:
        text += f" {_census_words(freeze, census)}"
    if freeze.open_items:
        text += f" {freeze.open_items} open items of the lot stand outside of this claim."
    for before in freeze.lot.freezes.filter(number__lt=freeze.number).order_by("number"):
        past = standing_of(before)
        text += (
            f" Freeze {before.number} of the lot came before: {past.verdict}, "
            f"{past.differing} of {past.audited} audits differed."
        )
    return text + signature_words(freeze)


def _census_words(freeze: Freeze, census: int) -> str:
    """Say what was checked before the freeze, and on whose word no error is left there."""
    checks = CensusCheck.objects.filter(item__in=census_items(freeze).values("pk"))
    standing = checks.filter(under_the_rules("slot"), judgment__isnull=False)
    return (
        f"The {census} riskiest were all checked before the freeze: "
        f"{standing.filter(differs=True).count()} differed, and the auditor's answer stands in "
        "each. They count as not differing, on one auditor's word: nobody checked them again."
    )


@verb
def accept_lot(freeze_id: int, *, by: User, key: str) -> Acceptance:
    """Accept a certified freeze for the client."""
    freeze = freezes_seen_by(by).select_for_update(of=("self",)).get(pk=freeze_id)
    ACCEPT.require(by, freeze)
    if earlier := earlier_result():
        return earlier
    if blockers := acceptance_blockers(freeze):
        raise LotNotAcceptable(blockers)
    acceptance = Acceptance.objects.create(
        uid=uid_of(freeze.uid, "acceptance"),
        organisation_id=freeze.organisation_id,
        engagement_id=freeze.engagement_id,
        freeze=freeze,
        accepted_by=by,
        accepted_at=now(),
    )
    record(
        "lot.accepted",
        about=acceptance,
        engagement=freeze.engagement,
        subject=freeze.lot.uid,
        data={"freeze": freeze.digest},
    )
    return acceptance


def acceptance_blockers(freeze: Freeze) -> list[str]:
    """Say why a freeze cannot be accepted, for the page and the error alike."""
    blockers = []
    newest = latest_freeze(freeze.lot)
    if newest is not None and newest.pk != freeze.pk:
        blockers.append(f"{freeze} was replaced by freeze {newest.number}.")
    if not Certificate.objects.filter(freeze=freeze).exists():
        blockers.append("The lot is not certified; it can be reworked or credited.")
    if Acceptance.objects.filter(freeze=freeze).exists():
        blockers.append("The lot is accepted already.")
    return blockers + suspension_blockers(freeze)
