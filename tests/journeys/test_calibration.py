"""A calibration round to its minutes: nothing is produced before experts agree, or it is waived."""

from __future__ import annotations

import pytest

from peritus.billing.models import Posting
from peritus.delivery.queries import file_bytes
from peritus.delivery.verbs import write_evidence_pack
from peritus.delivery.verification import verify_pack
from peritus.engagements.queries import current_guideline
from peritus.quality.calibration import comparison_of, round_items
from peritus.quality.models import Decision, RoundWaiver
from peritus.quality.verbs import propose_guideline, publish_proposal, waive_round
from peritus.simulation.invariants import broken_invariants
from peritus.work.errors import StaffingRefused
from peritus.work.models import Judgment, ProductionRelease
from tests.factories.rounds import RoundWalk
from tests.factories.walk import key

pytestmark = [pytest.mark.django_db, pytest.mark.journey]


@pytest.fixture
def table(clock):
    return RoundWalk()


def amended(table, found):
    """Write what was agreed into the guideline, as the manager does after a round."""
    walk = table.walk
    text = current_guideline(walk.engagement).text + "\nStatement b is meant literally.\n"
    proposal = propose_guideline(
        walk.engagement.pk, text, title="Read b literally",
        cause=f"Calibration round {found.number}", touched_keys=[], by=walk.manager, key=key(),
    )  # fmt: skip
    publish_proposal(proposal.pk, by=walk.manager, key=key())
    return text


def test_experts_disagree_amend_the_guideline_agree_and_only_then_produce(table, tmp_path):
    walk, first = table.walk, table.open()
    with pytest.raises(StaffingRefused, match="waits"):
        walk.open_first_slots()
    table.judge(first, apart={item.key: "b" for item in round_items(first)[:2]})
    assert comparison_of(first).unsettled == 2
    table.settle(first)
    text = amended(table, first)
    table.close(first, decided="Statement b is meant literally.")
    assert (first.reached, ProductionRelease.objects.exists()) == (False, False)
    with pytest.raises(StaffingRefused, match="waits"):
        walk.open_first_slots()

    second = table.open()
    table.judge(second)
    table.close(second, decided="All agree under version 2.")
    assert second.reached
    assert not Decision.objects.filter(lot=walk.lot, state="decided").exists()
    freeze = walk.drawn()
    walk.audit(freeze)
    walk.certify(freeze)

    path = tmp_path / "pack.zip"
    path.write_bytes(file_bytes(write_evidence_pack(freeze.pk, by=walk.manager, key=key())))
    assert [each for each in verify_pack(path).checks if not each.passed] == []
    assert freeze.guideline_version.text == text
    learnt = Judgment.objects.filter(slot__purpose="calibration")
    assert learnt.count() == 2 * 8 * len(table.judges)
    counted = {uid for row in Decision.objects.filter(lot=walk.lot) for uid in row.judgments}
    assert counted
    assert counted.isdisjoint(str(each.uid) for each in learnt)
    assert Posting.objects.filter(fact_uid__in=learnt.values("uid")).exists()
    assert broken_invariants() == {}


def test_a_waiver_lets_production_go_and_stays_on_record(table):
    walk = table.walk

    waiver = waive_round(
        walk.lot.pk, reason="The same three judged the pilot last week.", by=walk.manager, key=key()
    )
    walk.judge()

    assert RoundWaiver.objects.get(lot=walk.lot) == waiver
    assert "waived" in ProductionRelease.objects.get().because
    assert set(Decision.objects.filter(lot=walk.lot).values_list("state", flat=True)) == {"decided"}
    assert broken_invariants() == {}
