"""Who may work in an engagement: shown with reasons, put together in a form, required."""

import json
import re
from datetime import UTC, date, datetime
from html import unescape

import pytest
from django.urls import reverse

from peritus.accounts.models import Role
from peritus.bench.models import Credential, Expert
from peritus.engagements.verbs import raise_wall, require_credentials
from peritus.journal.clock import clock_set_to
from peritus.journal.models import Event
from tests.factories import accounts, bench, engagements
from tests.unit.web.conftest import queries_of

pytestmark = pytest.mark.django_db
TODAY = datetime(2026, 3, 10, 12, tzinfo=UTC)
SECRET = "Nightjar"
BAR = {"licence": "Bar admission", "jurisdiction": "DE"}
GERMAN = {"language": "de", "level": "C1"}
PRACTICE = {"practice": "Contracts", "years": 2}


@pytest.fixture(autouse=True)
def _today():
    with clock_set_to(lambda: TODAY):
        yield


@pytest.fixture
def course():
    return engagements.engagement(
        title=f"{SECRET} engagement",
        manager=accounts.member(Role.MANAGER),
        quality_lead=accounts.member(Role.QUALITY),
    )


@pytest.fixture
def manager(client, course):
    client.force_login(course.manager)
    return course.manager


@pytest.fixture
def ada():
    ada = bench.expert(name="Ada Quill")
    bench.credential(
        expert=ada, kind="licence", title="Bar admission", jurisdiction="DE", issuer="Bar",
        issued=date(2020, 1, 1), state=Credential.State.VERIFIED,
    )  # fmt: skip
    return ada


def opened(client, course):
    return client.get(reverse("admission", args=[course.uid]))


def press(client, course, act, draft=None, **typed):
    form = {"key": "k1", "act": act, "draft": json.dumps(draft)} | typed
    return client.post(reverse("set_requirement", args=[course.uid]), form)


def draft_in(page):
    return json.loads(unescape(re.search(r'name="draft" value="([^"]*)"', page.text)[1]))


def words_of(page):
    """Return the visible words of a page's main part, in one line."""
    main = re.sub(r"<[^>]+>", " ", page.text[page.text.index("<main") :])
    return unescape(re.sub(r"\s+", " ", main))


def kinds():
    return list(Event.objects.order_by("pk").values_list("kind", flat=True))


# What is shown


def test_page_says_of_each_person_by_what_or_what_is_missing(client, course, manager, ada):
    bench.expert(name="Bob Stone")
    bench.expert(name="A model", kind=Expert.Kind.MODEL)
    require_credentials(course.pk, {"all": [BAR, GERMAN]}, by=manager, key="k")

    words = words_of(opened(client, course))

    assert "licence Bar admission (DE) and language de C1" in words
    assert "Met : licence Bar admission (DE). Bar admission of Bar, 2020-01-01" in words
    assert "Missing : language de C1. Nothing valid of this kind is on the bench." in words
    assert "1 of 2 are met; 2 must be." in words
    assert "Bob Stone" in words
    assert "A model" not in words
    assert re.search(r"Meet it 0 of 2", words)


def test_page_says_what_else_keeps_somebody_out(client, course, manager, ada):
    raise_wall(course.pk, ada.pk, reason="Earlier matter.", by=manager, key="k")

    words = words_of(opened(client, course))

    assert "A wall stands before this work." in words
    assert re.search(r"Meet it 1 of 1", words)
    assert re.search(r"Are let in 0 of 1", words)


def test_an_expired_credential_is_missing_from_its_next_day_on(client, course, manager, ada):
    ada.credentials.update(expires=TODAY.date())
    require_credentials(course.pk, BAR, by=manager, key="k")

    today = words_of(opened(client, course))
    with clock_set_to(lambda: datetime(2026, 3, 11, tzinfo=UTC)):
        tomorrow = words_of(opened(client, course))

    assert "Meet it 1 of 1" in today
    assert "Meet it 0 of 1" in tomorrow


def test_page_asks_as_often_for_three_people_as_for_one(client, course, manager, ada):
    require_credentials(course.pk, {"any": [BAR, GERMAN]}, by=manager, key="k")
    once = queries_of(client, "admission", course.uid)
    for _ in range(2):
        bench.credential(expert=bench.expert(), state=Credential.State.VERIFIED)

    assert queries_of(client, "admission", course.uid) == once


# Putting together


def test_a_requirement_is_put_together_press_by_press_and_then_holds(client, course, manager, ada):
    first = press(client, course, "add", kind="licence", title="Bar admission", jurisdiction="DE")
    second = press(client, course, "add", draft_in(first), kind="language", title="de", level="C1")
    grouped = press(client, course, "group:1", draft_in(second))
    third = press(
        client, course, "add", draft_in(grouped), kind="practice", title="Contracts", years="2",
        where="1",
    )  # fmt: skip
    before = kinds()
    done = press(client, course, "require", draft_in(third))

    course.refresh_from_db()
    assert [page.status_code for page in (first, second, grouped, third)] == [200] * 4
    assert before == []
    assert done.url == reverse("admission", args=[course.uid])
    assert course.requirement == {"all": [BAR, {"any": [GERMAN, PRACTICE]}]}
    assert kinds() == ["credentials.required"]


def test_a_draft_shows_what_it_would_mean_and_keeps_nothing(client, course, manager, ada):
    page = press(client, course, "add", BAR, kind="language", title="de")

    course.refresh_from_db()
    words = words_of(page)
    assert "A draft: nothing of it holds yet" in words
    assert "Meet it 0 of 1" in words
    assert (course.requirement, kinds()) == (None, [])


def test_joins_chosen_hold_whichever_button_is_pressed(client, course, manager):
    whole = {"all": [BAR, GERMAN, PRACTICE]}

    looked = press(client, course, "look", whole, **{"join-": "at_least", "least-": "2"})
    press(client, course, "require", whole, **{"join-": "any", "least-": "3"})

    course.refresh_from_db()
    assert draft_in(looked) == {"at_least": 2, "of": [BAR, GERMAN, PRACTICE]}
    assert course.requirement == {"any": [BAR, GERMAN, PRACTICE]}


def test_a_part_is_removed_and_the_last_one_leaves_nothing(client, course, manager):
    one = press(client, course, "remove:0", {"all": [BAR, GERMAN]})
    none = press(client, course, "remove:", GERMAN)

    assert draft_in(one) == {"all": [GERMAN]}
    assert draft_in(none) is None


def test_nothing_is_required_any_more_when_an_empty_draft_is_required(client, course, manager):
    require_credentials(course.pk, BAR, by=manager, key="k")

    press(client, course, "require", None)

    course.refresh_from_db()
    assert course.requirement is None
    assert not course.credentials_wanted.filter(ended_at=None).exists()


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"kind": "language"}, "What you add names the language by its code, such as de."),
        ({"kind": "language", "title": "de", "field": "Law"}, "does not know 'field'"),
        ({"kind": "language", "title": "xx"}, "'xx' is no code of a language (ISO 639)"),
        ({"kind": "degree", "years": "3"}, "does not know 'years'"),
        ({"kind": "beard"}, "Some fields do not fit"),
        ({"kind": "practice", "years": "many"}, "Enter a whole number."),
    ],
)
def test_adding_says_what_does_not_fit_and_loses_neither_draft_nor_words(
    client, course, manager, typed, said
):
    page = press(client, course, "add", BAR, **({"jurisdiction": ""} | typed))

    assert page.status_code == 422
    assert said in unescape(page.text)
    assert draft_in(page) == BAR
    assert typed.get("field", "") in page.text


def test_a_draft_that_goes_too_deep_is_refused_and_kept_as_it_was(client, course, manager):
    draft = BAR
    for _ in range(6):
        draft = {"any": [draft]}

    page = press(client, course, "group:0.0.0.0.0.0", draft)

    assert page.status_code == 422
    assert "at most 6 deep" in page.text
    assert draft_in(page) == draft


def test_a_draft_that_can_be_met_in_too_many_ways_is_refused(client, course, manager):
    many = {"all": [{"any": [{"degree": f"{n}{m}"} for m in range(5)]} for n in range(2)]}

    page = press(client, course, "require", many, **{"join-": "all", "join-0": "any"})
    pairs = {"all": [{"certificate": str(n)} for n in range(12)]}
    refused = press(client, course, "require", pairs, **{"join-": "at_least", "least-": "4"})

    assert page.status_code == 302
    assert refused.status_code == 422
    assert "It can be met in more than 64 ways; ask for less at once." in refused.text


@pytest.mark.parametrize("draft", ["{", "[]", '{"beard": "long"}', "9" * 5000, "[" * 19_999, ""])
def test_a_draft_that_cannot_be_read_starts_again_from_what_is_required(
    client, course, manager, draft
):
    require_credentials(course.pk, BAR, by=manager, key="k")

    page = client.post(
        reverse("set_requirement", args=[course.uid]),
        {"key": "k1", "act": "require", "draft": draft},
    )

    course.refresh_from_db()
    assert page.status_code == 422
    assert "start again from what is required now" in page.text
    assert (draft_in(page), course.requirement) == (BAR, BAR)


# Who may


def test_the_quality_lead_reads_and_changes_nothing(client, course, ada):
    client.force_login(course.quality_lead)

    page = opened(client, course)
    answer = press(client, course, "require", BAR)

    assert "Ada Quill" in page.text
    assert "Require" not in words_of(page).replace("Required now", "").replace("Requirement", "")
    assert (answer.status_code, kinds()) == (403, [])


def test_a_lead_who_manages_elsewhere_changes_nothing(client, course, ada):
    accounts.membership(
        user=course.quality_lead, organisation=accounts.provider(), role=Role.MANAGER
    )
    client.force_login(course.quality_lead)

    answer = press(client, course, "require", BAR)

    assert answer.status_code == 403
    assert "Only the engagement&#x27;s manager does this." in answer.text
    assert kinds() == []


@pytest.mark.parametrize("role", [Role.MANAGER, Role.QUALITY])
def test_the_page_does_not_exist_for_people_of_other_work(client, course, ada, role):
    client.force_login(accounts.member(role))

    page = opened(client, course)

    assert page.status_code == 404
    assert SECRET not in page.text
    assert press(client, course, "require", BAR).status_code in {403, 404}
    assert kinds() == []


@pytest.mark.parametrize("role", [Role.CLIENT, Role.FINANCE, Role.EXPERT])
def test_the_page_is_refused_to_all_others(client, course, ada, role):
    house = course.organisation if role == Role.CLIENT else None
    client.force_login(accounts.member(role, organisation=house))

    for page in (opened(client, course), press(client, course, "require", BAR)):
        assert page.status_code == 403
        assert "Ada Quill" not in page.text
        assert SECRET not in page.text.split("<main")[1]
