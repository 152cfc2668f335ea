"""The check of the riskiest before the freeze: every batch follows from what stood before it."""

from __future__ import annotations

from peritus.algorithms.certification import census_batch
from peritus.delivery.verification.chain import Chain, SaidEvent
from peritus.delivery.verification.records import PackRecords
from peritus.delivery.verification.records.lots import Census, CensusCheck, Judgment
from peritus.delivery.verification.records.shapes import shaped
from peritus.delivery.verification.report import PackFault, demand, demand_equal
from peritus.journal.canonical import digest


def check_census(pack: PackRecords, chain: Chain) -> str:
    """Redo each census of the lot batch by batch, from risks fixed before the first check."""
    frozen = _freezing(pack, chain)
    opened = _before(chain, "census.opened", frozen, subject=pack.engagement.lot["uid"])
    demand_equal("freeze.json: censuses", [each.uid for each in pack.censuses],
                 [event.about for event in opened])  # fmt: skip
    given = {each.uid: each for each in pack.judgments}
    answered: list[CensusCheck] = []
    for census, event in zip(pack.censuses, opened, strict=True):
        _check_opening(census, event)
        checks = [shaped(CensusCheck, row, f"{_part(census)}: checked") for row in census.checked]
        _check_answers(census, checks, given, _before(chain, "census.recorded", frozen,
                                                      census=census.uid))  # fmt: skip
        _check_batches(census, checks, chain, frozen)
        answered += [each for each in checks if each.judgment]
    _check_completeness(answered, pack, chain, frozen)
    if not pack.censuses:
        return "None was made."
    differing = sum(bool(each.differs) for each in answered)
    far = f"{len(answered)} of the riskiest checked, {differing} differed"
    return f"{far}; each batch follows from risks and answers."


def _part(census: Census) -> str:
    """How a fault names a census."""
    return f"freeze.json: census {census.number}"


def _next_items(census: Census, outcomes: list[bool]) -> list[str]:
    """Return the items that are to be checked after these outcomes, riskiest first."""
    batch = census_batch(
        [chance for _, chance in census.risk],
        census.tolerance,
        outcomes,
        confidence=census.confidence,
        every=census.batch,
        largest=census.largest,
    )
    return [str(census.risk[place][0]) for place in batch]


def _freezing(pack: PackRecords, chain: Chain) -> SaidEvent:
    """Return the event of the freeze by its number: a changed entry is to be named itself."""
    lot = pack.engagement.lot["uid"]
    said = chain.of_kind("lot.frozen", number=pack.freeze.number)
    mine = [event for event in said if event.subject == lot]
    demand(len(mine) == 1, f"events.jsonl: one freeze is wanted, {len(mine)} stand there.")
    return mine[0]


def _before(
    chain: Chain, kind: str, frozen: SaidEvent, *, subject: str = "", **data: object
) -> list[SaidEvent]:
    return [
        event
        for event in chain.of_kind(kind, **data)
        if event.order < frozen.order and subject in {"", event.subject}
    ]


def _check_opening(census: Census, event: SaidEvent) -> None:
    told = {name: getattr(census, name) for name in
            ("batch", "confidence", "largest", "number", "tolerance")}  # fmt: skip
    demand_equal(f"{_part(census)}: as opened", told | {"risk": digest(census.risk)}, event.data)
    shape = all(
        len(row) == 2 and isinstance(row[0], str) and isinstance(row[1], int | float)
        for row in census.risk
    )
    demand(shape, f"{_part(census)}: risk is no list of items with their chances.")


def _check_batches(
    census: Census, checks: list[CensusCheck], chain: Chain, frozen: SaidEvent
) -> None:
    """Ask again, after each batch, whom to check next; the last answer must be nobody.

    Unless rules changed while it went on: then it was called off where it stood.
    """
    outcomes: list[bool] = []
    done = 0
    for event in _before(chain, "census.batch_opened", frozen):
        if event.about != census.uid:
            continue
        batch = checks[done : done + len(event.data["items"])]
        wanted = _next_items(census, outcomes)
        demand_equal(f"{_part(census)}: items from place {done + 1}", event.data["items"], wanted)
        demand_equal(f"{_part(census)}: items from place {done + 1}",
                     [each.item for each in batch], wanted)  # fmt: skip
        demand_equal(f"{_part(census)}: what was decided from place {done + 1}",
                     digest([each.decided for each in batch]), event.data["decided"])  # fmt: skip
        done += len(batch)
        outcomes += [bool(each.differs) for each in batch]
    demand_equal(f"{_part(census)}: places", [each.place for each in checks],
                 list(range(1, done + 1)))  # fmt: skip
    off = [event for event in _before(chain, "census.called_off", frozen)
           if event.about == census.uid]  # fmt: skip
    if not off:
        demand(all(each.differs is not None for each in checks),
               f"{_part(census)}: a check has no answer, and nobody called it off.")  # fmt: skip
        demand(not _next_items(census, outcomes), f"{_part(census)}: it ended before its time.")


def _check_answers(
    census: Census, checks: list[CensusCheck], given: dict[str, Judgment], said: list[SaidEvent]
) -> None:
    heard = {event.data["place"]: event.data for event in said}
    for each in checks:
        part = f"{_part(census)}: check {each.place}"
        told = None if each.differs is None else {
            "census": census.uid, "differs": each.differs, "item": each.item,
            "judgment": each.judgment, "place": each.place,
        }  # fmt: skip
        demand_equal(part, told, heard.get(each.place))
        if each.judgment is None:
            demand(each.differs is not False, f"{part}: agrees without an answer.")
            continue
        judgment = given.get(each.judgment)
        if judgment is None:
            raise PackFault(f"{part}: its judgment is missing.")
        demand_equal(f"{part}: judgment", (judgment.purpose, judgment.item), ("census", each.item))
        demand_equal(f"{part}: differs", each.differs, judgment.answers != each.decided)


def _check_completeness(
    answered: list[CensusCheck], pack: PackRecords, chain: Chain, frozen: SaidEvent
) -> None:
    """Check that every answer of a census that was given before the freeze is in one."""
    lot = pack.engagement.lot["uid"]
    before = {event.about for event in _before(chain, "judgment.submitted", frozen,
                                               lot=lot, purpose="census")}  # fmt: skip
    named = {each.judgment for each in answered}
    demand_equal("freeze.json: answers of its censuses", sorted(map(str, named)), sorted(before))
