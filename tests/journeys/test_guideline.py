"""A guideline changes after the certificate: exactly what it touches is judged anew."""

import io
import json

import pytest
from pypdf import PdfReader

from peritus.accounts.models import Role
from peritus.billing.models import Posting
from peritus.delivery.queries import file_bytes
from peritus.delivery.verbs import deliver_lot, write_evidence_pack
from peritus.delivery.verification import verify_pack
from peritus.engagements.models import Item
from peritus.journal.canonical import canonical
from peritus.journal.pump import pump
from peritus.quality.touching import Touch, items_touched, redoing
from peritus.quality.verbs import propose_guideline, publish_proposal
from peritus.simulation.invariants import broken_invariants
from peritus.work.models import Slot
from tests.factories.accounts import member
from tests.factories.packs import Verdicts, members_of, repacked, verdicts
from tests.factories.walk import key

pytestmark = [pytest.mark.journey, pytest.mark.slow, pytest.mark.django_db]
NEW_TEXT = "# The test\n\nWhere two statements fit, take the earlier one."


@pytest.fixture
def changed(walk):
    """A certified lot whose two disputed items were reopened by a new guideline version."""
    walk.judge(contested={"q000": "b", "q001": "a"})
    certify(walk)
    items = items_touched(walk.engagement, Touch(question="answer", disputed=True))
    proposal = propose_guideline(
        walk.engagement.pk,
        NEW_TEXT,
        title="The earlier statement",
        cause="The judges part where two statements fit.",
        touched_keys=[item.key for item in items],
        by=walk.lead,
        key=key(),
    )
    publish_proposal(proposal.pk, by=walk.manager, key=key())
    pump(until_idle=True)
    return walk


def certify(walk):
    walk.commit()
    freeze = walk.freeze()
    walk.plan(freeze)
    walk.reveal(freeze)
    answers = {each.item_id: each.answer for each in freeze.decisions.all()}
    while waiting := walk.waiting_audits(freeze):
        for audit in waiting:
            walk.answer(audit.slot, answers[audit.item_id])
        pump(until_idle=True)
    walk.certify(freeze)
    pump(until_idle=True)
    return freeze


def judge_again(walk):
    for slot in walk.slots(Slot.Purpose.FIRST):
        walk.answer(slot, "c" if slot.item.key == "q000" else "ab"[slot.number - 1])
    pump(until_idle=True)
    for slot in walk.slots(Slot.Purpose.ADJUDICATION):
        walk.answer(slot, "b")
    pump(until_idle=True)


def pack_of(walk, freeze, folder):
    pack = file_bytes(write_evidence_pack(freeze.pk, by=walk.manager, key=key()))
    path = folder / f"{freeze.number}.zip"
    path.write_bytes(pack)
    return path, members_of(pack)


def test_the_certificate_rests_and_its_evidence_says_so(changed, tmp_path):
    freeze = changed.lot.freezes.get()

    report = deliver_lot(freeze.pk, by=changed.manager, key=key())
    pump(until_idle=True)
    path, members = pack_of(changed, freeze, tmp_path)

    verified = verify_pack(path)
    claim = next(each for each in verified.checks if each.name == "claim")
    assert verified.passed
    assert "SUSPENDED: 2 of these decisions were reopened" in claim.detail
    assert "SUSPENDED: nothing is claimed" in members["SCOPE.md"].decode()
    assert report.name.endswith(".pdf")
    shown = PdfReader(io.BytesIO(members["report.pdf"])).pages[0].extract_text()
    assert "SUSPENDED" in shown
    assert "CERTIFIED" not in shown
    assert broken_invariants() == {}


def test_what_is_judged_anew_is_certified_anew_and_verifies(changed, tmp_path):
    judge_again(changed)
    again = certify(changed)

    path, members = pack_of(changed, again, tmp_path)

    assert verdicts(path) == Verdicts((), ())
    frozen = json.loads(members["freeze.json"])["decisions"]
    assert [(each["key"], each["answer"], each["rule"]) for each in frozen[:3]] == [
        ("q000", "c", "unanimous"),
        ("q001", "b", "adjudicated"),
        ("q002", "a", "unanimous"),
    ]
    assert members["guideline.md"].decode() == NEW_TEXT
    [older] = [json.loads(line) for line in members["guidelines.jsonl"].splitlines()]
    assert older["number"] == 1
    assert list(Item.objects.filter(reopened__gt=0).values_list("key", flat=True)) == [
        "q000",
        "q001",
    ]
    assert broken_invariants() == {}


def test_a_pack_whose_older_guideline_was_altered_is_refused(changed, tmp_path):
    judge_again(changed)
    path, members = pack_of(changed, certify(changed), tmp_path)
    row = json.loads(members["guidelines.jsonl"])
    members["guidelines.jsonl"] = canonical(row | {"text": "# Another"}) + b"\n"
    path.write_bytes(repacked(members))

    assert verdicts(path) == Verdicts(("freeze",), ("freeze",))
    faults = [each.detail for each in verify_pack(path).checks if not each.passed]

    assert any("guidelines.jsonl: version 1" in fault for fault in faults)


def test_redoing_costs_what_was_counted_and_no_judgment_more(changed):
    before = Posting.objects.count()
    expected = redoing(changed.engagement, list(Item.objects.filter(reopened=1)))

    judge_again(changed)

    assert expected.judgments == 0  # what was answered rests: nothing of it is redone twice
    entries = 4 + 1  # two first judgments on each item, one adjudication
    assert Posting.objects.count() - before == 2 * entries  # each debits and credits


def test_a_manager_of_other_engagements_cannot_publish_the_change(changed):
    stranger = member(Role.MANAGER)
    proposal = changed.engagement.guideline_proposals.get()

    with pytest.raises(type(proposal).DoesNotExist):
        publish_proposal(proposal.pk, by=stranger, key=key())
