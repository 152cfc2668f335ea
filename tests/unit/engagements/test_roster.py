import pytest

from peritus.accounts.models import Role
from peritus.engagements.errors import RosterRefused
from peritus.engagements.models import Engagement, RosterEntry
from peritus.engagements.queries import roster_seen_by
from peritus.engagements.verbs import end_entry, enter_expert, keep_roster, record_step
from peritus.journal.errors import NotAllowed
from peritus.journal.models import Event
from tests.factories.accounts import member
from tests.factories.bench import expert
from tests.factories.engagements import engagement, roster_entry

pytestmark = pytest.mark.django_db


@pytest.fixture
def course():
    course = engagement(manager=member("manager"))
    course.client = member(Role.CLIENT, organisation=course.organisation)
    return course


@pytest.fixture
def entry(course):
    return roster_entry(engagement=course, expert=expert(name="Ada"))


# keep_roster


def test_keep_roster_begins_once(course):
    keep_roster(course.pk, by=course.manager, key="k")

    assert keep_roster(course.pk, by=course.manager, key="k").roster_since
    with pytest.raises(RosterRefused, match="A roster is kept since"):
        keep_roster(course.pk, by=course.manager, key="other")


@pytest.mark.parametrize(
    "act",
    [
        lambda course, entry, by: keep_roster(course.pk, by=by, key="k"),
        lambda course, entry, by: enter_expert(course.pk, entry.expert_id, by=by, key="k"),
        lambda course, entry, by: end_entry(entry.pk, "Ill.", by=by, key="k"),
        lambda course, entry, by: record_step(entry.pk, "nda", "Paper", by=by, key="k"),
    ],
)
def test_a_roster_is_kept_by_its_manager_and_hidden_from_strangers(course, entry, act):
    with pytest.raises(NotAllowed):
        act(course, entry, course.client)
    with pytest.raises((Engagement.DoesNotExist, RosterEntry.DoesNotExist)):
        act(course, entry, member("manager"))


# enter_expert


def test_enter_expert_puts_a_subcontractor_on_the_roster(course):
    entry = enter_expert(
        course.pk, expert(name="Bob").pk, firm=" Kanzlei Berg ", by=course.manager, key="k"
    )

    assert (entry.firm, entry.steps.count(), entry.left_at) == ("Kanzlei Berg", 0, None)
    said = Event.objects.get(kind="roster.entered").data
    assert said["subcontractor"] is True
    assert "Kanzlei" not in str(said)


@pytest.mark.parametrize(
    ("changes", "firm", "said"),
    [
        ({"kind": "model", "name": "Model 7"}, "", "Model 7 is no person"),
        ({"name": "Eva"}, "F" * 201, "at most 200 characters"),
    ],
)
def test_enter_expert_refuses_who_or_what_does_not_fit(course, changes, firm, said):
    with pytest.raises(RosterRefused, match=said):
        enter_expert(course.pk, expert(**changes).pk, firm=firm, by=course.manager, key="k")


def test_enter_expert_refuses_whoever_is_on_it_until_they_left(course, entry):
    with pytest.raises(RosterRefused, match="Ada is on the roster"):
        enter_expert(course.pk, entry.expert_id, by=course.manager, key="a")
    end_entry(entry.pk, "Ill.", by=course.manager, key="b")

    again = enter_expert(course.pk, entry.expert_id, by=course.manager, key="c")

    assert again.uid != entry.uid


# record_step


def test_record_step_takes_the_experts_own_word_and_the_clients(course, entry):
    for step in ("nda", "cleared", "briefed"):
        record_step(entry.pk, step, "Ada Quill", by=entry.expert.user, key=step)
    record_step(entry.pk, "approved", "Approved", by=course.client, key="approved")

    assert set(entry.steps.values_list("step", "recorded_by")) == {
        *((step, entry.expert.user_id) for step in ("nda", "cleared", "briefed")),
        ("approved", course.client.pk),
    }
    assert "Ada Quill" not in str(list(Event.objects.values_list("body", flat=True)))


def test_record_step_lets_nobody_but_the_client_approve(course, entry):
    for by in (course.manager, entry.expert.user):
        with pytest.raises(NotAllowed, match="Only the client approves"):
            record_step(entry.pk, "approved", "Approved", by=by, key="k")


def test_record_step_takes_no_other_experts_word(entry):
    with pytest.raises(RosterEntry.DoesNotExist):
        record_step(entry.pk, "nda", "Me", by=expert().user, key="k")


@pytest.mark.parametrize(
    ("step", "reference", "said"),
    [
        ("sworn", "Me", "A step of the roster is one of"),
        ("nda", " ", "Say what it rests on"),
        ("nda", "x" * 301, "at most 300 characters"),
    ],
)
def test_record_step_refuses_what_says_nothing(entry, step, reference, said):
    with pytest.raises(RosterRefused, match=said):
        record_step(entry.pk, step, reference, by=entry.expert.user, key="k")


def test_record_step_refuses_a_second_time_and_after_leaving(course, entry):
    record_step(entry.pk, "nda", "Me", by=entry.expert.user, key="a")
    with pytest.raises(RosterRefused, match="Non-disclosure signed is on record since"):
        record_step(entry.pk, "nda", "Me", by=entry.expert.user, key="b")
    end_entry(entry.pk, "Ill.", by=course.manager, key="c")

    with pytest.raises(RosterRefused, match="enter them anew"):
        record_step(entry.pk, "cleared", "Me", by=entry.expert.user, key="d")


# end_entry


def test_end_entry_wants_its_reason_and_ends_once(course, entry):
    with pytest.raises(RosterRefused, match="Write why they leave"):
        end_entry(entry.pk, " ", by=course.manager, key="a")
    end_entry(entry.pk, "Ill.", by=course.manager, key="b")

    with pytest.raises(RosterRefused, match="They left on"):
        end_entry(entry.pk, "Ill.", by=course.manager, key="c")


# roster_seen_by


def test_roster_seen_by_shows_whom_it_concerns(course, entry):
    other = roster_entry()

    for user in (course.manager, course.client, entry.expert.user):
        assert list(roster_seen_by(user)) == [entry]
    assert list(roster_seen_by(other.expert.user)) == [other]
