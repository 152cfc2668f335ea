"""A manager staffs a lot from nothing to published by keys, in few acts, and asks why."""

import pytest

from peritus.work.models import Slot, Staffing
from tests.factories import bench, engagements
from tests.factories.walk import Walk

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
MOST_ACTS = 8


@pytest.fixture
def walk():
    """Six items; Ada is mostly right, Bob less often, a wall stands before Cid."""
    walk = Walk(first_judges=0)
    question = walk.engagement.guideline_versions.get().questions.get().code
    for handle, share in (("ada", 0.9), ("bob", 0.7), ("cid", 0.95)):
        expert = bench.expert(handle=handle, name=handle.title())
        given = {"low": share - 0.1, "high": min(share + 0.05, 1.0), "share": share}
        bench.skill(expert=expert, pack="kpo_quiz", question=question, **given)
        if handle == "cid":
            engagements.wall(engagement=walk.engagement, expert=expert)
    return walk


def pressed(page, role, name):
    """Reach something by its name and press Enter on it."""
    with page.expect_navigation():
        page.get_by_role(role, name=name).first.press("Enter")


def test_a_lot_is_staffed_from_nothing_to_published_by_keys(visit, walk, axe_breaches):
    manager = visit(walk.manager)
    page = manager.open("/portfolio/")
    breaches, acts = {}, 0
    for role, name in (("link", "Staffing"), ("link", f"Staff {walk.lot.title}")):
        pressed(page, role, name)
        breaches[name] = axe_breaches(page)
        acts += 1
    assert "A wall stands before this work." in page.inner_text("main")
    page.get_by_label("At most for one expert").focus()
    page.keyboard.type("6")
    pressed(page, "button", "Draft")
    breaches["draft"] = axe_breaches(page)
    draft = Staffing.objects.get()
    assert "Proven: under these terms nobody can draft more than 9.6." in page.inner_text("main")
    pressed(page, "button", "Publish")
    acts += 3  # a field, and two buttons

    assert acts <= MOST_ACTS
    assert {handle for handle, _ in draft.pairs} == {"ada", "bob"}
    assert Slot.objects.filter(state="open").count() == 12
    assert {name: found for name, found in breaches.items() if found} == {}


def test_a_pair_is_explained_pinned_and_drafted_anew_by_keys(visit, walk, axe_breaches):
    page = visit(walk.manager).open(f"/lots/{walk.lot.uid}/staff/")
    page.get_by_label("Judgments of each item").fill("1")
    pressed(page, "button", "Draft")
    page.get_by_label("Expert", exact=True).first.select_option("bob")
    page.get_by_label("Item", exact=True).fill("q002")
    pressed(page, "button", "Explain")

    why = page.get_by_role("region", name="Why, and why not")
    assert "With this pair the total would fall from 5.4 to 5.2." in why.inner_text()
    assert axe_breaches(page) == []
    pressed(page, "button", "Pin this pair, and draft anew")

    assert ["bob", "q002"] in Staffing.objects.latest("id").pairs
    page.get_by_label("Expert", exact=True).first.select_option("cid")
    page.get_by_label("Item", exact=True).fill("q002")
    pressed(page, "button", "Explain")
    assert "Cid cannot judge q002: A wall stands before this work." in page.inner_text("#why")
