"""Sign what is delivered, as the professional who answers for it."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import DateTimeField, F, IntegerField, QuerySet, Value

from peritus.accounts.models import User
from peritus.bench.queries import held_for
from peritus.catalogue.identity import uid_of
from peritus.catalogue.requirements import Finding, evaluated, requirement_of
from peritus.engagements.verbs import supervisor_blockers
from peritus.journal.acts import earlier_result, record, verb
from peritus.journal.canonical import digest
from peritus.journal.clock import now
from peritus.quality.errors import SignatureRefused
from peritus.quality.models import Freeze, FrozenDecision, ProfessionalSignature
from peritus.quality.queries import latest_freeze, moved_since
from peritus.quality.rules import SIGN_DELIVERABLE
from peritus.quality.touching import suspension_blockers
from peritus.work.leasing import RESTRICTION, WALL, Asked

MOST_STATEMENT = 500


def freezes_supervised_by(user: User) -> QuerySet[Freeze]:
    """Return the freezes of the engagements that a professional answers for.

    None of those from which a wall or a restriction keeps them.
    """
    theirs = Freeze.objects.filter(engagement__supervisor__user=user)
    at, barred = Value(now(), DateTimeField()), F("engagement__supervisor_id")
    asked = Asked(barred, at, item=Value(None, IntegerField()))
    return theirs.exclude(WALL.stands(asked)).exclude(RESTRICTION.stands(asked))


@verb
def sign_deliverable(
    freeze_id: int, reviewed: Sequence[str], *, statement: str, by: User, key: str
) -> ProfessionalSignature:
    """Sign a freeze, saying which items one reviewed oneself; the others one did not.

    Raises SignatureRefused with every blocker, above all where the credentials that
    the engagement asks for do not count today.
    """
    freeze = freezes_supervised_by(by).select_for_update(of=("self",)).get(pk=freeze_id)
    SIGN_DELIVERABLE.require(by, freeze)
    if earlier := earlier_result():
        return earlier
    blockers = signing_blockers(freeze) + _said_blockers(freeze, reviewed, statement)
    if blockers:
        raise SignatureRefused(blockers)
    supervisor = freeze.engagement.supervisor
    signature = ProfessionalSignature.objects.create(
        uid=uid_of(freeze.uid, "signature"),
        organisation_id=freeze.organisation_id,
        engagement_id=freeze.engagement_id,
        freeze=freeze,
        expert=supervisor,
        held=_held(freeze),
        reviewed=sorted(set(reviewed)),
        statement=statement.strip(),
        signed_at=now(),
    )
    record(
        "freeze.signed",
        about=signature,
        engagement=freeze.engagement,
        subject=freeze.lot.uid,
        data={
            "digest": digest(signature.reviewed),
            "freeze": freeze.digest,
            "reviewed": len(signature.reviewed),
        },
    )
    return signature


def signing_blockers(freeze: Freeze) -> list[str]:
    """Say why a freeze cannot be signed by its professional now, for page and error alike."""
    blockers = []
    newest = latest_freeze(freeze.lot)
    if newest is not None and newest.pk != freeze.pk:
        blockers.append(f"{freeze} was replaced by freeze {newest.number}.")
    if moved := moved_since(freeze):
        blockers.append(f"{moved} live decisions moved after the freeze; it is frozen again first.")
    if ProfessionalSignature.objects.filter(freeze=freeze).exists():
        blockers.append(f"{freeze} is signed already.")
    engagement = freeze.engagement
    if engagement.supervisor is not None:
        blockers += supervisor_blockers(engagement.supervisor, engagement.supervisor_holds)
    return blockers + suspension_blockers(freeze)


def _said_blockers(freeze: Freeze, reviewed: Sequence[str], statement: str) -> list[str]:
    blockers = []
    if unknown := sorted(set(reviewed) - keys_of(freeze)):
        blockers.append(f"Not in this freeze: {', '.join(unknown[:5])}.")
    if not 0 < len(statement.strip()) <= MOST_STATEMENT:
        blockers.append(f"Say what you sign in at most {MOST_STATEMENT} characters.")
    return blockers


def keys_of(freeze: Freeze) -> set[str]:
    """Return the keys of the items that a freeze decides."""
    return set(FrozenDecision.objects.filter(freeze=freeze).values_list("item__key", flat=True))


def _held(freeze: Freeze) -> str:
    """Say by which credentials the professional signs."""
    engagement = freeze.engagement
    if engagement.supervisor is None:  # a signature has its supervisor by rule
        return ""
    wanted = requirement_of(engagement.supervisor_holds)
    return "; ".join(_leaves(evaluated(wanted, held_for(engagement.supervisor, now()))))


def _leaves(found: Finding) -> list[str]:
    if not found.parts:
        return [found.reason] if found.met else []
    return [reason for part in found.parts for reason in _leaves(part)]


def signature_words(freeze: Freeze) -> str:
    """Say on a certificate who answers for the deliverable, and what they did not review."""
    signature = ProfessionalSignature.objects.select_related("expert").filter(freeze=freeze).first()
    if signature is None:
        return ""
    items, reviewed = len(keys_of(freeze)), len(signature.reviewed)
    seen = f"reviewed {reviewed} of {items} items; {items - reviewed} they did not review"
    if reviewed == items:
        seen = f"reviewed all {items} items"
    return (
        f" Signed for what is delivered by {signature.expert.name} ({signature.held}) on "
        f"{signature.signed_at:%Y-%m-%d}, who {seen}."
    )


def supervision_blockers(freeze: Freeze) -> list[str]:
    """Say that the professional whom the engagement names has not signed a freeze."""
    supervisor = freeze.engagement.supervisor
    signed = ProfessionalSignature.objects.filter(freeze=freeze, expert=supervisor).exists()
    if supervisor is None or signed:
        return []
    return [f"{supervisor}, who answers for what is delivered, has not signed {freeze}."]
