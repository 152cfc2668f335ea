"""A certificate's code on its page, and the page that it opens for anybody."""

import re
from html import unescape
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from django.urls import reverse

from peritus.journal.clock import now
from peritus.journal.models import SigningKey
from peritus.quality.models import Suspension
from tests.unit.web.conftest import SECRET

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@pytest.fixture
def page(client, scene):
    client.force_login(scene.people["client"])
    return client.get(reverse("certificate", args=[scene.certificate.number]))


@pytest.fixture
def address(client, page):
    """The address in the code, as a path; whoever opens it is signed in nowhere."""
    found = unescape(re.search(r'href="([^"]+/certificates/check/\?s=[^"]+)"', page.text)[1])
    client.logout()
    parts = urlsplit(found)
    return f"{parts.path}?{parts.query}"


def test_the_certificate_shows_its_code(page, scene):
    assert f"QR code of certificate {scene.certificate.number}" in page.text
    assert re.search(r'<svg[^>]* class="qr"', page.text)


def test_anybody_with_the_code_sees_the_claim_and_that_it_stands(client, address, scene):
    page = client.get(address)

    assert page.status_code == 200
    assert "It stands, as it was signed." in page.text
    assert scene.certificate.number in page.text
    assert "no accreditation and no warranty" in page.text


def test_it_shows_nothing_that_the_text_does_not_say(client, address, scene):
    text = client.get(address).text

    assert scene.item.title not in text
    assert scene.engagement.title not in text
    assert scene.inquiry.title not in text
    assert str(scene.certificate.uid) not in text


def test_a_changed_text_shows_nothing_at_all(client, address, scene):
    place = len(address) - 40
    other = "A" if address[place] != "A" else "B"

    page = client.get(address[:place] + other + address[place + 1 :])

    assert "somebody changed it" in page.text
    assert scene.certificate.number not in page.text
    assert SECRET not in page.text


def test_a_suspended_certificate_says_so(client, address, scene):
    Suspension.objects.create(
        uid=uuid4(), organisation=scene.client, engagement=scene.engagement, freeze=scene.freeze,
        proposal=scene.proposal, decisions=3, suspended_at=now(),
    )  # fmt: skip

    assert "Suspended since" in client.get(address).text


def test_a_revoked_key_says_so(client, address):
    SigningKey.objects.update(revoked_at=now(), revoked_because="It was copied.")

    assert "Its key was revoked" in client.get(address).text
    assert "It was copied." in client.get(address).text


def test_a_certificate_of_another_installation_is_not_ours(client, address):
    SigningKey.objects.update(public="0" * 64)

    assert "a key that is not this installation" in client.get(address).text


def test_without_a_text_it_says_what_to_do(client):
    page = client.get(reverse("check_certificate"))

    assert "Point a telephone at the code" in page.text
    assert client.get(reverse("check_certificate"), {"s": "x"}).status_code == 200
