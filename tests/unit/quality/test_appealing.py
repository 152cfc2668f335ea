from datetime import timedelta

import pytest

from peritus.accounts.queries import engine
from peritus.journal.errors import NotAllowed
from peritus.journal.models import Event
from peritus.journal.pump import pump
from peritus.quality.appeals import appeals_that_became_overdue, own_appeals
from peritus.quality.errors import AppealRefused
from peritus.quality.models import Appeal, Decision
from peritus.quality.outcomes import Cause, counted_judgments, outcomes_of
from peritus.quality.queries import current_gold, moved_since
from peritus.quality.verbs import (
    add_gold,
    close_appeal,
    decide_gold_appeal,
    give_appeal,
    make_appeal,
    note_overdue_appeal,
    revise_gold,
)
from peritus.work.models import Judgment, Slot
from tests.factories.bench import expert
from tests.factories.engagements import wall
from tests.factories.walk import Walk, key

CLAIM = "Statement b is what the protocol says."


@pytest.fixture
def overturned(walk):
    """The same, frozen: the second judge's "b" on q000 lost to the adjudicator's "a"."""
    walk.judge(contested={"q000": "a"})
    walk.freeze()
    return walk


@pytest.fixture
def missed(walk):
    """The same, frozen: gold of the lead says "b" on q001, where everybody said "a"."""
    walk.judge()
    item = walk.items[1]
    add_gold(item.pk, "answer", "b", source="Section 3.", weighs=True, by=walk.lead, key=key())
    walk.freeze()
    pump(until_idle=True)
    return walk


def losing(walk, place=1, item=0):
    return Judgment.objects.get(
        item=walk.items[item], expert=walk.judges[place], slot__purpose="first"
    )


def make(walk, **changes):
    given = {"judgment": losing(walk), "claim": CLAIM, "by": walk.judges[1].user, "key": "appeal"}
    given |= changes
    return make_appeal(given["judgment"].pk, "answer", given["claim"], by=given["by"],
                       key=given["key"])  # fmt: skip


def make_against_gold(walk, **changes):
    return make(walk, judgment=losing(walk, item=1), **changes)


def decide(walk, appeal, *, granted=True, **changes):
    given = {"reason": "Section 3 was misread.", "by": walk.manager, "key": "decide"} | changes
    return decide_gold_appeal(appeal.pk, granted=granted, **given)


def kinds(prefix="appeal"):
    found = Event.objects.filter(kind__startswith=prefix).order_by("pk")
    return list(found.values_list("kind", flat=True))


def causes(walk, item=0):
    found = outcomes_of(counted_judgments().filter(item=walk.items[item]))
    return [(each.expert, each.known.cause, each.right) for each in found]


# make_appeal


def test_make_appeal_claims_once_when_repeated(overturned):
    first, again = make(overturned), make(overturned)

    assert first == again
    assert (first.against, first.contested.expert) == ("adjudication", overturned.adjudicator)
    assert first.due_at - first.made_at == timedelta(days=7)
    assert kinds() == ["appeal.made"]


def test_make_appeal_names_the_version_of_the_gold(missed):
    appeal = make_against_gold(missed)

    assert (appeal.against, appeal.gold.version) == ("gold", 1)


def test_make_appeal_refuses_before_the_lot_is_frozen(walk):
    walk.judge(contested={"q000": "a"})

    with pytest.raises(AppealRefused, match="No answer of yours was overturned"):
        make(walk)


def test_make_appeal_refuses_an_answer_that_stands(overturned):
    with pytest.raises(AppealRefused, match="No answer of yours was overturned"):
        make(overturned, judgment=losing(overturned, place=0), by=overturned.judges[0].user)


@pytest.mark.parametrize("claim", ["", "I disagree", "x " * 1_001])
def test_make_appeal_needs_a_claim(overturned, claim):
    with pytest.raises(AppealRefused, match="Write why your answer is right"):
        make(overturned, claim=claim)


def test_make_appeal_refuses_a_second_one_against_the_same(overturned):
    make(overturned)

    with pytest.raises(AppealRefused, match="You appealed against this already"):
        make(overturned, key="another")


def test_make_appeal_does_not_find_somebody_elses_answer(overturned):
    for other in (overturned.judges[0].user, overturned.lead, Walk().judges[0].user):
        with pytest.raises(Judgment.DoesNotExist):
            make(overturned, by=other)
    assert not own_appeals(overturned.judges[0].user).exists()


# give_appeal and what the second adjudicator says


def second_says(walk, answer, appeal=None):
    second = expert(name="Second judge")
    appeal = appeal or make(walk)
    give_appeal(appeal.pk, second.pk, by=walk.lead, key=key())
    [slot] = [each for each in walk.slots(Slot.Purpose.ADJUDICATION) if each.number > 1]
    walk.answer(slot, answer)
    pump(until_idle=True)
    appeal.refresh_from_db()
    return appeal, second


def test_a_second_adjudicator_who_agrees_grants_the_appeal_and_decides_anew(overturned):
    freeze = overturned.lot.freezes.get()

    appeal, second = second_says(overturned, "b")

    assert (appeal.outcome, appeal.decided_by) == ("granted", second.user)
    assert appeal.reason == "Statement b is the only one that fits."
    decision = Decision.objects.get(item=overturned.items[0])
    assert (decision.answer, decision.rule) == ("b", "appealed")
    assert Judgment.objects.filter(item=overturned.items[0]).count() == 4
    assert moved_since(freeze) == 1
    assert causes(overturned)[1][1:] == (Cause.APPEAL, True)
    assert kinds() == ["appeal.made", "appeal.given", "appeal.decided"]


def test_a_second_adjudicator_who_does_not_agree_refuses_the_appeal(overturned):
    appeal, _ = second_says(overturned, "a")

    decision = Decision.objects.get(item=overturned.items[0])
    assert appeal.outcome == "refused"
    assert (decision.answer, decision.rule) == ("a", "appealed")
    assert causes(overturned)[1][1:] == (Cause.APPEAL, False)


def test_what_was_decided_on_appeal_stands(overturned):
    second_says(overturned, "a")

    with pytest.raises(AppealRefused, match="A second person has decided this on appeal"):
        make(overturned, key="another")


def test_an_appeal_can_be_made_against_an_audit(walk):
    freeze = walk.drawn()
    walk.audit(freeze, differing=[1], most=3)
    item = freeze.audits.get(place=1).item
    mine = Judgment.objects.get(item=item, expert=walk.judges[1], slot__purpose="first")

    appeal, _ = second_says(walk, "a", make(walk, judgment=mine))

    assert (appeal.against, appeal.outcome) == ("audit", "granted")
    assert freeze.audits.get(place=1).differs is True  # the audit of the freeze stands
    assert Decision.objects.get(item=item).answer == "a"


def test_a_freeze_after_a_granted_appeal_takes_the_new_answer(overturned):
    second_says(overturned, "b")

    again = overturned.freeze()

    assert again.number == 2
    assert again.decisions.get(item=overturned.items[0]).answer == "b"


def test_give_appeal_gives_once_when_repeated(overturned):
    appeal, second = make(overturned), expert()

    first = give_appeal(appeal.pk, second.pk, by=overturned.lead, key="g")

    assert give_appeal(appeal.pk, second.pk, by=overturned.lead, key="g") == first
    assert first.slot.number == 2
    assert first.slot.reserved_for == second


def test_give_appeal_refuses_everybody_who_had_a_part(overturned):
    appeal, item = make(overturned), overturned.items[0]
    walled = wall(engagement=overturned.engagement, item=item, expert=expert()).expert
    for each in (*overturned.judges, overturned.adjudicator, walled):
        with pytest.raises(AppealRefused, match=r"before\.|A wall stands"):
            give_appeal(appeal.pk, each.pk, by=overturned.lead, key=key())


def test_give_appeal_refuses_while_somebody_has_it_and_takes_another_when_skipped(overturned):
    appeal = make(overturned)
    give_appeal(appeal.pk, expert().pk, by=overturned.lead, key=key())
    with pytest.raises(AppealRefused, match="It waits for"):
        give_appeal(appeal.pk, expert().pk, by=overturned.lead, key=key())

    overturned.answer(overturned.slots(Slot.Purpose.ADJUDICATION)[0], None)
    given = give_appeal(appeal.pk, expert().pk, by=overturned.lead, key=key())

    assert given.slot.number == 3


def test_give_appeal_refuses_gold(missed):
    with pytest.raises(AppealRefused, match="decided here"):
        give_appeal(make_against_gold(missed).pk, expert().pk, by=missed.manager, key="g")


def test_give_appeal_is_refused_to_others_and_not_found_elsewhere(overturned):
    appeal = make(overturned)

    with pytest.raises(NotAllowed, match="second person"):
        give_appeal(appeal.pk, expert().pk, by=overturned.client, key="a")
    with pytest.raises(Appeal.DoesNotExist):
        give_appeal(appeal.pk, expert().pk, by=Walk().lead, key="b")


# decide_gold_appeal


def test_decide_gold_appeal_publishes_a_version_and_scores_again(missed):
    judge = missed.judges[1]
    before = judge.skills.get()
    appeal = make_against_gold(missed)

    first, again = decide(missed, appeal), decide(missed, appeal)
    pump(until_idle=True)

    assert first == again
    assert (first.outcome, first.decided_by) == ("granted", missed.manager)
    gold = current_gold().get()
    assert (gold.version, gold.answer, gold.set_by) == (2, "a", missed.manager)
    assert (before.right, judge.skills.get().right) == (0, 1)
    assert {row[1:] for row in causes(missed, item=1)} == {(Cause.GOLD, True)}
    assert kinds() == ["appeal.made", "appeal.decided"]


def test_decide_gold_appeal_grants_without_another_version_when_gold_was_mended(missed):
    appeal = make_against_gold(missed)
    revise_gold(
        appeal.gold.pk, "a", source="Section 3.", because="Misread.", by=missed.lead, key=key()
    )

    assert decide(missed, appeal).outcome == "granted"
    assert current_gold().get().version == 2


def test_decide_gold_appeal_keeps_the_version_when_refused(missed):
    decided = decide(missed, make_against_gold(missed), granted=False)

    assert decided.outcome == "refused"
    assert current_gold().get().version == 1


def test_decide_gold_appeal_is_refused_to_who_set_the_gold(missed):
    with pytest.raises(NotAllowed, match="neither set the answer nor appeals"):
        decide(missed, make_against_gold(missed), by=missed.lead)


def test_decide_gold_appeal_is_refused_to_the_appellant(missed):
    appeal = make_against_gold(missed)
    appeal.engagement.manager = missed.judges[1].user
    appeal.engagement.save()

    with pytest.raises(NotAllowed):
        decide(missed, appeal, by=missed.judges[1].user)


def test_decide_gold_appeal_does_not_find_another_clients(missed):
    with pytest.raises(Appeal.DoesNotExist):
        decide(missed, make_against_gold(missed), by=Walk().manager)


def test_decide_gold_appeal_refuses_a_decided_one_or_one_without_a_reason(missed):
    appeal = make_against_gold(missed)
    with pytest.raises(AppealRefused, match="Write the reason"):
        decide(missed, appeal, reason=" ", key="a")
    decide(missed, appeal, key="b")

    with pytest.raises(AppealRefused, match="It was granted at"):
        decide(missed, appeal, key="c")


def test_decide_gold_appeal_refuses_an_adjudication(overturned):
    with pytest.raises(AppealRefused, match="A second adjudicator's judgment decides"):
        decide(overturned, make(overturned))


# the engine's part


def test_close_appeal_and_note_overdue_are_refused_to_people(overturned):
    appeal = make(overturned)

    with pytest.raises(NotAllowed):
        close_appeal(appeal.pk, losing(overturned).pk, by=overturned.lead, key="a")
    with pytest.raises(NotAllowed):
        note_overdue_appeal(appeal.pk, by=overturned.lead, key="b")


def test_note_overdue_appeal_notes_it_once(overturned, clock):
    appeal = make(overturned)
    assert not appeals_that_became_overdue(clock()).exists()
    clock.move_to(appeal.due_at + timedelta(hours=1))
    assert list(appeals_that_became_overdue(clock())) == [appeal]

    note_overdue_appeal(appeal.pk, by=engine(), key="o")

    assert not appeals_that_became_overdue(clock()).exists()
    assert kinds() == ["appeal.made", "appeal.overdue"]
