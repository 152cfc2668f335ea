"""The draw, the audits and the claim: drawn, compared and computed again."""

from __future__ import annotations

import hashlib

from peritus.algorithms.certification import AuditPlan, ErrorSequence, Verdict
from peritus.algorithms.certification.arguments import tolerated_errors
from peritus.algorithms.draw import audit_order, audit_seed
from peritus.delivery.verification.chain import Chain, SaidEvent
from peritus.delivery.verification.records import PackRecords
from peritus.delivery.verification.records.audits import Audit, Claim, NoClaim
from peritus.delivery.verification.records.shapes import bytes_of
from peritus.delivery.verification.report import demand, demand_equal
from peritus.journal.canonical import digest

CLIENT, PROVIDER = "client", "provider"
METHOD = "exact group-sequential hypergeometric plan"
METHOD_AFTER_CENSUS = "census of the riskiest, then an exact sequential plan"


def check_draw(pack: PackRecords, chain: Chain) -> str:
    """Check the seed, and that nobody could choose it after the freeze."""
    draw, frozen = pack.draw, chain.only("lot.frozen", digest=pack.freeze_digest)
    demand_equal("draw.json: freeze", draw.freeze, pack.freeze_digest)
    nonce = _nonce(draw.nonce)
    demand_equal("draw.json: seed", draw.seed, audit_seed(pack.freeze_digest, nonce).hex())
    made = chain.only("draw.made", freeze=pack.freeze_digest)
    demand(made.order > frozen.order, "draw.json: drawn before the freeze.")
    told = {name: getattr(draw, name) for name in ("drawer", "freeze", "nonce", "seed")}
    demand_equal("draw.json: as drawn", told, made.data)
    demand(draw.drawer in {CLIENT, PROVIDER}, f"draw.json: drawer {draw.drawer!r} is not known.")
    if draw.drawer == PROVIDER:
        demand_equal("draw.json: commitment", draw.commitment, None)
        return "Drawn by the provider, as the certificate must say."
    _check_commitment(pack, chain, frozen)
    return "Drawn with the client's nonce, committed before the freeze."


def _nonce(text: str) -> bytes:
    return bytes_of(text, "draw.json: nonce")


def _check_commitment(pack: PackRecords, chain: Chain, frozen: SaidEvent) -> None:
    commitment = hashlib.sha256(_nonce(pack.draw.nonce)).hexdigest()
    demand_equal("draw.json: commitment", pack.draw.commitment, commitment)
    made = chain.of_kind("nonce.committed", commitment=commitment, freeze_number=pack.freeze.number)
    demand(len(made) == 1, "events.jsonl: no single event commits to this nonce for this freeze.")
    demand(made[0].order < frozen.order, "draw.json: the nonce was committed after the freeze.")
    demand(made[0].actor != frozen.actor, "draw.json: who froze the lot also chose the nonce.")


def order_of_audit(pack: PackRecords) -> list[str]:
    """Return the uids of the frozen items in the order of their audit."""
    seed = audit_seed(pack.freeze_digest, _nonce(pack.draw.nonce))
    return audit_order(seed, [uid for uid in pack.frozen_items if uid not in pack.in_census])


def check_plan(pack: PackRecords, chain: Chain) -> str:
    """Compute the plan's limits and exact level again."""
    plan, computed = pack.plan, plan_of(pack)
    demand_equal("plan.json: freeze", plan.freeze, pack.freeze_digest)
    demand_equal("plan.json: census", plan.census, len(pack.in_census))
    demand_equal("plan.json: population", plan.population, len(pack.frozen_items) - plan.census)
    demand_equal("plan.json: max_errors", plan.max_errors, list(computed.max_errors))
    demand_equal("plan.json: level", plan.level, computed.level)
    demand_equal("plan.json: digest", plan.digest, computed.digest)
    recorded = chain.only("plan.recorded", freeze=pack.freeze_digest)
    told = {name: value for name, value in vars(plan).items() if name != "recorded_at"}
    demand_equal("plan.json: as recorded", told, {"census": 0, **recorded.data})
    demand_equal("plan.json: tolerated", computed.tolerated, _promised(pack, chain, recorded))
    drawn = chain.only("draw.made", freeze=pack.freeze_digest)
    demand(recorded.order < drawn.order, "plan.json: the plan was recorded after the draw.")
    return f"At most {computed.tolerated} of {plan.population}, exact level {plan.level:.6f}."


def _promised(pack: PackRecords, chain: Chain, recorded: SaidEvent) -> int:
    """Return how many of the whole lot may differ, as far as what is drawn from can hold them."""
    sets = [event for event in chain.of_kind("quality_plan.set") if event.order < recorded.order]
    demand(bool(sets), "events.jsonl: no quality plan was set before the audit plan.")
    promised = tolerated_errors(len(pack.frozen_items), sets[-1].data["promise"])
    return min(promised, pack.plan.population - 1) if pack.plan.census else promised


def plan_of(pack: PackRecords) -> AuditPlan:
    """Return the plan computed from its terms; raises PackFault if they make none."""
    plan = pack.plan
    try:
        return AuditPlan(
            plan.population, plan.tolerance, confidence=plan.confidence, looks=tuple(plan.looks)
        )
    except ValueError as error:
        demand(False, f"plan.json: {error}.")
    raise AssertionError  # demand has raised


def check_audits(pack: PackRecords, chain: Chain) -> str:
    """Check that the audited are the first of the draw, and every comparison."""
    order = order_of_audit(pack)
    for place, audit in enumerate(pack.audits, start=1):
        demand_equal(f"audits.jsonl, line {place}: place", audit.place, place)
        drawn = order[place - 1] if place <= len(order) else "none"
        demand_equal(f"audits.jsonl: item drawn at place {place}", audit.item, drawn)
    answered = pack.answered_audits
    demand(
        answered == pack.audits[: len(answered)],
        "audits.jsonl: a drawn item was passed over while later ones were audited.",
    )
    _check_comparisons(pack, answered)
    _check_audit_events(pack, chain, answered)
    freeze = chain.only("lot.frozen", digest=pack.freeze_digest).about
    opened = [e.data["to"] for e in chain.of_kind("audits.opened") if e.about == freeze]
    demand_equal("audits.jsonl: audits opened", len(pack.audits), max(opened, default=0))
    differing = sum(bool(audit.differs) for audit in answered)
    return f"The first {len(answered)} of the draw, {differing} differ."


def _check_comparisons(pack: PackRecords, answered: tuple[Audit, ...]) -> None:
    judgments = {judgment.uid: judgment for judgment in pack.judgments}
    frozen: dict[str, dict[str, str]] = {}
    for decision in pack.decisions:
        frozen.setdefault(decision.item, {})[decision.question] = decision.answer
    for audit in answered:
        part = f"audits.jsonl: audit at place {audit.place}"
        demand_equal(f"{part}: key", audit.key, pack.frozen_items[audit.item])
        given = None if audit.judgment is None else judgments.get(audit.judgment)
        demand((given is None) == (audit.judgment is None), f"{part}: its judgment is missing.")
        if given is not None:
            demand_equal(f"{part}: judgment", (given.purpose, given.item), ("audit", audit.item))
        answer = None if given is None else given.answers
        demand_equal(f"{part}: answer", audit.answer, answer)
        # No answer counts as a difference: what was not confirmed is not claimed.
        demand_equal(f"{part}: differs", audit.differs, answer != frozen[audit.item])


def _check_audit_events(pack: PackRecords, chain: Chain, answered: tuple[Audit, ...]) -> None:
    said = {event.about: event.data for event in chain.of_kind("audit.recorded")}
    for audit in answered:
        told = {"place": audit.place, "item": audit.item, "differs": audit.differs,
                "judgment": audit.judgment, "freeze": pack.freeze_digest}  # fmt: skip
        demand_equal(f"audits.jsonl: audit at place {audit.place}", told, said.get(audit.uid))
    recorded = {e.about for e in chain.of_kind("audit.recorded", freeze=pack.freeze_digest)}
    left_out = recorded - {audit.uid for audit in answered}
    demand(not left_out, f"audits.jsonl: {len(left_out)} recorded audits were left out.")


def verdict_after(plan: AuditPlan, outcomes: list[bool]) -> Verdict:
    """Return what the plan says after its looks so far; the first end is the end."""
    for look in plan.looks:
        if look > len(outcomes):
            break
        verdict = plan.verdict(look, sum(outcomes[:look]))
        if verdict is not Verdict.CONTINUE:
            return verdict
    return Verdict.CONTINUE


def check_claim(pack: PackRecords, chain: Chain) -> str:
    """Check that the verdict and every figure of the claim follow from the audits."""
    outcomes = [bool(audit.differs) for audit in pack.answered_audits]
    if pack.claim is not None:
        _check_certificate(pack, pack.claim, outcomes)
        _check_signature(pack, pack.claim, chain)
        found = f"At most {pack.claim.claimed_errors} of {pack.claim.population} differ."
        return found + _suspended(pack, chain)
    demand(pack.no_claim is not None, "Neither certificate.json nor verdict.json can be read.")
    if pack.no_claim is not None:
        _check_verdict(pack, pack.no_claim, outcomes)
        certified = chain.of_kind("lot.certified", freeze=pack.freeze_digest)
        demand(not certified, "verdict.json: an event says that this freeze was certified.")
    return "Not certified, and nothing is claimed."


def _suspended(pack: PackRecords, chain: Chain) -> str:
    """Say that the claim rests, if it does: a changed rule reopened what it speaks of."""
    said = chain.of_kind("freeze.suspended", freeze=pack.freeze_digest)
    if not said:
        return ""
    reopened = said[-1].data["decisions"]
    return f" SUSPENDED: {reopened} of these decisions were reopened under a later guideline."


def _check_certificate(pack: PackRecords, claim: Claim, outcomes: list[bool]) -> None:
    plan, part = plan_of(pack), "certificate.json"
    seen = outcomes[: claim.audited]
    demand_equal(f"{part}: audited", claim.audited, len(seen))
    demand_equal(f"{part}: differing", claim.differing, sum(seen))
    demand_equal(f"{part}: freeze", claim.freeze, pack.freeze_digest)
    demand_equal(f"{part}: plan", claim.plan, plan.digest)
    demand_equal(f"{part}: census", claim.census, pack.plan.census)
    demand_equal(f"{part}: population", claim.population, len(pack.frozen_items))
    demand_equal(f"{part}: confidence", claim.confidence, plan.confidence)
    demand_equal(f"{part}: level", claim.level, plan.level)
    demand_equal(f"{part}: method", claim.method, METHOD_AFTER_CENSUS if claim.census else METHOD)
    demand_equal(f"{part}: drawer", claim.drawer, pack.draw.drawer)
    demand_equal(f"{part}: bound", claim.bound, claim.claimed_errors / claim.population)
    demand(claim.audited in plan.looks, f"{part}: {claim.audited} audits is an unplanned look.")
    demand_equal(f"{part}: verdict", verdict_after(plan, seen).value, Verdict.CERTIFIED.value)
    demand_equal(f"{part}: claimed errors", claim.claimed_errors, plan.tolerated)


def _check_signature(pack: PackRecords, claim: Claim, chain: Chain) -> None:
    """Check that the certificate was signed as it reads, and after its last audit."""
    signed = chain.only("lot.certified", freeze=pack.freeze_digest)
    told = (claim.uid, claim.number, claim.audited, claim.differing, claim.claimed_errors,
            claim.confidence, claim.plan,
            digest([claim.checker_error, claim.not_checked]))  # fmt: skip
    demand_equal("certificate.json: census", claim.census, signed.data.get("census", 0))
    names = ("number", "audited", "differing", "claimed", "confidence", "plan", "texts")
    heard = (signed.about, *(signed.data[name] for name in names))
    promised = [event for event in chain.of_kind("quality_plan.set") if event.order < signed.order]
    measures = [event.data["measure"] for event in promised[-1:]]
    demand_equal("certificate.json: measure", [claim.measure], measures)
    demand_equal("certificate.json: as signed", told, heard)
    audited = {audit.uid for audit in pack.audits[: claim.audited]}
    late = [
        event
        for event in chain.of_kind("audit.recorded", freeze=pack.freeze_digest)
        if event.about in audited and event.order > signed.order
    ]
    demand(not late, "certificate.json: it was signed before its last audit.")


def _check_verdict(pack: PackRecords, verdict: NoClaim, outcomes: list[bool]) -> None:
    plan, part = plan_of(pack), "verdict.json"
    sequence = ErrorSequence(plan.population, confidence=plan.confidence)
    sequence.update(outcomes)
    demand_equal(f"{part}: freeze", verdict.freeze, pack.freeze_digest)
    demand_equal(f"{part}: verdict", verdict.verdict, verdict_after(plan, outcomes).value)
    demand_equal(f"{part}: audited", verdict.audited, len(outcomes))
    demand_equal(f"{part}: differing", verdict.differing, sum(outcomes))
    whole = len(pack.frozen_items)
    upper = round(sequence.upper * plan.population) / whole
    demand_equal(f"{part}: population", verdict.population, whole)
    demand_equal(f"{part}: sequence_upper", verdict.sequence_upper, upper)
