"""The hero path on the real demo: from home to why, to the invoice line, and back."""

import urllib.request
from concurrent.futures import ThreadPoolExecutor

import pytest

from peritus.delivery.verification import verify_pack
from peritus.packs.kpo_quiz import PACK as QUIZ
from tests.browser.served import DemoStopped, served_demo

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    try:
        with served_demo(tmp_path_factory.mktemp("demo")) as site:
            yield site
    except DemoStopped as no:
        pytest.skip(f"the demo cannot run here: {no}")


@pytest.fixture
def person(browser, site):
    """Open a page signed in as one of the demo's people; its console stays silent."""
    contexts, complaints = [], []

    def sign_in(handle):
        context = browser.new_context(viewport={"width": 1280, "height": 900})
        context.set_default_timeout(10_000)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: said.type == "error" and complaints.append(said.text))
        contexts.append(context)
        site.sign_in(page, handle)
        return page

    yield sign_in
    for context in contexts:
        context.close()
    assert complaints == []


def open_lot(page, title):
    page.get_by_role("link", name=title).first.click()
    page.get_by_role("heading", level=1, name=title).wait_for()


def test_client_reaches_why_and_the_invoice_line_in_three_clicks_and_comes_back(person):
    page = person("client")

    open_lot(page, "Permissive inbound licences")
    page.get_by_role("link", name="Apache-2.0 into MPL-2.0").click()
    page.get_by_role("link", name="Invoice INV-LICENCES-0001, line 1").click()
    page.get_by_role("heading", level=1, name="Line 1").wait_for()
    clicks_away = page.get_by_role("link", name="0BSD into AGPL-3.0-only")
    clicks_away.click()

    assert page.get_by_role("heading", level=1).text_content() == "0BSD into AGPL-3.0-only"
    assert page.get_by_text("Why this answer?").is_visible()


def test_client_reads_a_true_certificate_and_takes_its_evidence_home(person, tmp_path):
    page = person("client")

    open_lot(page, "Permissive inbound licences")
    with page.expect_download() as download:
        page.get_by_role("link", name="evidence-permissive-1.zip").click()
    download.value.save_as(tmp_path / "evidence.zip")
    page.get_by_role("link", name="Certificate LICENCES-PERMISSIVE-1").click()
    page.get_by_role("heading", level=1, name="LICENCES-PERMISSIVE-1").wait_for()

    assert page.get_by_text("At most 10 of 214 decisions differ").first.is_visible()
    assert page.get_by_text("139 of 214 decisions were not audited").first.is_visible()
    assert verify_pack(tmp_path / "evidence.zip").passed


def test_the_red_lot_says_why_and_what_would_help_at_which_price(person):
    page = person("client")

    open_lot(page, "Weak copyleft inbound licences")
    text = " ".join(page.locator("main").inner_text().split())  # amounts have no-break spaces

    assert "NOT CERTIFIED: nothing is claimed about these decisions." in text
    assert "EUR 82.80" in text
    assert "WHAT-IF" in text
    assert "EUR −780.00" in text


def test_a_flipped_byte_makes_the_evidence_check_fail_and_names_the_part(person):
    page = person("client")

    open_lot(page, "Strong copyleft inbound licences")
    page.get_by_role("link", name="Check the evidence").click()
    page.get_by_role("button", name="a frozen decision").click()
    flipped = page.get_by_role("status").inner_text()
    page.get_by_role("button", name="Verify as it is").click()
    whole = page.get_by_role("status").inner_text()

    assert flipped.startswith("Refused:")
    assert whole.startswith("Verified:")


def take_quiz(page):
    page.goto(page.url.split("/today")[0] + "/today/")
    page.get_by_role("button", name="Start the quiz").click()
    keys, title = {row["text"]: row["key"] for row in QUIZ.item_rows()}, ""
    for _ in keys:  # each attempt has an order of its own
        page.wait_for_function(
            "before => document.querySelector('#desk h1')?.textContent !== before", arg=title
        )
        page.wait_for_selector("#desk .timer:not([hidden])")
        title = page.locator("#desk h1").text_content()
        right = QUIZ.qualification.key[keys[title]]
        page.keyboard.press(str("abcd".index(right) + 1))
    page.get_by_role("heading", level=1, name="Done:").wait_for()


def test_expert_passes_the_quiz_and_then_judges_with_one_key_each(person, site):
    page = person("expert")

    take_quiz(page)
    for _ in range(50):  # the worker grades within a look or two
        page.goto(f"{site.address}/today/")
        if page.get_by_role("button", name="Start Ten pairs").count():
            break
        page.wait_for_timeout(200)
    page.get_by_role("button", name="Start Ten pairs").click()
    titles = []
    for _ in range(10):
        page.wait_for_selector("#desk .timer:not([hidden])")
        titles.append(page.locator("#desk h1").text_content())
        page.keyboard.press("2")
        page.wait_for_function(
            "title => document.querySelector('#desk h1')?.textContent !== title", arg=titles[-1]
        )

    assert len(set(titles)) == 10
    assert page.locator("#desk h1").text_content() == "Done: Ten pairs for you"


@pytest.mark.parametrize(
    ("handle", "path", "said"),
    [
        ("manager", "/portfolio/", "Portfolio"),
        ("manager", "/board/", "Board"),
        ("manager", "/proposals/", "Guideline"),
        ("quality", "/release/", "Release"),
        ("finance", "/close/", "Close"),
        ("finance", "/invoices/INV-LICENCES-0001/", "INV-LICENCES-0001"),
        ("client", "/savings/", "Costs and savings"),
        ("client", "/questions/", "Questions"),
    ],
)
def test_first_pages_of_each_role_are_clean_under_axe(
    person, site, axe_breaches, handle, path, said
):
    page = person(handle)

    page.goto(site.address + path)
    title = page.get_by_role("heading", level=1).text_content()

    assert said in title
    assert axe_breaches(page) == []


def test_client_does_not_get_to_pages_of_the_provider(person, site):
    page = person("client")

    answers = {
        path: page.request.get(site.address + path).status
        for path in ("/portfolio/", "/close/", "/release/", "/workbench/")
    }

    at_no_desk = answers.pop("/workbench/")  # a client's lead has one during a calibration
    assert set(answers.values()) == {403}
    assert at_no_desk == 404


def test_many_readers_at_once_all_get_their_page(person, site):
    page = person("client")
    cookie = "; ".join(f"{each['name']}={each['value']}" for each in page.context.cookies())
    lots = page.eval_on_selector_all("main a[href^='/lots/']", "all => all.map(a => a.href)")

    def read(address):
        asked = urllib.request.Request(address, headers={"Cookie": cookie})
        with urllib.request.urlopen(asked, timeout=20) as answer:
            return answer.status

    with ThreadPoolExecutor(8) as readers:
        answers = list(readers.map(read, lots * 30))

    assert set(answers) == {200}
