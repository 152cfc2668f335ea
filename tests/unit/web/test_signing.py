"""A professional reads what is to be signed, and signs it, in the browser."""

from datetime import date

import pytest
from django.urls import reverse

from peritus.accounts.models import Role
from peritus.engagements.verbs import name_supervisor
from peritus.quality.models import ProfessionalSignature
from tests.factories import accounts, bench
from tests.factories.walk import Walk, key
from tests.unit.web.conftest import SECRET

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@pytest.fixture
def ada():
    ada = bench.expert(handle="ada", name="Ada Quill", user=accounts.member(Role.EXPERT))
    bench.credential(
        expert=ada, kind="licence", title="Admission", issued=date(2020, 1, 1), state="verified"
    )
    return ada


@pytest.fixture
def walk():
    walk = Walk()
    walk.judge()
    walk.frozen = walk.freeze()
    return walk


def sent(client, user, address, about, **form):
    client.force_login(user)
    return client.post(reverse(address, args=[about]), {"key": f"{address}{form}"} | form)


def opened(client, user, address, *about):
    client.force_login(user)
    return client.get(reverse(address, args=about))


def test_a_professional_is_named_reads_and_signs(client, walk, ada):
    given = {"expert": "ada", "licence": "Admission"}
    sent(client, walk.manager, "name_supervisor", walk.engagement.uid, **given)
    listed = opened(client, ada.user, "signatures").text
    read = opened(client, ada.user, "signature", walk.frozen.pk).text
    sent(
        client, ada.user, "sign_deliverable", walk.frozen.pk, reviewed="all", statement="I answer."
    )

    assert "Waits for you" in listed
    assert "q000" in read
    assert len(ProfessionalSignature.objects.get().reviewed) == 6
    assert "6 of 6 items" in opened(client, ada.user, "signature", walk.frozen.pk).text
    assert "Ada Quill" in opened(client, walk.manager, "roster", walk.engagement.uid).text
    assert "Ada Quill" not in opened(client, walk.client, "roster", walk.engagement.uid).text


def test_nobody_else_reads_or_signs(client, walk, ada):
    walk.lot.items.update(title=SECRET)
    holds = {"licence": "Admission"}
    name_supervisor(walk.engagement.pk, ada.pk, holds, by=walk.manager, key=key())
    other = bench.expert(user=accounts.member(Role.EXPERT)).user

    pages = [
        opened(client, other, "signatures"),
        opened(client, other, "signature", walk.frozen.pk),
        sent(client, other, "sign_deliverable", walk.frozen.pk, reviewed="", statement="I."),
        sent(client, ada.user, "name_supervisor", walk.engagement.uid, expert="ada"),
    ]

    assert [page.status_code for page in pages] == [200, 404, 404, 403]
    assert all(SECRET not in page.text for page in pages)
    assert not ProfessionalSignature.objects.exists()


def test_a_freeze_says_why_it_cannot_be_signed(client, walk, ada):
    holds = {"licence": "Admission"}
    name_supervisor(walk.engagement.pk, ada.pk, holds, by=walk.manager, key=key())
    ada.credentials.update(expires=date(2020, 2, 1))

    page = opened(client, ada.user, "signature", walk.frozen.pk).text

    assert "Not possible now" in page
    assert "does not hold what this asks for" in page
