"""An expert appeals and a second person settles it, both by keyboard alone."""

import pytest

from peritus.accounts.models import Role
from peritus.journal.pump import pump
from peritus.quality.models import Appeal, Gold
from peritus.quality.verbs import add_gold
from peritus.work.models import Slot
from tests.factories import accounts, bench
from tests.factories.walk import Walk, key

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
CLAIM = "Statement a is what section 3 says."
REASON = "Section 3 was misread; statement a holds."


@pytest.fixture
def walk():
    """Frozen; the first judge's "a" on q001 is wrong by gold that the lead set."""
    walk = Walk()
    walk.judge(contested={"q000": "a"})
    walk.freeze()
    item = walk.items[1]
    add_gold(item.pk, "answer", "b", source="Section 3.", weighs=True, by=walk.lead, key=key())
    pump(until_idle=True)
    for judge in walk.judges:
        accounts.membership(user=judge.user, organisation=accounts.provider(), role=Role.EXPERT)
    return walk


def press_to(page, words, most=80):
    """Press Tab until the focused element reads so, then return it."""
    for _ in range(most):
        page.keyboard.press("Tab")
        read = page.evaluate("document.activeElement.textContent || document.activeElement.name")
        if read and read.strip().startswith(words):
            return
    raise AssertionError(f"Tab never reached {words!r}")


def press_enter(page):
    with page.expect_navigation():
        page.keyboard.press("Enter")


def appeal_by_keys(page, item):
    press_to(page, f"Appeal for {item.title}")
    page.keyboard.press("Enter")
    press_to(page, "claim")
    page.keyboard.type(CLAIM)
    press_to(page, "Appeal")
    press_enter(page)


def test_an_expert_appeals_and_a_second_person_grants_it_by_keys(visit, walk):
    expert = visit(walk.judges[0].user)
    appeal_by_keys(expert.open("/results/"), walk.items[1])
    waiting = expert.page.get_by_role("region", name="Your appeals").inner_text()

    page = visit(walk.manager).open("/appeals/")
    press_to(page, walk.items[1].title)
    press_enter(page)
    press_to(page, "reason")
    page.keyboard.type(REASON)
    press_to(page, "Grant")
    press_enter(page)
    pump(until_idle=True)

    told = expert.open("/results/").get_by_role("region", name="Your appeals").inner_text()
    appeal = Appeal.objects.get()
    assert "To be decided by" in waiting
    assert (appeal.claim, appeal.outcome, appeal.decided_by) == (CLAIM, "granted", walk.manager)
    assert Gold.objects.order_by("version").last().answer == "a"
    assert "Granted" in told
    assert REASON in told


def test_an_appeal_against_the_adjudicator_is_given_to_a_second_one_by_keys(visit, walk):
    second = bench.expert(name="Sofia Second")
    expert = visit(walk.judges[1].user)
    appeal_by_keys(expert.open("/results/"), walk.items[0])

    page = visit(walk.lead).open("/appeals/")
    press_to(page, walk.items[0].title)
    press_enter(page)
    press_to(page, "Choose one")
    page.keyboard.type("Sofia")
    press_to(page, "Ask for")
    press_enter(page)

    assert page.get_by_text("Waits for the second adjudicator").is_visible()
    asked = Slot.objects.get(purpose="adjudication", state="open")
    assert asked.reserved_for == second


def test_pages_of_appeals_have_no_breach_of_access_rules(visit, axe_breaches, walk):
    expert, lead = visit(walk.judges[0].user), visit(walk.manager)
    empty = axe_breaches(lead.open("/appeals/"))
    page = expert.open("/results/")
    page.locator("summary", has_text="Appeal").first.click()
    opened = axe_breaches(page)
    page.get_by_label("Why your answer is right").fill(CLAIM)
    with page.expect_navigation():
        page.get_by_role("button", name="Appeal").click()
    waiting = axe_breaches(page)
    queue = axe_breaches(lead.open("/appeals/"))
    one = axe_breaches(lead.open(f"/appeals/{Appeal.objects.get().uid}/"))

    assert [empty, opened, waiting, queue, one] == [[], [], [], [], []]
