"""People, erasing and legal holds on their pages."""

import pytest
from django.urls import reverse

from peritus.accounts.models import Role
from peritus.privacy.models import Hold
from tests.factories import accounts, bench
from tests.factories.engagements import engagement
from tests.factories.privacy import hold

pytestmark = pytest.mark.django_db


@pytest.fixture
def manager(client):
    person = accounts.member(Role.MANAGER, name="Mara Field")
    client.force_login(person)
    return person


@pytest.fixture
def judge():
    person = accounts.member(Role.EXPERT, name="Ada Quill", email="ada@quill.example")
    bench.expert(user=person, name="Dr Ada Quill", handle="ada")
    return person


def test_the_manager_finds_people_by_name_and_address(client, manager, judge):
    page = client.get(reverse("people"), {"q": "QUILL"})

    assert "Ada Quill" in page.text
    assert "Mara Field" not in page.text.split("<tbody>")[1]
    nobody = client.get(reverse("people"), {"q": "nobody like that"})
    assert "No name or address has these words." in nobody.text


@pytest.mark.parametrize("role", ["client", "quality", "finance", "expert"])
def test_nobody_else_sees_people(client, judge, role):
    client.force_login(accounts.member(role))

    for address in (reverse("people"), reverse("person", args=[judge.uid])):
        page = client.get(address)
        assert page.status_code == 403
        assert "Quill" not in page.text
    assert client.post(reverse("erase_person", args=[judge.uid]), {"key": "k"}).status_code == 403
    judge.refresh_from_db()
    assert judge.erased_at is None


def test_a_manager_at_a_client_sees_nobody(client, judge):
    client.force_login(accounts.member(Role.MANAGER, organisation=accounts.organisation()))

    assert "Quill" not in client.get(reverse("people")).text
    assert client.get(reverse("person", args=[judge.uid])).status_code == 404


def test_erasing_from_the_page(client, manager, judge):
    address = reverse("person", args=[judge.uid])
    before = client.get(address).text
    assert "This cannot be undone." in before
    assert "ada@quill.example" in before

    form = {"key": "k", "ground": "request"}
    for _ in range(2):  # a second press changes nothing
        assert client.post(reverse("erase_person", args=[judge.uid]), form).url == address

    after = client.get(address).text
    assert "Quill" not in after
    assert "quill.example" not in after
    assert "What was done stays, by nobody's name" in after.replace("&#x27;", "'")
    assert "Quill" not in client.get(reverse("people")).text


def test_a_ground_must_be_chosen(client, manager, judge):
    page = client.post(reverse("erase_person", args=[judge.uid]), {"key": "k", "ground": ""})

    assert page.status_code == 409
    assert "A ground is one of" in page.text


def test_a_held_person_says_by_what(client, manager, judge):
    hold(person=judge, reason="Letter of 3 May.")

    page = client.get(reverse("person", args=[judge.uid]))

    assert "Letter of 3 May." in page.text
    assert "Not possible now:" in page.text
    assert "This cannot be undone." not in page.text
    refused = client.post(
        reverse("erase_person", args=[judge.uid]), {"key": "k", "ground": "request"}
    )
    assert refused.status_code == 409
    assert "Legal hold on Ada Quill" in refused.text


def test_a_hold_is_placed_on_each_kind_of_thing_and_lifted(client, manager, judge):
    course = engagement(manager=manager)
    abouts = {
        f"engagement:{course.uid}": course,
        f"organisation:{course.organisation.uid}": course.organisation,
        f"person:{judge.uid}": judge,
    }
    for about in abouts:
        form = {"key": about, "about": about, "reason": f"Held: {about[:6]}"}
        assert client.post(reverse("place_hold"), form).url == reverse("holds")

    assert {str(each) for each in Hold.objects.all()} == {
        f"Legal hold on {thing}" for thing in abouts.values()
    }
    first = Hold.objects.first()
    client.post(reverse("lift_hold", args=[first.uid]), {"key": "l", "reason": "Settled."})
    assert "Settled." in client.get(reverse("holds")).text
    assert Hold.objects.filter(lifted_at=None).count() == 2


@pytest.mark.parametrize("about", ["", "organisation:", "engagement:nothing", "person:1"])
def test_a_hold_on_nothing_is_refused(client, manager, about):
    page = client.post(reverse("place_hold"), {"key": "k", "about": about, "reason": "Why."})

    assert page.status_code in {400, 404}
    assert not Hold.objects.exists()


def test_a_client_sees_and_places_its_own_holds_only(client):
    course = engagement()
    hold(engagement=course, reason="Ours since May.")
    other = hold(engagement=engagement(title="A secret matter"), reason="Theirs since May.")
    client.force_login(accounts.member(Role.CLIENT, organisation=course.organisation))

    text = client.get(reverse("holds")).text

    assert "Ours since May." in text
    assert "Theirs since May." not in text
    assert "A secret matter" not in text
    foreign = {"key": "k", "about": f"engagement:{other.engagement.uid}", "reason": "Mine."}
    assert client.post(reverse("place_hold"), foreign).status_code == 404
    own = {"key": "k2", "about": f"engagement:{course.uid}", "reason": "Also ours."}
    assert client.post(reverse("place_hold"), own).status_code == 302
    lifting = client.post(reverse("lift_hold", args=[other.uid]), {"key": "k3", "reason": "So."})
    assert lifting.status_code == 404
    assert Hold.objects.filter(lifted_at=None).count() == 3
