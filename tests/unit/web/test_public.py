"""Sign-in, theme and refusals."""

import json
from datetime import UTC, datetime

import pytest
from django.contrib.auth.hashers import make_password
from django.test import override_settings
from django.urls import reverse

from peritus.accounts.models import Role
from peritus.accounts.rules import rules
from peritus.notices.models import Notice
from peritus.web.refusals import failed
from tests.factories import accounts, engagements

pytestmark = pytest.mark.django_db
PASSWORD = "a long enough password"


@pytest.fixture
def person():
    return accounts.member(Role.MANAGER, password=make_password(PASSWORD))


def test_sign_in_leads_to_the_start_page_of_the_role(client, person):
    client.post(reverse("sign_in"), {"username": person.email.upper(), "password": PASSWORD})

    assert client.get("/").url == reverse("portfolio")


def test_sign_in_does_not_say_which_part_did_not_fit(client, person):
    wrong = client.post(reverse("sign_in"), {"username": person.email, "password": "guess"})
    unknown = client.post(reverse("sign_in"), {"username": "no@one.example", "password": "guess"})

    for page in (wrong, unknown):
        assert "No person with this e-mail and password may sign in here." in page.text


def test_sign_in_writes_nothing(client, person):
    client.post(reverse("sign_in"), {"username": person.email, "password": PASSWORD})

    person.refresh_from_db()
    assert person.last_login is None


def test_sign_in_lists_people_on_a_demo_only(client, tmp_path):
    row = {
        "handle": "x",
        "name": "Xenia",
        "role": "client",
        "email": "x@demo.invalid",
        "password": "pw",
    }
    with override_settings(HOME=tmp_path):
        before = client.get(reverse("sign_in"))
        (tmp_path / "demo.json").write_text(json.dumps([row]))
        after = client.get(reverse("sign_in"))

    assert "Sign-ins of this demo" not in before.text
    assert "x@demo.invalid" in after.text


def test_theme_is_remembered_and_comes_back(client):
    answer = client.post(reverse("theme"), {"theme": "dark", "next": "/styleguide/"})

    assert answer.url == "/styleguide/"
    assert 'data-theme="dark"' in client.get("/styleguide/").text


def test_theme_leads_nowhere_else(client):
    answer = client.post(reverse("theme"), {"theme": "dark", "next": "https://elsewhere.example/"})

    assert answer.url == "/"


def test_theme_ignores_what_is_no_theme(client):
    client.post(reverse("theme"), {"theme": '"><script>'})

    assert 'data-theme="auto"' in client.get("/styleguide/").text


def test_unknown_address_is_not_found_in_our_words(client, person):
    client.force_login(person)

    page = client.get("/nothing/")

    assert page.status_code == 404
    assert "Nothing here that you can see" in page.text


def test_failed_gives_a_reference_that_the_log_has(rf, caplog):
    page = failed(rf.get("/lots/"))

    assert page.status_code == 500
    assert caplog.messages[0].split()[3].rstrip(":") in page.text


def test_inbox_shows_own_notices_only(client, person):
    engagement = engagements.engagement(manager=person)
    for user, text in ((person, "Yours"), (accounts.user(), "Not yours")):
        Notice.objects.create(
            uid=accounts.uid(), organisation=engagement.organisation, engagement=engagement,
            user=user, text=text, link="/", at=datetime(2026, 1, 5, tzinfo=UTC),
        )  # fmt: skip
    client.force_login(person)

    page = client.get(reverse("inbox"))

    assert "Yours" in page.text
    assert "Not yours" not in page.text


def test_read_notice_marks_own_notices_only(client, person):
    engagement = engagements.engagement(manager=person)
    mine, other = (
        Notice.objects.create(
            uid=accounts.uid(), organisation=engagement.organisation, engagement=engagement,
            user=user, text="Sign lot 1", link="/", at=datetime(2026, 1, 5, tzinfo=UTC),
        )
        for user in (person, accounts.user())
    )  # fmt: skip
    client.force_login(person)

    client.post(reverse("read_notice", args=[mine.uid]))
    refused = client.post(reverse("read_notice", args=[other.uid]))

    assert refused.status_code == 404
    assert list(Notice.objects.exclude(read_at=None)) == [mine]


def test_roles_page_shows_every_address(client, person):
    client.force_login(person)

    page = client.get(reverse("roles"))

    rows = len(page.context["rows"]) + len(rules())
    assert page.text.count('<th scope="row">') == rows
    assert "not built" not in page.text
