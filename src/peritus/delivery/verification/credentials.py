"""What entitled the judges: held at the right time, by those who judged, without their names."""

from __future__ import annotations

from uuid import UUID, uuid5

from peritus.delivery.verification.chain import Chain, SaidEvent
from peritus.delivery.verification.records import PackRecords
from peritus.delivery.verification.records.annexes import (
    CredentialHeld,
    Credentials,
    Entitled,
    TestPassed,
)
from peritus.delivery.verification.records.shapes import shaped
from peritus.delivery.verification.report import demand, demand_equal
from peritus.delivery.verification.skills import NO_ANNEX

PERSON = "person"


def check_pseudonyms(pack: PackRecords) -> str:
    """Check that every person stands under the pseudonym that their id gives."""
    engagement = UUID(pack.freeze.engagement)
    for each in pack.engagement.experts:
        if each["kind"] == PERSON:
            part = f"engagement.json: expert {each['uid']}"
            demand_equal(part, each["name"], pseudonym(engagement, each["uid"]))
    return f"{len(pack.engagement.experts)} experts, people under their pseudonyms."


def pseudonym(engagement: UUID, expert: str) -> str:
    """Return how a pack names a person."""
    return f"Expert {uuid5(engagement, f'pseudonym/{expert}').hex[:6]}"


def check_credentials(pack: PackRecords, chain: Chain) -> str:
    """Check who is listed, from when on, and that what is listed was valid then."""
    found = pack.credentials
    if found is None:
        return NO_ANNEX
    frozen = chain.only("lot.frozen", digest=pack.freeze_digest)
    demand_equal("credentials.json", (found.freeze, found.lot),
                 (pack.freeze.number, pack.engagement.lot["uid"]))  # fmt: skip
    demand(found.at <= frozen.at, "credentials.json: written only after the freeze.")
    experts = [shaped(Entitled, row, "credentials.json") for row in found.experts]
    _check_experts(pack, experts, _since(pack, chain, frozen))
    for expert in experts:
        _check_held(found, expert)
    held = sum(len(expert.credentials) + len(expert.qualifications) for expert in experts)
    return f"{held} credentials and tests of {len(experts)} experts, as checked by the provider."


def _since(pack: PackRecords, chain: Chain, frozen: SaidEvent) -> dict[str, str]:
    """Return when each expert first answered in the lot, as far as it was before the freeze."""
    then = {e.about: e for e in chain.of_kind("judgment.submitted") if e.order < frozen.order}
    since: dict[str, str] = {}
    for judgment in sorted(pack.judgments, key=lambda each: each.submitted_at):
        if judgment.uid in then:
            since.setdefault(then[judgment.uid].data["expert"], judgment.submitted_at)
    return since


def _check_experts(pack: PackRecords, experts: list[Entitled], since: dict[str, str]) -> None:
    """Check that all who judged are listed, beside them only adjudicator and auditor."""
    listed = [each.expert for each in experts]
    demand_equal("credentials.json: order of experts", listed, sorted(set(listed)))
    plan = pack.engagement.plan or {}
    named = {plan.get("adjudicator"), plan.get("auditor")} - {None}
    silent = {each.name for each in experts if each.expert not in since}
    demand_equal("credentials.json: who judged", sorted(since),
                 [each.expert for each in experts if each.expert in since])  # fmt: skip
    demand(silent <= named <= {each.name for each in experts},
           "credentials.json: adjudicator and auditor, and nobody else, are listed beside "
           "those who judged.")  # fmt: skip
    known = {each["uid"]: (each["kind"], each["name"]) for each in pack.engagement.experts}
    for each in experts:
        part = f"credentials.json: {each.expert}"
        demand_equal(part, (each.kind, each.name), known.get(each.expert))
        demand_equal(f"{part}: since", each.since, since.get(each.expert))


def _check_held(found: Credentials, expert: Entitled) -> None:
    """Check that what is listed was checked by the freeze, and held at the first answer."""
    since = expert.since or found.at
    for row in expert.credentials:
        each = shaped(CredentialHeld, row, f"credentials.json: {expert.name}")
        part = f"credentials.json: {expert.name}: {each.title}"
        demand(each.issued_in <= int(since[:4]), f"{part}: issued later.")
        demand(each.valid_until is None or each.valid_until >= since[:10], f"{part}: it had ended.")
        demand((each.checked_at or "") <= found.at, f"{part}: checked only after the freeze.")
    for row in expert.qualifications:
        test = shaped(TestPassed, row, f"credentials.json: {expert.name}")
        part = f"credentials.json: {expert.name}: {test.name}"
        demand(0 <= test.right <= test.asked, f"{part}: {test.right} of {test.asked}.")
        demand(test.passed_at <= found.at, f"{part}: passed only after the freeze.")
        demand(test.valid_until > since, f"{part}: it had lapsed.")
