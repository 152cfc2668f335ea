"""A small lot goes from the client's nonce to its acceptance by clicking alone."""

import pytest

from peritus.journal.pump import pump
from peritus.quality.models import Acceptance, Certificate, Draw, Freeze
from tests.factories import work
from tests.factories.walk import Walk

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def walk():
    walk = Walk(size=10, looks=(10,), promise=0.05)
    walk.judge(contested={"q003": "a", "q007": None})
    return walk


def lot_of(visit, walk, user):
    """Return a function that opens the lot as somebody, each time anew."""
    made = visit(user)
    return lambda: made.open(f"/lots/{walk.lot.uid}/")


def click(page, name):
    with page.expect_navigation():
        page.get_by_role("button", name=name).click()
    return page


def on_record(page):
    return page.get_by_role("region", name="On record, in this order").inner_text()


def kept_nonce(page):
    """Let the client's nonce be made, and return it as a person would copy it."""
    click(page, "Make a nonce for me")
    nonce = page.locator("#nonce").inner_text()
    page.get_by_role("link", name="I have kept it: back to the lot").click()
    return nonce


def test_a_trial_lot_reaches_its_acceptance_through_the_browser(visit, walk):
    client, lead = lot_of(visit, walk, walk.client), lot_of(visit, walk, walk.lead)
    nonce = kept_nonce(client())

    click(lead(), "Freeze First lot")
    page = click(lead(), "Record the plan")
    planned = on_record(page)
    page = client()
    page.get_by_role("textbox", name="Your nonce").fill(nonce)
    click(page, "Reveal it and draw")
    drawn = on_record(page)
    pump(until_idle=True)
    walk.audit(Freeze.objects.get())
    click(lead(), "Certify First lot")
    pump(until_idle=True)
    page = click(client(), "Accept First lot")

    assert "looks after 9; most differences 0" in planned
    assert "Draw with the client's nonce" in drawn
    assert (Draw.objects.get().nonce, Draw.objects.get().drawer) == (nonce, "client")
    assert Certificate.objects.get().claimed_errors == 0
    assert page.get_by_text("At most 0 of 9 decisions differ from the auditor's").is_visible()
    assert Acceptance.objects.get().accepted_by == walk.client


def test_a_wrong_nonce_is_answered_with_what_stands_in_the_way(visit, walk):
    walk.commit()
    walk.plan(walk.freeze())
    made = visit(walk.client)
    page = made.open(f"/lots/{walk.lot.uid}/")

    page.get_by_role("textbox", name="Your nonce").fill("ff" * 16)
    click(page, "Reveal it and draw")
    said = page.get_by_role("alert").inner_text()
    made.complaints[:] = [each for each in made.complaints if "409" not in each]
    page.get_by_role("link", name="Go back").click()

    assert "This is not the nonce that was committed to before the freeze." in said
    assert page.get_by_role("textbox", name="Your nonce").is_visible()


def test_pages_of_the_acts_have_no_breach_of_access_rules(visit, axe_breaches, walk):
    """Read each page as the lot reaches it; a page that breaches is named by its step."""
    client, lead = lot_of(visit, walk, walk.client), lot_of(visit, walk, walk.lead)
    found = {"commit": axe_breaches(client())}
    page = click(client(), "Make a nonce for me")
    found["nonce"], nonce = axe_breaches(page), page.locator("#nonce").inner_text()
    found["freeze"] = axe_breaches(lead())
    page = click(lead(), "Freeze First lot")
    found["plan"] = axe_breaches(page)
    click(lead(), "Record the plan")
    found["draw"] = axe_breaches(lead())
    page = client()
    found["reveal"] = axe_breaches(page)
    page.get_by_role("textbox", name="Your nonce").fill(nonce)
    found["drawn"] = axe_breaches(click(page, "Reveal it and draw"))
    found["release"] = axe_breaches(visit(walk.lead).open("/release/"))

    assert {step: breaches for step, breaches in found.items() if breaches} == {}


def test_staffing_with_walls_has_no_breach_of_access_rules(visit, axe_breaches, walk):
    staffing = work.staffing(lot=walk.lot, pairs=[[walk.judges[0].handle, "q001"]])
    page = visit(walk.manager).open(f"/staffing/{staffing.uid}/")
    without = axe_breaches(page)

    page.get_by_role("region", name="Walls of this engagement").get_by_label(
        "Expert"
    ).select_option(walk.judges[0].handle)
    page.get_by_label("Reason", exact=True).fill("Was employed by the client until June.")
    click(page, "Raise the wall")

    assert page.get_by_text("Was employed by the client until June.").is_visible()
    assert [without, axe_breaches(page)] == [[], []]
