"""Pages render for their roles, hide what is not the reader's, and act by verbs."""

import re

import pytest
from django.urls import reverse

from peritus.accounts.models import Role
from peritus.quality.models import Acceptance, Certificate
from peritus.web.roles import ROLES
from tests.factories import accounts, engagements, work
from tests.unit.web.conftest import (
    SECRET,
    certified_lot,
    judged_item,
    queries_of,
    whole_engagement,
)

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

LISTS = (
    "client_home", "certificates", "proposals", "inquiries", "screenings", "portfolio", "board",
    "staffings", "release", "invoices", "close", "inbox",
)  # fmt: skip


def single_pages(scene):
    """Return every page about one thing of a scene, by address."""
    return {
        "engagement": [scene.engagement.uid],
        "lot": [scene.lot.uid],
        "lot_bound": [scene.lot.uid],
        "comparison": [scene.lot.uid],
        "decision": [scene.item.uid],
        "certificate": [scene.certificate.number],
        "evidence_check": [scene.lot.uid],
        "guideline": [scene.version.uid],
        "proposal": [scene.proposal.uid],
        "inquiry": [scene.inquiry.uid],
        "staffing": [scene.staffing.uid],
        "staff": [scene.lot.uid],
        "invoice": [scene.line.invoice.number],
        "invoice_line": [scene.line.invoice.number, scene.line.place],
        "saving": [scene.engagement.uid],
        "saving_table": [scene.engagement.uid],
        "books": [scene.engagement.uid],
    }


def opened(client, scene, address, *arguments):
    """Open an address as the first role that may."""
    role = next(role for role in scene.people if role in ROLES[address])
    client.force_login(scene.people[role])
    return client.get(reverse(address, args=arguments))


def test_pages_about_one_thing_render_for_every_role_that_may_open_them(client, scene):
    found = {}
    for role, person in scene.people.items():
        client.force_login(person)
        for address, arguments in single_pages(scene).items():
            status = client.get(reverse(address, args=arguments)).status_code
            found[role, address] = status

    wanted = {(r, a): 200 if r in ROLES[a] else 403 for r, a in found}
    assert found == wanted


def test_pages_about_one_thing_do_not_exist_for_another_client(client, scene):
    stranger = whole_engagement()
    for role in ("client", "manager", "quality"):
        client.force_login(stranger.people[role])
        for address, arguments in single_pages(scene).items():
            page = client.get(reverse(address, args=arguments))
            if role in ROLES[address]:
                assert (address, page.status_code) == (address, 404)
            assert SECRET not in re.sub(r"<header.*?</header>", "", page.text, flags=re.DOTALL)


def add_engagement(scene):
    """Add another whole engagement for the same readers."""
    more = whole_engagement()
    accounts.membership(user=scene.people["client"], organisation=more.client)
    more.engagement.manager = scene.engagement.manager
    more.engagement.quality_lead = scene.engagement.quality_lead
    more.engagement.save()


@pytest.mark.parametrize("role", ["client", "manager", "quality", "finance"])
def test_lists_ask_as_often_for_three_engagements_as_for_one(client, scene, role):
    client.force_login(scene.people[role])
    lists = [address for address in LISTS if role in ROLES[address]]
    once = {address: queries_of(client, address) for address in lists}
    add_engagement(scene)
    add_engagement(scene)

    thrice = {address: queries_of(client, address) for address in lists}

    assert thrice == once


def test_savings_ask_as_often_for_three_engagements_as_for_two(client, scene):
    client.force_login(scene.people["client"])
    add_engagement(scene)
    twice = queries_of(client, "savings")
    add_engagement(scene)

    thrice = queries_of(client, "savings")

    assert thrice == twice


def test_lot_asks_as_often_for_three_items_as_for_one(client, scene):
    one = certified_lot(scene.engagement, scene.people, size=1)
    three = certified_lot(scene.engagement, scene.people, size=3)
    client.force_login(scene.people["client"])

    small = queries_of(client, "lot", one.uid)
    large = queries_of(client, "lot", three.uid)

    assert large == small


def test_client_sees_letters_where_the_provider_sees_names(client, scene):
    name = scene.item.judgments.first().expert.name
    address = reverse("decision", args=[scene.item.uid])

    client.force_login(scene.people["client"])
    to_client = client.get(address).text
    client.force_login(scene.people["manager"])
    to_manager = client.get(address).text

    assert name not in to_client
    assert name in to_manager


def test_client_sees_names_of_published_sources_in_a_specimen(client):
    scene = whole_engagement(specimen=True)
    client.force_login(scene.people["client"])

    page = client.get(reverse("decision", args=[scene.item.uid]))

    assert scene.item.judgments.first().expert.name in page.text


def test_engagement_pages_carry_the_honest_words(client, scene):
    client.force_login(scene.people["client"])

    page = client.get(reverse("lot", args=[scene.lot.uid]))

    assert all(line in page.text for line in scene.engagement.honesty)


def test_red_lot_lists_what_differs_and_cannot_be_accepted(client, scene):
    client.force_login(scene.people["client"])
    address = reverse("lot", args=[scene.red.uid])
    freeze = scene.red.freezes.get()

    page = client.get(address)
    answer = client.post(reverse("accept_lot", args=[freeze.pk]), {"key": "k1"})

    assert "1 audited decisions that differ" in page.text
    assert "not certified" in page.text
    assert answer.status_code == 409
    assert "The lot is not certified; it can be reworked or credited." in answer.text
    assert Acceptance.objects.count() == 0


def test_accept_accepts_once_when_sent_twice(client, scene):
    client.force_login(scene.people["client"])
    address = reverse("accept_lot", args=[scene.freeze.pk])

    first = client.post(address, {"key": "k1"})
    again = client.post(address, {"key": "k1"})

    assert first.url == again.url == reverse("lot", args=[scene.lot.uid])
    assert list(Acceptance.objects.values_list("freeze", flat=True)) == [scene.freeze.pk]


def test_accept_does_nothing_without_a_replay_key(client, scene):
    client.force_login(scene.people["client"])

    answer = client.post(reverse("accept_lot", args=[scene.freeze.pk]))

    assert answer.status_code == 400
    assert Acceptance.objects.count() == 0


def test_certify_lists_what_stands_in_the_way(client, scene):
    freeze = scene.red.freezes.get()
    client.force_login(scene.people["quality"])

    answer = client.post(reverse("certify_lot", args=[freeze.pk]), {"key": "k1"})

    assert answer.status_code == 409
    assert "The audit plan is spent" in answer.text
    assert not Certificate.objects.filter(freeze=freeze).exists()


def test_answer_keeps_what_is_missing_beside_the_field(client, scene):
    client.force_login(scene.people["client"])

    page = client.post(
        reverse("answer_inquiry", args=[scene.inquiry.uid]), {"text": " ", "key": "k"}
    )

    scene.inquiry.refresh_from_db()
    assert page.status_code == 422
    assert "nothing was sent" in page.text
    assert scene.inquiry.answered_at is None


def test_answer_answers_for_all_items(client, scene):
    client.force_login(scene.people["client"])

    client.post(reverse("answer_inquiry", args=[scene.inquiry.uid]), {"text": "Use.", "key": "k"})

    scene.inquiry.refresh_from_db()
    assert scene.inquiry.answer == "Use."


def test_answer_is_refused_to_whoever_does_not_own_the_question(client, scene):
    client.force_login(scene.people["manager"])

    page = client.post(
        reverse("answer_inquiry", args=[scene.inquiry.uid]), {"text": "No", "key": "k"}
    )

    scene.inquiry.refresh_from_db()
    assert page.status_code == 403
    assert "Only whoever was asked answers" in page.text
    assert scene.inquiry.answer == ""


def test_lot_filters_decisions_by_what_differs(client, scene):
    client.force_login(scene.people["client"])
    judged_item(scene.red, title="Undrawn item")

    page = client.get(reverse("lot", args=[scene.red.uid]), {"show": "differing"})

    assert len(page.context["rows"]) == 1
    assert "Undrawn item" not in page.text


def test_saving_shows_a_loss_as_plainly(client, scene):
    client.force_login(scene.people["client"])

    page = client.get(reverse("saving", args=[scene.engagement.uid]), {"unit_cost": "0.10"})

    assert "Lost EUR" in page.text


def test_saving_says_which_amount_is_wanted(client, scene):
    client.force_login(scene.people["client"])

    page = client.get(reverse("saving", args=[scene.engagement.uid]), {"unit_cost": "cheap"})

    assert "An amount such as 5.50 is wanted; &#x27;cheap&#x27; came." in page.text


def test_search_finds_own_items_only(client, scene):
    stranger = whole_engagement()
    client.force_login(stranger.people["client"])

    found = client.get(reverse("search"), {"q": scene.item.key})
    client.force_login(scene.people["client"])
    led = client.get(reverse("search"), {"q": scene.certificate.number})

    assert scene.item.key not in [hit.title for hit in found.context["found"]]
    assert led.url == reverse("certificate", args=[scene.certificate.number])


def test_pages_send_a_policy_that_holds_for_them(client, scene):
    client.force_login(scene.people["client"])
    pages = [
        client.get(reverse(address, args=arguments))
        for address, arguments in single_pages(scene).items()
        if "client" in ROLES[address]
    ]

    assert all("default-src 'none'" in each.headers["Content-Security-Policy"] for each in pages)
    assert all(
        not re.search(r"<style|\sstyle=|<script(?![^>]*src=)|\son\w+=", each.text) for each in pages
    )


def test_pages_have_one_heading_and_a_main_landmark(client, scene):
    for address, arguments in single_pages(scene).items():
        page = opened(client, scene, address, *arguments)
        if page.headers["Content-Type"].startswith("text/html"):
            assert (address, page.text.count("<h1"), page.text.count("<main")) == (address, 1, 1)


def test_client_with_nothing_yet_is_told_what_will_stand_here(client):
    client.force_login(accounts.member(Role.CLIENT, organisation=accounts.organisation()))

    page = client.get(reverse("client_home"))

    assert "No engagement yet" in page.text


def test_lot_without_items_renders(client, scene):
    empty = engagements.lot(engagement=scene.engagement)
    client.force_login(scene.people["client"])

    page = client.get(reverse("lot", args=[empty.uid]))

    assert "Not frozen yet, so nothing is claimed." in page.text


def test_expert_cannot_open_what_the_work_led_to(client, scene):
    client.force_login(scene.people["expert"])

    page = client.get(reverse("lot", args=[scene.lot.uid]))

    assert page.status_code == 403
    assert SECRET not in page.text


def test_comparison_says_when_nobody_judged_an_item_twice(client, scene):
    lot = engagements.lot(engagement=scene.engagement)
    for answer in ("yes", "no"):
        work.judgment(item=engagements.item(lot=lot), answers={"question": answer})
    client.force_login(scene.people["client"])

    page = client.get(reverse("comparison", args=[lot.uid]))

    assert "Nothing to compare yet" in page.text


def test_comparison_shows_agreement_with_its_interval(client, scene):
    judged_item(scene.lot, answers=("yes", "no"))
    client.force_login(scene.people["client"])

    page = client.get(reverse("comparison", args=[scene.lot.uid]))

    assert "Krippendorff's alpha" in page.text
    assert "between" in page.text
    assert "one judge" in page.text
