"""Erasing who somebody was: what goes, what stays, what is held; and legal holds."""

from datetime import date

import pytest
from django.core.exceptions import ObjectDoesNotExist

from peritus.accounts.models import Role, User
from peritus.accounts.verbs import register_person
from peritus.bench.models import Credential, Expert
from peritus.bench.verbs import claim_credential, register_expert
from peritus.journal.chain import verify_chain
from peritus.journal.models import Event, Salt
from peritus.journal.pump import pump
from peritus.notices.models import Notice
from peritus.privacy.errors import HoldRefused, NotErased
from peritus.privacy.models import Hold
from peritus.privacy.queries import holds_seen_by, people_seen_by
from peritus.privacy.verbs import erase_person, lift_hold, place_hold
from peritus.sign_in.models import ApiToken, RecoveryCode, SecondFactor, Session
from tests.factories import accounts, bench, work
from tests.factories.engagements import engagement, item, lot
from tests.factories.privacy import hold
from tests.factories.sign_in import api_token, protected, second_factor

pytestmark = pytest.mark.django_db


@pytest.fixture
def manager():
    return accounts.member(Role.MANAGER)


@pytest.fixture
def judge(manager):
    """An expert as verbs bring one to the bench, with a credential, who judged once."""
    person = register_person(
        "p-7", name="Ada Quill", email="ada@quill.example", by=manager, key="person"
    )
    expert = register_expert(
        "p-7", user_id=person.pk, name="Dr Ada Quill", kind="person", by=manager, key="expert"
    )
    claim_credential(
        expert.pk, title="Licence 4711", issuer="Bar of Quill", number="Quill 4711",
        issued=date(2020, 5, 4),
        by=manager, key="credential",
    )  # fmt: skip
    course = engagement(manager=manager, title="Leases")
    work.judgment(expert=expert, item=item(lot=lot(engagement=course)))
    return person


def erased(person, by, ground="request", key="erase"):
    return erase_person(person.pk, ground, by=by, key=key)


def everything():
    """Return every text of every table of people and of the journal."""
    rows = [*User.objects.values(), *Expert.objects.values(), *Credential.objects.values()]
    return " ".join(map(str, [*rows, *Event.objects.values(), *Notice.objects.values()])).lower()


def test_erase_person_leaves_nothing_of_who_it_was(judge, manager):
    assert "quill" in everything()

    erased(judge, manager)

    assert "quill" not in everything()
    assert "4711" not in everything()
    judge.refresh_from_db()
    assert (judge.name, judge.is_active, judge.has_usable_password()) == (
        "Erased person", False, False,
    )  # fmt: skip
    assert not Salt.objects.exists()


def test_erase_person_keeps_the_work_and_the_chain(judge, manager):
    pump(until_idle=True)
    hashes = list(Event.objects.exclude(hash="").order_by("place").values_list("hash", flat=True))

    erased(judge, manager)

    pump(until_idle=True)
    assert judge.expert.judgments.count() == 1
    assert verify_chain(None).fault == ""
    kept = Event.objects.exclude(hash="").order_by("place").values_list("hash", flat=True)
    assert list(kept)[: len(hashes)] == hashes
    event = Event.objects.get(kind="person.erased")
    assert (event.actor, event.about_uid) == (manager.uid, judge.uid)
    assert event.data == {"forgotten": 3, "ground": "request"}


def test_erase_person_leaves_no_way_to_sign_in(judge, manager):
    protected(judge)
    api_token(user=judge)
    kept, other = second_factor(), api_token("peritus_other")

    erased(judge, manager)

    assert list(SecondFactor.objects.all()) == [kept]
    assert list(ApiToken.objects.all()) == [other]
    assert list(RecoveryCode.objects.values_list("factor", flat=True)) == [kept.pk]


def test_erase_person_signs_out(client, judge, manager):
    client.force_login(judge)
    assert client.get("/inbox/").status_code != 302

    erased(judge, manager)

    assert client.get("/inbox/").url.startswith("/sign-in/")
    assert Session.objects.count() == 0


def test_erase_person_repeats_its_first_result(judge, manager):
    assert erased(judge, manager) == erased(judge, manager)
    assert Event.objects.filter(kind="person.erased").count() == 1

    with pytest.raises(NotErased, match="Erased already"):
        erased(judge, manager, key="again")


@pytest.mark.parametrize("role", [Role.CLIENT, Role.QUALITY, Role.FINANCE, Role.EXPERT])
def test_only_a_manager_of_the_provider_finds_and_erases_people(judge, role):
    person = accounts.member(role)

    assert not people_seen_by(person).exists()
    with pytest.raises(ObjectDoesNotExist):
        erased(judge, person)
    assert "quill" in everything()


@pytest.mark.parametrize("ground", ["", "because", "REQUEST"])
def test_a_ground_is_one_of_three(judge, manager, ground):
    with pytest.raises(NotErased, match="A ground is one of request, retention, mistake"):
        erased(judge, manager, ground)


def test_a_published_source_is_no_person(manager):
    source = bench.expert(kind=Expert.Kind.SOURCE)

    with pytest.raises(ObjectDoesNotExist):
        erased(source.user, manager)


def test_nobody_is_erased_with_an_item_on_the_desk(manager):
    thing = item(lot=lot(engagement=engagement(manager=manager)))
    held = work.assignment(slot=work.slot(item=thing), expert=bench.expert())

    with pytest.raises(NotErased, match="An item is on their desk"):
        erased(held.expert.user, manager)


def test_nobody_is_erased_who_runs_what_goes_on(manager):
    leads = accounts.member(Role.QUALITY)
    lot(engagement=engagement(manager=manager, quality_lead=leads, title="Leases"))
    lot(engagement=engagement(quality_lead=leads, title="A secret matter"))

    with pytest.raises(NotErased) as refused:
        erased(leads, manager)

    assert "They run or check “Leases”, whose lots are not all accepted." in refused.value.blockers
    assert "secret" not in str(refused.value)
    assert "the work of another client" in str(refused.value)


# holds


def where(judge, held):
    judged = judge.expert.judgments.get()
    return {
        "person": {"person": judge},
        "engagement": {"engagement": judged.engagement},
        "organisation": {"organisation": judged.organisation},
    }[held]


@pytest.mark.parametrize("held", ["person", "engagement", "organisation"])
def test_a_hold_comes_before_erasure_until_it_is_lifted(judge, manager, held):
    found = hold(**where(judge, held))

    with pytest.raises(NotErased, match=r"Legal hold on .+ since 2026-01-05: A dispute"):
        erased(judge, manager)
    assert "quill" in everything()

    lift_hold(found.pk, "The dispute was settled.", by=manager, key="lift")
    erased(judge, manager, key="now")
    assert "quill" not in everything()


def test_who_works_for_another_client_too_is_held_without_a_word_of_why(judge, manager):
    other = engagement(title="A secret matter", manager=accounts.member(Role.MANAGER))
    work.judgment(expert=judge.expert, item=item(lot=lot(engagement=other)))
    hold(engagement=other, reason="A secret dispute.")

    with pytest.raises(NotErased) as refused:
        erased(judge, manager)

    assert str(refused.value) == "A legal hold of another client since 2026-01-05."


def test_a_manager_does_not_know_who_works_for_other_clients_only(manager):
    other = engagement(manager=accounts.member(Role.MANAGER))
    foreign = bench.expert(name="A secret name")
    work.judgment(expert=foreign, item=item(lot=lot(engagement=other)))
    theirs = accounts.member(Role.CLIENT, organisation=other.organisation, name="A secret client")
    fresh = bench.expert()

    known = people_seen_by(manager)

    assert fresh.user in known
    assert foreign.user not in known
    assert theirs not in known


def test_a_hold_on_others_does_not_keep_a_person(judge, manager):
    hold(person=accounts.member(Role.EXPERT))
    hold(engagement=engagement())
    hold()

    erased(judge, manager)

    assert "quill" not in everything()


def test_place_hold_records_who_held_what(manager):
    course = engagement(manager=manager)

    found = place_hold(
        course.organisation_id, reason=" Letter of 3 May ", engagement_id=course.pk,
        by=manager, key="k",
    )  # fmt: skip

    assert (found.reason, found.placed_by, str(found)) == (
        "Letter of 3 May", manager, f"Legal hold on {course}",
    )  # fmt: skip
    event = Event.objects.get(kind="hold.placed")
    assert event.engagement_uid == course.uid
    assert event.data == {"organisation": str(course.organisation.uid), "person": None}


def test_a_client_holds_what_is_its_own_and_nothing_else():
    course, foreign = engagement(), engagement()
    client = accounts.member(Role.CLIENT, organisation=course.organisation)
    other = hold(engagement=foreign, reason="A secret of another client.")

    own = place_hold(course.organisation_id, reason="Ours.", by=client, key="k")

    assert list(holds_seen_by(client)) == [own]
    with pytest.raises(ObjectDoesNotExist):
        place_hold(foreign.organisation_id, reason="Not ours.", by=client, key="k2")
    with pytest.raises(ObjectDoesNotExist):
        place_hold(
            course.organisation_id, reason="Theirs.", engagement_id=foreign.pk, by=client, key="k3"
        )
    with pytest.raises(ObjectDoesNotExist):
        lift_hold(other.pk, "We say so.", by=client, key="k4")
    assert Hold.objects.filter(lifted_at=None).count() == 2


def test_whoever_only_works_at_the_client_holds_nothing():
    course = engagement()
    person = accounts.member(Role.FINANCE, organisation=course.organisation)

    with pytest.raises(ObjectDoesNotExist):
        place_hold(course.organisation_id, reason="Ours.", by=person, key="k")


@pytest.mark.parametrize("reason", ["", "  ", "x" * 301])
def test_holds_need_their_reasons(manager, reason):
    course = engagement(manager=manager)
    found = hold(engagement=course)

    with pytest.raises(HoldRefused, match="Write the reason"):
        place_hold(course.organisation_id, reason=reason, by=manager, key="k")
    with pytest.raises(HoldRefused, match="Write the reason"):
        lift_hold(found.pk, reason, by=manager, key="k")


def test_a_hold_is_on_one_thing(manager):
    course = engagement(manager=manager)

    with pytest.raises(HoldRefused, match="place two"):
        place_hold(
            course.organisation_id, reason="Both.", engagement_id=course.pk,
            person_id=course.manager_id, by=manager, key="k",
        )  # fmt: skip


def test_lift_hold_repeats_its_first_result_and_ends_a_hold_once(manager):
    found = hold(engagement=engagement(manager=manager))
    for _ in range(2):
        lift_hold(found.pk, "Settled.", by=manager, key="k")

    assert Event.objects.filter(kind="hold.lifted").count() == 1
    with pytest.raises(HoldRefused, match="was lifted on"):
        lift_hold(found.pk, "Again.", by=manager, key="k2")
