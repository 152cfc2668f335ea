"""Ask once for all, and answer once for all."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from peritus.accounts.models import User
from peritus.catalogue.identity import uid_of
from peritus.engagements.models import Item
from peritus.engagements.queries import engagements_seen_by
from peritus.journal.acts import earlier_result, record, verb
from peritus.journal.clock import now
from peritus.work.errors import InquiryAnswered
from peritus.work.models import Inquiry, InquiryItem
from peritus.work.queries import inquiries_seen_by
from peritus.work.rules import ANSWER_INQUIRY, OPEN_INQUIRY

DUE_DAYS = 5


@verb
def open_inquiry(
    engagement_id: int,
    cause: str,
    *,
    title: str,
    text: str,
    owner_id: int,
    item_ids: Sequence[int],
    by: User,
    key: str,
) -> Inquiry:
    """Ask whoever can answer; a doubt with a known cause is merged into its inquiry."""
    engagement = engagements_seen_by(by).select_for_update(of=("self",)).get(pk=engagement_id)
    OPEN_INQUIRY.require(by, engagement)
    if earlier := earlier_result():
        return earlier
    at = now()
    inquiry, is_new = Inquiry.objects.get_or_create(
        organisation_id=engagement.organisation_id,
        engagement=engagement,
        cause=cause,
        defaults={
            "uid": uid_of(engagement.uid, "inquiry", cause),
            "title": title,
            "text": text,
            "owner_id": owner_id,
            "opened_at": at,
            "due_at": at + timedelta(days=DUE_DAYS),
        },
    )
    added = [_ask_about(inquiry, item) for item in _items(engagement.pk, item_ids)]
    record(
        "inquiry.opened" if is_new else "inquiry.merged",
        about=inquiry,
        engagement=engagement,
        data={"cause": cause, "items": [each.item.uid for each in added]},
    )
    return inquiry


def _items(engagement_id: int, item_ids: Sequence[int]) -> list[Item]:
    return list(Item.objects.filter(engagement=engagement_id, pk__in=item_ids).order_by("key"))


def _ask_about(inquiry: Inquiry, item: Item) -> InquiryItem:
    asked, _ = InquiryItem.objects.get_or_create(
        inquiry=inquiry,
        item=item,
        defaults={
            "uid": uid_of(inquiry.uid, item.uid),
            "organisation_id": inquiry.organisation_id,
        },
    )
    return asked


@verb
def answer_inquiry(inquiry_id: int, text: str, *, by: User, key: str) -> Inquiry:
    """Answer an inquiry for all its items; what follows from it is proposed, not done.

    Raises InquiryAnswered when it has its answer.
    """
    inquiry = inquiries_seen_by(by).select_for_update(of=("self",)).get(pk=inquiry_id)
    ANSWER_INQUIRY.require(by, inquiry)
    if earlier := earlier_result():
        return earlier
    if inquiry.answered_at:
        raise InquiryAnswered([f"Answered at {inquiry.answered_at:%Y-%m-%d %H:%M} UTC, for all."])
    inquiry.answer, inquiry.answered_at = text, now()
    inquiry.save(update_fields=["answer", "answered_at"])
    record("inquiry.answered", about=inquiry, engagement=inquiry.engagement)
    return inquiry
