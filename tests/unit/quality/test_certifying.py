import pytest

from peritus.journal.errors import KeyUsedDifferently, NotAllowed
from peritus.journal.models import Event
from peritus.quality.errors import LotNotAcceptable, LotNotCertifiable
from peritus.quality.models import Acceptance, Certificate, Freeze
from peritus.quality.queries import certificates_seen_by
from peritus.quality.verbs import accept_lot, certify_lot
from tests.factories.accounts import member, organisation
from tests.factories.engagements import engagement
from tests.factories.quality import certificate, freeze
from tests.factories.walk import Walk

pytestmark = pytest.mark.slow


@pytest.fixture
def audited(walk):
    """A freeze of six items whose audit found nothing."""
    frozen = walk.drawn()
    walk.audit(frozen)
    return frozen


def stranger():
    """Another client's person, quality lead and manager in one."""
    house = organisation()
    person = member("client", organisation=house)
    engagement(organisation=house, manager=person, quality_lead=person)
    return person


# certify_lot


def test_certify_lot_claims_what_the_plan_proves(walk, audited):
    signed = certify_lot(audited.pk, by=walk.lead, key="k")

    assert (signed.claimed_errors, signed.bound) == (1, 1 / 6)
    assert (signed.audited, signed.differing, signed.drawer) == (6, 0, "client")
    assert (signed.plan_digest, signed.level) == (audited.plan.digest, audited.plan.level)
    assert (signed.signed_by, signed.measure) == (walk.lead, "differs from the auditor")
    assert walk.auditor.name in signed.checker_error
    assert signed.not_checked == "0 of 6 decisions were not audited one by one."


def test_certify_lot_certifies_once_when_repeated(walk, audited):
    first = certify_lot(audited.pk, by=walk.lead, key="k")

    assert certify_lot(audited.pk, by=walk.lead, key="k") == first
    assert Event.objects.filter(kind="lot.certified").count() == 1


def test_certify_lot_refuses_the_same_key_for_another_freeze(walk, audited):
    certify_lot(audited.pk, by=walk.lead, key="k")
    other = freeze(lot=walk.lot)

    with pytest.raises(KeyUsedDifferently):
        certify_lot(other.pk, by=walk.lead, key="k")


def test_certify_lot_is_the_quality_leads(walk, audited):
    for somebody in (walk.manager, walk.client):
        with pytest.raises(NotAllowed):
            certify_lot(audited.pk, by=somebody, key="k")

    assert not Certificate.objects.exists()


def test_certify_lot_does_not_see_another_clients_freeze(audited):
    with pytest.raises(Freeze.DoesNotExist):
        certify_lot(audited.pk, by=stranger(), key="k")


def test_certify_lot_refuses_a_spent_plan(walk):
    frozen = walk.drawn()
    walk.audit(frozen, differing=[1, 2, 3])

    with pytest.raises(LotNotCertifiable) as refused:
        certify_lot(frozen.pk, by=walk.lead, key="k")

    assert refused.value.blockers == [
        "The audit plan is spent: more decisions differ than any look allows."
    ]


def test_certify_lot_names_everything_that_is_missing(walk):
    walk.judge()
    frozen = walk.freeze()

    with pytest.raises(LotNotCertifiable) as refused:
        certify_lot(frozen.pk, by=walk.lead, key="k")

    assert refused.value.blockers == [
        "No audit plan and draw stand for this freeze yet.",
        "Plan and draw must stand before a certificate.",
    ]


def test_certify_lot_says_what_stands_outside_of_the_claim(clock):
    walk = Walk(size=8, looks=(3, 6), promise=0.25)
    walk.judge({"q002": None})
    frozen = walk.freeze()
    walk.plan(frozen)
    walk.draw(frozen)
    walk.audit(frozen)

    signed = walk.certify(frozen)

    assert (frozen.population, frozen.open_items, signed.drawer) == (7, 1, "provider")
    assert "1 open items of the lot stand outside of this claim." in signed.not_checked


# accept_lot


def test_accept_lot_accepts_once_when_repeated(walk, audited):
    walk.certify(audited)

    first = accept_lot(audited.pk, by=walk.client, key="k")

    assert accept_lot(audited.pk, by=walk.client, key="k") == first
    assert (first.accepted_by, Event.objects.filter(kind="lot.accepted").count()) == (
        walk.client,
        1,
    )


def test_accept_lot_refuses_what_is_not_certified(walk, audited):
    with pytest.raises(LotNotAcceptable, match="The lot is not certified"):
        accept_lot(audited.pk, by=walk.client, key="k")


def test_accept_lot_refuses_a_second_acceptance(walk, audited):
    walk.certify(audited)
    accept_lot(audited.pk, by=walk.client, key="k")

    with pytest.raises(LotNotAcceptable, match="accepted already"):
        accept_lot(audited.pk, by=walk.client, key="other")


def test_accept_lot_refuses_a_freeze_that_was_replaced(walk, audited):
    walk.certify(audited)
    freeze(lot=walk.lot)

    with pytest.raises(LotNotAcceptable, match="was replaced by freeze 2"):
        accept_lot(audited.pk, by=walk.client, key="k")


def test_accept_lot_is_the_clients(walk, audited):
    walk.certify(audited)

    for somebody in (walk.manager, walk.lead):
        with pytest.raises(NotAllowed):
            accept_lot(audited.pk, by=somebody, key="k")

    assert not Acceptance.objects.exists()


def test_accept_lot_does_not_see_another_clients_freeze(walk, audited):
    walk.certify(audited)

    with pytest.raises(Freeze.DoesNotExist):
        accept_lot(audited.pk, by=stranger(), key="k")


def test_certificates_are_seen_by_their_own_client_only(walk, audited):
    mine, _ = walk.certify(audited), certificate()

    assert list(certificates_seen_by(walk.client)) == [mine]
    assert list(certificates_seen_by(stranger())) == []
