import pytest

from peritus.accounts.queries import engine
from peritus.engagements.models import Lot
from peritus.journal.canonical import sha256
from peritus.journal.errors import KeyUsedDifferently, NotAllowed
from peritus.journal.models import Event
from peritus.quality.errors import AuditStands, DrawRefused, PlanRefused
from peritus.quality.models import Audit, Draw, Freeze, FreezePlan, NonceCommitment, QualityPlan
from peritus.quality.queries import standing_of
from peritus.quality.verbs import (
    commit_nonce,
    draw_audits,
    open_audits,
    record_audit,
    record_plan,
    reveal_nonce,
)
from peritus.work.models import Slot
from tests.factories.accounts import member, organisation
from tests.factories.engagements import engagement, item, lot
from tests.factories.quality import (
    NONCE,
    audit,
    draw,
    freeze,
    freeze_plan,
    nonce_commitment,
    quality_plan,
)
from tests.factories.work import judgment, slot

COMMITMENT = sha256(NONCE)


@pytest.fixture
def course(clock):
    course = engagement(manager=member("manager"), quality_lead=member("quality"))
    quality_plan(engagement=course, looks=[2, 6], promise=0.25)
    return course


@pytest.fixture
def client(course):
    return member("client", organisation=course.organisation)


@pytest.fixture
def full(course):
    """A lot of eight items."""
    parent = lot(engagement=course)
    for number in range(8):
        item(lot=parent, key=f"q{number}")
    return parent


@pytest.fixture
def planned(full):
    """Its freeze, with a plan of looks at two and six."""
    frozen = freeze(lot=full)
    freeze_plan(freeze=frozen, tolerance=0.25, looks=[2, 6])
    return frozen


@pytest.fixture
def stranger(course):
    """Another client's person, quality lead and manager in one."""
    house = organisation()
    person = member("client", organisation=house)
    engagement(organisation=house, manager=person, quality_lead=person)
    return person


def kinds():
    return list(Event.objects.order_by("pk").values_list("kind", flat=True))


# commit_nonce


def test_commit_nonce_commits_for_the_next_freeze(full, client):
    freeze(lot=full)

    committed = commit_nonce(full.pk, COMMITMENT.upper(), by=client, key="k")

    assert (committed.freeze_number, committed.commitment) == (2, COMMITMENT)


def test_commit_nonce_commits_once_when_repeated(full, client):
    first = commit_nonce(full.pk, COMMITMENT, by=client, key="k")

    assert commit_nonce(full.pk, COMMITMENT, by=client, key="k") == first
    assert kinds() == ["nonce.committed"]


def test_commit_nonce_refuses_the_same_key_for_another_nonce(full, client):
    commit_nonce(full.pk, COMMITMENT, by=client, key="k")

    with pytest.raises(KeyUsedDifferently):
        commit_nonce(full.pk, "0" * 64, by=client, key="k")


def test_commit_nonce_refuses_a_second_commitment(full, client):
    commit_nonce(full.pk, COMMITMENT, by=client, key="k")

    with pytest.raises(DrawRefused, match="it cannot be changed"):
        commit_nonce(full.pk, "0" * 64, by=client, key="other")


@pytest.mark.parametrize("text", ["", "0f", "g" * 64, "0" * 62 + " 0"])
def test_commit_nonce_refuses_what_is_no_sha_256(full, client, text):
    with pytest.raises(DrawRefused, match="64 hexadecimal digits"):
        commit_nonce(full.pk, text, by=client, key="k")


def test_commit_nonce_is_the_clients(full, course):
    with pytest.raises(NotAllowed):
        commit_nonce(full.pk, COMMITMENT, by=course.quality_lead, key="k")


def test_commit_nonce_does_not_see_another_clients_lot(full, stranger):
    with pytest.raises(Lot.DoesNotExist):
        commit_nonce(full.pk, COMMITMENT, by=stranger, key="k")

    assert not NonceCommitment.objects.exists()


# record_plan


def test_record_plan_records_limits_level_and_digest(full, course):
    stored = record_plan(freeze(lot=full).pk, by=course.quality_lead, key="k")

    assert (stored.looks, stored.max_errors, stored.tolerance) == ([2, 6], [-1, 0], 0.25)
    said = Event.objects.get().data
    assert (said["digest"], said["population"], said["level"]) == (stored.digest, 8, stored.level)


def test_record_plan_ends_in_a_census_where_the_lot_is_small(course):
    small = lot(engagement=course)
    for _ in range(3):
        item(lot=small)

    assert record_plan(freeze(lot=small).pk, by=course.quality_lead, key="k").looks == [2, 3]


def test_record_plan_ends_in_a_census_where_no_look_could_certify(full, course):
    QualityPlan.objects.update(looks=[2, 4])

    stored = record_plan(freeze(lot=full).pk, by=course.quality_lead, key="k")

    assert (stored.looks, stored.max_errors) == ([2, 4, 8], [-1, -1, 2])


def test_record_plan_records_once_when_repeated(full, course):
    frozen = freeze(lot=full)
    first = record_plan(frozen.pk, by=course.quality_lead, key="k")

    assert record_plan(frozen.pk, by=course.quality_lead, key="k") == first
    assert kinds() == ["plan.recorded"]


def test_record_plan_refuses_a_second_plan(planned, course):
    with pytest.raises(PlanRefused, match="has its audit plan"):
        record_plan(planned.pk, by=course.quality_lead, key="k")


def test_record_plan_is_the_quality_leads(full, course):
    with pytest.raises(NotAllowed):
        record_plan(freeze(lot=full).pk, by=course.manager, key="k")


def test_record_plan_does_not_see_another_clients_freeze(full, stranger):
    frozen = freeze(lot=full)

    with pytest.raises(Freeze.DoesNotExist):
        record_plan(frozen.pk, by=stranger, key="k")

    assert not FreezePlan.objects.exists()


# reveal_nonce, draw_audits


@pytest.fixture
def committed(full, planned):
    """The planned freeze, for which the client committed to a nonce."""
    nonce_commitment(lot=full, freeze_number=planned.number)
    return planned


def test_reveal_nonce_draws_for_the_client(committed, client):
    made = reveal_nonce(committed.pk, NONCE.hex(), by=client, key="k")

    seed = sha256(bytes.fromhex(committed.digest) + NONCE)
    assert (made.drawer, made.seed, made.nonce) == ("client", seed, NONCE.hex())


def test_reveal_nonce_draws_once_when_repeated(committed, client):
    first = reveal_nonce(committed.pk, NONCE.hex(), by=client, key="k")

    assert reveal_nonce(committed.pk, NONCE.hex(), by=client, key="k") == first
    assert kinds() == ["draw.made"]


@pytest.mark.parametrize(
    ("nonce", "reason"),
    [
        ("aa", "This is not the nonce that was committed to before the freeze."),
        ("", "A nonce is bytes in hexadecimal digits, not empty."),
        ("0f 0f", "A nonce is bytes in hexadecimal digits, not empty."),
        ("abc", "A nonce is bytes in hexadecimal digits, not empty."),
    ],
)
def test_reveal_nonce_refuses_another_nonce(committed, client, nonce, reason):
    with pytest.raises(DrawRefused) as refused:
        reveal_nonce(committed.pk, nonce, by=client, key="k")

    assert refused.value.blockers == [reason]


def test_reveal_nonce_needs_a_plan_and_a_commitment(full, client):
    with pytest.raises(DrawRefused) as refused:
        reveal_nonce(freeze(lot=full).pk, NONCE.hex(), by=client, key="k")

    assert refused.value.blockers == [
        "Record the audit plan first: it must stand before the draw.",
        "No commitment was made before this freeze.",
    ]


def test_reveal_nonce_is_the_clients(committed, course):
    with pytest.raises(NotAllowed):
        reveal_nonce(committed.pk, NONCE.hex(), by=course.quality_lead, key="k")


def test_reveal_nonce_does_not_see_another_clients_freeze(committed, stranger):
    with pytest.raises(Freeze.DoesNotExist):
        reveal_nonce(committed.pk, NONCE.hex(), by=stranger, key="k")

    assert not Draw.objects.exists()


def test_draw_audits_says_that_the_provider_drew(planned, course):
    first = draw_audits(planned.pk, NONCE.hex(), by=course.quality_lead, key="k")

    assert draw_audits(planned.pk, NONCE.hex(), by=course.quality_lead, key="k") == first
    assert (first.drawer, kinds()) == ("provider", ["draw.made"])


def test_draw_audits_leaves_a_committed_nonce_to_the_client(committed, course):
    with pytest.raises(DrawRefused, match="only the client reveals it"):
        draw_audits(committed.pk, NONCE.hex(), by=course.quality_lead, key="k")


def test_draw_audits_refuses_a_second_draw(planned, course):
    draw(freeze=planned)

    with pytest.raises(DrawRefused, match="has its draw"):
        draw_audits(planned.pk, "aa", by=course.quality_lead, key="k")


def test_draw_audits_is_the_quality_leads(planned, course):
    with pytest.raises(NotAllowed):
        draw_audits(planned.pk, NONCE.hex(), by=course.manager, key="k")


def test_draw_audits_does_not_see_another_clients_freeze(planned, stranger):
    with pytest.raises(Freeze.DoesNotExist):
        draw_audits(planned.pk, NONCE.hex(), by=stranger, key="k")


# open_audits, record_audit


@pytest.fixture
def drawn(planned):
    """The planned freeze with its draw, nothing audited yet."""
    draw(freeze=planned)
    return planned


def test_open_audits_opens_slots_in_the_order_of_the_draw(drawn):
    for key, look in (("first", 2), ("second", 6)):
        open_audits(drawn.pk, look, by=engine(), key=key)

    seed = bytes.fromhex(drawn.draw.seed)
    uids = [str(uid) for uid in drawn.decisions.values_list("item__uid", flat=True)]
    order = sorted(uids, key=lambda uid: sha256(seed + uid.encode()))
    audits = drawn.audits.order_by("place")
    assert [str(each.item.uid) for each in audits] == order[:6]
    assert [each.place for each in audits] == [1, 2, 3, 4, 5, 6]
    assert {each.slot.purpose for each in audits} == {Slot.Purpose.AUDIT}


def test_open_audits_opens_once_when_repeated(drawn):
    for _ in range(2):
        open_audits(drawn.pk, 2, by=engine(), key="k")

    assert kinds() == ["slots.opened", "audits.opened"]
    assert drawn.audits.count() == 2


def test_open_audits_is_the_engines(drawn, course):
    with pytest.raises(NotAllowed):
        open_audits(drawn.pk, 2, by=course.quality_lead, key="k")


def answered(frozen, place, answer):
    """Answer the audit at a place as the auditor, without the reaction."""
    found = frozen.audits.get(place=place)
    given = judgment(slot=found.slot, answers={"question": answer})
    return record_audit(found.slot_id, given.pk, by=engine(), key=f"audit-{place}")


@pytest.mark.parametrize(("answer", "differs"), [("yes", False), ("no", True)])
def test_record_audit_compares_with_what_was_frozen(drawn, answer, differs):
    open_audits(drawn.pk, 2, by=engine(), key="k")

    assert answered(drawn, 1, answer).differs == differs


def test_record_audit_counts_no_answer_as_a_difference(drawn):
    open_audits(drawn.pk, 2, by=engine(), key="k")

    found = record_audit(drawn.audits.get(place=1).slot_id, None, by=engine(), key="audit")

    assert (found.differs, found.judgment) == (True, None)


def test_record_audit_opens_the_next_look_once_a_look_is_complete(drawn):
    open_audits(drawn.pk, 2, by=engine(), key="k")

    answered(drawn, 2, "yes")
    assert drawn.audits.count() == 2
    answered(drawn, 1, "yes")

    assert drawn.audits.count() == 6
    assert (standing_of(drawn).audited, standing_of(drawn).next_look) == (2, 6)


def test_record_audit_opens_nothing_once_the_plan_is_spent(drawn):
    open_audits(drawn.pk, 2, by=engine(), key="k")

    answered(drawn, 1, "no")
    answered(drawn, 2, "yes")

    assert (drawn.audits.count(), standing_of(drawn).verdict) == (2, "spent")


def test_record_audit_repeats_its_first_result(drawn):
    open_audits(drawn.pk, 2, by=engine(), key="k")
    found = answered(drawn, 1, "yes")

    again = record_audit(found.slot_id, found.judgment_id, by=engine(), key="audit-1")

    assert again == found


def test_record_audit_lets_an_answer_stand(drawn):
    open_audits(drawn.pk, 2, by=engine(), key="k")
    found = answered(drawn, 1, "no")

    with pytest.raises(AuditStands):
        record_audit(found.slot_id, None, by=engine(), key="other")


def test_record_audit_is_the_engines(drawn, course):
    with pytest.raises(NotAllowed):
        record_audit(slot().pk, None, by=course.quality_lead, key="k")


def test_standing_reads_the_audits_up_to_the_first_gap(drawn):
    audit(freeze=drawn, differs=False)
    audit(freeze=drawn, differs=None)
    audit(freeze=drawn, differs=True)

    standing = standing_of(drawn)

    assert (standing.audited, standing.differing, standing.verdict) == (1, 0, "continue")
    assert Audit.objects.count() == 3


def test_standing_says_when_nothing_is_planned(full):
    assert standing_of(freeze(lot=full)).verdict == "not planned"
