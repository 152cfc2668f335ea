"""The bench in a real browser: by keyboard, with axe at both widths and in both themes."""

from datetime import timedelta

import pytest

from peritus.accounts.models import Role
from peritus.bench.models import Credential, Expert
from peritus.journal.clock import now
from tests.factories import accounts, bench
from tests.factories.engagements import engagement

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.slow]


@pytest.fixture
def ada():
    today = now().date()
    ada = bench.expert(
        user=accounts.member(Role.EXPERT), name="Dr Ada Quill", country="DE", team="Berlin",
        weekly_hours=20,
    )  # fmt: skip
    lead = accounts.member(Role.QUALITY, name="Lena Weir")
    held = {"expert": ada, "state": Credential.State.VERIFIED, "verified_by": lead}
    bench.credential(**held, kind="language", title="de", level="C1", issuer="Institute")
    bench.credential(
        **held, kind="licence", title="Bar admission", field="Law", jurisdiction="DE",
        expires=today + timedelta(10),
    )  # fmt: skip
    bench.credential(**held, title="CIPP/E", field="Privacy", expires=today + timedelta(50))
    bench.credential(
        expert=ada, title="Old permit", state=Credential.State.REVOKED,
        revoked_at=now(), revoked_because="The register does not know it.",
    )  # fmt: skip
    bench.credential(expert=ada, kind="practice", title="Contracts", years=4, issuer="Firm LLP")
    bench.qualification(expert=ada)
    return ada


def sideways(page, width):
    """Return by how many pixels a page is wider than the window."""
    page.set_viewport_size({"width": width, "height": 800})
    return page.evaluate("document.documentElement.scrollWidth - window.innerWidth")


def test_pages_of_the_bench_have_no_breach_of_access_rules(visit, axe_breaches, ada):
    manager, mine = visit(accounts.member(Role.MANAGER)), visit(ada.user)
    found, wide = {"empty search": axe_breaches(manager.open("/bench/?q=nobody"))}, {}
    bench.expert(kind=Expert.Kind.MODEL, name="Model A")

    for visitor, path in (
        (manager, "/bench/"), (manager, f"/bench/{ada.uid}/"), (mine, "/bench/mine/")
    ):  # fmt: skip
        page = visitor.open(path)
        found[path] = axe_breaches(page)
        wide[path] = sideways(page, 320)

    assert {path: each for path, each in found.items() if each} == {}
    assert set(wide.values()) == {0}


def test_a_manager_revokes_and_claims_anew_by_keyboard(visit, ada):
    page = visit(accounts.member(Role.MANAGER)).open(f"/bench/{ada.uid}/")
    row = page.locator("tr", has=page.get_by_role("rowheader", name="CIPP/E"))

    row.locator("summary").focus()
    page.keyboard.press("Enter")
    row.locator("input[name=reason]").focus()
    page.keyboard.type("Lapsed with its issuer.")
    page.keyboard.press("Enter")
    page.get_by_text("Lapsed with its issuer.").wait_for()
    row.get_by_role("link", name="Claim it anew").press("Enter")
    page.get_by_role("button", name="Claim it").press("Enter")
    page.get_by_text("Runs out").wait_for()

    states = ada.credentials.filter(title="CIPP/E").order_by("pk").values_list("state", flat=True)
    assert list(states) == ["revoked", "claimed"]


def test_a_manager_puts_a_requirement_together_by_keyboard(visit, axe_breaches, ada):
    course = engagement(manager=accounts.member(Role.MANAGER))
    page = visit(course.manager).open(f"/engagements/{course.uid}/who/")
    found = {"empty": axe_breaches(page)}

    for title in ("Bar admission", "CIPP/E"):
        page.get_by_label("Kind", exact=True).select_option(
            "licence" if title == "Bar admission" else "certificate"
        )
        page.get_by_label("Title", exact=True).focus()
        page.keyboard.type(title)
        page.keyboard.press("Enter")
        page.locator(".plain-list").get_by_text(title, exact=False).first.wait_for()
    found["draft"] = axe_breaches(page)
    page.get_by_role("button", name="Require this").press("Enter")
    page.get_by_role("heading", name="Required now").wait_for()
    found["required"] = axe_breaches(page)

    course.refresh_from_db()
    assert course.requirement == {"all": [{"licence": "Bar admission"}, {"certificate": "CIPP/E"}]}
    assert {name: each for name, each in found.items() if each} == {}
    assert sideways(page, 320) == 0
