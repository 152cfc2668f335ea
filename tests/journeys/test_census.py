"""The riskiest are checked one and all before the freeze; the sample is drawn from the others.

A panel of three judges errs here and there, most on ten hard items, an adjudicator
decides what they cannot, and the auditor says what two of three judges would say.
"""

import hashlib
import json
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from django.db import transaction

from peritus.billing.models import Posting, Term
from peritus.catalogue.plans import PlanTerms
from peritus.delivery.queries import file_bytes
from peritus.delivery.verbs import deliver_lot, write_evidence_pack
from peritus.delivery.verification import redraw, verify_pack
from peritus.journal.canonical import canonical, digest, sha256
from peritus.journal.clock import SteadyClock, clock_set_to
from peritus.journal.pump import pump
from peritus.quality.models import Decision
from peritus.quality.queries import standing_of
from peritus.quality.verbs import (
    certify_lot,
    commit_nonce,
    freeze_lot,
    open_census,
    record_plan,
    reveal_nonce,
)
from peritus.simulation.invariants import broken_invariants
from peritus.work.models import Judgment, Slot
from tests.factories.packs import (
    change,
    foreign_verifier,
    members_of,
    rechain,
    repacked,
    verdicts,
)
from tests.factories.panel import PanelWalk
from tests.factories.walk import NONCE, key

pytestmark = [pytest.mark.django_db, pytest.mark.journey, pytest.mark.slow]

SIZE, HARD, JUDGES = 48, 10, ("w0", "w1", "w2")
TERMS = PlanTerms(
    error=0.1, minimum=2, calibration_share=0.0, adjudicate_above=0.5, largest_census=0.3
)


def said(item, judge):
    """Return what a judge says, by a hash: often wrong on hard items, seldom on others."""
    chance = hashlib.sha256(f"{item}/{judge}".encode()).digest()[0] / 256
    return "b" if chance < (0.43 if item < HARD else 0.1) else "a"


ANSWERS = {
    (f"i{item:03}", judge): said(item, int(judge[1])) for item in range(SIZE) for judge in JUDGES
}


def most_say(item):
    given = [ANSWERS[item, judge] for judge in JUDGES]
    return max("ab", key=given.count)


class CensusWalk(PanelWalk):
    """The panel with an adjudicator who always says "a", and an auditor who knows most."""

    def work_off(self, purpose):
        """Let whoever is asked answer, round by round; return the items' keys in order."""
        answered = []
        while slots := self._asked(purpose):
            for slot in slots:
                self.answer(slot, "a" if purpose == "adjudication" else most_say(slot.item.key))
            pump(until_idle=True)
            answered += [slot.item.key for slot in slots]
        return answered

    def _asked(self, purpose):
        slots = Slot.objects.filter(lot=self.lot, purpose=purpose, state=Slot.State.OPEN)
        return list(slots.select_related("item", "reserved_for__user").order_by("id"))


def answers():
    return dict(Decision.objects.values_list("item__key", "answer"))


@pytest.fixture(scope="module")
def run(django_db_setup, django_db_blocker, tmp_path_factory):
    """The engagement from its plan to the evidence pack, once for the module."""
    with django_db_blocker.unblock(), transaction.atomic():
        with clock_set_to(SteadyClock(datetime(2026, 3, 10, 9, tzinfo=UTC))):
            yield _walked(tmp_path_factory.mktemp("packs") / "pack.zip")
        transaction.set_rollback(True)


def _walked(path):
    walk = CensusWalk(ANSWERS, terms=TERMS, looks=range(3, 43, 3), promise=0.1)
    walk.seat()
    walk.run()
    walk.work_off("adjudication")
    before = answers()
    census = open_census(walk.lot.pk, by=walk.lead, key=key())
    asked = walk.work_off("census")
    census.refresh_from_db()
    freeze = _frozen(walk)
    drawn = walk.work_off("audit")
    certificate = certify_lot(freeze.pk, by=walk.lead, key=key())
    pump(until_idle=True)
    path.write_bytes(file_bytes(write_evidence_pack(freeze.pk, by=walk.manager, key=key())))
    return SimpleNamespace(**locals())


def _frozen(walk):
    commitment = sha256(bytes.fromhex(NONCE))
    commit_nonce(walk.lot.pk, commitment, by=walk.client, key=key())
    freeze = freeze_lot(walk.lot.pk, by=walk.lead, key=key())
    record_plan(freeze.pk, by=walk.lead, key=key())
    reveal_nonce(freeze.pk, NONCE, by=walk.client, key=key())
    pump(until_idle=True)
    return freeze


def test_the_riskiest_are_checked_batch_by_batch_until_it_pays_no_more(run):
    risk = dict(run.census.risk)
    checked = [str(each.item.uid) for each in run.census.checks.order_by("place")]

    assert run.census.state == "complete"
    assert 3 <= len(checked) <= run.census.most
    assert [risk[uid] for uid in checked] == sorted(risk.values(), reverse=True)[: len(checked)]


def test_what_was_checked_is_the_auditors_answer_and_nothing_else_moves(run):
    after = answers()

    moved = {item for item in after if after[item] != run.before[item]}
    differing = run.census.checks.filter(differs=True)
    assert moved == set(differing.values_list("item__key", flat=True)) == {"i002"}
    rules = Decision.objects.filter(rule="census").values_list("item__key", flat=True)
    assert sorted(rules) == sorted(run.asked)
    assert {item: after[item] for item in run.asked} == {i: most_say(i) for i in run.asked}


def test_the_sample_is_on_the_others_and_the_claim_on_the_whole(run):
    assert not set(run.drawn) & set(run.asked)
    plan, signed = run.freeze.plan, run.certificate
    assert (run.freeze.population, plan.census) == (SIZE, len(run.asked))
    assert (signed.claimed_errors, signed.bound, signed.census) == (4, 4 / SIZE, len(run.asked))
    assert signed.audited == len(run.drawn) < SIZE - len(run.asked)
    assert standing_of(run.freeze).verdict == "certified"
    assert f"The {len(run.asked)} riskiest were all checked" in signed.not_checked
    assert "1 differed" in signed.not_checked


def test_nobody_checks_what_they_decided_and_each_check_is_paid_like_an_audit(run):
    checks = Judgment.objects.filter(slot__purpose="census")

    assert set(checks.values_list("expert", flat=True)) == {run.walk.auditor.pk}
    costs = Posting.objects.filter(fact_uid__in=checks.values("uid"), account="expert cost")
    price = Term.objects.get(unit="audit").amount
    assert [each.amount for each in costs] == [price] * len(run.asked)


def test_every_invariant_holds(run):
    assert broken_invariants() == {}


def test_the_pack_is_verified_offline_and_the_draw_made_again(run):
    checks = {each.name: each for each in verify_pack(run.path).checks}

    assert [each for each in checks.values() if not each.passed] == []
    assert checks["census"].detail == (
        f"{len(run.asked)} of the riskiest checked, 1 differed; each batch follows from risks "
        "and answers."
    )
    assert redraw(run.path)[: len(run.drawn)] == run.drawn


def test_the_verifier_that_shares_no_code_accepts_the_pack_and_says_what_it_leaves(run):
    found = {part: (state, words) for part, state, words in foreign_verifier().verified(run.path)}

    assert [part for part, (state, _) in found.items() if state == "REFUSED"] == []
    assert found["census"][0] == "not redone"


def test_the_report_says_what_was_checked(run):
    report = deliver_lot(run.freeze.pk, by=run.walk.manager, key=key())

    assert report.name == "report.pdf"
    assert file_bytes(report)[:4] == b"%PDF"


def faults_after(run, edit, tmp_path):
    """Change the frozen document as a forger would, with a manifest that fits."""
    members = members_of(run.path.read_bytes())
    document = json.loads(members["freeze.json"])
    edit(document["census"][0])
    members["freeze.json"] = canonical(document)
    forged = tmp_path / "forged.zip"
    forged.write_bytes(repacked(members, lot=run.walk.lot.code))
    assert "census" in verdicts(forged).foreign or "contents" in verdicts(forged).foreign
    return {each.name: each.detail for each in verify_pack(forged).faults}


@pytest.mark.parametrize(
    ("edit", "part"),
    [
        (lambda census: census["checked"][1].update(differs=True), "census 1: check 2"),
        (lambda census: census["checked"][1].update(judgment=None), "census 1: check 2"),
        (lambda census: census["checked"].pop(), "census 1: items from place"),
        (lambda census: census["checked"][0]["decided"].update(answer="c"), "census 1: check 1"),
        (
            lambda census: next(each for each in census["checked"] if each["differs"])[
                "decided"
            ].update(answer="c"),
            "census 1: what was decided from place",
        ),
        (lambda census: census["risk"][30].__setitem__(1, 0.9), "census 1: as opened"),
        (lambda census: census.update(largest=0.2), "census 1: as opened"),
        (lambda census: census.update(checked=7), "census: checked is '7'"),
    ],
)
def test_a_changed_entry_of_the_census_is_refused_and_named(run, edit, part, tmp_path):
    faults = faults_after(run, edit, tmp_path)

    assert f"freeze.json: {part}" in faults.get("census", faults.get("contents", ""))


def test_a_census_of_other_items_is_refused_even_if_the_whole_chain_is_forged(run, tmp_path):
    members = members_of(run.path.read_bytes())
    document = json.loads(members["freeze.json"])
    risk = document["census"][0]["risk"]
    risk[30][1] = 0.9  # the riskiest of all, which nobody checked
    members["freeze.json"] = canonical(document)
    old, new = run.freeze.digest, sha256(members["freeze.json"])

    def edit(event):
        event["data"] = {k: new if v == old else v for k, v in event["data"].items()}
        if event["kind"] == "census.opened":
            event["data"]["risk"] = digest(risk)

    rechain(members, edit)
    change(members, "plan.json", freeze=new)
    forged = tmp_path / "forged.zip"
    forged.write_bytes(repacked(members, lot=run.walk.lot.code))

    faults = {each.name: each.detail for each in verify_pack(forged).faults}

    assert "freeze.json: census 1: items from place 1" in faults["census"]


def test_a_census_that_is_left_out_is_refused(run, tmp_path):
    members = members_of(run.path.read_bytes())
    document = json.loads(members["freeze.json"])
    del document["census"]
    members["freeze.json"] = canonical(document)
    forged = tmp_path / "forged.zip"
    forged.write_bytes(repacked(members, lot=run.walk.lot.code))

    faults = {each.name: each.detail for each in verify_pack(forged).faults}

    assert "freeze.json: censuses" in faults["census"]
