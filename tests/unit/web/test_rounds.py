"""Pages of a calibration round: for whom, what they hide and when, and their acts."""

import re

import pytest
from django.urls import reverse

from peritus.accounts.models import Role
from peritus.quality.calibration import round_items
from peritus.quality.models import CalibrationRound, RoundWaiver, Settlement
from peritus.web.roles import ROLES
from tests.factories import accounts
from tests.factories.rounds import RoundWalk

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
SECRET = "Nightjar says otherwise"


@pytest.fixture
def table(db):
    table = RoundWalk(size=4, looks=(2, 4))
    for judge in table.walk.judges:
        accounts.membership(user=judge.user, organisation=accounts.provider(), role=Role.EXPERT)
    return table


@pytest.fixture
def judging(table):
    """A round with one answer in, whose reason nobody else may read yet."""
    found = table.open()
    slot = table.slots(found)[0]
    given = table.walk.answer(slot, "b")
    type(given).objects.filter(pk=given.pk).update(reason=SECRET)
    return found


@pytest.fixture
def discussed(table):
    found = table.open()
    table.judge(found, apart={round_items(found)[0].key: "b"})
    return found


def page(client, user, address, *arguments):
    client.force_login(user)
    return client.get(reverse(address, args=arguments))


def post(client, user, address, uid, **data):
    client.force_login(user)
    return client.post(reverse(address, args=[uid]), {"key": "k"} | data)


def test_the_lot_leads_to_its_calibration_and_says_that_production_waits(client, table):
    shown = page(client, table.walk.manager, "lot", table.walk.lot.uid).text

    assert reverse("calibration", args=[table.walk.lot.uid]) in shown
    assert "Production of First lot waits" in shown


def test_calibration_opens_for_client_manager_and_lead_with_forms_for_the_manager(client, table):
    found = {}
    for user in (table.walk.manager, table.walk.lead, table.walk.client):
        shown = page(client, user, "calibration", table.walk.lot.uid)
        found[user] = (shown.status_code, "Waive the round" in shown.text)

    assert list(found.values()) == [(200, True), (200, False), (200, False)]


def test_a_manager_opens_a_round_on_the_page(client, table):
    handles = [each.handle for each in table.walk.judges]

    answer = post(
        client, table.walk.manager, "open_round", table.walk.lot.uid,
        expert=handles, lead=table.lead.handle,
    )  # fmt: skip

    assert answer.url == reverse("round", args=[CalibrationRound.objects.get().uid])


def test_a_refused_round_says_why(client, table):
    answer = post(
        client, table.walk.manager, "open_round", table.walk.lot.uid, lead=table.lead.handle
    )

    assert answer.status_code == 409
    assert "two experts and the client&#x27;s lead" in answer.text


def test_nobody_who_judges_sees_an_answer_before_all_are_in(client, table, judging):
    shown = [
        page(client, user, "round", judging.uid)
        for user in (table.walk.judges[1].user, table.walk.client)
    ]

    assert [each.status_code for each in shown] == [200, 200]
    for each in shown:
        assert SECRET not in each.text
        assert "Nothing to compare yet" in each.text
        assert "4 items wait for you" in each.text


def test_the_workbench_says_that_it_is_a_calibration_and_shows_no_other_answer(
    client, table, judging
):
    judge = table.walk.judges[1].user
    assert "CALIBRATION ROUND" in page(client, judge, "workbench").text
    client.post(reverse("start_work"), {"key": "start", "lot": table.walk.lot.pk})

    desk = client.get(reverse("workbench")).text

    assert "nobody’s answer decides it" in desk
    assert SECRET not in desk


def test_the_clients_lead_judges_on_the_workbench(client, table, judging):
    client.force_login(table.walk.client)
    client.post(reverse("start_work"), {"key": "start", "lot": table.walk.lot.pk})

    assert "nobody’s answer decides it" in client.get(reverse("workbench")).text


def test_the_manager_sees_answers_live(client, table, judging):
    assert (
        "No item has two answers yet" in page(client, table.walk.manager, "round", judging.uid).text
    )


def test_a_discussed_round_shows_figures_and_disagreements(client, table, discussed):
    shown = page(client, table.walk.manager, "round", discussed.uid).text

    assert "83.3" in shown  # 10 of 12 pairs
    assert "Krippendorff" in shown
    assert table.walk.judges[0].name in shown
    assert "Close the round" in shown


def test_experts_and_client_see_letters_once_all_is_judged(client, table, discussed):
    for user in (table.walk.judges[1].user, table.walk.client):
        shown = page(client, user, "round", discussed.uid).text

        assert "Expert A" in shown
        assert "Disagreements" in shown
        assert table.walk.judges[0].name not in shown
        assert "Close the round" not in shown


def test_a_round_is_settled_closed_and_waived_on_its_pages(client, table, discussed):
    manager, item = table.walk.manager, round_items(discussed)[0]
    settled = post(
        client, manager, "settle_disagreement", discussed.uid,
        item=item.uid, question="answer", answer="a", reason="Section 2.",
    )  # fmt: skip
    closed = post(client, manager, "close_round", discussed.uid, decided="Read section 2.")
    shown = page(client, table.walk.client, "round", discussed.uid).text
    waived = post(client, manager, "waive_round", table.walk.lot.uid, reason="The client agrees.")

    assert [settled.status_code, closed.status_code, waived.status_code] == [302, 302, 302]
    assert Settlement.objects.get().reason == "Section 2."
    assert "Closed, not reached" in shown
    assert "Read section 2." in shown
    assert RoundWaiver.objects.get().reason == "The client agrees."
    assert (
        "The client agrees."
        in page(client, table.walk.client, "calibration", table.walk.lot.uid).text
    )


def test_the_judging_is_ended_on_the_page(client, table, judging):
    post(client, table.walk.manager, "end_judging", judging.uid)

    judging.refresh_from_db()
    assert judging.state == CalibrationRound.State.DISCUSSING


def test_strangers_find_nothing(client, table, discussed):
    other = RoundWalk(size=4, looks=(2, 4))
    other.open()
    accounts.membership(
        user=other.walk.judges[0].user, organisation=accounts.provider(), role=Role.EXPERT
    )
    for user in (other.walk.manager, other.walk.lead, other.walk.client, other.walk.judges[0].user):
        shown = page(client, user, "round", discussed.uid)
        assert shown.status_code == 404
        assert "Statement 0" not in re.sub(r"<header.*?</header>", "", shown.text, flags=re.DOTALL)
    for user in (other.walk.manager, other.walk.lead, other.walk.client):
        assert page(client, user, "calibration", table.walk.lot.uid).status_code == 404
    for address in ("settle_disagreement", "close_round", "end_judging"):
        assert post(client, other.walk.manager, address, discussed.uid).status_code == 404


def test_acts_on_a_round_are_refused_to_other_roles(client, table, discussed):
    for address in ("open_round", "waive_round", "end_judging", "close_round"):
        assert ROLES[address] == {"manager"}
        uid = table.walk.lot.uid if address in {"open_round", "waive_round"} else discussed.uid
        assert post(client, table.walk.client, address, uid).status_code == 403
