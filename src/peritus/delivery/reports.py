"""The report on a frozen lot: one page, and its decisions as annex."""

from __future__ import annotations

from collections import Counter

from peritus.accounts.queries import provider
from peritus.delivery.codes import drawn
from peritus.delivery.documents import typeset
from peritus.delivery.figures import moment, percent
from peritus.delivery.frozen import FreezeFacts
from peritus.delivery.statements import statement_of
from peritus.delivery.wording import (
    DRAWERS,
    RULES,
    level_words,
    looks_words,
    promised,
    unchecked_words,
)
from peritus.engagements.models import Item
from peritus.quality.annexes import shown_name

REPORT = "report.pdf"
PDF = "application/pdf"
Fact = dict[str, object]


def pack_name(facts: FreezeFacts) -> str:
    """Return the file name of the freeze's evidence pack."""
    return f"evidence-{facts.freeze.lot.code}-{facts.freeze.number}.zip"


def report(facts: FreezeFacts) -> bytes:
    """Return the report as PDF, dated by the freeze."""
    freeze, engagement = facts.freeze, facts.engagement
    data = {
        "title": freeze.lot.title,
        "provider": provider().name,
        "client": engagement.organisation.name,
        "engagement": engagement.title,
        "specimen": engagement.specimen,
        "status": facts.claim.status,
        "claim": facts.claim.bare,
        "why": facts.claim.why,
        "method": _method(facts),
        "not_checked": _not_checked(facts),
        "honesty": list(engagement.honesty),
        "signature": _signature(facts),
        "code": _code(facts),
        "decisions": _decision_rows(facts),
        "open": _open_titles(facts),
        "foot": {
            "what": f"Freeze {freeze.number}, SHA-256",
            "digest": freeze.digest,
            "command": f"peritus verify {pack_name(facts)}",
        },
    }
    return typeset("report.typ", data, at=freeze.frozen_at)


def _fact(name: str, value: str) -> Fact:
    return {"name": name, "value": value, "hash": False}


def _hash(name: str, value: str) -> Fact:
    return {"name": name, "value": value, "hash": True}


def _method(facts: FreezeFacts) -> list[Fact]:
    return [*_population(facts), *_audit(facts), *_plan(facts), *_draw(facts)]


def _population(facts: FreezeFacts) -> list[Fact]:
    freeze, guideline = facts.freeze, facts.freeze.guideline_version
    rules = Counter(decision.rule for decision in facts.decisions).most_common()
    left_out = f"; {freeze.open_items} items left open" if freeze.open_items else ""
    return [
        _fact("Population", f"{freeze.population} items with their decisions{left_out}"),
        _fact("Frozen", f"{moment(freeze.frozen_at)}, as freeze {freeze.number} of the lot"),
        _fact("Guideline", f"Version {guideline.number}: {guideline.title}"),
        _fact("Decided by", "; ".join(f"{n} {RULES.get(rule, rule)}" for rule, n in rules)),
    ]


def _audit(facts: FreezeFacts) -> list[Fact]:
    standing = facts.standing
    if not standing.audited or facts.quality is None:
        return [_fact("Audit", "No decision has been audited")]
    auditor = shown_name(facts.engagement, facts.quality.auditor)
    share = percent(standing.differing / standing.audited)
    rest = " that no census checked" if _census(facts) else ""
    return [
        _fact(
            "Audit",
            f"{standing.audited} of {facts.freeze.population - _census(facts)}{rest} drawn and "
            f"answered blind by "
            f"{auditor}; {standing.differing} differ ({share} of the sample)",
        )
    ]


def _census(facts: FreezeFacts) -> int:
    """Return how many items were checked entirely before the freeze."""
    return len({each.item_id for each in facts.decisions if each.rule == "census"})


def _plan(facts: FreezeFacts) -> list[Fact]:
    plan = facts.plan
    if plan is None:
        return []
    most = facts.standing.claimed_errors
    population = facts.freeze.population
    return [
        _fact("Promise", promised(plan.tolerance, most, population, plan.confidence)),
        _fact("Plan", looks_words(plan.looks, plan.max_errors)),
        _fact("Exact level", level_words(plan.level, most)),
        _hash("Plan, SHA-256", plan.digest),
    ]


def _draw(facts: FreezeFacts) -> list[Fact]:
    draw = facts.draw
    if draw is None:
        return []
    return [_fact("Drawn by", DRAWERS[draw.drawer]), _hash("Seed", draw.seed)]


def _not_checked(facts: FreezeFacts) -> list[str]:
    freeze, given = facts.freeze, facts.certificate
    said = (given.not_checked, given.checker_error) if given is not None else None
    unchecked = freeze.population - facts.standing.audited - _census(facts)
    lines = unchecked_words(said, unchecked, freeze.population)
    if given is None and freeze.open_items:
        lines.insert(1, f"The {freeze.open_items} open items of annex B.")
    return lines


def _signature(facts: FreezeFacts) -> list[Fact]:
    certificate = facts.certificate
    if certificate is None:
        return [_fact("Signed by", "Nobody: there is no certificate for this freeze")]
    signed = f"{certificate.signed_by.name}, quality lead, {moment(certificate.signed_at)}"
    return [_fact("Signed by", signed), _fact("Certificate", certificate.number)]


def _code(facts: FreezeFacts) -> dict[str, str] | None:
    """Return the certificate's signed line as QR code, and its words for whoever cannot see it."""
    if facts.certificate is None:
        return None
    words = f"QR code of certificate {facts.certificate.number}: its signed statement"
    return {"svg": drawn(statement_of(facts.certificate), words, error="l"), "alt": words}


def _decision_rows(facts: FreezeFacts) -> list[dict[str, str]]:
    audited = {audit.item_id: audit.differs for audit in facts.audits}
    words = {None: "", True: "differs", False: "agrees"}
    return [
        {
            "title": decision.item.title,
            "answer": facts.labels.get((decision.question, decision.answer), decision.answer),
            "rule": decision.rule,
            "audited": words[audited.get(decision.item_id)],
        }
        for decision in facts.decisions
    ]


def _open_titles(facts: FreezeFacts) -> list[str]:
    items = Item.objects.filter(
        engagement=facts.freeze.engagement_id, key__in=facts.document["open"]
    )
    return list(items.order_by("key").values_list("title", flat=True))
