"""Tell once, and take note of reading once."""

from uuid import UUID

import pytest

from peritus.accounts.queries import engine
from peritus.journal.errors import NotAllowed
from peritus.journal.models import Event
from peritus.notices.models import Notice
from peritus.notices.verbs import Word, mark_read, notify
from tests.factories import accounts, engagements, notices
from tests.factories.engagements import START

pytestmark = pytest.mark.django_db
WORD = Word(UUID(int=7), "accept", "Accept the lot.", "/lots/7/", START)


def test_notify_tells_each_person_and_records_no_event():
    course = engagements.engagement()
    first, second = accounts.user(), accounts.user()

    notify(course.pk, WORD, [second.pk, first.pk], by=engine(), key="k1")

    told = Notice.objects.order_by("user_id")
    assert [(each.user, each.organisation, each.text, each.link, each.at) for each in told] == [
        (person, course.organisation, "Accept the lot.", "/lots/7/", START)
        for person in (first, second)
    ]
    assert Event.objects.count() == 0


def test_notify_writes_nothing_when_repeated_under_another_key():
    course, person = engagements.engagement(), accounts.user()
    first = notify(course.pk, WORD, [person.pk], by=engine(), key="k1")

    again = notify(course.pk, WORD, [person.pk], by=engine(), key="k2")

    assert again == first
    assert Notice.objects.count() == 1


def test_notify_leaves_out_accounts_that_are_closed():
    course, gone = engagements.engagement(), accounts.user(is_active=False)

    assert notify(course.pk, WORD, [gone.pk], by=engine(), key="k1") == []


def test_notify_refuses_when_a_person_asks():
    course = engagements.engagement()

    with pytest.raises(NotAllowed):
        notify(course.pk, WORD, [course.manager_id], by=course.manager, key="k1")
    assert Notice.objects.count() == 0


def test_mark_read_notes_the_time_and_records_one_event():
    notice = notices.notice()

    mark_read(notice.pk, by=notice.user, key="k1")
    mark_read(notice.pk, by=notice.user, key="k1")
    again = mark_read(notice.pk, by=notice.user, key="k2")

    event = Event.objects.get()
    assert (event.kind, event.about_uid, event.engagement_uid) == ("notice.read", notice.uid, None)
    assert again.read_at is not None
    assert again.read_at <= event.at


def test_mark_read_does_not_find_another_persons_notice():
    notice = notices.notice()

    with pytest.raises(Notice.DoesNotExist):
        mark_read(notice.pk, by=accounts.user(), key="k1")
    notice.refresh_from_db()
    assert notice.read_at is None
