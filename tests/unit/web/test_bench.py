"""Pages of the bench: who sees what of whom, and what can be claimed, checked and revoked."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from peritus.accounts.models import Role
from peritus.bench.models import Credential, Expert
from peritus.catalogue.registry import pack_named
from peritus.journal.clock import clock_set_to
from peritus.journal.models import Event
from tests.factories import accounts, bench, engagements, work
from tests.unit.web.conftest import queries_of

pytestmark = pytest.mark.django_db
TODAY = datetime(2026, 3, 10, 12, tzinfo=UTC)
VERIFIED = Credential.State.VERIFIED
SECRET = "Nightjar"
CLAIM = {
    "kind": "licence", "title": "Bar admission", "issuer": "Bar of Example", "field": "Law",
    "jurisdiction": "DE", "issued": "2020-01-01", "expires": "2027-01-01", "number": "R 4711",
}  # fmt: skip
DESCRIPTION = {
    "country": "de", "nationality": "AT", "team": "Berlin", "weekly_hours": "20.5", "at_once": "3",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _today():
    with clock_set_to(lambda: TODAY):
        yield


@pytest.fixture
def manager(client):
    person = accounts.member(Role.MANAGER, name="Mara Field")
    client.force_login(person)
    return person


@pytest.fixture
def ada():
    person = accounts.member(Role.EXPERT, name="Ada Quill")
    return bench.expert(
        user=person, name=f"Ada {SECRET}", handle="ada", country="DE", nationality="FR",
        team="Lyon office",
    )  # fmt: skip


def page_of(client, expert):
    return client.get(reverse("bench_expert", args=[expert.uid]))


def act(client, address, about, **form):
    arguments = [about] if about else []
    return client.post(reverse(address, args=arguments), {"key": "k1"} | form)


def kinds():
    return list(Event.objects.order_by("pk").values_list("kind", flat=True))


# The list


def test_bench_says_who_can_do_what_and_what_runs_out(client, manager, ada):
    bench.credential(expert=ada, kind="language", title="de", level="C1", state=VERIFIED)
    bench.credential(
        expert=ada, title="Bar", field="Law", state=VERIFIED, expires=date(2026, 3, 20)
    )
    bench.credential(expert=ada, title="CIPP")
    bench.expert(name="A model", kind=Expert.Kind.MODEL)

    text = client.get(reverse("bench")).text

    for said in (ada.name, "DE, Lyon office", "de C1", "Law", "1 to check", "10 days left"):
        assert said in text
    assert "A model" in text
    assert "AI model" in text


def test_bench_finds_by_words_and_filters(client, manager, ada):
    bench.expert(name="Bob")
    bench.credential(expert=ada, kind="language", title="de", level="C1", state=VERIFIED)

    def found(**asked):
        return client.get(reverse("bench"), asked).text

    assert "Bob" not in found(q="nightjar")
    assert "Bob" not in found(language="de")
    assert ada.name in found(language="de", kind="person")
    assert "Nobody like that on the bench" in found(kind="model")
    assert "Nobody like that on the bench" in found(show="waiting")


def test_bench_says_what_will_stand_there_while_it_is_empty(client, manager):
    assert "Nobody is on the bench yet" in client.get(reverse("bench")).text


def test_bench_asks_as_often_for_three_experts_as_for_one(client, manager, ada):
    bench.credential(expert=ada, state=VERIFIED)
    once = queries_of(client, "bench")
    for _ in range(2):
        bench.credential(expert=bench.expert(), state=VERIFIED)

    assert queries_of(client, "bench") == once


# Who sees what


@pytest.mark.parametrize("role", [Role.CLIENT, Role.EXPERT])
def test_bench_is_shown_to_no_client_and_no_expert(client, ada, role):
    bench.credential(expert=ada, title=f"{SECRET} licence")
    house = accounts.organisation() if role == Role.CLIENT else None
    client.force_login(accounts.member(role, organisation=house))

    for page in (client.get(reverse("bench")), page_of(client, ada)):
        assert page.status_code == 403
        assert SECRET not in page.text


@pytest.mark.parametrize("role", [Role.MANAGER, Role.FINANCE, Role.QUALITY])
def test_bench_is_shown_to_no_staff_of_a_client(client, ada, role):
    claimed = bench.credential(expert=ada, title=f"{SECRET} licence")
    client.force_login(accounts.member(role, organisation=accounts.organisation()))

    listed, page = client.get(reverse("bench")), page_of(client, ada)
    verified = act(client, "verify_credential", claimed.uid)

    assert (listed.status_code, page.status_code) == (403, 404)
    assert verified.status_code == (403 if role == Role.FINANCE else 404)
    assert not any(SECRET in each.text for each in (listed, page, verified))
    assert kinds() == []


@pytest.mark.parametrize(
    ("role", "acts"),
    [
        (Role.MANAGER, {"Describe them", "Claim a credential", "Verify", "Revoke"}),
        (Role.QUALITY, {"Verify", "Revoke"}),
        (Role.FINANCE, set()),
    ],
)
def test_expert_page_offers_each_role_its_acts_only(client, ada, role, acts):
    bench.credential(expert=ada, title="Bar")
    client.force_login(accounts.member(role))

    text = page_of(client, ada).text

    offered = {"Describe them", "Claim a credential", "Verify<", "Revoke<"}
    assert {each.strip("<") for each in offered if f">{each}" in text} == acts
    assert ("Nationality" in text) is (role == Role.MANAGER)


@pytest.mark.parametrize("role", [Role.QUALITY, Role.FINANCE, Role.EXPERT])
def test_describing_is_refused_to_all_but_managers(client, ada, role):
    client.force_login(accounts.member(role))

    page = act(client, "describe_expert", ada.uid, **DESCRIPTION)

    ada.refresh_from_db()
    assert (page.status_code, ada.country) == (403, "DE")
    assert SECRET not in page.text
    assert kinds() == []


def test_a_lead_on_the_bench_checks_others_but_never_themselves(client):
    lead = bench.expert(user=accounts.member(Role.QUALITY))
    mine = bench.credential(expert=lead, title="My own bar")
    client.force_login(lead.user)

    text = page_of(client, lead).text
    verified = act(client, "verify_credential", mine.uid)
    revoked = act(client, "revoke_credential", mine.uid, reason="no")

    assert "never by the expert themselves" in text
    assert ">Verify<" not in text
    assert (verified.status_code, revoked.status_code) == (403, 403)
    assert "never one&#x27;s own" in verified.text
    assert kinds() == []


# Describing


def test_describing_sets_all_and_shows_what_stands(client, manager, ada):
    answer = act(client, "describe_expert", ada.uid, **DESCRIPTION)

    ada.refresh_from_db()
    assert answer.url == reverse("bench_expert", args=[ada.uid])
    assert (ada.country, ada.nationality, ada.team, ada.at_once) == ("DE", "AT", "Berlin", 3)
    text = page_of(client, ada).text
    assert 'name="weekly_hours" value="20.5"' in text
    assert 'value="Berlin"' in text


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"country": "Germany"}, "A country is two capital letters such as DE"),
        ({"weekly_hours": "200"}, "A week has up to 168 hours; 200 came."),
        ({"at_once": "three"}, "Some fields do not fit; each says what it wants."),
    ],
)
def test_describing_says_what_does_not_fit_and_keeps_what_was_typed(
    client, manager, ada, wrong, said
):
    page = act(client, "describe_expert", ada.uid, **(DESCRIPTION | {"team": "Typed"} | wrong))

    ada.refresh_from_db()
    assert page.status_code == 422
    assert said in page.text
    assert 'value="Typed"' in page.text
    assert (ada.team, kinds()) == ("Lyon office", [])


# Claiming, checking, revoking


def test_a_claim_is_checked_by_another_and_says_by_whom_and_when(client, manager, ada):
    client.force_login(ada.user)
    claimed = act(client, "claim_own", None, **CLAIM)
    mine = client.get(reverse("own_bench")).text
    [credential] = ada.credentials.all()
    client.force_login(manager)

    act(client, "verify_credential", credential.uid)
    again = act(client, "verify_credential", credential.uid)

    text = page_of(client, ada).text
    assert claimed.url == reverse("own_bench")
    assert "To be checked" in mine
    assert ">Verify<" not in mine
    assert again.status_code == 302
    assert "Checked by Mara Field, 10 March 2026, 12:00" in text
    assert "No. R 4711" in mine
    assert "No. R 4711" in text
    assert "R 4711" not in str(list(Event.objects.values_list("body", flat=True)))
    assert kinds() == ["credential.claimed", "credential.verified"]


def test_a_manager_claims_for_an_expert(client, manager, ada):
    act(client, "claim_credential", ada.uid, **CLAIM)

    [found] = ada.credentials.all()
    assert (found.title, found.jurisdiction, found.expires) == (
        "Bar admission", "DE", date(2027, 1, 1),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"expires": "2019-01-01"}, "It would expire on 2019-01-01, not after its issue"),
        ({"issued": "2026-03-11"}, "after today (2026-03-10); claim it then."),
        ({"kind": "language"}, "A language is named by its code, such as de;"),
        ({"issued": "yesterday"}, "Enter a valid date."),
        ({"issuer": ""}, "This field is required."),
    ],
)
def test_a_claim_says_what_does_not_fit_and_keeps_what_was_typed(client, ada, wrong, said):
    client.force_login(ada.user)

    page = act(client, "claim_own", None, **(CLAIM | wrong))

    assert page.status_code == 422
    assert said in page.text
    assert 'value="Bar admission"' in page.text
    assert (ada.credentials.count(), kinds()) == (0, [])


def test_verifying_what_has_expired_names_what_to_do(client, manager, ada):
    old = bench.credential(expert=ada, title="Bar", expires=TODAY.date() - timedelta(1))

    page = act(client, "verify_credential", old.uid)

    assert page.status_code == 409
    assert "expired on 2026-03-09; ask for a renewed one." in page.text
    old.refresh_from_db()
    assert old.state == Credential.State.CLAIMED


def test_revoking_needs_a_reason_shows_it_and_offers_a_claim_anew(client, manager, ada):
    held = bench.credential(
        expert=ada, title="Bar", field="Law", issuer="Bar of Example", state=VERIFIED
    )

    silent = act(client, "revoke_credential", held.uid, reason=" ")
    said = act(client, "revoke_credential", held.uid, reason="Not in the register.")

    assert silent.status_code == 409
    assert "A revocation needs its reason; the expert will read it." in silent.text
    assert said.status_code == 302
    client.force_login(ada.user)
    own = client.get(reverse("own_bench")).text
    assert "Not in the register." in own
    assert f"?again={held.uid}#claim" in own
    anew = client.get(reverse("own_bench"), {"again": str(held.uid)}).text
    assert 'value="Bar of Example"' in anew
    assert 'value="2020-07-01"' in anew


def test_own_page_shows_nothing_of_others(client, ada):
    other = bench.expert(name="Somebody Else")
    bench.credential(expert=other, title="Their licence")
    foreign = bench.credential(expert=other, title="Their other licence")
    client.force_login(ada.user)

    page = client.get(reverse("own_bench"), {"again": str(foreign.uid)})

    assert "Their" not in page.text
    assert "Lyon office" in page.text


def test_own_page_does_not_exist_for_whoever_is_not_on_the_bench(client):
    client.force_login(accounts.member(Role.QUALITY))

    assert client.get(reverse("own_bench")).status_code == 404
    assert act(client, "claim_own", None, **CLAIM).status_code == 404


@pytest.mark.parametrize("address", ["describe_expert", "claim_credential"])
def test_acts_do_nothing_without_a_replay_key(client, manager, ada, address):
    page = client.post(reverse(address, args=[ada.uid]), DESCRIPTION | CLAIM)

    assert (page.status_code, kinds()) == (400, [])


# Fields of work


def test_fields_are_taken_named_and_found_again(client, manager, ada):
    empty = client.get(reverse("fields")).text
    for _ in range(2):
        act(client, "take_own_fields", None)
    client.force_login(ada.user)
    named = act(client, "name_own_fields", None, named="Contracts\nlaw.privacy\n")
    mine = client.get(reverse("own_bench")).text
    client.force_login(manager)

    listed = client.get(reverse("bench"), {"area": "law"}).text
    known = client.get(reverse("fields"), {"q": "contr"}).text

    assert "No field of work is known yet" in empty
    assert named.url == reverse("own_bench")
    assert "Contracts, Privacy and data protection" in mine
    assert ada.name in listed
    assert "Contracts" in known
    assert "Export control" in known
    assert "Medicine" not in known


def test_a_manager_names_fields_and_is_told_what_is_unknown(client, manager, ada):
    act(client, "take_own_fields", None)

    wrong = act(client, "name_fields", ada.uid, named="Contracts law\nMedicine", key="k2")
    right = act(client, "name_fields", ada.uid, named="Medicine", key="k3")

    assert wrong.status_code == 422
    assert "no field that is known. Near: Contracts (law.contracts)." in wrong.text
    assert "Contracts law\nMedicine</textarea>" in wrong.text
    assert right.status_code == 302
    assert ada.field_codes == ["health.medicine"]


@pytest.mark.parametrize("role", [Role.QUALITY, Role.FINANCE, Role.EXPERT, Role.CLIENT])
def test_fields_are_kept_by_managers_only(client, ada, role):
    client.force_login(accounts.member(role))

    taken = act(client, "take_own_fields", None)
    named = act(client, "name_fields", ada.uid, named="law")

    assert (taken.status_code, named.status_code) == (403, 403)
    assert client.get(reverse("fields")).status_code == (
        200 if role in {Role.QUALITY, Role.FINANCE} else 403
    )
    assert SECRET not in named.text
    assert kinds() == []


# From a file


def upload(client, text, **form):
    file = SimpleUploadedFile("bench.csv", text.encode())
    return client.post(reverse("import_bench"), {"key": "k1", "file": file} | form)


def test_people_come_from_a_file_once(client, manager):
    text = (
        "name,email,kind,title,issuer,number,issued\n"
        "Bob Stone,b@x.example,licence,Bar,B,R 4711,2020-01-01\n"
    )

    first, again = upload(client, text), upload(client, text)

    assert "1 expert came to the bench" in first.text
    assert "1 credential to be checked" in again.text
    assert [each.name for each in Expert.objects.all()] == ["Bob Stone"]
    assert Credential.objects.get().number == "R 4711"


def test_a_file_that_is_amiss_is_refused_by_its_rows(client, manager):
    page = upload(client, "name,email,country\nBob,b@x.example,Germany\nEve,none,DE\n")
    nothing = client.post(reverse("import_bench"), {"key": "k1"})
    binary = upload(client, "name\x00")

    assert (page.status_code, nothing.status_code, binary.status_code) == (422, 422, 422)
    assert "Row 2: A country is two capital letters" in page.text
    assert "Row 3: &#x27;none&#x27; is no address" in page.text
    assert "Choose a file" in nothing.text
    assert "NUL" in binary.text
    assert (Expert.objects.count(), kinds()) == (0, [])


@pytest.mark.parametrize("role", [Role.QUALITY, Role.FINANCE, Role.EXPERT, Role.CLIENT])
def test_people_come_from_a_file_by_managers_only(client, role):
    client.force_login(accounts.member(role))

    page = upload(client, "name,email\nBob,b@x.example\n")

    assert (page.status_code, Expert.objects.count()) == (403, 0)


def test_a_manager_at_a_client_brings_nobody(client):
    client.force_login(accounts.member(Role.MANAGER, organisation=accounts.organisation()))

    page = upload(client, "name,email\nBob,b@x.example\n")

    assert (page.status_code, Expert.objects.count()) == (403, 0)


# Calendars

WEEK = {f"day{n}": "8" for n in range(5)}


def test_an_expert_says_when_they_work_and_a_lead_reads_it(client, ada):
    client.force_login(ada.user)
    saved = act(
        client, "set_own_calendar", None, **WEEK, time_zone="Europe/Berlin", holidays="de",
        leave="2026-03-12\n2026-03-16 to 2026-03-17",
    )  # fmt: skip
    mine = client.get(reverse("own_bench")).text
    client.force_login(accounts.member(Role.QUALITY))

    theirs = page_of(client, ada).text

    assert saved.url == reverse("own_bench")
    assert "2026-03-16 to 2026-03-17</textarea>" in mine
    for page in (mine, theirs):
        assert "Europe/Berlin, where it is 13:00" in page
        assert "56 hours" in page
        assert "On leave" in page
    assert "Set the calendar" not in theirs


def test_a_calendar_that_cannot_be_is_refused_with_what_was_typed(client, manager, ada):
    page = act(client, "set_calendar", ada.uid, **WEEK, time_zone="Mars", leave="tomorrow")

    ada.refresh_from_db()
    assert page.status_code == 422
    assert "Europe/Berlin; &#x27;Mars&#x27; came." in page.text
    assert "Leave is a day, or two" in page.text
    assert 'value="Mars"' in page.text
    assert (ada.week_hours, kinds()) == ([], [])


@pytest.mark.parametrize("role", [Role.QUALITY, Role.FINANCE, Role.EXPERT])
def test_calendars_of_others_are_set_by_managers_only(client, ada, role):
    client.force_login(accounts.member(role))

    page = act(client, "set_calendar", ada.uid, **WEEK)

    assert (page.status_code, kinds()) == (403, [])
    assert SECRET not in page.text


# Pay

RATE = {"amount": "80.25", "currency": "eur", "per": "hour", "valid_from": "2026-03-01"}


def test_a_manager_agrees_on_pay_and_ends_it(client, manager, ada):
    first = act(client, "agree_pay", ada.uid, **RATE)
    twice = act(client, "agree_pay", ada.uid, **RATE, key="k2")
    rate = ada.pay_rates.get()
    nameless = act(client, "end_pay", rate.uid, last_day="soon")
    early = act(client, "end_pay", rate.uid, last_day="2026-02-01")
    ended = act(client, "end_pay", rate.uid, last_day="2026-03-31")

    text = page_of(client, ada).text
    assert (first.status_code, ended.status_code) == (302, 302)
    assert (twice.status_code, nameless.status_code, early.status_code) == (422, 422, 422)
    assert "holds until another begins; end it before, or begin later." in twice.text
    assert "Name its last day, such as 2026-12-31." in nameless.text
    assert "It began on 2026-03-01, after 2026-02-01" in early.text
    assert "EUR\N{NO-BREAK SPACE}80.25" in text
    assert "1 March 2026 to 31 March 2026" in text
    assert kinds() == ["pay.agreed", "pay.ended"]


@pytest.mark.parametrize(
    ("role", "sees", "agrees"),
    [(Role.MANAGER, True, True), (Role.FINANCE, True, False), (Role.QUALITY, False, False)],
)
def test_pay_is_shown_to_whom_it_concerns(client, ada, role, sees, agrees):
    bench.pay_rate(expert=ada, amount="77.77")
    client.force_login(accounts.member(role))

    text = page_of(client, ada).text

    assert ("77.77" in text, "Agree on a rate" in text) == (sees, agrees)


def test_an_expert_reads_their_own_pay_and_nobody_elses(client, ada):
    bench.pay_rate(expert=ada, amount="77.77")
    other = bench.pay_rate(amount="55.55")
    client.force_login(ada.user)

    text = client.get(reverse("own_bench")).text

    assert "77.77" in text
    assert "55.55" not in text
    assert "Agree on a rate" not in text
    for page in (act(client, "end_pay", other.uid), act(client, "agree_pay", ada.uid, **RATE)):
        assert page.status_code == 403
    assert kinds() == []


def test_a_manager_at_a_client_finds_no_pay(client, ada):
    rate = bench.pay_rate(expert=ada, amount="77.77")
    client.force_login(accounts.member(Role.MANAGER, organisation=accounts.organisation()))

    page = act(client, "end_pay", rate.uid, last_day="2026-06-01")

    assert (page.status_code, kinds()) == (404, [])
    assert "77.77" not in page.text


def test_the_page_of_a_person_leads_to_what_they_can_do(client, manager, ada):
    text = client.get(reverse("person", args=[ada.user.uid])).text

    assert f'href="{reverse("bench_expert", args=[ada.uid])}"' in text


# trying a test anew


@pytest.fixture
def quiz(ada):
    """The provider's test, at which Ada has used every attempt."""
    course = engagements.engagement(organisation=accounts.provider(), pack="kpo_quiz")
    asked = engagements.item(lot=engagements.lot(engagement=course))
    for number in range(1, pack_named("kpo_quiz").qualification.attempts + 1):
        work.slot(
            item=asked, purpose="qualification", number=number, reserved_for=ada, state="done"
        )
    return asked.lot


def test_a_manager_lets_somebody_try_a_test_anew(client, manager, ada, quiz):
    before = page_of(client, ada).text
    refused = act(client, "grant_attempts", ada.uid, test=quiz.uid, because=" ")
    act(client, "grant_attempts", ada.uid, key="k2", test=quiz.uid, because="Was ill.")

    assert "KPO onboarding: every attempt used" in before
    assert refused.status_code == 409
    assert "every attempt used" not in page_of(client, ada).text
    assert kinds()[-1] == "attempts.granted"


@pytest.mark.parametrize("role", [Role.EXPERT, Role.FINANCE, Role.CLIENT])
def test_nobody_else_lets_somebody_try_anew(client, ada, quiz, role):
    client.force_login(accounts.member(role, organisation=accounts.provider()))

    page = act(client, "grant_attempts", ada.uid, test=quiz.uid, because=SECRET)

    assert page.status_code in {403, 404}
    assert SECRET not in page.text
    assert not Event.objects.filter(kind="attempts.granted").exists()
