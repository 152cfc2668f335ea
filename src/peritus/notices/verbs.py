"""Tell people what waits for them, and take note that they read it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from peritus.accounts.models import Organisation, User
from peritus.catalogue.identity import uid_of
from peritus.engagements.models import Engagement
from peritus.journal.acts import earlier_result, record, verb
from peritus.journal.clock import now
from peritus.notices.models import Notice
from peritus.notices.queries import notices_of
from peritus.notices.rules import NOTIFY


@dataclass(frozen=True)
class Word:
    """What is told: the act that waits, and the page of the workspace that serves it.

    ``about`` and ``topic`` name the occasion: nobody is told twice of one.
    """

    about: UUID
    topic: str
    text: str
    link: str
    at: datetime


@verb
def notify(
    engagement_id: int | None, word: Word, user_ids: Sequence[int], *, by: User, key: str
) -> list[Notice]:
    """Put a word into the inboxes of people; a repeat writes nothing.

    Without an engagement it is the provider's own. Notices are derived from events,
    so none is recorded for them.
    """
    NOTIFY.require(by)
    if engagement_id is None:
        owner = Organisation.objects.get(kind=Organisation.Kind.PROVIDER).pk
    else:
        owner = Engagement.objects.get(pk=engagement_id).organisation_id
    people = User.objects.filter(pk__in=list(user_ids), is_active=True).order_by("id")
    whose = {"organisation_id": owner, "engagement_id": engagement_id}
    return [_told(whose, word, person) for person in people]


def _told(whose: dict[str, int | None], word: Word, person: User) -> Notice:
    said = {"user": person, "text": word.text, "link": word.link, "at": word.at}
    uid = uid_of(word.about, "notice", word.topic, person.uid)
    notice, _ = Notice.objects.get_or_create(uid=uid, defaults=whose | said)
    return notice


@verb
def close_notices(
    about: UUID, topic: str, user_ids: Sequence[int], *, at: datetime, by: User, key: str
) -> int:
    """Take what is done out of people's inboxes; derived, so none is recorded."""
    NOTIFY.require(by)
    people = User.objects.filter(pk__in=list(user_ids))
    uids = [uid_of(about, "notice", topic, person.uid) for person in people]
    return Notice.objects.filter(uid__in=uids, read_at=None).update(read_at=at)


@verb
def mark_read(notice_id: int, *, by: User, key: str) -> Notice:
    """Take note that the person has read a notice; reading it again changes nothing.

    Only this is a fact, so it alone is recorded: in the installation's own
    chain, since it says nothing about the client's work.
    """
    notice = notices_of(by).select_for_update(of=("self",)).get(pk=notice_id)
    earlier: Notice | None = earlier_result()
    if earlier:
        return earlier
    if notice.read_at is None:
        notice.read_at = now()
        notice.save(update_fields=["read_at"])
        record("notice.read", about=notice)
    return notice
