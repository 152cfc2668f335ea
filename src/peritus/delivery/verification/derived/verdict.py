"""What was promised, decided, checked and found, in rows and sentences for people."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from peritus.algorithms.certification.arguments import tolerated_errors
from peritus.delivery.figures import moment, money, percent
from peritus.delivery.verification.derived.story import Story
from peritus.delivery.wording import (
    CERTIFIED,
    DRAWERS,
    NOT_CERTIFIED,
    NOTHING,
    RESTS,
    RULES,
    SUSPENDED,
    UNSIGNED,
    bare,
    certified_claim,
    level_words,
    promised,
    spent_words,
    unchecked_words,
)

Fact = dict[str, object]


@dataclass(frozen=True)
class Status:
    """The claim's status, its sentence, and why nothing more is claimed."""

    status: str
    sentence: str
    why: str = ""


def fact(name: str, value: str, *, is_hash: bool = False) -> Fact:
    """Return one row of what is said."""
    return {"name": name, "value": value, "hash": is_hash}


def status_of(story: Story) -> Status:
    """Return what is claimed, or that nothing is, or that the claim rests."""
    if story.of_freeze("freeze.suspended"):
        why = "The guideline was changed, and decisions in this freeze are judged anew."
        return Status(SUSPENDED, bare(SUSPENDED, RESTS), why)
    claim = story.claim
    if claim is not None:
        measure, confidence = claim.measure, claim.confidence
        sentence = certified_claim(claim.claimed_errors, claim.population, measure, confidence)
        return Status(CERTIFIED, sentence)
    return Status(NOT_CERTIFIED, bare(NOT_CERTIFIED, NOTHING), _why_nothing(story))


def _why_nothing(story: Story) -> str:
    found, plan = story.no_claim, story.plan
    if found is None or found.verdict == "certified":
        return UNSIGNED
    if found.verdict == "continue":
        return f"The audit goes on: {found.audited} of at most {plan.looks[-1]} are answered."
    return spent_words(
        (found.differing, found.audited),
        (plan.max_errors[-1], plan.looks[-1]),
        (_tolerated(story), found.population, _promise(story)),
        upper=found.sequence_upper,
        confidence=plan.confidence,
    )


def _tolerated(story: Story) -> int:
    """Return how many may differ: after a census, all of them lie in what it left."""
    return tolerated_errors(story.plan.population, story.plan.tolerance)


def _promise(story: Story) -> float:
    agreed = story.setting.plan
    return float(agreed["promise"]) if agreed else story.plan.tolerance


def _population(story: Story) -> int:
    return len({each["item"] for each in story.lot.decisions})


def _answered(story: Story) -> tuple[int, int]:
    """Return how many audits were answered, and how many of them differ."""
    found = [each.differs for each in story.audits if each.differs is not None]
    return len(found), sum(found)


def claim_rows(story: Story) -> list[Fact]:
    """Return what was promised and what was found, in short."""
    plan, (audited, differing) = story.plan, _answered(story)
    population, claim = _population(story), story.claim
    promise = promised(_promise(story), _tolerated(story), population, plan.confidence)
    share = f" ({percent(differing / audited)} of the sample)" if audited else ""
    found = f"{audited} of {plan.population} drawn and answered blind; {differing} differ{share}"
    rows = [fact("Promised", promise), fact("Found", found)]
    if plan.census:
        every = f"{plan.census} of the riskiest were all checked before the freeze"
        rows.append(fact("Census", every))
    rows.append(fact("Drawn by", DRAWERS[story.draw.drawer]))
    if claim is None:
        return [*rows, fact("Signed by", "Nobody: there is no certificate for this freeze")]
    signed = f"{claim.signed_by}, quality lead, {_when(claim.signed_at)}"
    return [*rows, fact("Signed by", signed), fact("Certificate", claim.number)]


def _when(at: str) -> str:
    return moment(datetime.fromisoformat(at))


def decided_rows(story: Story) -> list[Fact]:
    """Return what was decided, by which rules and when."""
    rules = Counter(each["rule"] for each in story.lot.decisions)
    decided = "; ".join(f"{n} {RULES.get(rule, rule)}" for rule, n in rules.most_common())
    left = f"; {len(story.lot.open)} left open" if story.lot.open else ""
    guideline = story.setting.guideline
    rows = [
        fact("Items", f"{_population(story)} with their decisions{left}"),
        fact("Decided", decided),
        fact("Guideline", f"Version {guideline['number']}: {guideline['title']}"),
        fact("Frozen", f"{_when(story.frozen.at)}, as freeze {story.lot.number} of the lot"),
    ]
    if story.guidelines:
        numbers = ", ".join(str(each.number) for each in story.guidelines)
        rows.insert(3, fact("Earlier versions", f"{numbers}; what they touched was judged anew"))
    return rows


def checked_lines(story: Story) -> list[str]:
    """Return what was checked, and how strictly."""
    plan, (audited, differing) = story.plan, _answered(story)
    read = "; ".join(
        f"after {look}, with at most {limit}" if limit >= 0 else f"after {look}, not yet"
        for look, limit in zip(plan.looks, plan.max_errors, strict=True)
    )
    seen = f"{audited - differing} agree with the decision, {differing} differ"
    level = level_words(plan.level, _tolerated(story))
    lines = [
        f"The first {audited} of the draw, by an auditor who saw no decision or judgment: {seen}.",
        f"A plan, recorded before the draw, says when differences are few enough: {read}.",
        f"Its exact level is {level}.",
    ]
    if story.skills is not None:
        known = len(story.skills.answers)
        lines.append(
            f"{known} answers of the judges, against answers that were known before the freeze."
        )
    return lines


def unchecked_lines(story: Story) -> list[str]:
    """Return what nobody checked."""
    claim, population = story.claim, _population(story)
    said = (claim.not_checked, claim.checker_error) if claim is not None else None
    unchecked = population - _answered(story)[0] - story.plan.census
    lines = unchecked_words(said, unchecked, population)
    if claim is None and story.lot.open:
        left = len(story.lot.open)
        lines.insert(1, f"The {left} items left open." if left > 1 else "The item left open.")
    return lines


def money_rows(story: Story) -> list[Fact]:
    """Return what was billed for this freeze, as far as it is in the pack."""
    bill = story.invoice
    if bill is None:
        return []
    lines = [each for each in bill.lines if each["freeze"] == story.digest]
    billed = sum((Decimal(each["amount"]) for each in lines), Decimal(0))
    return [
        fact("Invoice", f"{bill.number} of {_when(bill.issued_at)}"),
        fact("For this freeze", money(billed, bill.currency)),
    ]
