"""Guideline changes on pages: written, counted, priced, published, and for whom."""

import pytest
from django.urls import reverse

from peritus.billing.models import ChangeOrder
from peritus.engagements.queries import current_guideline
from peritus.quality.models import GuidelineProposal
from peritus.quality.verbs import propose_guideline
from peritus.work.verbs import answer_inquiry, open_inquiry
from tests.factories.accounts import member
from tests.factories.walk import Walk, key

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
NEW_TEXT = "# The test\n\nWhere two statements fit, take the earlier one."
SECRET = "Nightjar takes the earlier one"


@pytest.fixture
def parted(db):
    """Six items judged and frozen; on q000 the experts part."""
    walk = Walk()
    walk.judge(contested={"q000": "b"})
    walk.freeze()
    return walk


@pytest.fixture
def proposed(parted):
    return propose_guideline(
        parted.engagement.pk, NEW_TEXT, title=SECRET, cause="Two judges asked.",
        touched_keys=["q000"], by=parted.lead, key=key(),
    )  # fmt: skip


def page(client, user, address, uid, **data):
    client.force_login(user)
    return client.get(reverse(address, args=[uid]), data)


def post(client, user, address, uid, **data):
    client.force_login(user)
    return client.post(reverse(address, args=[uid]), {"key": key()} | data)


def draft(**changes):
    return {
        "title": "The earlier one", "cause": "Two judges asked.", "text": NEW_TEXT,
        "answer": ["answer:a", "answer:b"], "disputed": "on", "act": "count",
    } | changes  # fmt: skip


def test_a_draft_begins_with_the_text_in_force_and_touches_nothing(client, parted):
    shown = page(client, parted.lead, "propose", parted.engagement.uid).text

    assert current_guideline(parted.engagement).text.splitlines()[0] in shown
    assert "Nothing is named yet, so nothing is touched" in shown


def test_counting_keeps_what_was_typed_and_says_what_would_be_judged_anew(client, parted):
    shown = post(client, parted.lead, "propose", parted.engagement.uid, **draft())

    assert shown.status_code == 200
    assert "Where two statements fit, take the earlier one." in shown.text
    assert 'value="answer:b" checked' in shown.text
    assert "First lot, freeze 1 would be suspended: 1 of its decisions reopen." in shown.text
    assert not GuidelineProposal.objects.exists()


def test_a_change_is_proposed_with_what_was_counted(client, parted):
    answer = post(client, parted.lead, "propose", parted.engagement.uid, **draft(act="propose"))

    made = GuidelineProposal.objects.get()
    assert answer.url == reverse("proposal", args=[made.uid])
    assert (made.text, made.touched_items, made.touched_judgments) == (
        NEW_TEXT,
        [str(parted.items[0].uid)],
        2,
    )


def test_line_ends_of_a_browser_are_no_change(client, parted):
    text = current_guideline(parted.engagement).text.replace("\n", "\r\n")

    answer = post(
        client, parted.lead, "propose", parted.engagement.uid, **draft(act="propose", text=text)
    )

    assert answer.status_code == 422
    assert "The text is that of Guideline version 1: nothing changes." in answer.text
    assert not GuidelineProposal.objects.exists()


def test_terms_and_questions_narrow_what_is_touched(client, parted):
    inquiry = open_inquiry(
        parted.engagement.pk, "unclear", title="Which one?", text="Both fit.",
        owner_id=parted.manager.pk, item_ids=[parted.items[n].pk for n in (2, 3)],
        by=parted.manager, key=key(),
    )  # fmt: skip
    given = {"terms": "Statement 3?\nStatement 5?", "inquiry": [inquiry.pk, "x"], "act": "propose"}

    post(client, parted.lead, "propose", parted.engagement.uid, text=NEW_TEXT, title="T",
         cause="C", **given)  # fmt: skip

    assert GuidelineProposal.objects.get().touched_items == [str(parted.items[3].uid)]


def test_an_answered_question_leads_to_the_change(client, parted):
    inquiry = open_inquiry(
        parted.engagement.pk, "unclear", title="Which one?", text="Both fit.",
        owner_id=parted.client.pk, item_ids=[parted.items[2].pk], by=parted.manager, key=key(),
    )  # fmt: skip
    answer_inquiry(inquiry.pk, "The earlier one.", by=parted.client, key=key())
    way = f"{reverse('propose', args=[parted.engagement.uid])}?inquiry={inquiry.pk}"

    shown = {
        user: way in page(client, user, "inquiry", inquiry.uid).text
        for user in (parted.manager, parted.lead, parted.client)
    }

    assert list(shown.values()) == [True, True, False]
    client.force_login(parted.manager)
    assert f'value="{inquiry.pk}" checked' in client.get(way).text


def test_the_manager_prices_and_publishes(client, parted, proposed):
    shown = page(client, parted.manager, "proposal", proposed.uid).text
    assert "Publish and reopen 1 item<" in shown
    assert "First lot, freeze 1 is suspended until the lot is frozen again" in shown

    post(client, parted.manager, "price_proposal", proposed.uid)
    post(client, parted.manager, "publish_proposal", proposed.uid)

    proposed.refresh_from_db()
    assert proposed.published == current_guideline(parted.engagement)
    assert ChangeOrder.objects.get().judgments == 2
    shown = page(client, parted.manager, "proposal", proposed.uid).text
    assert "Publish and reopen" not in shown
    assert "Guideline version 2" in shown
    assert "In force" in page(client, parted.client, "proposal", proposed.uid).text
    lot = page(client, parted.client, "lot", parted.lot.uid).text
    assert "SUSPENDED: nothing is claimed until the lot is frozen again." in lot


def test_the_lead_proposes_and_does_not_publish(client, parted, proposed):
    assert "Publish and reopen" not in page(client, parted.lead, "proposal", proposed.uid).text

    assert post(client, parted.lead, "publish_proposal", proposed.uid).status_code == 403
    assert post(client, parted.lead, "price_proposal", proposed.uid).status_code == 403
    proposed.refresh_from_db()
    assert proposed.published is None


def test_the_client_neither_proposes_nor_publishes(client, parted, proposed):
    assert page(client, parted.client, "propose", parted.engagement.uid).status_code == 403
    assert post(client, parted.client, "publish_proposal", proposed.uid).status_code == 403


def test_another_engagements_change_is_not_found(client, parted, proposed):
    stranger = member("manager")

    found = [
        page(client, stranger, "proposal", proposed.uid),
        page(client, stranger, "propose", parted.engagement.uid),
        post(client, stranger, "publish_proposal", proposed.uid),
        post(client, stranger, "price_proposal", proposed.uid),
    ]

    assert {each.status_code for each in found} == {404}
    assert not any(SECRET in each.text for each in found)


def test_what_was_published_in_between_is_said_instead_of_a_button(client, parted, proposed):
    other = propose_guideline(
        parted.engagement.pk, "# Other", title="Other", cause="Another.", touched_keys=[],
        by=parted.lead, key=key(),
    )  # fmt: skip
    post(client, parted.manager, "publish_proposal", other.uid)

    shown = page(client, parted.manager, "proposal", proposed.uid).text

    assert "Guideline version 2 is in force now: propose it anew." in shown
    assert "Publish and reopen" not in shown
