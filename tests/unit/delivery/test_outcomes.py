"""Outcomes told again from events alone, by the rules that the flow has for them."""

from __future__ import annotations

from collections import Counter
from uuid import UUID, uuid5

from peritus.delivery.verification.chain import Chain, SaidEvent
from peritus.delivery.verification.outcomes import (
    ADJUDICATION,
    APPEAL,
    AUDIT,
    Held,
    History,
)

ITEM = str(UUID(int=1))
LOT = "lot"


class Told:
    """Events as they are said, one after the other."""

    def __init__(self) -> None:
        self.events: list[SaidEvent] = []

    def say(self, kind: str, about: str = "", **data: object) -> str:
        event = SaidEvent(len(self.events), kind, "actor", LOT, about, "2026", data, "engagement")
        self.events.append(event)
        return about

    def judge(self, uid: str, answer: str, *, purpose: str = "first", slot: str = "", by="e"):
        said = {"answers": {"q": answer}, "expert": by, "item": ITEM, "lot": LOT}
        return self.say(
            "judgment.submitted", uid, **said, purpose=purpose, slot=slot or f"slot {uid}"
        )

    def adjudicate(self, uid: str, answer: str, number: int, *, by: str = "adjudicator"):
        slot = str(uuid5(UUID(ITEM), f"slot/adjudication/{number}"))
        return self.judge(uid, answer, purpose="adjudication", slot=slot, by=by)

    def audit(self, uid: str, answer: str, freeze: int = 1):
        self.judge(uid, answer, purpose="audit", by="auditor")
        self.say("audit.recorded", freeze=f"digest {freeze}", item=ITEM, judgment=uid)

    def freeze(self, number: int = 1) -> None:
        self.say("lot.frozen", f"freeze {number}", digest=f"digest {number}", number=number)

    def history(self) -> History:
        self.freeze(99)
        return History(Chain(tuple(self.events)), self.events[-1])


def test_an_adjudicated_answer_is_held_against_the_adjudication():
    told = Told()
    told.judge("j", "a")
    told.adjudicate("adj", "b", 1)

    history = told.history()

    assert history.outcomes() == {("j", "q"): Held(ADJUDICATION, "b", "adj"), ("adj", "q"): None}
    assert history.answered() == Counter({("e", "q"): 1, ("adjudicator", "q"): 1})


def test_an_audit_is_stronger_than_an_adjudication_and_an_appeal_than_an_audit():
    told = Told()
    told.judge("j", "a")
    told.adjudicate("adj", "b", 1)
    told.freeze()
    told.audit("au", "c")
    audited = told.history().outcomes()
    told.adjudicate("second", "d", 2, by="another")
    appealed = told.history().outcomes()

    assert audited["j", "q"] == Held(AUDIT, "c", "au")
    assert audited["adj", "q"] == Held(AUDIT, "c", "au")
    assert appealed["j", "q"] == appealed["adj", "q"] == Held(APPEAL, "d", "second")
    assert appealed["second", "q"] == Held(AUDIT, "c", "au")


def test_the_audit_of_the_later_freeze_counts():
    told = Told()
    told.judge("j", "a")
    told.freeze(1)
    told.freeze(2)
    told.audit("newer", "b", freeze=2)
    told.audit("older", "c", freeze=1)

    assert told.history().outcomes()["j", "q"] == Held(AUDIT, "b", "newer")


def test_what_was_taken_back_counts_only_once_its_lot_was_frozen():
    told = Told()
    told.judge("early", "a", slot="one")
    told.say("judgment.taken_back", judgment="early")
    told.judge("again", "b", slot="one")
    told.judge("late", "c", slot="two")
    told.freeze()
    told.say("judgment.taken_back", judgment="late")

    counted = [event.about for event in told.history().counted]

    assert counted == ["again", "late"]


def test_the_first_answer_in_a_slot_counts_for_the_record_and_each_for_the_number():
    told = Told()
    told.judge("one", "a", slot="s")
    told.judge("two", "b", slot="s")
    told.adjudicate("adj", "b", 1)

    history = told.history()

    assert set(history.outcomes()) == {("one", "q"), ("adj", "q")}
    assert history.answered()["e", "q"] == 2


def test_checks_calibrations_and_what_came_before_a_reopening_do_not_count():
    told = Told()
    told.judge("old", "a")
    told.adjudicate("old adj", "b", 1)
    told.say("items.reopened", items=[ITEM])
    for purpose in ("audit", "census", "calibration"):
        told.judge(purpose, "a", purpose=purpose)
    told.judge("new", "a")

    history = told.history()

    assert [event.about for event in history.counted] == ["new"]
    assert history.outcomes() == {("new", "q"): None}


def test_what_comes_after_the_freeze_is_not_known_to_it():
    told = Told()
    told.judge("j", "a")
    told.freeze()
    told.adjudicate("adj", "b", 1)
    frozen = told.events[1]

    history = History(Chain(tuple(told.events)), frozen)

    assert history.outcomes() == {("j", "q"): None}


def test_an_adjudication_that_was_taken_back_or_superseded_holds_nothing():
    told = Told()
    told.judge("j", "a")
    told.adjudicate("first", "b", 1)
    told.adjudicate("better", "c", 1)
    superseded = told.history().outcomes()
    told.say("judgment.taken_back", judgment="better")

    assert superseded["j", "q"] == Held(ADJUDICATION, "c", "better")
    assert told.history().outcomes()["j", "q"] is None
