"""The roster in the browser: entered, signed, approved by the client, left."""

import pytest
from django.urls import reverse

from peritus.accounts.models import Role
from peritus.engagements.models import RosterEntry
from peritus.journal.clock import now
from peritus.work.queries import slots_open_to
from tests.factories import accounts, bench, engagements, work
from tests.factories.walk import Walk
from tests.unit.web.conftest import SECRET

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@pytest.fixture
def walk():
    return Walk()


@pytest.fixture
def ada():
    user = accounts.member(Role.EXPERT, name="Ada Quill")
    return bench.expert(handle="ada", name="Ada Quill", user=user)


def opened(client, user, address, *about):
    client.force_login(user)
    return client.get(reverse(address, args=about))


def sent(client, user, address, about, **form):
    client.force_login(user)
    return client.post(reverse(address, args=[about]), {"key": f"{address}:{form}"} | form)


def test_a_roster_is_begun_signed_approved_and_only_then_is_there_work(client, walk, ada):
    asked = work.slot(item=walk.items[0], reserved_for=ada)
    sent(client, walk.manager, "keep_roster", walk.engagement.uid)
    sent(client, walk.manager, "enter_roster", walk.engagement.uid, expert="ada", firm="Berg LLP")
    entry = RosterEntry.objects.get()
    own = opened(client, ada.user, "own_rosters").text
    for step in ("nda", "cleared", "briefed"):
        done = sent(client, ada.user, "roster_step", entry.uid, step=step, reference="Ada Quill")
        assert done.url == reverse("own_rosters")
    assert not slots_open_to(ada, now()).exists()
    before = opened(client, walk.client, "roster", walk.engagement.uid).text
    sent(client, walk.client, "roster_step", entry.uid, step="approved", reference="Approved")

    assert "Sign with your full name" in own
    assert "Berg LLP" in before
    assert list(slots_open_to(ada, now())) == [asked]
    assert "May work" in opened(client, walk.manager, "roster", walk.engagement.uid).text


def test_the_client_reads_no_name_that_an_expert_signed_with(client, walk, ada):
    entry = engagements.roster_entry(engagement=walk.engagement, expert=ada)
    engagements.roster_step(entry, "nda", reference="Ada Quill")

    page = opened(client, walk.client, "roster", walk.engagement.uid).text
    managers = opened(client, walk.manager, "roster", walk.engagement.uid).text

    assert "Ada Quill" in managers
    assert "Ada Quill" not in page
    assert "Expert " in page


def test_leaving_is_on_the_page_with_its_reason_for_the_manager_only(client, walk, ada):
    entry = engagements.roster_entry(engagement=walk.engagement, expert=ada)
    sent(client, walk.manager, "leave_roster", entry.uid, because=SECRET)

    assert SECRET in opened(client, walk.manager, "roster", walk.engagement.uid).text
    page = opened(client, walk.client, "roster", walk.engagement.uid).text
    assert "Left" in page
    assert SECRET not in page
    assert "Nothing to sign" in opened(client, ada.user, "own_rosters").text


@pytest.mark.parametrize("who", ["another client", "another manager", "another expert"])
def test_a_roster_is_of_nobody_elses_concern(client, walk, ada, who):
    entry = engagements.roster_entry(engagement=walk.engagement, expert=ada, firm=SECRET)
    strangers = {
        "another client": accounts.member(Role.CLIENT, organisation=accounts.organisation()),
        "another manager": accounts.member(Role.MANAGER),
        "another expert": bench.expert(user=accounts.member(Role.EXPERT)).user,
    }

    shown = opened(client, strangers[who], "roster", walk.engagement.uid)
    acted = [
        sent(client, strangers[who], address, about, **form)
        for address, about, form in (
            ("keep_roster", walk.engagement.uid, {}),
            ("enter_roster", walk.engagement.uid, {"expert": "ada"}),
            ("roster_step", entry.uid, {"step": "nda", "reference": "Me"}),
            ("leave_roster", entry.uid, {"because": "Ill."}),
        )
    ]

    assert {page.status_code for page in (shown, *acted)} <= {403, 404}
    assert all(SECRET not in page.text for page in (shown, *acted))
    assert (entry.steps.count(), RosterEntry.objects.get().left_at) == (0, None)


def test_roster_asks_the_same_however_many_are_on_it(client, walk, ada, django_assert_num_queries):
    engagements.roster_entry(engagement=walk.engagement, expert=ada)
    opened(client, walk.manager, "roster", walk.engagement.uid)
    with django_assert_num_queries(QUERIES):
        client.get(reverse("roster", args=[walk.engagement.uid]))
    for _ in range(2):
        engagements.roster_entry(engagement=walk.engagement)
    with django_assert_num_queries(QUERIES):
        client.get(reverse("roster", args=[walk.engagement.uid]))


QUERIES = 14
