"""A census of the riskiest: what was foretold, who came next, and what was found."""

from __future__ import annotations

from peritus.algorithms.certification import census_batch
from peritus.delivery.verification.chain import Chain, SaidEvent
from peritus.delivery.verification.records import Census, CensusCheck, PackRecords, shaped
from peritus.delivery.verification.report import demand_equal
from peritus.journal.canonical import digest


def check_census(pack: PackRecords, chain: Chain) -> str:
    """Check that each batch followed from risks that were fixed before the first check."""
    frozen = chain.only("lot.frozen", digest=pack.freeze_digest)
    opened = [e for e in chain.of_kind("census.opened") if e.subject == frozen.subject]
    before = [event.about for event in opened if event.order < frozen.order]
    demand_equal("freeze.json: censuses", [each.uid for each in pack.censuses], before)
    for census, event in zip(pack.censuses, opened, strict=False):
        _check_one(pack, chain, census, event)
    checked = pack.in_census
    if not pack.censuses:
        return "There was none."
    return f"{len(checked)} of {len(pack.frozen_items)} were checked entirely, the riskiest first."


def _check_one(pack: PackRecords, chain: Chain, census: Census, opened: SaidEvent) -> None:
    part = f"freeze.json: census {census.number}"
    terms = {name: getattr(census, name)
             for name in ("batch", "confidence", "largest", "number", "tolerance")}  # fmt: skip
    demand_equal(part, {**terms, "risk": digest(census.risk)}, opened.data)
    checks = [shaped(CensusCheck, row, part) for row in census.checked]
    demand_equal(
        f"{part}: places", [each.place for each in checks], list(range(1, len(checks) + 1))
    )
    _check_batches(chain, census, checks)
    judgments = {each.uid: each for each in pack.judgments}
    for check in checks:
        told = f"{part}: check {check.place}"
        given = judgments[check.judgment] if check.judgment else None
        if given is not None:
            demand_equal(told, (given.purpose, given.item), ("census", check.item))
        if check.differs is not None:
            differs = given is None or given.answers != check.decided
            demand_equal(f"{told}: differs", check.differs, differs)
            said = {"census": census.uid, "differs": differs, "item": check.item,
                    "judgment": check.judgment, "place": check.place}  # fmt: skip
            event = chain.only("census.recorded", census=census.uid, place=check.place)
            demand_equal(f"{told}: as recorded", said, event.data)


def _check_batches(chain: Chain, census: Census, checks: list[CensusCheck]) -> None:
    """Ask again, before each batch, who is checked next; after the last, nobody."""
    part, done = f"freeze.json: census {census.number}", 0
    for event in chain.of_kind("census.batch_opened"):
        if event.about != census.uid:
            continue
        batch = checks[done : done + len(event.data["items"])]
        said = {"decided": digest([each.decided for each in batch]), "from": done + 1,
                "items": _next(census, checks[:done])}  # fmt: skip
        demand_equal(f"{part}: batch from {done + 1}", said, event.data)
        demand_equal(f"{part}: items", [each.item for each in batch], event.data["items"])
        done += len(batch)
    demand_equal(f"{part}: checks", len(checks), done)
    completed = [e for e in chain.of_kind("census.completed") if e.about == census.uid]
    if completed:
        demand_equal(f"{part}: next after the last", _next(census, checks), [])


def _next(census: Census, checks: list[CensusCheck]) -> list[str]:
    batch = census_batch(
        [chance for _, chance in census.risk],
        census.tolerance,
        [bool(each.differs) for each in checks],
        confidence=census.confidence,
        every=census.batch,
        largest=census.largest,
    )
    return [census.risk[place][0] for place in batch]
