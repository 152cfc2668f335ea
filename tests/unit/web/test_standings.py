"""Pages of experts and of gold: figures, charts, alarms answered, and for whom."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse

from peritus.accounts.queries import engine
from peritus.quality.models import DriftAlarm, Gold
from peritus.quality.verbs import raise_alarm
from tests.factories import accounts, quality
from tests.factories.bench import expert
from tests.factories.engagements import START, guideline_version, lot
from tests.factories.walk import Walk, key

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
SECRET = "Nightjar"


@pytest.fixture
def walk(db):
    walk = Walk()
    walk.judge(contested={"q000": "a"})
    return walk


@pytest.fixture
def fallen(walk):
    """An expert who fell after thirty known answers, and the alarm about it."""
    one = expert(name=SECRET)
    quality.known_answers(one, lot(engagement=walk.engagement), "1111111110" * 3 + "0" * 22)
    course = walk.engagement
    return raise_alarm(course.pk, one.pk, "question", by=engine(), key=key())


def page(client, user, address, *arguments):
    client.force_login(user)
    return client.get(reverse(address, args=arguments))


def post(client, user, address, uid, **data):
    client.force_login(user)
    return client.post(reverse(address, args=[uid]), {"key": key()} | data)


def of_expert(client, user, alarm):
    return page(
        client, user, "expert_standing", alarm.engagement.uid, alarm.expert.handle, alarm.question
    )


def test_experts_stand_with_their_overturns_for_manager_and_lead(client, walk):
    for user in (walk.manager, walk.lead):
        shown = page(client, user, "expert_standings", walk.engagement.uid)

        assert shown.status_code == 200
        assert walk.judges[1].name in shown.text
        assert 'adjudication <span class="number">1 of 1</span>' in shown.text


def test_an_empty_engagement_says_what_will_stand_there(client, db):
    walk = Walk()

    assert "Nobody has answered yet" in page(
        client, walk.lead, "expert_standings", walk.engagement.uid
    ).text  # fmt: skip
    shown = page(client, walk.lead, "gold", walk.engagement.uid).text
    assert "No known answer yet" in shown


def test_the_chart_says_what_was_seen_and_the_manager_answers(client, walk, fallen):
    guideline_version(
        engagement=walk.engagement, organisation=walk.engagement.organisation, number=2,
        published_at=START + timedelta(days=2, hours=3),
    )  # fmt: skip
    shown = of_expert(client, walk.manager, fallen).text
    assert re.search(r"Fell: 0 of \d+ right since the likeliest change", shown.replace("\xa0", " "))
    assert "guideline 2" in shown
    assert "This is evidence, not a verdict" in shown

    post(client, walk.manager, "answer_alarm", fallen.uid, act="retrain", reason="Section 3.")

    fallen.refresh_from_db()
    assert (fallen.act, fallen.acted_by) == ("retrain", walk.manager)
    shown = of_expert(client, walk.manager, fallen).text
    assert "Retraining agreed" in shown
    assert "An alarm waits" not in shown


def test_a_paused_expert_is_said_to_be(client, walk, fallen):
    post(client, walk.manager, "answer_alarm", fallen.uid, act="paused", reason="We talk first.")

    assert "We talk first." in of_expert(client, walk.lead, fallen).text
    assert "Paused" in page(client, walk.lead, "expert_standings", walk.engagement.uid).text


def test_the_lead_sees_the_alarm_and_does_not_answer_it(client, walk, fallen):
    shown = of_expert(client, walk.lead, fallen).text

    assert "Answer the alarm" not in shown
    assert f"{walk.manager} answers it." in shown
    assert post(client, walk.lead, "answer_alarm", fallen.uid, act="paused").status_code == 403
    assert DriftAlarm.objects.get().act == ""


def test_an_answer_without_a_reason_is_refused_with_what_to_do(client, walk, fallen):
    answer = post(client, walk.manager, "answer_alarm", fallen.uid, act="paused", reason=" ")

    assert answer.status_code == 409
    assert "Write the reason" in answer.text


def test_gold_shows_coverage_and_takes_over_what_was_adjudicated(client, walk):
    shown = page(client, walk.lead, "gold", walk.engagement.uid).text
    assert "Statement a is the only one that fits." in shown

    post(client, walk.lead, "add_gold", walk.items[0].uid, question="answer", answer="a",
         source="Section 3 of the protocol.")  # fmt: skip

    added = Gold.objects.get()
    assert (added.answer, added.weighs, added.set_by) == ("a", True, walk.lead)
    shown = page(client, walk.lead, "gold", walk.engagement.uid).text
    assert "2 of 3" in shown  # one of the first judges and the adjudicator said so

    post(client, walk.lead, "retire_gold", added.uid, because="The protocol was withdrawn.")

    added.refresh_from_db()
    assert added.retired_because == "The protocol was withdrawn."


def test_clients_and_strangers_read_neither_experts_nor_gold(client, walk, fallen):
    stranger = accounts.member("manager")
    addresses = (
        ("expert_standings", walk.engagement.uid),
        ("gold", walk.engagement.uid),
        ("expert_standing", walk.engagement.uid, fallen.expert.handle, "question"),
    )

    found = {
        user: [page(client, user, *address) for address in addresses]
        for user in (walk.client, stranger)
    }

    assert {each.status_code for each in found[walk.client]} == {403}
    assert {each.status_code for each in found[stranger]} == {404}
    assert not any(SECRET in each.text for pages in found.values() for each in pages)
    assert post(client, stranger, "add_gold", walk.items[0].uid).status_code == 404
    assert post(client, stranger, "answer_alarm", fallen.uid).status_code == 404
