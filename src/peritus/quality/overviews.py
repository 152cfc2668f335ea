"""What stands for lots and items, read in a fixed number of queries for pages."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery

from peritus.accounts.models import User
from peritus.algorithms.certification import ErrorSequence
from peritus.engagements.models import Engagement, Item, Lot
from peritus.engagements.queries import engagements_seen_by
from peritus.quality.census import CensusStanding, census_standings
from peritus.quality.deciding import BY_ADJUDICATION
from peritus.quality.models import (
    Acceptance,
    Audit,
    CensusCheck,
    Certificate,
    Decision,
    Freeze,
    FreezePlan,
    FrozenDecision,
    Gold,
    GuidelineProposal,
    Suspension,
)
from peritus.quality.queries import Standing, computed_plan, current_gold, standing_after
from peritus.quality.touching import suspensions_of
from peritus.work.models import Judgment
from peritus.work.queries import DECIDING, FIRST, standing_judgments


class Stage(StrEnum):
    """Where a lot stands in the flow."""

    EMPTY = "empty"
    JUDGE = "judge"
    ADJUDICATE = "adjudicate"
    CENSUS = "census"
    FREEZE = "freeze"
    AUDIT = "audit"
    CERTIFY = "certify"
    ACCEPT = "accept"
    ACCEPTED = "accepted"
    SPENT = "spent"


@dataclass(frozen=True)
class LotOverview:
    """A lot with what is counted, frozen, audited, signed and accepted.

    ``standing`` is that of the latest freeze; ``judgments`` counts first ones.
    """

    lot: Lot
    items: int
    judgments: int
    contested: int
    adjudicated: int
    decided: int
    open: int
    freeze: Freeze | None
    plan: FreezePlan | None
    standing: Standing
    outcomes: tuple[bool, ...]
    certificate: Certificate | None
    acceptance: Acceptance | None
    suspension: Suspension | None
    census: CensusStanding | None

    @property
    def pending(self) -> int:
        """Items that nothing decides yet."""
        return self.items - self.decided - self.open

    @property
    def drawn_from(self) -> int:
        """Frozen decisions that audits are drawn from: all that no census checked."""
        whole = self.freeze.population if self.freeze else 0
        return whole - (self.plan.census if self.plan else 0)

    @property
    def stage(self) -> Stage:
        """Where the lot stands in the flow."""
        if self.freeze is None or self.suspension:
            return self._stage_before_freeze()
        if self.acceptance:
            return Stage.ACCEPTED
        if self.certificate:
            return Stage.ACCEPT
        verdicts = {"spent": Stage.SPENT, "certified": Stage.CERTIFY}
        return verdicts.get(self.standing.verdict, Stage.AUDIT)

    def _stage_before_freeze(self) -> Stage:
        if not self.items:
            return Stage.EMPTY
        if not self.pending:
            return Stage.CENSUS if self.census and self.census.is_open else Stage.FREEZE
        return Stage.ADJUDICATE if self.contested > self.adjudicated else Stage.JUDGE


def lot_overviews(lots: QuerySet[Lot]) -> list[LotOverview]:
    """Return lots with what stands for each, in twelve queries for all of them."""
    shown = list(lots.select_related("engagement__organisation").order_by("engagement", "place"))
    keys = [lot.pk for lot in shown]
    decided, judged, items = _decision_counts(keys), _judgment_counts(keys), _item_counts(keys)
    freezes, censuses = _latest_freezes(keys), census_standings(keys)
    found = _found_of_freezes([freeze.pk for freeze in freezes.values()])
    return [
        _overview(
            lot,
            freezes.get(lot.pk),
            found,
            {**decided.get(lot.pk, _NOTHING), "items": items.get(lot.pk, 0),
             "judgments": judged.get(lot.pk, 0)},
            censuses.get(lot.pk),
        )
        for lot in shown
    ]  # fmt: skip


_NOTHING = {"contested": 0, "adjudicated": 0, "decided": 0, "open": 0}


def _decision_counts(lots: list[int]) -> dict[int, dict[str, int]]:
    rows = (
        Decision.objects.filter(lot__in=lots)
        .values("lot")
        .annotate(
            n_contested=Count("id", filter=Q(contested=True)),
            n_adjudicated=Count("id", filter=Q(rule__in=BY_ADJUDICATION)),
            n_decided=Count("id", filter=Q(state=Decision.State.DECIDED)),
            n_open=Count("id", filter=Q(state=Decision.State.OPEN)),
        )
    )
    return {
        row["lot"]: {
            "contested": row["n_contested"],
            "adjudicated": row["n_adjudicated"],
            "decided": row["n_decided"],
            "open": row["n_open"],
        }
        for row in rows
    }


def _judgment_counts(lots: list[int]) -> dict[int, int]:
    judgments = standing_judgments().filter(slot__lot__in=lots, slot__purpose__in=FIRST)
    return dict(judgments.values_list("slot__lot").annotate(n=Count("id")))


def _item_counts(lots: list[int]) -> dict[int, int]:
    return dict(Item.objects.filter(lot__in=lots).values_list("lot").annotate(n=Count("id")))


def _latest_freezes(lots: list[int]) -> dict[int, Freeze]:
    later = Freeze.objects.filter(lot=OuterRef("lot"), number__gt=OuterRef("number"))
    return {each.lot_id: each for each in Freeze.objects.filter(~Exists(later), lot__in=lots)}


@dataclass(frozen=True)
class _Found:
    """What was recorded of freezes, by the freeze's id."""

    plans: Mapping[int, FreezePlan]
    outcomes: Mapping[int, tuple[bool, ...]]
    certificates: Mapping[int, Certificate]
    acceptances: Mapping[int, Acceptance]
    suspensions: Mapping[int, Suspension]


def _found_of_freezes(freezes: list[int]) -> _Found:
    by_freeze = {"freeze__in": freezes}
    plans = FreezePlan.objects.filter(**by_freeze)
    signed = Certificate.objects.filter(**by_freeze).select_related("signed_by")
    accepted = Acceptance.objects.filter(**by_freeze).select_related("accepted_by")
    return _Found(
        {each.freeze_id: each for each in plans},
        _outcomes(freezes),
        {each.freeze_id: each for each in signed},
        {each.freeze_id: each for each in accepted},
        suspensions_of(freezes),
    )


def _outcomes(freezes: list[int]) -> dict[int, tuple[bool, ...]]:
    """Return, in audit order up to the first unanswered one, what differed."""
    rows = Audit.objects.filter(freeze__in=freezes).order_by("freeze", "place")
    outcomes: dict[int, list[bool]] = defaultdict(list)
    ended: set[int] = set()
    for freeze, differs in rows.values_list("freeze", "differs"):
        if differs is None:
            ended.add(freeze)
        if freeze not in ended:
            outcomes[freeze].append(bool(differs))
    return {freeze: tuple(found) for freeze, found in outcomes.items()}


def _overview(
    lot: Lot,
    freeze: Freeze | None,
    found: _Found,
    counts: Mapping[str, int],
    census: CensusStanding | None,
) -> LotOverview:
    key = freeze.pk if freeze else 0
    plan, outcomes = found.plans.get(key), found.outcomes.get(key, ())
    return LotOverview(
        lot=lot,
        freeze=freeze,
        plan=plan,
        standing=_standing(freeze, plan, list(outcomes)),
        outcomes=outcomes,
        certificate=found.certificates.get(key),
        acceptance=found.acceptances.get(key),
        suspension=found.suspensions.get(key),
        census=census,
        **counts,
    )


def _standing(freeze: Freeze | None, stored: FreezePlan | None, outcomes: list[bool]) -> Standing:
    if freeze is None or stored is None:
        return standing_after(None, outcomes, 0)
    return standing_after(computed_plan(freeze, stored), outcomes, freeze.population)


def bounds_after_each_audit(overview: LotOverview) -> list[float]:
    """Return the bound that is true at every look, after each audit in its order."""
    if overview.freeze is None or overview.plan is None:
        return []
    population = overview.freeze.population
    rest = population - overview.plan.census
    sequence = ErrorSequence(rest, confidence=overview.plan.confidence)
    bounds = []
    for differs in overview.outcomes:
        sequence.update([differs])
        bounds.append(round(sequence.upper * rest) / population)
    return bounds


def decisions_of(lot: Lot, freeze: Freeze | None) -> QuerySet[Decision]:
    """Return a lot's decisions by key, each with its audit, frozen answer and gold.

    Adds ``differs`` (None: not audited), ``frozen`` and ``has_gold``.
    """
    audits = Audit.objects.filter(freeze=freeze, item=OuterRef("item"))
    frozen = FrozenDecision.objects.filter(
        freeze=freeze, item=OuterRef("item"), question=OuterRef("question")
    )
    return (
        Decision.objects.filter(lot=lot)
        .select_related("item")
        .annotate(
            differs=Subquery(audits.values("differs")[:1]),
            auditor_answers=Subquery(audits.values("judgment__answers")[:1]),
            frozen=Subquery(frozen.values("answer")[:1]),
            has_gold=Exists(current_gold().filter(item=OuterRef("item"))),
        )
        .order_by("item__key", "question")
    )


SHOWN = {
    "all": Q(),
    "differing": Q(differs=True),
    "audited": Q(differs__isnull=False),
    "contested": Q(contested=True),
    "open": Q(state=Decision.State.OPEN),
    "gold": Q(has_gold=True),
    "moved": Q(frozen__isnull=False) & ~Q(frozen=F("answer")),
}


def decision_counts(decisions: QuerySet[Decision]) -> dict[str, int]:
    """Count the decisions under each way of showing them, in one query."""
    counts = {f"n_{name}": Count("id", filter=q) for name, q in SHOWN.items() if name != "all"}
    found = decisions.order_by().aggregate(n_all=Count("id"), **counts)
    return {name: found[f"n_{name}"] for name in SHOWN}


@dataclass(frozen=True)
class ItemEvidence:
    """All that an answer stands on."""

    decisions: tuple[Decision, ...]
    judgments: tuple[Judgment, ...]
    gold: tuple[Gold, ...]
    audits: tuple[Audit, ...]
    checks: tuple[CensusCheck, ...]
    frozen: tuple[FrozenDecision, ...]


def evidence_of(item: Item) -> ItemEvidence:
    """Return what an item's answers stand on, in six queries."""
    judgments = standing_judgments().filter(item=item, slot__purpose__in=DECIDING)
    audits = item.audits.exclude(differs=None).select_related(
        "judgment__expert", "freeze", "judgment__slot"
    )
    checks = item.census_checks.exclude(judgment=None).select_related(
        "judgment__expert", "census__lot", "judgment__slot"
    )
    frozen = item.frozen_decisions.select_related("freeze__guideline_version")
    return ItemEvidence(
        tuple(item.decisions.order_by("question")),
        tuple(judgments.select_related("expert", "slot").order_by("slot__number")),
        tuple(item.gold.order_by("question", "version")),
        tuple(audits.order_by("freeze__number")),
        tuple(checks.defer("census__risk").order_by("census__number")),
        tuple(frozen.order_by("-freeze__number", "question")),
    )


def proposals_seen_by(user: User) -> QuerySet[GuidelineProposal]:
    """Return the guideline proposals of the engagements that the user sees."""
    return GuidelineProposal.objects.filter(engagement__in=engagements_seen_by(user))


def decisions_of_items(engagement: Engagement, uids: Iterable[str]) -> QuerySet[Decision]:
    """Return the live decisions of an engagement's items, by their uids."""
    named = Decision.objects.filter(engagement=engagement, item__uid__in=list(uids))
    return named.select_related("item__lot").order_by("item__key", "question")
