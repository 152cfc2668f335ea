"""The judges' records: every answer held against what it names, and counted again."""

from __future__ import annotations

from collections import defaultdict
from uuid import UUID, uuid5

from peritus.algorithms.shares import exact_interval
from peritus.delivery.verification.chain import Chain, SaidEvent
from peritus.delivery.verification.outcomes import (
    ADJUDICATION,
    APPEAL,
    AUDIT,
    GOLD,
    Held,
    History,
)
from peritus.delivery.verification.records import PackRecords
from peritus.delivery.verification.records.annexes import AnswerHeld, Skills, SkillShown
from peritus.delivery.verification.records.shapes import shaped
from peritus.delivery.verification.report import demand, demand_equal
from peritus.journal.canonical import digest

CAUSES = (GOLD, APPEAL, AUDIT, ADJUDICATION)
CONFIDENCE = 0.95
ROUNDING = 2e-6
MOST_VERSIONS = 100  # of one known answer
NO_ANNEX = "The freeze is from before this was kept."
Place = tuple[str, str]  # an expert and a question; or a judgment and a question


def check_skills(pack: PackRecords, chain: Chain) -> str:
    """Tell every outcome of the lot's judges again, and count them; gold is taken as it is said."""
    if pack.skills is None:
        return NO_ANNEX
    frozen = chain.only("lot.frozen", digest=pack.freeze_digest)
    history = History(chain, frozen)
    judges = _judges(pack)
    answers = [shaped(AnswerHeld, row, "skills.json: answers") for row in pack.skills.answers]
    _check_head(pack, pack.skills)
    _check_answers(answers, history, judges)
    for each in answers:
        if each.cause == GOLD:
            _check_gold(each, chain, history.judgments[each.judgment], frozen.order)
    _check_counts(pack.skills, answers, history, judges)
    by_gold = sum(each.cause == GOLD for each in answers)
    return f"{len(answers)} known answers, counted again; {by_gold} of them rest on gold as said."


def _judges(pack: PackRecords) -> dict[str, str]:
    """Return the names of those whom the pack's credentials list, by id."""
    listed = pack.credentials.experts if pack.credentials else []
    return {each["expert"]: each["name"] for each in listed}


def _check_head(pack: PackRecords, skills: Skills) -> None:
    told = {"confidence": skills.confidence, "freeze": skills.freeze, "lot": skills.lot}
    lot, number = pack.engagement.lot["uid"], pack.freeze.number
    demand_equal("skills.json", told, {"confidence": CONFIDENCE, "freeze": number, "lot": lot})


def _check_answers(answers: list[AnswerHeld], history: History, judges: dict[str, str]) -> None:
    """Hold the answers against all that the events know of these judges, none left out."""
    places = [(each.expert, each.question, each.judgment) for each in answers]
    demand_equal("skills.json: order of answers", places, sorted(set(places)))
    follows = {
        place: held
        for place, held in history.outcomes().items()
        if history.judgments[place[0]].data["expert"] in judges
    }
    for each in answers:
        part = f"skills.json: answer {each.judgment} to {each.question}"
        demand((each.judgment, each.question) in follows, f"{part}: it does not count.")
        held = follows.pop((each.judgment, each.question))
        said = history.judgments[each.judgment].data
        demand_equal(f"{part}: expert", each.expert, said["expert"])
        demand_equal(f"{part}: right", each.right, said["answers"][each.question] == each.known)
        if each.cause != GOLD:
            demand_equal(part, Held(each.cause, each.known, each.reference), held)
    missing = [place for place, held in follows.items() if held is not None]
    demand(not missing, f"skills.json: answers are left out: {missing[:2]}.")


def _check_gold(each: AnswerHeld, chain: Chain, judged: SaidEvent, before: int) -> None:
    """Check that the known answer is a version of gold of that item, published before."""
    part, item = f"skills.json: answer {each.judgment} to {each.question}", judged.data["item"]
    names = (f"gold/{each.question}/{number}" for number in range(1, MOST_VERSIONS + 1))
    demand(any(str(uuid5(UUID(item), name)) == each.reference for name in names),
           f"{part}: {each.reference} is no known answer to it.")  # fmt: skip
    published = [e for e in chain.of_kind("gold.published") if e.about == each.reference]
    for event in published:
        said = digest([each.reference, each.known])
        demand_equal(f"{part}: gold, as published", event.data["digest"], said)
    recorded = published or chain.of_kind("gold.recorded")
    early = any(event.order < before for event in recorded)
    demand(early, f"{part}: no event before the freeze put a known answer on record.")


def _check_counts(
    skills: Skills, answers: list[AnswerHeld], history: History, judges: dict[str, str]
) -> None:
    answered = {place: n for place, n in history.answered().items() if place[0] in judges}
    shown = [shaped(SkillShown, row, "skills.json: skills") for row in skills.skills]
    places = [(each.expert, each.question) for each in shown]
    demand_equal("skills.json: who answered what", places, sorted(answered))
    known: dict[Place, list[AnswerHeld]] = defaultdict(list)
    for answer in answers:
        known[answer.expert, answer.question].append(answer)
    for each in shown:
        part, mine = f"skills.json: {each.name}", known[each.expert, each.question]
        right = sum(answer.right for answer in mine)
        demand_equal(f"{part}: name", each.name, judges[each.expert])
        demand_equal(f"{part}: counts", (each.answered, each.known, each.right),
                     (answered[each.expert, each.question], len(mine), right))  # fmt: skip
        demand_equal(f"{part}: by cause", each.by, {cause: _by(cause, mine) for cause in CAUSES})
        low, high = exact_interval(right, len(mine))
        near = abs(each.low - low) <= ROUNDING and abs(each.high - high) <= ROUNDING
        demand(bool(near), f"{part}: another interval follows from {right} of {len(mine)}.")


def _by(cause: str, answers: list[AnswerHeld]) -> dict[str, int]:
    mine = [each.right for each in answers if each.cause == cause]
    return {"known": len(mine), "right": sum(mine)}
