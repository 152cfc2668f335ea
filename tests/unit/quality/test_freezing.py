import json
from hashlib import sha256

import pytest

from peritus.blobs.store import content_of
from peritus.engagements.models import Lot
from peritus.journal.errors import KeyUsedDifferently, NotAllowed
from peritus.journal.models import Event
from peritus.quality.errors import LotNotFreezable
from peritus.quality.models import Decision, Freeze
from peritus.quality.queries import freeze_document, latest_freezes, moved_since
from peritus.quality.verbs import freeze_lot
from tests.factories.accounts import member
from tests.factories.engagements import engagement, guideline_version, item, lot
from tests.factories.quality import decision


@pytest.fixture
def course(clock):
    course = engagement(manager=member("manager"), quality_lead=member("quality"))
    guideline_version(engagement=course, organisation=course.organisation)
    return course


@pytest.fixture
def ready(course):
    """A lot of three items: two decided, one open."""
    parent = lot(engagement=course)
    for key, state, answer in (
        ("q2", "decided", "yes"),
        ("q1", "decided", "no"),
        ("q3", "open", ""),
    ):
        decision(item=item(lot=parent, key=key), state=state, answer=answer, rule="unanimous")
    return parent


def freeze(lot, key="k", **changes):
    return freeze_lot(lot.pk, **{"by": lot.engagement.quality_lead, "key": key} | changes)


def test_freeze_lot_keeps_decisions_in_a_document_named_by_its_digest(ready):
    frozen = freeze(ready)

    content = content_of(ready.organisation_id, frozen.digest)
    document = json.loads(content)
    assert sha256(content).hexdigest() == frozen.digest
    assert [(each["key"], each["answer"]) for each in document["decisions"]] == [
        ("q1", "no"),
        ("q2", "yes"),
    ]
    assert (document["open"], document["number"], document["lot"]) == (["q3"], 1, ready.code)
    assert document == freeze_document(frozen)
    assert (frozen.population, frozen.open_items) == (2, 1)
    assert frozen.decisions.count() == 2


def test_freeze_lot_freezes_once_when_repeated(ready):
    assert freeze(ready) == freeze(ready)
    assert [event.kind for event in Event.objects.all()] == ["lot.frozen"]


def test_freeze_lot_refuses_the_same_key_for_another_lot(ready, course):
    freeze(ready)

    with pytest.raises(KeyUsedDifferently):
        freeze(lot(engagement=course))


@pytest.mark.parametrize("state", ["pending", "contested"])
def test_freeze_lot_waits_for_every_item(ready, state):
    decision(item=item(lot=ready), state=state, answer="")

    with pytest.raises(LotNotFreezable) as refused:
        freeze(ready)

    assert refused.value.blockers == ["1 items still wait for judgments or an adjudication."]


def test_freeze_lot_waits_for_items_without_any_decision(ready):
    item(lot=ready)

    with pytest.raises(LotNotFreezable, match="1 items still wait"):
        freeze(ready)


def test_freeze_lot_refuses_a_lot_in_which_nothing_is_decided(course):
    with pytest.raises(LotNotFreezable, match="No item of this lot is decided yet"):
        freeze(lot(engagement=course))


def test_freeze_lot_refuses_to_draw_the_same_answers_again(ready):
    freeze(ready)

    with pytest.raises(LotNotFreezable, match="Nothing moved since freeze 1"):
        freeze(ready, key="other")


def test_freeze_lot_freezes_again_once_a_decision_moved(ready):
    first = freeze(ready)
    Decision.objects.filter(item__key="q1").update(answer="yes")

    assert moved_since(first) == 1
    second = freeze(ready, key="other")

    assert (second.number, second.digest == first.digest) == (2, False)
    assert list(latest_freezes(ready.engagement)) == [second]
    assert moved_since(second) == 0


def test_moved_since_counts_an_open_item_that_was_decided(ready):
    first = freeze(ready)

    Decision.objects.filter(item__key="q3").update(state="decided", answer="yes")

    assert moved_since(first) == 1


def test_freeze_lot_is_the_quality_leads(ready, course):
    with pytest.raises(NotAllowed):
        freeze(ready, by=course.manager)


def test_freeze_lot_does_not_see_another_clients_lot(ready):
    stranger = engagement(quality_lead=member("quality")).quality_lead

    with pytest.raises(Lot.DoesNotExist):
        freeze(ready, by=stranger)

    assert not Freeze.objects.exists()
