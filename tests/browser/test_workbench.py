"""The workbench by real keys: one a decision, nothing lost, nothing leaked."""

import pytest

from peritus.engagements.models import Wall
from peritus.work.models import Judgment, Skip, Slot, TakenBack
from tests.factories import bench, desks, work

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
HEADING = "#desk h1"


@pytest.fixture
def expert():
    return desks.person_on_bench(name="Emil Expert")


@pytest.fixture
def lot(expert):
    lot = desks.asked_lot(size=4)
    desks.slots_for(lot, expert)
    return lot


def start(visit, user, **options):
    """Go from Today to the first item: one click."""
    made = visit(user, **options)
    page = made.open("/today/")
    page.get_by_role("button", name="Start Weak copyleft").click()
    if options.get("java_script_enabled", True):
        wait_for_keys(page)
    return page


def wait_for_keys(page):
    page.wait_for_selector("#desk .timer:not([hidden])")


def wait_for_item(page, title):
    page.wait_for_function(
        "title => document.querySelector('#desk h1')?.textContent === title", arg=title
    )


def focused(page):
    return page.evaluate("document.activeElement.textContent")


def test_one_key_answers_and_goes_on_and_one_key_takes_back(visit, expert, lot):
    page = start(visit, expert.user)

    page.keyboard.press("2")
    wait_for_item(page, "MPL-2.2 into MIT")
    focus, said = focused(page), page.locator("#say")
    page.wait_for_function("document.querySelector('#say').textContent.includes('1 of 4')")
    page.keyboard.press("z")
    wait_for_item(page, "MPL-2.1 into MIT")

    assert focus == "MPL-2.2 into MIT"
    assert said.get_attribute("role") == "status"
    assert Judgment.objects.get().answers == {"compatible": "no"}
    assert TakenBack.objects.count() == 1


def test_digits_go_by_position_and_letters_by_character(visit, expert, lot):
    page = start(visit, expert.user)

    page.evaluate(
        "document.dispatchEvent(new KeyboardEvent('keydown', {code: 'Digit1', key: '&'}))"
    )
    wait_for_item(page, "MPL-2.2 into MIT")
    page.evaluate("document.dispatchEvent(new KeyboardEvent('keydown', {code: 'KeyY', key: 'z'}))")
    wait_for_item(page, "MPL-2.1 into MIT")

    assert Judgment.objects.get().answers == {"compatible": "yes"}


def test_s_then_2_skips_with_a_conflict_and_raises_a_wall(visit, expert, lot):
    page = start(visit, expert.user)

    page.keyboard.press("s")
    page.keyboard.press("2")
    wait_for_item(page, "MPL-2.2 into MIT")

    assert Skip.objects.get().reason == Skip.Reason.CONFLICT
    assert Wall.objects.get().item.title == "MPL-2.1 into MIT"


def test_confidence_and_note_travel_with_the_answer_and_text_takes_no_keys(visit, expert, lot):
    page = start(visit, expert.user)

    page.keyboard.press("c")
    page.keyboard.press("4")
    page.keyboard.press("n")
    page.keyboard.type("12 z s")
    page.keyboard.press("Escape")
    page.keyboard.press("1")
    wait_for_item(page, "MPL-2.2 into MIT")

    stored = Judgment.objects.get()
    assert (stored.reason, stored.confidence) == ("12 z s", 4)
    assert stored.seconds is not None


def test_g_opens_the_guideline_at_the_question_and_focus_returns(visit, expert, lot):
    page = start(visit, expert.user)
    page.locator(HEADING).focus()

    page.keyboard.press("g")
    opened = page.locator("#guideline").is_visible()
    inside = page.evaluate("document.querySelector('#guideline').contains(document.activeElement)")
    page.keyboard.press("Escape")

    assert (opened, inside) == (True, True)
    assert not page.locator("#guideline").is_visible()
    assert focused(page) == "MPL-2.1 into MIT"


def test_keys_can_be_switched_off(visit, expert, lot):
    page = start(visit, expert.user)

    page.keyboard.press("?")
    page.locator("#keys-on").uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("1")
    page.keyboard.press("z")

    assert page.locator(HEADING).text_content() == "MPL-2.1 into MIT"
    assert Judgment.objects.count() == 0


def test_an_answer_given_offline_is_kept_and_stored_once(visit, expert, lot):
    page = start(visit, expert.user)

    page.context.set_offline(True)
    page.keyboard.press("1")
    page.wait_for_selector("#outbox:not([hidden])")
    banner = page.locator("#outbox").text_content()
    page.context.set_offline(False)
    wait_for_item(page, "MPL-2.2 into MIT")

    assert banner == "Saved here, 1 waiting. It is sent as soon as the server answers."
    assert Judgment.objects.count() == 1
    assert page.locator("#outbox").is_hidden()


def test_an_answer_waits_for_the_next_visit_when_the_tab_is_killed(visit, expert, lot):
    page = start(visit, expert.user)
    page.context.set_offline(True)
    page.keyboard.press("1")
    page.wait_for_selector("#outbox:not([hidden])")
    page.close()

    another = page.context.new_page()
    page.context.set_offline(False)
    another.goto(page.url)
    wait_for_item(another, "MPL-2.2 into MIT")

    assert Judgment.objects.count() == 1


def test_the_timer_asks_after_idle_time_and_keeps_what_was_read(visit, expert, lot):
    made = visit(expert.user)
    made.page.clock.install()
    page = made.open("/today/")
    page.get_by_role("button", name="Start Weak copyleft").click()
    wait_for_keys(page)
    limit = int(page.locator("[data-idle]").get_attribute("data-idle"))
    page.clock.run_for((limit * 60 + 5) * 1000)
    asked = page.locator("#cover").text_content()
    page.get_by_role("button", name=f"Keep {limit} min").click()
    page.keyboard.press("1")
    wait_for_item(page, "MPL-2.2 into MIT")

    assert "Were you reading?" in asked
    assert abs(Judgment.objects.get().seconds - limit * 60) <= 0.02 * limit * 60


def test_the_lot_is_done_without_javascript(visit, expert, lot):
    page = start(visit, expert.user, java_script_enabled=False)

    page.get_by_role("button", name="1 Yes, it may", exact=True).click()
    page.get_by_role("button", name="Take back: MPL-2.1 into MIT Yes, it may").click()
    after_undo = page.locator(HEADING).text_content()
    page.get_by_role("button", name="2 No, it may not", exact=True).click()
    page.locator("details.skip-item summary").click()
    page.get_by_role("button", name="Guideline silent").click()
    for _ in range(2):
        page.get_by_role("button", name="1 Yes, it may", exact=True).click()

    assert after_undo == "MPL-2.1 into MIT"
    assert page.locator("h1").text_content() == "Done: Weak copyleft"


def test_workbench_and_adjudication_have_no_breach_of_access_rules(
    visit, axe_breaches, expert, lot
):
    desks.answered_by(desks.person_on_bench(), lot, "no", reason="Section 3 forbids it.")
    decider = desks.person_on_bench(name="Quirin Quality")
    work.slot(item=lot.items.first(), purpose=Slot.Purpose.ADJUDICATION, reserved_for=decider)
    page = start(visit, expert.user)
    page.keyboard.press("1")
    wait_for_item(page, "MPL-2.2 into MIT")
    page.keyboard.press("s")
    page.keyboard.press("g")

    of_workbench = axe_breaches(page)
    other = visit(decider.user).open("/adjudications/")
    other.get_by_role("button", name="Start").click()
    wait_for_keys(other)
    of_adjudication = axe_breaches(other)

    assert of_workbench == []
    assert of_adjudication == []


def test_an_adjudication_is_decided_by_keyboard_alone(visit, expert, lot):
    decider = desks.person_on_bench()
    work.slot(item=lot.items.first(), purpose=Slot.Purpose.ADJUDICATION, reserved_for=decider)
    page = visit(decider.user).open("/adjudications/")
    page.get_by_role("button", name="Start").click()
    wait_for_keys(page)

    page.keyboard.press("2")
    page.keyboard.type("Section 3 forbids it.")
    page.keyboard.press("Control+Enter")
    wait_for_item(page, "Done: Weak copyleft")

    assert Judgment.objects.get().reason == "Section 3 forbids it."


def test_nothing_scrolls_sideways_at_320_pixels(visit, expert, lot):
    desks.training_lot()
    desks.answered_by(expert, desks.asked_lot(size=2), "yes")
    bench.qualification(expert=expert)
    made = visit(expert.user, viewport={"width": 320, "height": 700})

    wide = []
    for path in ("/today/", "/results/", "/adjudications/", "/workbench/"):
        page = made.open(path)
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            wide.append(path)
    page.get_by_role("button", name="Start Weak copyleft").click()
    wait_for_keys(page)

    assert wide == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_pages_of_an_expert_have_no_breach_of_access_rules(visit, axe_breaches, expert, lot):
    training = desks.training_lot()
    desks.answered_by(expert, desks.asked_lot(size=2), "yes")
    bench.qualification(expert=expert)
    made = visit(expert.user)

    found = {
        path: breaches
        for path in ("/today/", "/results/", "/adjudications/", f"/qualify/{training.pk}/")
        if (breaches := axe_breaches(made.open(path)))
    }

    assert found == {}
