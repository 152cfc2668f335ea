"""What nobody can do without the certificate saying so: four negative tests."""

from __future__ import annotations

from hashlib import sha256

import pytest

from peritus.algorithms.certification import UnplannedLook
from peritus.journal.pump import pump
from peritus.quality.errors import DrawRefused, LotNotCertifiable, LotNotFreezable, PlanRefused
from peritus.quality.models import Audit, Certificate, Draw, FrozenDecision
from peritus.quality.queries import plan_of, standing_of
from peritus.quality.verbs import commit_nonce, draw_audits, record_plan, reveal_nonce
from peritus.simulation.invariants import broken_invariants
from peritus.work.errors import JudgmentStands
from peritus.work.models import Judgment, Slot
from peritus.work.verbs import submit_judgment, take_back_judgment
from tests.factories.walk import NONCE, Walk, key

pytestmark = [pytest.mark.journey, pytest.mark.slow]


@pytest.fixture
def walk(clock):
    """Sixteen items; looks at 4 and 8, of which only the second certifies, with one difference."""
    return Walk(size=16, looks=(4, 8), promise=0.4, first_judges=1)


def refusal(walk, freeze):
    with pytest.raises(LotNotCertifiable) as refused:
        walk.certify(freeze)
    assert not Certificate.objects.exists()
    return refused.value.blockers


def change(judgment):
    """Let a first judge take an answer back and give another one."""
    by = judgment.expert.user
    lease = take_back_judgment(judgment.pk, by=by, key=key())
    submit_judgment(lease.pk, lease.fence, {"answer": "c"}, by=by, key=key())
    pump(until_idle=True)


# Decisions that move after the freeze


def test_certify_refuses_decisions_that_moved_after_the_freeze(walk):
    freeze = walk.drawn()
    walk.audit(freeze)
    first = Judgment.objects.filter(slot__purpose=Slot.Purpose.FIRST).order_by("id")[0]

    change(first)

    assert refusal(walk, freeze) == [
        (
            "1 live decisions moved after the freeze; freeze the lot again, so that nothing is "
            "claimed about answers that do not stand."
        )
    ]


def test_certify_refuses_a_judgment_taken_back_before_the_audit_was_read(walk):
    freeze = walk.drawn()
    audit = walk.waiting_audits(freeze)[0]
    judgment = Judgment.objects.get(item=audit.item, slot__purpose=Slot.Purpose.FIRST)

    take_back_judgment(judgment.pk, by=judgment.expert.user, key=key())
    walk.audit(freeze)

    assert refusal(walk, freeze)[0].startswith("1 live decisions moved after the freeze")


def test_certify_refuses_a_frozen_decision_that_was_altered(walk):
    freeze = walk.drawn()
    audit = walk.waiting_audits(freeze)[0]
    FrozenDecision.objects.filter(freeze=freeze, item=audit.item).update(answer="b")
    walk.audit(freeze, differing=[1])

    assert "Frozen decisions differ from the frozen document; they were altered." in refusal(
        walk, freeze
    )
    assert next(iter(broken_invariants())) == "Every frozen decision equals its document"


def test_a_second_freeze_leaves_the_first_one_on_its_certificate(walk):
    spoilt = walk.drawn()
    walk.audit(spoilt, differing=range(1, 4))
    with pytest.raises(LotNotFreezable, match="Nothing moved since freeze 1"):
        walk.freeze()

    change(Judgment.objects.get(item=walk.items[0], slot__purpose=Slot.Purpose.FIRST))
    walk.commit()
    mended = walk.freeze()
    walk.plan(mended)
    walk.reveal(mended)
    while waiting := walk.waiting_audits(mended):
        for audit in waiting:
            walk.answer(audit.slot, "c" if audit.item == walk.items[0] else "a")
        pump(until_idle=True)
    certificate = walk.certify(mended)

    assert standing_of(spoilt).verdict == "spent"
    assert "Freeze 1 of the lot came before: spent, 3 of 4 audits differed." in (
        certificate.not_checked
    )
    assert "freeze 2" in refusal_of_older(walk, spoilt)


def refusal_of_older(walk, freeze):
    with pytest.raises(LotNotCertifiable) as refused:
        walk.certify(freeze)
    return " ".join(refused.value.blockers)


# A seed chosen by the provider


def test_the_provider_cannot_draw_while_a_commitment_waits(walk):
    walk.judge()
    walk.commit()
    freeze = walk.freeze()
    walk.plan(freeze)

    with pytest.raises(DrawRefused, match="only the client reveals it"):
        draw_audits(freeze.pk, "aa" * 16, by=walk.lead, key=key())

    assert not Draw.objects.exists()


def test_the_client_cannot_reveal_another_nonce(walk):
    walk.judge()
    walk.commit()
    freeze = walk.freeze()
    walk.plan(freeze)

    with pytest.raises(DrawRefused, match="not the nonce that was committed to"):
        reveal_nonce(freeze.pk, "aa" * 16, by=walk.client, key=key())

    assert not Draw.objects.exists()


def test_nobody_commits_after_the_freeze(walk):
    walk.judge()
    freeze = walk.freeze()
    walk.plan(freeze)
    walk.commit()  # stands for the next freeze

    with pytest.raises(DrawRefused, match="No commitment was made before this freeze"):
        reveal_nonce(freeze.pk, NONCE, by=walk.client, key=key())


def test_nobody_draws_a_second_time(walk):
    freeze = walk.drawn()

    with pytest.raises(DrawRefused, match="has its draw"):
        reveal_nonce(freeze.pk, NONCE, by=walk.client, key=key())
    with pytest.raises(DrawRefused, match="has its draw"):
        draw_audits(freeze.pk, "aa" * 16, by=walk.lead, key=key())


def test_the_certificate_says_that_the_provider_drew_without_a_commitment(walk):
    walk.judge()
    freeze = walk.freeze()
    walk.plan(freeze)
    walk.draw(freeze)
    walk.audit(freeze)

    assert walk.certify(freeze).drawer == "provider"


def test_certify_refuses_a_draw_that_was_said_to_be_the_clients(walk):
    walk.judge()
    freeze = walk.freeze()
    walk.plan(freeze)
    walk.draw(freeze)
    walk.audit(freeze)
    Draw.objects.update(drawer="client")

    assert refusal(walk, freeze) == [
        "The draw differs from what the journal recorded; it was altered.",
        "The draw does not use the nonce that the client committed to.",
    ]


def test_certify_refuses_a_seed_that_does_not_follow_from_the_nonce(walk):
    freeze = walk.drawn()
    walk.audit(freeze)
    Draw.objects.update(seed=sha256(b"chosen").hexdigest())

    assert "The seed of the draw does not follow from freeze and nonce." in refusal(walk, freeze)


def test_a_commitment_cannot_be_changed(walk):
    walk.judge()
    walk.commit()

    with pytest.raises(DrawRefused, match="it cannot be changed"):
        commit_nonce(walk.lot.pk, sha256(b"other").hexdigest(), by=walk.client, key=key())


# An auditor who answers only part of the draw


def test_certify_refuses_while_part_of_the_draw_is_unanswered(walk):
    freeze = walk.drawn()
    opened = freeze.audits.count()
    walk.audit(freeze, most=opened - 1)

    assert standing_of(freeze).next_look == 4
    assert refusal(walk, freeze)[0].startswith("3 audits are in")


def test_an_audit_answered_out_of_order_does_not_count_before_its_place(walk):
    freeze = walk.drawn()
    for audit in freeze.audits.order_by("-place")[:3]:
        walk.answer(audit.slot, "a")
    pump(until_idle=True)

    assert standing_of(freeze).audited == 0
    assert refusal(walk, freeze)[0].startswith("0 audits are in")


def test_an_auditor_who_skips_a_drawn_item_is_counted_as_differing(walk):
    freeze = walk.drawn()
    walk.answer(walk.waiting_audits(freeze)[0].slot, None)
    pump(until_idle=True)
    walk.audit(freeze)

    assert (standing_of(freeze).differing, walk.certify(freeze).differing) == (1, 1)


def test_an_auditor_cannot_take_an_answer_back(walk):
    freeze = walk.drawn()
    judgment = walk.answer(walk.waiting_audits(freeze)[0].slot, "b")
    pump(until_idle=True)

    with pytest.raises(JudgmentStands):
        take_back_judgment(judgment.pk, by=walk.auditor.user, key=key())

    assert [each.differs for each in freeze.audits.order_by("place")[:1]] == [True]


@pytest.mark.parametrize("hidden", [1, 8], ids=["first", "last"])
def test_certify_refuses_a_hidden_audit(walk, hidden):
    freeze = walk.drawn()
    walk.audit(freeze)
    Audit.objects.filter(freeze=freeze, place=hidden).delete()

    assert any("none may be hidden" in blocker for blocker in refusal(walk, freeze))
    assert list(broken_invariants()) == [
        "Every audit stands in the order of the draw",
        "Skills derived again equal the table",
    ]


def test_certify_refuses_a_difference_that_was_rubbed_out(walk):
    freeze = walk.drawn()
    walk.audit(freeze, differing=[7, 8])
    assert standing_of(freeze).verdict == "spent"
    freeze.audits.update(differs=False)

    assert refusal(walk, freeze) == [
        "What the auditor found differs from what the journal recorded; it was altered."
    ]


# An unplanned look


def test_an_unplanned_look_certifies_nothing(walk):
    freeze = walk.drawn()
    walk.audit(freeze, most=4, differing=[1])
    walk.audit(freeze, most=2)

    standing = standing_of(freeze)

    assert (standing.verdict, standing.audited, standing.next_look) == ("continue", 6, 8)
    with pytest.raises(UnplannedLook):
        plan_of(freeze).verdict(6, 1)
    assert refusal(walk, freeze)[0].startswith("6 audits are in")


def test_a_plan_cannot_be_replaced_once_audits_are_in(walk):
    freeze = walk.drawn()
    walk.audit(freeze, most=3)

    with pytest.raises(PlanRefused, match="has its audit plan"):
        record_plan(freeze.pk, by=walk.lead, key=key())


def test_certify_refuses_a_plan_with_looks_added_afterwards(walk):
    freeze = walk.drawn()
    walk.audit(freeze, most=4, differing=[1])
    walk.audit(freeze, most=2)
    freeze.plan.looks = [4, 6, 8]
    freeze.plan.digest = "0" * 64
    freeze.plan.save()

    assert "The audit plan is not the one whose digest was recorded." in refusal(walk, freeze)
