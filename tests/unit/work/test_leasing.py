"""What keeps an expert from work: each bar by itself, and the same answer wherever it is asked."""

import random
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from peritus.accounts.models import Role
from peritus.bench.models import Expert
from peritus.bench.queries import held_for
from peritus.bench.verbs import describe_expert
from peritus.catalogue.requirements import KINDS, LEVELS, evaluated, requirement_of
from peritus.engagements.models import Restriction
from peritus.engagements.verbs import (
    allow_region,
    end_entry,
    end_region,
    end_restriction,
    keep_roster,
    require_credentials,
    restrict_engagement,
)
from peritus.journal.clock import now
from peritus.journal.models import Event
from peritus.journal.pump import pump
from peritus.work.errors import LeaseLost, SlotNotOpen
from peritus.work.leasing import barred_pairs, bars_against, leases_against_bars, week_of
from peritus.work.models import Assignment
from peritus.work.queries import active_assignments, slots_open_to
from peritus.work.verbs import extend_lease, lease_slot, submit_judgment
from tests.factories.accounts import member
from tests.factories.bench import credential, expert, qualification
from tests.factories.engagements import (
    engagement,
    item,
    lot,
    restriction,
    roster_entry,
    roster_step,
    wall,
)
from tests.factories.work import assignment, judgment, pause, slot

BAR = {"licence": "Bar admission", "jurisdiction": "DE"}


@pytest.fixture
def ada(course):
    return expert(country="DE", nationality="FR", team="Blue", described_at=now())


@pytest.fixture
def asked(things):
    return slot(item=things[0])


def names(ada, asked):
    """Say what bars her, by each of the ways to ask; they must agree."""
    at = now()
    bars = [bar.name for bar in bars_against(ada, asked, at)]
    assert slots_open_to(ada, at).filter(pk=asked.pk).exists() == (not bars)
    pairs = barred_pairs(asked.engagement, [ada], [asked.item_id], at)
    first = [name for name in bars if name not in {"seen", "qualification"}][:1]
    assert ([pairs[asked.item_id, ada.pk]] if pairs else []) == first
    return bars


def test_nothing_bars_whom_nothing_was_said_of(ada, asked):
    assert names(ada, asked) == []


# Where items go to be read


@pytest.fixture
def far(ada):
    return expert(kind=Expert.Kind.MODEL, data_region="US")


def test_a_model_gets_nothing_before_its_region_is_allowed(far, asked, course, clock):
    allow_region(course.pk, "EU", basis="Annex 2", by=course.manager, key="a")
    assert names(far, asked) == ["data"]

    allow_region(course.pk, "US", basis="Annex 2", by=course.manager, key="b")
    assert names(far, asked) == []

    end_region(course.pk, "US", by=course.manager, key="c")
    assert names(far, asked) == ["data"]


def test_a_region_that_another_engagement_allows_lets_nothing_out(far, asked, course):
    other = engagement(manager=course.manager, organisation=course.organisation)
    allow_region(other.pk, "US", basis="Annex 2", by=course.manager, key="a")

    assert names(far, asked) == ["data"]


def test_a_model_that_sends_nothing_anywhere_asks_for_no_region(asked):
    assert names(expert(kind=Expert.Kind.MODEL), asked) == []


def test_a_model_fitted_on_a_clients_judgments_works_for_no_other(asked, course):
    own = expert(kind=Expert.Kind.MODEL, made_from=course.organisation)
    others = expert(kind=Expert.Kind.MODEL, made_from=engagement().organisation)

    assert (names(own, asked), names(others, asked)) == ([], ["data"])


def test_work_in_hand_is_hidden_and_refused_on_record_once_its_region_ends(far, things, course):
    allow_region(course.pk, "US", basis="Annex 2", by=course.manager, key="a")
    held = lease_slot(slot(item=things[0]).pk, by=far.user, key="l")

    end_region(course.pk, "US", by=course.manager, key="e")

    assert not active_assignments(far, now()).exists()
    with pytest.raises(LeaseLost):
        submit_judgment(held.pk, held.fence, {"holds": "yes"}, by=far.user, key="s")
    with pytest.raises(SlotNotOpen, match="may not go where this model works"):
        lease_slot(slot(item=things[1], reserved_for=far).pk, by=far.user, key="m")
    refused = Event.objects.filter(kind="work.refused").order_by("id")
    assert [each.data["because"] for each in refused] == [["data"], ["data"]]


def test_a_lease_given_before_its_region_was_allowed_is_found(far, things, course):
    given = assignment(slot=slot(item=things[0]), expert=far)

    assert list(leases_against_bars()["data"]) == [given]


def test_a_model_on_trial_takes_the_test_like_people(things):
    things[0].engagement.required_qualification = "Bar exam"
    things[0].engagement.save()
    asked = slot(item=things[0])
    trial = expert(kind=Expert.Kind.MODEL, on_trial=True)

    assert names(trial, asked) == ["qualification", "admission"]
    qualification(expert=trial, name="Bar exam")
    assert names(trial, asked) == ["admission"]


# Restrictions


@pytest.mark.parametrize(
    ("kind", "inside", "outside"),
    [("location", "DE", "FR"), ("export", "FR", "DE"), ("team", "Blue", "Green")],
)
def test_an_engagement_lets_in_only_the_experts_that_it_is_restricted_to(
    kind, inside, outside, ada, asked
):
    restriction(engagement=asked.engagement, kind=kind, only=outside)
    assert names(ada, asked) == ["restriction"]

    restriction(engagement=asked.engagement, kind=kind, only=inside)
    assert names(ada, asked) == []


def test_every_kind_of_restriction_must_let_an_expert_in(ada, asked):
    restriction(engagement=asked.engagement, kind="location", only="DE")
    restriction(engagement=asked.engagement, kind="team", only="Green")

    assert names(ada, asked) == ["restriction"]


def test_a_restriction_lets_in_nobody_of_whom_it_is_not_known(asked, course):
    restriction(engagement=course, kind="export", only="FR")

    assert names(expert(), asked) == ["restriction"]


def test_a_restriction_of_another_engagement_or_one_that_ended_bars_nobody(ada, asked):
    restriction(kind="location", only="US")
    restriction(engagement=asked.engagement, only="US", ended_at=now())

    assert names(ada, asked) == []


def test_restrict_engagement_hides_what_is_held_and_refuses_its_answer(ada, asked, course):
    held = lease_slot(asked.pk, by=ada.user, key="k")
    restrict_engagement(
        course.pk, "team", ["Green"], reason="The other side's team.", by=course.manager, key="k"
    )

    assert not active_assignments(ada, now()).exists()
    with pytest.raises(LeaseLost):
        submit_judgment(held.pk, held.fence, {"holds": "yes"}, by=ada.user, key="s")
    with pytest.raises(LeaseLost, match="restricted"):
        extend_lease(held.pk, by=ada.user, key="e")


def test_end_restriction_lets_everybody_in_again(ada, asked, course):
    restrict_engagement(
        course.pk, "team", ["Green"], reason="Two sides.", by=course.manager, key="k"
    )

    end_restriction(course.pk, "team", by=course.manager, key="e")

    assert names(ada, asked) == []
    assert Restriction.objects.get().ended_at is not None


# Credentials


@pytest.mark.parametrize(
    ("changes", "bars"),
    [
        ({}, []),
        ({"title": "BAR ADMISSION"}, []),
        ({"expires": date(2026, 3, 10)}, []),
        ({"expires": date(2026, 3, 9)}, ["credential"]),
        ({"jurisdiction": "AT"}, ["credential"]),
        ({"kind": "degree"}, ["credential"]),
        ({"state": "claimed"}, ["credential"]),
        ({"revoked_at": datetime(2026, 3, 1, tzinfo=UTC)}, ["credential"]),
        ({"issued": date(2026, 3, 11)}, ["credential"]),
    ],
)
def test_a_credential_counts_while_it_is_verified_and_valid(changes, bars, ada, asked, course):
    require_credentials(course.pk, BAR, by=course.manager, key="k")
    held = {"kind": "licence", "title": "Bar admission", "jurisdiction": "DE", "state": "verified"}
    credential(expert=ada, **held | changes)

    assert names(ada, asked) == bars


def test_a_credential_that_expires_overnight_stops_work_that_was_offered(
    ada, things, course, clock
):
    require_credentials(course.pk, BAR, by=course.manager, key="k")
    credential(
        expert=ada, kind="licence", title="Bar admission", jurisdiction="DE", state="verified",
        expires=date(2026, 3, 10),
    )  # fmt: skip
    offered = slot(item=things[0], reserved_for=ada)
    clock.move_to(datetime(2026, 3, 10, 23, 59, 50, tzinfo=UTC))
    assert names(ada, offered) == []

    clock.move_to(datetime(2026, 3, 11, tzinfo=UTC))

    with pytest.raises(SlotNotOpen, match="not verified, or have expired"):
        lease_slot(offered.pk, by=ada.user, key="k")


def test_an_ai_model_needs_no_credential(things, course, asked):
    require_credentials(course.pk, BAR, by=course.manager, key="k")

    assert names(expert(kind=Expert.Kind.MODEL), asked) == []


def test_the_condition_in_sql_is_what_a_requirement_says(course, asked):
    chance, agreed = random.Random(7), {True: 0, False: 0}
    for n in range(120):
        ada, wanted = expert(), _requirement(chance, depth=2)
        for _ in range(chance.randrange(9)):
            credential(expert=ada, state="verified", **_held(chance))
        require_credentials(course.pk, wanted, by=course.manager, key=f"k{n}")

        found = evaluated(requirement_of(wanted), held_for(ada, now()))

        assert (names(ada, asked) == []) == found.met, wanted
        agreed[found.met] += 1
    assert min(agreed.values()) > 20


def _requirement(chance, depth):
    if depth == 0 or chance.random() < 0.3:
        held = _held(chance)
        kind = held["kind"]
        leaf = {kind: held["title"] if kind == "language" else chance.choice(["", held["title"]])}
        leaf |= {"language": {"level": held["level"]}, "practice": {"years": held["years"]}}.get(
            kind, {"jurisdiction": chance.choice(["", "DE"])}
        )
        return leaf
    parts = [_requirement(chance, depth - 1) for _ in range(chance.randrange(1, 4))]
    word = chance.choice(["all", "any", "at_least"])
    if word == "at_least":
        return {"at_least": chance.randrange(1, len(parts) + 1), "of": parts}
    return {word: parts}


def _held(chance):
    kind = chance.choice(KINDS)
    return {
        "kind": kind,
        "title": chance.choice(["de", "fr"]) if kind == "language" else chance.choice("AB"),
        "level": chance.choice(LEVELS) if kind == "language" else "",
        "years": chance.randrange(1, 6) if kind == "practice" else 0,
        "jurisdiction": "" if kind in {"language", "practice"} else chance.choice(["DE", "AT"]),
    }


# Capacity


def test_nobody_is_given_more_at_once_than_they_take_on(ada, things, course):
    describe_expert(ada.pk, at_once=2, by=member(Role.MANAGER), key="k")
    ada.refresh_from_db()
    for thing in things[:2]:
        lease_slot(slot(item=thing).pk, by=ada.user, key=f"k{thing.pk}")

    assert names(ada, slot(item=things[2])) == ["capacity"]


def test_an_expired_lease_fills_nobody(ada, things, clock):
    Expert.objects.filter(pk=ada.pk).update(at_once=1)
    lease_slot(slot(item=things[0]).pk, lease_seconds=60, by=ada.user, key="k")
    clock.move_to(now() + timedelta(seconds=61))

    assert names(ada, slot(item=things[1])) == []


def test_nobody_is_given_more_in_a_week_than_they_take_on(ada, things):
    Expert.objects.filter(pk=ada.pk).update(weekly_hours=Decimal("0.5"))
    monday = week_of(now())
    judgment(
        assignment=assignment(slot=slot(item=things[0], number=7), expert=ada),
        seconds=1800, submitted_at=monday - timedelta(seconds=1),
    )  # fmt: skip
    asked = slot(item=things[2])
    assert names(ada, asked) == []

    judgment(
        assignment=assignment(slot=slot(item=things[1], number=7), expert=ada),
        seconds=1800, submitted_at=monday,
    )  # fmt: skip
    assert names(ada, asked) == ["capacity"]


def test_a_week_begins_on_monday_at_midnight():
    monday = datetime(2026, 3, 9, tzinfo=UTC)

    assert week_of(datetime(2026, 3, 9, tzinfo=UTC)) == monday
    assert week_of(datetime(2026, 3, 15, 23, 59, tzinfo=UTC)) == monday


# What the journal keeps of a refusal


def test_the_journal_says_which_wall_refused(ada, asked):
    raised = wall(engagement=asked.engagement, item=asked.item, expert=ada)
    wall(engagement=engagement(), expert=ada)

    with pytest.raises(SlotNotOpen, match="not open to you"):
        lease_slot(asked.pk, by=ada.user, key="k")

    event = Event.objects.get(kind="work.refused")
    assert (event.about_uid, event.actor, event.engagement_uid) == (
        asked.uid, ada.user.uid, asked.engagement.uid,
    )  # fmt: skip
    assert event.data == {
        "because": ["wall"], "expert": str(ada.uid), "walls": [str(raised.uid)],
    }  # fmt: skip
    assert not Assignment.objects.exists()


def test_a_refused_act_is_counted_each_time_and_leaves_its_key_free(ada, asked):
    block = pause(engagement=asked.engagement, expert=ada)
    for _ in range(2):
        with pytest.raises(SlotNotOpen):
            lease_slot(asked.pk, by=ada.user, key="k")
    block.resumed_at = now()
    block.save()

    assert lease_slot(asked.pk, by=ada.user, key="k").expert == ada
    assert [event.kind for event in Event.objects.order_by("id")] == [
        "work.refused", "work.refused", "slot.leased",
    ]  # fmt: skip


def test_no_refusal_is_kept_where_nothing_bars_the_expert(ada, asked):
    lease_slot(asked.pk, by=expert().user, key="k")

    with pytest.raises(SlotNotOpen):
        lease_slot(asked.pk, by=ada.user, key="k")

    assert not Event.objects.filter(kind="work.refused").exists()


# Asked again of what was leased


def test_a_lease_that_was_right_then_stays_right(ada, things, course):
    course.required_qualification = "Bar exam"
    course.save()
    at = now()
    qualification(expert=ada, name="Bar exam", granted_at=at, expires_at=at + timedelta(minutes=1))
    lease_slot(slot(item=things[0]).pk, by=ada.user, key="k")
    pause(engagement=course, expert=ada, paused_at=now())
    restriction(engagement=course, kind="team", only="Green", set_at=now())
    wall(engagement=course, expert=ada, raised_at=now())

    assert {name for name, rows in leases_against_bars().items() if rows.exists()} == set()


@pytest.mark.parametrize("name", ["wall", "restriction", "pause", "qualification", "credential"])
def test_a_lease_that_a_bar_stood_against_is_found(name, ada, things, course):
    before = now() - timedelta(minutes=5)
    Expert.objects.filter(pk=ada.pk).update(described_at=before)
    if name == "wall":
        wall(engagement=course, expert=ada, raised_at=before)
    elif name == "restriction":
        restriction(engagement=course, kind="team", only="Green", set_at=before)
    elif name == "pause":
        pause(engagement=course, expert=ada, paused_at=before)
    elif name == "qualification":
        course.required_qualification = "Bar exam"
        course.save()
    else:
        require_credentials(course.pk, BAR, by=course.manager, key="k")
    assignment(slot=slot(item=things[0]), expert=ada, leased_at=now())

    found = {bar: rows.count() for bar, rows in leases_against_bars().items() if rows.exists()}
    assert found == {name: 1}


def test_barred_pairs_asks_the_same_however_many_there_are(
    things, course, django_assert_num_queries
):
    experts = [expert() for _ in range(4)]
    items = [each.pk for each in things]

    with django_assert_num_queries(9):
        barred_pairs(course, experts, items, now())
    with django_assert_num_queries(9):
        barred_pairs(course, experts[:1], items[:1], now())


# the roster


@pytest.fixture
def rostered(course, clock):
    """Return a function that puts the four steps, or some, of somebody on record."""
    keep_roster(course.pk, by=course.manager, key="roster")

    def on_roster(expert, *steps, firm=""):
        entry = roster_entry(engagement=course, expert=expert, firm=firm)
        for step in steps or ("nda", "cleared", "briefed", "approved"):
            roster_step(entry, step)
        return entry

    return on_roster


def test_nobody_works_before_all_four_steps_are_on_record(ada, asked, rostered):
    assert names(ada, asked) == ["roster"]
    entry = rostered(ada, "nda", "cleared", "approved")
    assert names(ada, asked) == ["roster"]

    roster_step(entry, "briefed")

    assert names(ada, asked) == []


def test_a_roster_of_one_engagement_bars_nobody_from_another(ada, rostered):
    elsewhere = slot(item=item(lot=lot()))

    assert names(ada, elsewhere) == []


def test_models_and_sources_need_no_roster(asked, rostered):
    assert names(expert(kind=Expert.Kind.MODEL), asked) == []


def test_whoever_leaves_sees_and_answers_nothing_from_that_moment(ada, asked, course, rostered):
    entry = rostered(ada)
    lease = lease_slot(asked.pk, by=ada.user, key="lease")
    end_entry(entry.pk, "Ill.", by=course.manager, key="left")

    assert names(ada, asked) == ["roster"]
    assert not active_assignments(ada, now()).exists()
    with pytest.raises(LeaseLost):
        submit_judgment(lease.pk, lease.fence, {"holds": "yes"}, by=ada.user, key="late")
    pump(until_idle=True)
    lease.refresh_from_db()
    asked.refresh_from_db()
    assert (lease.state, asked.state, asked.reserved_for) == ("lapsed", "open", None)
    assert {name for name, found in leases_against_bars().items() if found} == set()


def test_a_lease_before_the_roster_began_was_no_breach(ada, asked, course):
    lease_slot(asked.pk, by=ada.user, key="lease")
    keep_roster(course.pk, by=course.manager, key="roster")

    assert {name for name, found in leases_against_bars().items() if found} == set()
