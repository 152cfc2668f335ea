from datetime import date

import pytest

from peritus.engagements.errors import SupervisorRefused
from peritus.engagements.verbs import name_supervisor
from peritus.journal.clock import now
from peritus.journal.errors import NotAllowed
from peritus.journal.models import Event
from peritus.quality.errors import LotNotCertifiable, SignatureRefused
from peritus.quality.models import Freeze, ProfessionalSignature
from peritus.quality.verbs import sign_deliverable
from peritus.quality.verbs.signing import freezes_supervised_by
from tests.factories.bench import credential, expert
from tests.factories.engagements import restriction, wall
from tests.factories.walk import Walk, key

pytestmark = pytest.mark.django_db
ADMITTED = {"licence": "Admission to the bar", "jurisdiction": "DE"}
SAID = "I supervised this work."


@pytest.fixture
def ada():
    """A lawyer, admitted in Germany."""
    ada = expert(name="Ada Quill")
    credential(
        expert=ada, kind="licence", title="Admission to the bar", jurisdiction="DE",
        issuer="The bar", issued=date(2020, 1, 1), state="verified",
    )  # fmt: skip
    return ada


@pytest.fixture
def walk(ada):
    """Frozen and audited, with Ada named; only her signature is missing."""
    walk = Walk()
    name_supervisor(walk.engagement.pk, ada.pk, ADMITTED, by=walk.manager, key=key())
    walk.judge()
    freeze = walk.freeze()
    walk.plan(freeze)
    walk.draw(freeze)
    walk.audit(freeze)
    walk.frozen = freeze
    return walk


def signed(walk, by, *reviewed, statement=SAID):
    return sign_deliverable(walk.frozen.pk, reviewed, statement=statement, by=by.user, key=key())


# name_supervisor


def test_name_supervisor_refuses_whoever_holds_no_such_licence(ada):
    walk = Walk()

    for who, holds, words in (
        (expert(name="Bob"), ADMITTED, "Bob does not hold what this asks for"),
        (expert(name="Model", kind="model"), ADMITTED, "only a person answers"),
        (ada, None, "Say which licence they must hold"),
    ):
        with pytest.raises(SupervisorRefused, match=words):
            name_supervisor(walk.engagement.pk, who.pk, holds, by=walk.manager, key=key())


def test_name_supervisor_is_the_managers_who_may_name_nobody(walk):
    with pytest.raises(NotAllowed):
        name_supervisor(walk.engagement.pk, None, by=walk.lead, key=key())

    found = name_supervisor(walk.engagement.pk, None, by=walk.manager, key=key())

    assert (found.supervisor, found.supervisor_holds) == (None, None)
    walk.certify(walk.frozen)


# sign_deliverable


def test_a_lot_is_certified_once_its_professional_signed_and_says_what_they_did_not_review(
    walk, ada
):
    with pytest.raises(LotNotCertifiable, match=r"Ada Quill, who answers .* has not signed"):
        walk.certify(walk.frozen)
    signed(walk, ada, "q001", "q000")

    certificate = walk.certify(walk.frozen)

    assert certificate.not_checked.endswith(
        f"Signed for what is delivered by Ada Quill (Admission to the bar of The bar, 2020-01-01) "
        f"on {now():%Y-%m-%d}, who reviewed 2 of 6 items; 4 they did not review."
    )
    assert Event.objects.get(kind="freeze.signed").data["reviewed"] == 2
    assert "Ada Quill" not in Event.objects.get(kind="freeze.signed").body


def test_sign_deliverable_says_so_when_all_was_reviewed(walk, ada):
    signed(walk, ada, *(item.key for item in walk.items))

    assert "who reviewed all 6 items." in walk.certify(walk.frozen).not_checked


def test_sign_deliverable_refuses_a_licence_that_was_revoked_since(walk, ada):
    ada.credentials.update(state="revoked", revoked_at=now())

    with pytest.raises(SignatureRefused, match="Ada Quill does not hold what this asks for"):
        signed(walk, ada)


@pytest.mark.parametrize(
    ("reviewed", "statement", "words"),
    [
        (["q999"], SAID, "Not in this freeze: q999"),
        ([], " ", "Say what you sign"),
        ([], "x" * 501, "at most 500 characters"),
    ],
)
def test_sign_deliverable_refuses_what_says_nothing(walk, ada, reviewed, statement, words):
    with pytest.raises(SignatureRefused, match=words):
        signed(walk, ada, *reviewed, statement=statement)
    assert not ProfessionalSignature.objects.exists()


def test_sign_deliverable_signs_once(walk, ada):
    signed(walk, ada)

    with pytest.raises(SignatureRefused, match="is signed already"):
        signed(walk, ada)


def test_sign_deliverable_is_hidden_from_everybody_else(walk):
    for who in (expert(), walk.judges[0]):
        with pytest.raises(Freeze.DoesNotExist):
            signed(walk, who)
    with pytest.raises(Freeze.DoesNotExist):
        sign_deliverable(walk.frozen.pk, [], statement=SAID, by=walk.lead, key=key())


@pytest.mark.parametrize("bar", ["wall", "restriction"])
def test_whom_a_wall_keeps_away_sees_and_signs_nothing(walk, ada, bar):
    if bar == "wall":
        wall(engagement=walk.engagement, expert=ada)
    else:
        restriction(engagement=walk.engagement, only="FR")

    assert not freezes_supervised_by(ada.user).exists()
    with pytest.raises(Freeze.DoesNotExist):
        signed(walk, ada)


def test_a_wall_of_another_engagement_keeps_nobody_from_signing(walk, ada):
    wall(expert=ada)

    assert freezes_supervised_by(ada.user).get() == walk.frozen


def test_a_freeze_that_was_replaced_is_not_signed(walk, ada):
    walk.frozen.number = 1
    Freeze.objects.filter(pk=walk.frozen.pk).update(number=1)
    newer = Freeze.objects.get(pk=walk.frozen.pk)
    newer.pk, newer.uid, newer.number = None, "12345678-1234-5678-1234-567812345678", 2
    newer.save(force_insert=True)

    with pytest.raises(SignatureRefused, match="was replaced by freeze 2"):
        signed(walk, ada)
