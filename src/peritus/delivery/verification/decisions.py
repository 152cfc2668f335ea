"""Items, judgments and decisions: each follows from the one before."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import pairwise
from uuid import UUID, uuid5

from peritus.delivery.verification.aggregated import AGGREGATED, check_aggregated
from peritus.delivery.verification.chain import Chain
from peritus.delivery.verification.records import PackRecords
from peritus.delivery.verification.records.lots import Decision, Item, Judgment
from peritus.delivery.verification.report import PackFault, demand, demand_equal
from peritus.journal.canonical import digest, sha256

FIRST = ("first", "further")
ADJUDICATION, CENSUS = "adjudication", "census"
MOST_INSTANCES = 100  # adjudications of one item, appeals among them
MOST_REOPENINGS = 100


def check_items(pack: PackRecords, chain: Chain) -> str:
    """Check ids and contents of all items of the lot against their import."""
    engagement = UUID(pack.freeze.engagement)
    for item in pack.items:
        demand_equal(f"items.jsonl: uid of {item.key}", item.uid,
                     str(uuid5(engagement, f"item/{item.key}")))  # fmt: skip
        demand_equal(f"items.jsonl: content of {item.key}", digest(item.stated), item.content)
        demand_equal(f"items.jsonl: title of {item.key}", item.title, item.stated.get("title"))
    _check_imports(pack.items, chain, pack.engagement.lot["uid"])
    return f"{len(pack.items)} items of the lot."


def _check_imports(items: tuple[Item, ...], chain: Chain, lot: str) -> None:
    """Check that the lot holds what was added to it, in that order, and nothing else."""
    start = 0
    for event in chain.of_kind("items.added"):
        if event.subject != lot:
            continue
        added = items[start : start + int(event.data["count"])]
        demand_equal("items.jsonl: items as imported", len(added), event.data["count"])
        said = digest([[item.key, item.content] for item in added])
        demand_equal("items.jsonl: items as imported", said, event.data["digest"])
        start += len(added)
    demand_equal("items.jsonl: number of items", len(items), start)


def check_freeze(pack: PackRecords, chain: Chain) -> str:
    """Check the frozen document against its event, and that no item fell out."""
    freeze = pack.freeze
    event = chain.only("lot.frozen", digest=pack.freeze_digest)
    told = {
        "digest": pack.freeze_digest,
        "number": freeze.number,
        "open": len(freeze.open),
        "population": len(pack.frozen_items),
    }
    demand_equal("freeze.json: as announced", {**told, **pack.annexed}, event.data)
    demand_equal("freeze.json: lot", freeze.lot, pack.engagement.lot["code"])
    demand_equal("engagement.json: lot", pack.engagement.lot["uid"], event.subject)
    demand_equal("engagement.json: uid", pack.engagement.uid, freeze.engagement)
    _check_quality(pack, chain)
    order = [(each.key, each.question) for each in pack.decisions]
    demand(all(one < two for one, two in pairwise(order)), "freeze.json: order of decisions.")
    _check_completeness(pack)
    _check_guideline(pack, chain)
    return f"SHA-256 {pack.freeze_digest}."


def _check_quality(pack: PackRecords, chain: Chain) -> None:
    """Check the quality plan that is shown against the one that was set last."""
    shown, said = pack.engagement.plan, chain.of_kind("quality_plan.set")
    if shown is not None:
        demand(bool(said), "engagement.json: plan: no event says that it was set.")
        names = ("confidence", "looks", "measure", "promise", "rule")
        for name in names:
            demand_equal(f"engagement.json: plan: {name}", shown[name], said[-1].data[name])


def _check_completeness(pack: PackRecords) -> None:
    decided = {each.key for each in pack.decisions}
    left_out = set(pack.freeze.open)
    known = {item.key for item in pack.items}
    both = sorted(decided & left_out)
    demand(not both, f"freeze.json: both decided and open: {both[:3]}.")
    demand_equal("freeze.json: open items", pack.freeze.open, sorted(left_out))
    amiss = sorted(known ^ (decided | left_out))
    demand(not amiss, f"freeze.json: neither decided nor open, or unknown: {amiss[:3]}.")
    contents = {item.uid: (item.key, item.content) for item in pack.items}
    for each in pack.decisions:
        demand_equal(f"freeze.json: item {each.key}", (each.key, each.content),
                     contents.get(each.item))  # fmt: skip


def _check_guideline(pack: PackRecords, chain: Chain) -> None:
    demand_equal("guideline.md: SHA-256", pack.guideline_digest, pack.freeze.guideline)
    shown = pack.engagement.guideline
    demand_equal("engagement.json: guideline", shown["digest"], pack.freeze.guideline)
    _check_published("guideline.md", pack.guideline_digest, chain)
    for each in pack.other_guidelines:
        part = f"guidelines.jsonl: version {each.number}"
        demand_equal(f"{part}: SHA-256", each.digest, sha256(each.text.encode()))
        _check_published(part, each.digest, chain)


def _check_published(part: str, guideline: str, chain: Chain) -> None:
    published = chain.of_kind("guideline.published", digest=guideline)
    demand(bool(published), f"{part}: no event says that this guideline was published.")


def check_judgments(pack: PackRecords, chain: Chain) -> str:
    """Check each judgment against its event, and that none was left out."""
    items = {item.uid for item in pack.items}
    names = {each["uid"]: each["name"] for each in pack.engagement.experts}
    said = {
        event.about: event
        for event in chain.of_kind("judgment.submitted")
        if event.data["item"] in items
    }
    given = {judgment.uid: judgment for judgment in pack.judgments}
    demand(len(given) == len(pack.judgments), "judgments.jsonl: a judgment stands twice.")
    amiss = sorted(set(given) ^ set(said))
    demand(not amiss, f"judgments.jsonl: judgments and events differ on {amiss[:3]}.")
    for uid, judgment in given.items():
        event = said[uid].data
        told = (judgment.item, judgment.purpose, judgment.slot, judgment.answers,
                judgment.guideline, judgment.expert, sha256(judgment.reason.encode()))  # fmt: skip
        heard = (event["item"], event["purpose"], event["slot"], event["answers"],
                 event["guideline"], names.get(event["expert"]), event["reason"])  # fmt: skip
        demand_equal(f"judgments.jsonl: judgment {uid}", told, heard)
    order = [(judgment.submitted_at, judgment.uid) for judgment in pack.judgments]
    demand_equal("judgments.jsonl: order", order, sorted(order))
    taken = {event.data["judgment"] for event in chain.of_kind("judgment.taken_back")}
    rules = {pack.guideline_digest, *(each.digest for each in pack.other_guidelines)}
    for judgment in pack.judgments:
        demand(judgment.guideline in rules,
               f"judgments.jsonl: the guideline of {judgment.uid} is not in the pack.")  # fmt: skip
        before = given.get(judgment.supersedes or "")
        fits = before.item == judgment.item if before else judgment.supersedes is None
        demand(fits, f"judgments.jsonl: {judgment.uid} supersedes no judgment on its item.")
        demand_equal(f"judgments.jsonl: {judgment.uid} taken back", judgment.taken_back,
                     judgment.uid in taken)  # fmt: skip
    return f"{len(given)} judgments, each as its event says."


@dataclass(frozen=True)
class Standing:
    """The judgments of an item that stood when the lot was frozen."""

    first: tuple[Judgment, ...] = ()
    adjudications: tuple[Judgment, ...] = ()
    census: tuple[Judgment, ...] = ()


def check_decisions(pack: PackRecords, chain: Chain) -> str:
    """Derive every decision again from its judgments by the stated rule."""
    standing = standing_at_freeze(pack, chain)
    check_aggregated(pack, chain, {uid: each.first for uid, each in standing.items()})
    rules: dict[str, int] = {}
    for decision in pack.decisions:
        found = standing.get(decision.item, Standing())
        _check_decision(decision, found)
        rules[decision.rule] = rules.get(decision.rule, 0) + 1
    return ", ".join(f"{count} {rule}" for rule, count in sorted(rules.items())) + "."


def standing_at_freeze(pack: PackRecords, chain: Chain) -> dict[str, Standing]:
    """Return, by item, the judgments that stood when the lot was frozen."""
    frozen = chain.only("lot.frozen", digest=pack.freeze_digest).order
    reopened = {
        item: event.order
        for event in chain.of_kind("items.reopened")
        if event.order < frozen
        for item in event.data["items"]
    }
    before = {
        event.about
        for event in chain.of_kind("judgment.submitted")
        if reopened.get(event.data["item"], -1) < event.order < frozen
    }
    taken = {e.data["judgment"] for e in chain.of_kind("judgment.taken_back") if e.order < frozen}
    then = [each for each in pack.judgments if each.uid in before]
    gone = taken | {each.supersedes for each in then}
    return _grouped(each for each in then if each.uid not in gone)


def _grouped(judgments: Iterable[Judgment]) -> dict[str, Standing]:
    grouped: dict[str, Standing] = {}
    for each in judgments:
        old = grouped.get(each.item, Standing())
        if each.purpose in FIRST:
            grouped[each.item] = replace(old, first=(*old.first, each))
        elif each.purpose == CENSUS:
            grouped[each.item] = replace(old, census=(*old.census, each))
        elif each.purpose == ADJUDICATION:
            grouped[each.item] = replace(old, adjudications=(*old.adjudications, each))
    return grouped


def _check_decision(decision: Decision, standing: Standing) -> None:
    """Check the answer by its rule, and that the judgments named are all there were."""
    part = f"freeze.json: decision on {decision.key}"
    first = [each.answers.get(decision.question) for each in standing.first]
    demand(bool(first), f"{part}: no judgment stands behind it.")
    if standing.census:
        demand_equal(f"{part}: rule after its census", decision.rule, CENSUS)
    if decision.rule == AGGREGATED:
        _check_named(part, decision, standing.first, standing.first)
        return  # its answer follows from the whole lot: see check_aggregated
    if decision.rule == "unanimous":
        deciding, named = standing.first, standing.first
        demand(len(set(first)) == 1, f"{part}: its first judgments disagree.")
    elif decision.rule == "adjudicated":
        deciding = tuple(each for each in standing.adjudications if instance_of(each) == 1)
        named = standing.first + deciding
        doubted = len(set(first)) > 1 or bool(decision.method)
        demand(doubted, f"{part}: adjudicated, but nobody disagreed.")
        demand(len(deciding) == 1, f"{part}: one adjudication is wanted, {len(deciding)} stand.")
        on_appeal = len(standing.adjudications) - len(deciding)
        demand(not on_appeal, f"{part}: decided on appeal, but it is not said so.")
    elif decision.rule == CENSUS:
        deciding = standing.census
        named = standing.first + standing.adjudications + deciding
        demand(len(deciding) == 1, f"{part}: one check is wanted, {len(deciding)} stand.")
    elif decision.rule == "appealed":
        deciding = tuple(sorted(standing.adjudications, key=instance_of)[-1:])
        named = standing.first + deciding
        stands = bool(deciding) and instance_of(deciding[0]) > 1
        demand(stands, f"{part}: no adjudication on appeal stands behind it.")
    else:
        raise PackFault(f"{part}: the rule {decision.rule!r} is not known here.")
    demand_equal(part, decision.answer, deciding[0].answers.get(decision.question))
    _check_named(part, decision, deciding, named)


def instance_of(adjudication: Judgment) -> int:
    """Return the number of an adjudication's slot, 1 for the first."""
    found = adjudication_number(adjudication.item, adjudication.slot)
    demand(found > 0, f"judgments.jsonl: slot of {adjudication.uid} is none of its item.")
    return found


def adjudication_number(item: str, slot: str) -> int:
    """Return the number of a slot for adjudication, 0 if it is none: it is in the slot's id.

    So is how often the item was reopened before, from the first time on.
    """
    places = ((number, again) for again in range(MOST_REOPENINGS)
              for number in range(1, MOST_INSTANCES + 1))  # fmt: skip
    numbers = (number for number, again in places
               if str(uuid5(UUID(item), _slot_name(number, again))) == slot)  # fmt: skip
    return next(numbers, 0)


def _slot_name(number: int, again: int) -> str:
    name = f"slot/{ADJUDICATION}/{number}"
    return f"{name}/{again}" if again else name


def _check_named(
    part: str,
    decision: Decision,
    deciding: tuple[Judgment, ...],
    allowed: tuple[Judgment, ...],
) -> None:
    named = set(decision.judgments)
    demand(
        {each.uid for each in deciding} <= named <= {each.uid for each in allowed},
        f"{part}: the judgments it names are not those that decide it.",
    )
