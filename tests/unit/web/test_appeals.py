"""The queue of appeals, the second person's page, and who may open neither."""

import re

import pytest
from django.urls import reverse

from peritus.accounts.models import Role
from peritus.journal.models import Event
from peritus.journal.pump import pump
from peritus.quality.models import Appeal, Gold
from peritus.quality.verbs import add_gold, make_appeal
from peritus.web.roles import CHECKING
from peritus.work.models import Judgment, Slot
from tests.factories import accounts, bench
from tests.factories.walk import Walk, key
from tests.unit.web.conftest import SECRET, people_of, queries_of

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
CLAIM = f"{SECRET} says that b holds."


@pytest.fixture
def walk():
    """Frozen, with the second judge's "b" on q000 lost to the adjudicator's "a"."""
    walk = Walk()
    walk.judge(contested={"q000": "a"})
    walk.freeze()
    return walk


def appeal_on(walk, item_key):
    judge = walk.judges[1]
    given = Judgment.objects.get(item__key=item_key, expert=judge, slot__purpose="first")
    return make_appeal(given.pk, "answer", CLAIM, by=judge.user, key=key())


@pytest.fixture
def by_gold(walk):
    """An appeal against gold that the quality lead set."""
    item = walk.items[1]
    add_gold(item.pk, "answer", "b", source=f"{SECRET} gold.", weighs=True, by=walk.lead, key=key())
    pump(until_idle=True)
    judge = walk.judges[0]
    given = Judgment.objects.get(item=item, expert=judge)
    return make_appeal(given.pk, "answer", CLAIM, by=judge.user, key=key())


@pytest.fixture
def by_judge(walk):
    """An appeal against the adjudicator."""
    return appeal_on(walk, "q000")


def decide(client, appeal, **form):
    given = {"key": "k1", "granted": "yes", "reason": "Section 3 was misread."}
    return client.post(reverse("decide_appeal", args=[appeal.uid]), given | form)


def ask(client, appeal, handle):
    form = {"key": "k1", "expert": handle}
    return client.post(reverse("ask_second", args=[appeal.uid]), form)


def page_of(client, appeal):
    return client.get(reverse("appeal", args=[appeal.uid]))


def test_appeals_list_those_that_wait_with_their_time_left(client, walk, by_gold):
    client.force_login(walk.manager)

    page = client.get(reverse("appeals"))

    assert list(page.context["waiting"]) == [by_gold]
    assert re.search(r"\d+ days? left", page.text)
    assert CLAIM in page.text


def test_appeal_shows_both_sides_and_names_no_appellant(client, walk, by_gold):
    client.force_login(walk.manager)

    page = page_of(client, by_gold)

    assert CLAIM in page.text
    assert f"{SECRET} gold." in page.text
    assert walk.judges[0].name not in page.text


def test_decide_appeal_grants_once_when_sent_twice(client, walk, by_gold):
    client.force_login(walk.manager)

    first, again = decide(client, by_gold), decide(client, by_gold)

    by_gold.refresh_from_db()
    assert first.url == again.url == reverse("appeal", args=[by_gold.uid])
    assert (by_gold.outcome, by_gold.decided_by) == ("granted", walk.manager)
    assert Gold.objects.order_by("version").last().answer == "a"


def test_decide_appeal_refuses_with_a_reason(client, walk, by_gold):
    client.force_login(walk.manager)

    decide(client, by_gold, granted="no")

    by_gold.refresh_from_db()
    assert (by_gold.outcome, by_gold.reason) == ("refused", "Section 3 was misread.")
    assert "Section 3 was misread." in page_of(client, by_gold).text


def test_decide_appeal_keeps_the_appeal_open_without_a_reason(client, walk, by_gold):
    client.force_login(walk.manager)

    page = decide(client, by_gold, reason=" ")

    by_gold.refresh_from_db()
    assert page.status_code == 422
    assert "Write the reason" in page.text
    assert by_gold.outcome == Appeal.Outcome.WAITING


def test_decide_appeal_is_refused_to_who_set_the_gold(client, walk, by_gold):
    client.force_login(walk.lead)

    page, answer = page_of(client, by_gold), decide(client, by_gold)

    assert "Your decision" not in page.text
    assert "A second person decides" in page.text
    assert answer.status_code == 403
    by_gold.refresh_from_db()
    assert by_gold.outcome == Appeal.Outcome.WAITING


def test_ask_second_gives_the_appeal_to_somebody_who_saw_nothing_of_it(client, walk, by_judge):
    second = bench.expert(name="Sofia Second")
    client.force_login(walk.lead)

    page = page_of(client, by_judge)
    first, again = ask(client, by_judge, second.handle), ask(client, by_judge, second.handle)

    slot = Slot.objects.get(purpose="adjudication", state="open")
    assert list(page.context["people"]) == [second]
    assert first.url == reverse("appeal", args=[by_judge.uid])
    assert again.status_code in {302, 422}
    assert slot.reserved_for == second
    assert "Waits for the second adjudicator" in page_of(client, by_judge).text


@pytest.mark.parametrize("who", ["adjudicator", "auditor", "nobody"])
def test_ask_second_refuses_who_may_not_decide(client, walk, by_judge, who):
    handle = getattr(walk, who).handle if who != "nobody" else ""
    client.force_login(walk.lead)

    page = ask(client, by_judge, handle)

    assert page.status_code == 422
    assert "Choose one of the people" in page.text
    assert not Slot.objects.filter(purpose="adjudication", state="open").exists()


# Who may not


def acts_on(appeal):
    return {
        "appeals": ("get", [], {}),
        "appeal": ("get", [appeal.uid], {}),
        "decide_appeal": ("post", [appeal.uid], {"granted": "yes", "reason": SECRET}),
        "ask_second": ("post", [appeal.uid], {"expert": bench.expert().handle}),
    }


def refused(client, acts):
    """Try each address, see that nothing came of it or leaked, and return the statuses."""
    events, statuses = Event.objects.count(), {}
    for address, (method, about, form) in acts.items():
        page = getattr(client, method)(reverse(address, args=about), {"key": "k1"} | form)
        statuses[address] = page.status_code
        assert SECRET not in page.text
    assert Event.objects.count() == events
    return statuses


@pytest.mark.parametrize("role", list(Role))
def test_appeals_are_refused_to_people_of_other_work(client, by_gold, role):
    client.force_login(people_of(accounts.organisation())[role])

    statuses = refused(client, acts_on(by_gold))

    seen = {"appeals": 200}  # an empty queue
    wanted = {each: seen.get(each, 404) if role in CHECKING[each] else 403 for each in statuses}
    assert statuses == wanted


def test_appeals_are_refused_to_the_client_and_to_the_appellant(client, walk, by_gold):
    accounts.membership(
        user=walk.judges[0].user, organisation=accounts.provider(), role=Role.EXPERT
    )
    for person in (walk.client, walk.judges[0].user):
        client.force_login(person)

        assert set(refused(client, acts_on(by_gold)).values()) == {403}


def test_appeals_are_refused_to_whoever_is_not_signed_in(client, by_gold):
    assert set(refused(client, acts_on(by_gold)).values()) == {302}


def test_appeals_ask_as_often_for_three_as_for_one(client, walk):
    client.force_login(walk.manager)
    counts = []
    for item in walk.items[1:4]:
        add_gold(item.pk, "answer", "b", source="S.", weighs=True, by=walk.lead, key=key())
        given = Judgment.objects.get(item=item, expert=walk.judges[0])
        make_appeal(given.pk, "answer", CLAIM, by=walk.judges[0].user, key=key())
        counts.append(queries_of(client, "appeals"))

    assert counts[2] == counts[0]
