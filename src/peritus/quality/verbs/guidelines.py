"""Propose a guideline change, with what it touches, and publish it."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import QuerySet

from peritus.accounts.models import User
from peritus.catalogue.identity import uid_of
from peritus.engagements.models import GuidelineVersion, Item
from peritus.engagements.queries import current_guideline, engagements_seen_by
from peritus.engagements.verbs import publish_guideline
from peritus.journal.acts import earlier_result, record, verb
from peritus.journal.canonical import sha256
from peritus.journal.clock import now
from peritus.quality.errors import ProposalRefused
from peritus.quality.models import Freeze, GuidelineProposal, Suspension
from peritus.quality.queries import freezes_seen_by
from peritus.quality.rules import PROPOSE_GUIDELINE, PUBLISH_GUIDELINE
from peritus.quality.touching import appeals_waiting, frozen_among, gold_on
from peritus.quality.verbs.gold import retire_gold
from peritus.work.models import Slot
from peritus.work.queries import FIRST, judged_items, standing_judgments
from peritus.work.verbs import reopen_items, withdraw_slots


@verb
def propose_guideline(
    engagement_id: int,
    text: str,
    *,
    title: str,
    cause: str,
    touched_keys: Sequence[str],
    what_if: str = "",
    by: User,
    key: str,
) -> GuidelineProposal:
    """Propose the next guideline text; nothing reopens before it is published.

    The proposal counts the first judgments that would have to be made again.
    Raises ProposalRefused without title, cause or a changed text.
    """
    engagement = engagements_seen_by(by).select_for_update(of=("self",)).get(pk=engagement_id)
    PROPOSE_GUIDELINE.require(by, engagement)
    if earlier := earlier_result():
        return earlier
    current = current_guideline(engagement)
    if blockers := wording_blockers(current, text, title, cause):
        raise ProposalRefused(blockers)
    touched = Item.objects.filter(engagement=engagement, key__in=list(touched_keys))
    first = standing_judgments().filter(item__in=touched, slot__purpose__in=FIRST)
    proposal = GuidelineProposal.objects.create(
        uid=uid_of(engagement.uid, "proposal", engagement.guideline_proposals.count() + 1),
        organisation_id=engagement.organisation_id,
        engagement=engagement,
        replaces=current,
        title=title,
        text=text,
        cause=cause,
        touched_items=[str(item.uid) for item in touched.order_by("key")],
        touched_judgments=first.count(),
        what_if=what_if,
        proposed_at=now(),
    )
    record(
        "guideline.proposed",
        about=proposal,
        engagement=engagement,
        data={
            "digest": sha256(text.encode()),
            "items": len(proposal.touched_items),
            "judgments": proposal.touched_judgments,
            "replaces": current.digest,
        },
    )
    return proposal


def wording_blockers(current: GuidelineVersion, text: str, title: str, cause: str) -> list[str]:
    """Say what a proposal lacks, for the page and the error alike."""
    blockers = []
    if not title.strip():
        blockers.append("A change needs a title that people recognise it by.")
    if not cause.strip():
        blockers.append("Write the cause: which inquiry, flag or disagreement asks for it.")
    if not text.strip() or sha256(text.encode()) == current.digest:
        blockers.append(f"The text is that of {current}: nothing changes.")
    return blockers


@verb
def publish_proposal(proposal_id: int, *, by: User, key: str) -> GuidelineProposal:
    """Publish a proposed guideline and judge anew exactly the items that it touches.

    All in one: the version is in force, known answers on the touched items are
    retired, the items reopen, and the freezes that hold decisions on them rest
    until the lot's next freeze, with the certificates that stand on them.
    Raises ProposalRefused.
    """
    seen = GuidelineProposal.objects.filter(engagement__in=engagements_seen_by(by))
    seen = seen.select_related("engagement", "replaces")
    proposal = seen.select_for_update(of=("self",)).get(pk=proposal_id)
    engagement = proposal.engagement
    PUBLISH_GUIDELINE.require(by, engagement)
    if earlier := earlier_result():
        return earlier
    if blockers := publishing_blockers(proposal):
        raise ProposalRefused(blockers)
    version = publish_guideline(engagement.pk, proposal.text, title=proposal.title, by=by, key=key)
    proposal.published, proposal.published_at = version, version.published_at
    proposal.save(update_fields=["published", "published_at"])
    items = list(touched_and_judged(proposal).select_related("lot").order_by("key"))
    _retire_gold(items, version, by, key)
    _suspend(proposal, items, by, key)
    _reopen(items, version, by, key)
    record(
        "proposal.published",
        about=proposal,
        engagement=engagement,
        data={"guideline": version.digest, "items": len(items), "number": version.number},
    )
    return proposal


def publishing_blockers(proposal: GuidelineProposal) -> list[str]:
    """Say why a proposal cannot be published, for the page and the error alike."""
    if proposal.published_at:
        return [f"It was published as {proposal.published}."]
    blockers = []
    current = current_guideline(proposal.engagement)
    if current.pk != proposal.replaces_id:
        blockers.append(
            f"It was written against {proposal.replaces}, and {current} is in force now: "
            "propose it anew."
        )
    items = list(touched_and_judged(proposal).values_list("pk", flat=True))
    if waiting := appeals_waiting(items):
        blockers.append(f"{waiting} appeals on the items touched wait: decide them first.")
    return blockers


def touched_and_judged(proposal: GuidelineProposal) -> QuerySet[Item]:
    """Return the items that reopen: touched, and judged under rules before these."""
    return judged_items().filter(engagement=proposal.engagement_id, uid__in=proposal.touched_items)


def _retire_gold(items: Sequence[Item], version: GuidelineVersion, by: User, key: str) -> None:
    because = f"{version} changes the rules that it rests on."
    for gold in gold_on([item.pk for item in items]):
        retire_gold(gold, because=because, by=by, key=f"{key}:{gold}")


def _suspend(proposal: GuidelineProposal, items: Sequence[Item], by: User, key: str) -> None:
    for freeze, _ in frozen_among(proposal.engagement, [item.pk for item in items]):
        suspend_freeze(freeze.pk, proposal.pk, by=by, key=f"{key}:{freeze.uid}")


@verb
def suspend_freeze(freeze_id: int, proposal_id: int, *, by: User, key: str) -> Suspension:
    """Let nothing be claimed from a freeze that a published change touches.

    Audits that nobody has begun are withdrawn: they could prove nothing.
    Raises ProposalRefused for a change that is not in force or touches none of
    its decisions.
    """
    scope = freezes_seen_by(by).select_related("engagement", "lot")
    freeze = scope.select_for_update(of=("self",)).get(pk=freeze_id)
    PUBLISH_GUIDELINE.require(by, freeze.engagement)
    if earlier := earlier_result():
        return earlier
    proposal = freeze.engagement.guideline_proposals.get(pk=proposal_id)
    touched = freeze.decisions.filter(item__uid__in=proposal.touched_items).count()
    if not (touched and proposal.published_at):
        raise ProposalRefused([f"{proposal} changes no rule that {freeze} rests on."])
    suspension = Suspension.objects.create(
        uid=uid_of(freeze.uid, "suspension", proposal.uid),
        organisation_id=freeze.organisation_id,
        engagement_id=freeze.engagement_id,
        freeze=freeze,
        proposal=proposal,
        decisions=touched,
        suspended_at=now(),
    )
    _call_audits_off(freeze, by, key)
    record(
        "freeze.suspended",
        about=suspension,
        engagement=freeze.engagement,
        subject=freeze.lot.uid,
        data={"decisions": touched, "freeze": freeze.digest, "proposal": proposal.uid},
    )
    return suspension


def _call_audits_off(freeze: Freeze, by: User, key: str) -> None:
    """Withdraw the audits that nobody has begun: nothing can be certified from them."""
    waiting = Slot.objects.filter(audits__freeze=freeze, state=Slot.State.OPEN)
    if slots := list(waiting.values_list("pk", flat=True)):
        withdraw_slots(freeze.lot_id, slots, by=by, key=key)


def _reopen(items: Sequence[Item], version: GuidelineVersion, by: User, key: str) -> None:
    by_lot: dict[int, list[int]] = {}
    for item in items:
        by_lot.setdefault(item.lot_id, []).append(item.pk)
    for lot, touched in by_lot.items():
        reopen_items(lot, touched, because=version.digest, by=by, key=f"{key}:{lot}")
