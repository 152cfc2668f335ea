"""Leases and judgments through the API: one act each, refused in one shape."""

import json

import pytest
from django.test import Client
from django.urls import reverse

from peritus.accounts.models import Role
from peritus.journal.models import Event
from peritus.work.models import Assignment, Judgment, Slot
from tests.factories import accounts, desks

pytestmark = pytest.mark.django_db


@pytest.fixture
def expert():
    return desks.person_on_bench()


@pytest.fixture
def lot(expert):
    lot = desks.asked_lot(size=2)
    desks.slots_for(lot, expert)
    return lot


@pytest.fixture
def signed_in(client, expert, lot):
    client.force_login(expert.user)
    return client


def post(client, address, **given):
    return client.post(address, json.dumps(given), content_type="application/json")


def lease(client, key="k1"):
    return post(client, "/api/assignments/next", key=key)


def judge(client, held, **changes):
    given = {"answers": {"compatible": "yes"}, "fence": held["fence"], "key": "j1"} | changes
    return post(client, f"/api/assignments/{held['uid']}/judgment", **given)


def refused(answer):
    """Return a refusal without its reference, which it must have."""
    said = answer.json()
    assert len(said.pop("reference")) == 8
    return answer.status_code, said


def test_next_leases_one_slot_once(signed_in):
    first, again = lease(signed_in), lease(signed_in)

    assert first.status_code == 200
    assert first.json() == again.json()
    assert first.json()["title"] == Assignment.objects.get().slot.item.title
    assert first.json()["questions"][0]["options"] == [
        {"code": "yes", "label": "Yes, it may"},
        {"code": "no", "label": "No, it may not"},
    ]
    assert Assignment.objects.count() == 1


def test_next_says_nothing_of_purpose_or_other_judgments(signed_in, lot):
    other = desks.person_on_bench()
    desks.slots_for(lot, None, purpose=Slot.Purpose.FURTHER)

    said = lease(signed_in).text

    assert "purpose" not in said
    assert other.name not in said
    assert lease(signed_in).json()["first_answers"] == []


@pytest.mark.parametrize(
    "purpose",
    [Slot.Purpose.FIRST, Slot.Purpose.GOLD, Slot.Purpose.AUDIT, Slot.Purpose.CENSUS],
)
def test_no_call_says_an_id_from_which_a_purpose_could_be_computed(client, purpose):
    lot, judge_of_it = desks.asked_lot(size=1), desks.person_on_bench()
    desks.slots_for(lot, judge_of_it, purpose)
    client.force_login(judge_of_it.user)

    leased = lease(client)
    answered = judge(client, leased.json())

    slot, given = Slot.objects.get(), Judgment.objects.get()
    computed = {slot.uid, slot.item.uid, given.uid, given.assignment.uid}
    assert [uid for uid in computed if str(uid) in leased.text + answered.text] == []
    assert leased.json().keys() == {
        "uid", "fence", "expires_at", "title", "facts", "texts", "questions", "guideline",
        "guideline_digest", "first_answers",
    }  # fmt: skip


def test_next_shows_first_answers_without_names_when_it_adjudicates(client):
    lot = desks.asked_lot(size=1)
    for word in ("yes", "no"):
        desks.answered_by(bench_source(word), lot, word, reason=f"Because {word}.")
    adjudicator = desks.person_on_bench()
    desks.slots_for(lot, adjudicator, purpose=Slot.Purpose.ADJUDICATION)
    client.force_login(adjudicator.user)

    answer = lease(client)

    said = sorted(each["reason"] for each in answer.json()["first_answers"])
    assert said == ["Because no.", "Because yes."]
    assert "Source of" not in answer.text


def bench_source(word):
    expert = desks.person_on_bench()
    expert.name = f"Source of {word}"
    expert.save()
    return expert


def test_next_answers_204_when_nothing_waits(client):
    client.force_login(desks.person_on_bench().user)

    answer = lease(client)

    assert (answer.status_code, answer.content) == (204, b"")
    assert Event.objects.count() == 0


def test_judgment_is_stored_once_when_repeated(signed_in, expert):
    held = lease(signed_in).json()

    first = judge(signed_in, held, reason=" Section 3 ", confidence=4, seconds=61)
    again = judge(signed_in, held, reason=" Section 3 ", confidence=4, seconds=61)

    stored = Judgment.objects.get()
    assert first.status_code == 200
    assert first.json() == again.json()
    assert first.json()["assignment"] == held["uid"]
    assert (stored.expert, stored.reason, stored.confidence, stored.seconds) == (
        expert, "Section 3", 4, 61,
    )  # fmt: skip


def test_judgment_refuses_answers_outside_the_options(signed_in):
    held = lease(signed_in).json()

    status, said = refused(judge(signed_in, held, answers={"compatible": "perhaps", "who": "me"}))

    assert status == 422
    assert len(said["blockers"]) == 2
    assert said["blockers"][0] == "There is no question 'who'."
    assert Judgment.objects.count() == 0


def test_judgment_refuses_an_old_fence(signed_in):
    held = lease(signed_in).json()

    status, said = refused(judge(signed_in, held, fence=held["fence"] + 1))

    assert (status, list(said)) == (409, ["error", "blockers"])
    assert Judgment.objects.count() == 0


def test_judgment_refuses_a_key_that_stands_for_other_answers(signed_in):
    held = lease(signed_in).json()
    judge(signed_in, held)

    status, said = refused(judge(signed_in, held, answers={"compatible": "no"}))

    assert status == 409
    assert said["blockers"][0].startswith("Key 'j1' already stands for submit_judgment")


def test_judgment_does_not_find_anothers_lease(signed_in, client):
    held = lease(signed_in).json()
    client.force_login(desks.person_on_bench().user)

    status, said = refused(judge(client, held))

    assert (status, said) == (404, {"error": "Nothing is here, or nothing that you may see."})
    assert Judgment.objects.count() == 0


def test_judgment_wants_a_reason_when_it_adjudicates(client):
    lot, adjudicator = desks.asked_lot(size=1), desks.person_on_bench()
    desks.slots_for(lot, adjudicator, purpose=Slot.Purpose.ADJUDICATION)
    client.force_login(adjudicator.user)
    held = lease(client).json()

    status, said = refused(judge(client, held, reason="  "))

    assert status == 422
    assert said["blockers"] == ["An adjudication needs its reason: name the clause or section."]


@pytest.mark.parametrize(
    ("changes", "blocker"),
    [
        ({"fence": "one"}, "given.fence: "),
        ({"confidence": 6}, "given.confidence: "),
        ({"seconds": -1}, "given.seconds: "),
        ({"key": ""}, "given.key: "),
        ({"answers": ["yes"]}, "given.answers: "),
        ({"colour": "red"}, "given.colour: "),
    ],
)
def test_judgment_says_which_field_does_not_fit(signed_in, changes, blocker):
    held = lease(signed_in).json()

    status, said = refused(judge(signed_in, held, **changes))

    assert status == 422
    assert said["blockers"][0].startswith(blocker)
    assert Judgment.objects.count() == 0


def test_judgment_refuses_a_body_that_is_no_json(signed_in):
    held = lease(signed_in).json()

    answer = signed_in.post(
        f"/api/assignments/{held['uid']}/judgment", "{", content_type="application/json"
    )

    assert refused(answer)[0] == 400


@pytest.mark.parametrize("role", [Role.CLIENT, Role.MANAGER, Role.FINANCE])
def test_next_refuses_whoever_is_not_at_work(client, role):
    client.force_login(accounts.member(role))

    status, said = refused(lease(client))

    rule = "This call is for: Expert, Quality lead."
    assert (status, said) == (403, {"error": rule, "rule": rule})


def test_next_does_not_find_an_expert_who_is_not_on_the_bench(client):
    client.force_login(accounts.member(Role.EXPERT))

    assert refused(lease(client))[0] == 404


def test_writes_are_refused_without_the_csrf_token(expert, lot):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(expert.user)

    status, said = refused(lease(browser))

    assert (status, said["rule"]) == (403, "A write brings the CSRF token of its session.")
    assert Assignment.objects.count() == 0


def test_writes_are_taken_with_the_csrf_token(expert, lot):
    browser = Client(enforce_csrf_checks=True)
    browser.get(reverse("sign_in"))
    browser.force_login(expert.user)
    token = browser.cookies["csrftoken"].value

    answer = browser.post(
        "/api/assignments/next",
        json.dumps({"key": "k1"}),
        content_type="application/json",
        headers={"X-CSRFToken": token},
    )

    assert answer.status_code == 200
