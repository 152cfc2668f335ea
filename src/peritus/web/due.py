"""Which acts on a lot are the reader's now, and what is on record of its draw."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from uuid import uuid4

from django.urls import reverse

from peritus.accounts.models import Role
from peritus.accounts.rules import CLIENT
from peritus.algorithms.certification import AuditPlan
from peritus.engagements.rules import LEAD
from peritus.quality.models import Draw, Freeze, NonceCommitment
from peritus.quality.overviews import LotOverview, Stage
from peritus.quality.queries import (
    audit_plan_for,
    census_items,
    commitment_for,
    draw_of,
    moved_since,
)
from peritus.quality.verbs.auditing import draw_blockers, provider_draw_blockers
from peritus.quality.verbs.censusing import census_blockers
from peritus.quality.verbs.certifying import acceptance_blockers, certification_blockers
from peritus.quality.verbs.freezing import freeze_blockers
from peritus.web.people import Viewer

NO_PLAN = "This engagement has no quality plan; its manager sets one before the work begins."


@dataclass(frozen=True)
class DrawRecord:
    """What stands of a lot's draw: for its latest freeze, and for the next one."""

    commitment: NonceCommitment | None
    draw: Draw | None
    next_commitment: NonceCommitment | None

    @property
    def any_commitment(self) -> NonceCommitment | None:
        """The newest commitment there is."""
        return self.next_commitment or self.commitment


@dataclass(frozen=True)
class Due:
    """An act that is the reader's; ``words`` is the template that explains it."""

    code: str
    title: str
    address: str
    blockers: tuple[str, ...]
    key: str
    plan: AuditPlan | None = None

    @property
    def words(self) -> str:
        """Return the template with the act's meaning and its form."""
        return f"engagements/acts/{self.code}.html"

    @property
    def looks(self) -> list[tuple[int, int]]:
        """Return each look of a plan with the most differences that it allows."""
        return list(zip(self.plan.looks, self.plan.max_errors, strict=True)) if self.plan else []

    @property
    def allowed(self) -> float:
        """Return the greatest chance of a false certificate that a plan may have."""
        return 1 - self.plan.confidence if self.plan else 0.0


def draw_record(overview: LotOverview) -> DrawRecord:
    """Return what is on record of a lot's draw."""
    lot, freeze = overview.lot, overview.freeze
    number = freeze.number if freeze else 0
    return DrawRecord(
        commitment=commitment_for(lot, number),
        draw=draw_of(freeze) if freeze else None,
        next_commitment=commitment_for(lot, number + 1),
    )


def acts_due(viewer: Viewer, overview: LotOverview, record: DrawRecord) -> list[Due]:
    """Return the reader's acts on a lot in the order of the flow."""
    engagement, freeze = overview.lot.engagement, overview.freeze
    if freeze is not None:
        freeze.lot = overview.lot  # read already: pages ask no second time
    if viewer.role == Role.CLIENT and CLIENT.holds(viewer.user, engagement):
        return list(_acts_of_client(overview, record))
    if viewer.role == Role.QUALITY and LEAD.holds(viewer.user, engagement):
        return list(_acts_of_lead(overview, record))
    return []


def _acts_of_client(overview: LotOverview, record: DrawRecord) -> Iterator[Due]:
    freeze = overview.freeze
    if record.next_commitment is None and _may_be_frozen_next(overview):
        yield _due("commit", "Take part in the draw", "make_nonce", overview.lot.uid)
    if freeze is None:
        return
    if record.commitment and record.draw is None:
        yield _due(
            "reveal", "Reveal your nonce", "reveal_nonce", freeze.pk, blockers=draw_blockers(freeze)
        )
    if not overview.acceptance:
        yield _due(
            "accept", "Accept this lot", "accept_lot", freeze.pk,
            blockers=acceptance_blockers(freeze),
        )  # fmt: skip


def _acts_of_lead(overview: LotOverview, record: DrawRecord) -> Iterator[Due]:
    freeze = overview.freeze
    if _may_be_frozen_next(overview):
        blockers = freeze_blockers(overview.lot)
        yield from _census_due(overview, blockers)
        yield _due("freeze", "Freeze this lot", "freeze_lot", overview.lot.uid, blockers=blockers)
    if freeze is None or overview.acceptance or overview.certificate:
        return
    if overview.plan is None:
        yield _plan_due(freeze)
    elif record.draw is None:
        blockers = provider_draw_blockers(freeze)
        yield _due("draw", "Draw the sample", "draw_audits", freeze.pk, blockers=blockers)
    else:
        blockers = certification_blockers(freeze, overview.standing)
        yield _due("certify", "Sign this lot", "certify_lot", freeze.pk, blockers=blockers)


def _census_due(overview: LotOverview, of_freeze: Sequence[str]) -> Iterator[Due]:
    """Offer a census where the plan has one; once there was one, only if another would pay."""
    quality = getattr(overview.lot.engagement, "quality_plan", None)
    if quality is None or not quality.terms.largest_census:
        return
    if overview.census is not None and overview.census.is_open:
        yield _due("end_census", "End the check of the riskiest", "end_census", overview.lot.uid)
        return
    blockers = census_blockers(overview.lot, of_freeze)
    if overview.census is None or not blockers:
        title = "Check the riskiest first"
        yield _due("census", title, "open_census", overview.lot.uid, blockers=blockers)


def _may_be_frozen_next(overview: LotOverview) -> bool:
    """Say whether a freeze lies ahead: the first, or one more since answers moved."""
    return overview.freeze is None or moved_since(overview.freeze) > 0


def _plan_due(freeze: Freeze) -> Due:
    quality = getattr(freeze.lot.engagement, "quality_plan", None)
    census = census_items(freeze).count()
    plan = audit_plan_for(freeze.population, quality, census=census) if quality else None
    blockers = [] if quality else [NO_PLAN]
    title = "Record the audit plan"
    return _due("plan", title, "record_plan", freeze.pk, blockers=blockers, plan=plan)


def _due(
    code: str,
    title: str,
    address: str,
    about: object,
    *,
    blockers: Sequence[str] = (),
    plan: AuditPlan | None = None,
) -> Due:
    path = reverse(address, args=[about])
    return Due(code, title, path, tuple(blockers), uuid4().hex, plan)


def steps_of_lead(overviews: Sequence[LotOverview]) -> dict[int, str]:
    """Return what the quality lead does next in each lot, in two queries for all."""
    freezes = [each.freeze.pk for each in overviews if each.freeze]
    drawn = set(Draw.objects.filter(freeze__in=freezes).values_list("freeze", flat=True))
    lots = [each.lot.pk for each in overviews]
    committed = set(
        NonceCommitment.objects.filter(lot__in=lots).values_list("lot", "freeze_number")
    )
    return {each.lot.pk: _step(each, drawn, committed) for each in overviews}


def _step(overview: LotOverview, drawn: set[int], committed: set[tuple[int, int]]) -> str:
    freeze, stage = overview.freeze, overview.stage
    if freeze is None:
        return "Freeze it" if stage == Stage.FREEZE else ""
    if stage == Stage.CERTIFY:
        return "Sign it"
    if stage != Stage.AUDIT:
        return ""
    if overview.plan is None:
        return "Record its audit plan"
    if freeze.pk in drawn:
        return ""
    by_client = (overview.lot.pk, freeze.number) in committed
    return "" if by_client else "Draw its sample"
