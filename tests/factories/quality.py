"""Plans, decisions, freezes, audits, certificates; parents share one client."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from peritus.algorithms.certification import AuditPlan
from peritus.algorithms.draw import audit_seed
from peritus.bench.models import Expert
from peritus.blobs.store import keep
from peritus.engagements.models import Item, Lot
from peritus.journal.canonical import canonical, sha256
from peritus.quality.models import (
    Acceptance,
    Appeal,
    Audit,
    Census,
    CensusCheck,
    Certificate,
    Decision,
    Draw,
    DriftAlarm,
    Freeze,
    FreezePlan,
    FrozenDecision,
    Gold,
    GuidelineProposal,
    NonceCommitment,
    QualityPlan,
)
from peritus.work.models import Slot
from tests.factories.accounts import number, uid
from tests.factories.bench import expert
from tests.factories.engagements import START, engagement, guideline_version, item, lot
from tests.factories.work import judgment, slot

NONCE = bytes(16)


def _client(changes: dict[str, Any]) -> dict[str, Any]:
    client = changes.pop("organisation", None)
    return {"organisation": client} if client else {}


def quality_plan(**changes: Any) -> QualityPlan:
    parent = changes.pop("engagement", None) or engagement(**_client(changes))
    given = {
        "uid": uid(),
        "organisation": parent.organisation,
        "engagement": parent,
        "promise": 0.05,
        "confidence": 0.95,
        "looks": [25, 50, 75, 100],
        "rule": "unanimous_else_adjudicate",
        "measure": "differs from the auditor",
        "set_at": START,
    } | changes
    for work in ("adjudicator", "auditor"):
        given[work] = given.get(work) or expert()
    return QualityPlan.objects.create(**given)


def gold(**changes: Any) -> Gold:
    parent = changes.pop("item", None) or item(**_client(changes))
    given = {
        "uid": uid(),
        "organisation": parent.organisation,
        "engagement": parent.engagement,
        "item": parent,
        "question": "question",
        "answer": "yes",
        "source": "A published chart.",
        "direct": True,
    }
    return Gold.objects.create(**given | changes)


def decision(**changes: Any) -> Decision:
    """Return a decided "yes", unanimous."""
    parent = changes.pop("item", None) or item(**_client(changes))
    given = {
        "uid": uid(),
        "organisation": parent.organisation,
        "engagement": parent.engagement,
        "lot": parent.lot,
        "item": parent,
        "question": "question",
        "state": Decision.State.DECIDED,
        "answer": "yes",
        "rule": "unanimous",
    }
    return Decision.objects.create(**given | changes)


def nonce_commitment(**changes: Any) -> NonceCommitment:
    """Return a commitment to ``NONCE`` for the lot's next freeze."""
    parent = changes.pop("lot", None) or lot(**_client(changes))
    given = {
        "uid": uid(),
        "organisation": parent.organisation,
        "engagement": parent.engagement,
        "lot": parent,
        "freeze_number": parent.freezes.count() + 1,
        "commitment": sha256(NONCE),
        "committed_at": START,
    }
    return NonceCommitment.objects.create(**given | changes)


def freeze(**changes: Any) -> Freeze:
    """Return the lot's next freeze, with one decision for each item of the lot.

    The lot gets one item if it has none. ``judgments`` maps an item's id to
    the uids that its decision cites.
    """
    parent: Lot = changes.pop("lot", None) or lot(**_client(changes))
    cited: dict[int, list[str]] = changes.pop("judgments", {})
    items = list(parent.items.order_by("key")) or [item(lot=parent)]
    version = changes.pop("guideline_version", None) or _guideline(parent)
    count = parent.freezes.count() + 1
    document = canonical(_document(parent, items, count, version.digest, cited))
    given = {
        "uid": uid(),
        "organisation": parent.organisation,
        "engagement": parent.engagement,
        "lot": parent,
        "guideline_version": version,
        "number": count,
        "digest": keep(parent.organisation.pk, document, "application/json"),
        "population": len(items),
        "open_items": 0,
        "frozen_at": START,
    }
    frozen = Freeze.objects.create(**given | changes)
    for each in items:
        frozen_decision(freeze=frozen, item=each, judgments=cited.get(each.pk, []))
    return frozen


def _guideline(parent: Lot) -> Any:
    versions = parent.engagement.guideline_versions.order_by("-number")
    return versions.first() or guideline_version(engagement=parent.engagement)


def _document(
    parent: Lot, items: list[Any], count: int, guideline: str, cited: dict[int, list[str]]
) -> dict[str, object]:
    return {
        "decisions": [
            {
                "answer": "yes",
                "content": each.content,
                "item": each.uid,
                "judgments": cited.get(each.pk, []),
                "key": each.key,
                "question": "question",
                "rule": "unanimous",
            }
            for each in items
        ],
        "engagement": parent.engagement.uid,
        "guideline": guideline,
        "lot": parent.code,
        "number": count,
        "open": [],
    }


def frozen_decision(**changes: Any) -> FrozenDecision:
    """Return a frozen "yes"; without a freeze, the one of a freeze made for it."""
    parent = changes.pop("freeze", None)
    if parent is None:
        return freeze(**_client(changes)).decisions.get()
    given = {
        "uid": uid(),
        "organisation": parent.organisation,
        "freeze": parent,
        "question": "question",
        "answer": "yes",
        "rule": "unanimous",
        "judgments": [],
    } | changes
    given["item"] = given.get("item") or item(lot=parent.lot)
    return FrozenDecision.objects.create(**given)


def freeze_plan(**changes: Any) -> FreezePlan:
    """Return a plan of one look that audits the whole freeze and allows nothing."""
    parent = changes.pop("freeze", None) or freeze(**_client(changes))
    tolerance, confidence = changes.pop("tolerance", 0.0), changes.pop("confidence", 0.95)
    looks = changes.pop("looks", [parent.population])
    plan = AuditPlan(parent.population, tolerance, confidence=confidence, looks=looks)
    given = {
        "uid": uid(),
        "organisation": parent.organisation,
        "engagement": parent.engagement,
        "freeze": parent,
        "tolerance": tolerance,
        "confidence": confidence,
        "looks": list(looks),
        "max_errors": list(plan.max_errors),
        "level": plan.level,
        "digest": plan.digest,
        "recorded_at": START,
    }
    return FreezePlan.objects.create(**given | changes)


def draw(**changes: Any) -> Draw:
    """Return the draw that follows from ``NONCE``."""
    parent = changes.pop("freeze", None) or freeze(**_client(changes))
    given = {
        "uid": uid(),
        "organisation": parent.organisation,
        "engagement": parent.engagement,
        "freeze": parent,
        "drawer": Draw.Drawer.PROVIDER,
        "nonce": NONCE.hex(),
        "seed": audit_seed(parent.digest, NONCE).hex(),
        "drawn_at": START,
    }
    return Draw.objects.create(**given | changes)


def audit(**changes: Any) -> Audit:
    """Return an answered audit that agrees, at the next place of its freeze.

    ``differs=None`` leaves it unanswered.
    """
    parent = changes.pop("freeze", None) or freeze(**_client(changes))
    audited = parent.audits.values("item")
    thing = changes.pop("item", None) or (
        parent.decisions.exclude(item__in=audited).order_by("id")[0].item
    )
    given = {
        "uid": uid(),
        "organisation": parent.organisation,
        "engagement": parent.engagement,
        "freeze": parent,
        "item": thing,
        "place": parent.audits.count() + 1,
        "differs": False,
    } | changes
    given["slot"] = given.get("slot") or slot(item=thing, purpose=Slot.Purpose.AUDIT)
    if given["differs"] is not None and "judgment" not in given:
        answer = "no" if given["differs"] else "yes"
        given["judgment"] = judgment(slot=given["slot"], answers={"question": answer})
    return Audit.objects.create(**given)


def census(**changes: Any) -> Census:
    """Return an open census of all of a lot's items, each of which is as risky."""
    parent = changes.pop("lot", None) or lot(**_client(changes))
    items = list(parent.items.order_by("key")) or [item(lot=parent)]
    given = {
        "uid": uid(),
        "organisation": parent.organisation,
        "engagement": parent.engagement,
        "lot": parent,
        "number": parent.censuses.count() + 1,
        "risk": [[str(each.uid), 0.1] for each in items],
        "tolerance": 0.1,
        "confidence": 0.95,
        "largest": 0.5,
        "most": len(items) // 2,
        "batch": 3,
        "opened_by": parent.engagement.quality_lead,
        "opened_at": START,
    }
    return Census.objects.create(**given | changes)


def census_check(**changes: Any) -> CensusCheck:
    """Return a check that waits for its answer, at the next place of its census."""
    parent = changes.pop("census", None) or census(**_client(changes))
    checked = parent.checks.values("item")
    given = {
        "uid": uid(),
        "organisation": parent.organisation,
        "engagement": parent.engagement,
        "census": parent,
        "place": parent.checks.count() + 1,
        "decided": {"question": "yes"},
    } | changes
    thing = given.setdefault("item", parent.lot.items.exclude(pk__in=checked).order_by("key")[0])
    given["slot"] = given.get("slot") or slot(item=thing, purpose=Slot.Purpose.CENSUS)
    return CensusCheck.objects.create(**given)


def certificate(**changes: Any) -> Certificate:
    """Return what a census without a difference would claim."""
    parent = changes.pop("freeze", None) or freeze(**_client(changes))
    n = number()
    given = {
        "uid": uid(),
        "organisation": parent.organisation,
        "engagement": parent.engagement,
        "freeze": parent,
        "number": f"CERTIFICATE-{n}",
        "measure": "differs from the auditor",
        "method": "census",
        "claimed_errors": 0,
        "bound": 0.0,
        "confidence": 0.95,
        "level": 0.0,
        "audited": parent.population,
        "differing": 0,
        "plan_digest": sha256(b"plan"),
        "drawer": Draw.Drawer.PROVIDER,
        "checker_error": "Not measured.",
        "not_checked": "Nothing.",
        "signed_by": parent.engagement.quality_lead,
        "signed_at": START,
    }
    return Certificate.objects.create(**given | changes)


def acceptance(**changes: Any) -> Acceptance:
    parent = changes.pop("freeze", None) or certificate(**_client(changes)).freeze
    given = {
        "uid": uid(),
        "organisation": parent.organisation,
        "engagement": parent.engagement,
        "freeze": parent,
        "accepted_by": parent.engagement.manager,
        "accepted_at": START,
    }
    return Acceptance.objects.create(**given | changes)


def guideline_proposal(**changes: Any) -> GuidelineProposal:
    """Return a proposal that touches one item and three judgments."""
    version = changes.pop("replaces", None) or guideline_version(
        **_client(changes), engagement=changes.pop("engagement", None)
    )
    given = {
        "uid": uid(),
        "organisation": version.organisation,
        "engagement": version.engagement,
        "replaces": version,
        "title": "Use inside a product",
        "text": "## The question\n\nRead it as use inside a product.",
        "cause": "The guideline is silent.",
        "touched_judgments": 3,
        "proposed_at": START,
    } | changes
    if "touched_items" not in given:
        given["touched_items"] = [str(item(lot=lot(engagement=version.engagement)).uid)]
    return GuidelineProposal.objects.create(**given)


def appeal(**changes: Any) -> Appeal:
    """Return a waiting appeal against gold that says "no"."""
    given_judgment = changes.pop("judgment", None) or judgment(**_client(changes))
    held = changes.pop("gold", None) or gold(item=given_judgment.item, answer="no", weighs=True)
    given = {
        "uid": uid(),
        "organisation": given_judgment.organisation,
        "engagement": given_judgment.engagement,
        "judgment": given_judgment,
        "question": held.question,
        "against": Appeal.Against.GOLD,
        "reference": held.uid,
        "gold": held,
        "claim": "Clause 4 says otherwise.",
        "made_at": START,
        "due_at": START + timedelta(days=7),
    }
    return Appeal.objects.create(**given | changes)


def drift_alarm(**changes: Any) -> DriftAlarm:
    """Return an open alarm about a fall from 27 of 30 to 4 of 10."""
    parent = changes.pop("engagement", None) or engagement(**_client(changes))
    given = {
        "uid": uid(),
        "organisation": parent.organisation,
        "engagement": parent,
        "question": "question",
        "reference_right": 27,
        "reference_n": 30,
        "reference": 0.79,
        "watched": 20,
        "since": START,
        "fell_right": 4,
        "fell_n": 10,
        "raised_at": START,
    } | changes
    given["expert"] = given.get("expert") or expert()
    return DriftAlarm.objects.create(**given)


def known_answers(
    expert: Expert,
    lot: Lot,
    right: str,
    *,
    start: datetime = START,
    items: Sequence[Item] | None = None,
) -> None:
    """Let an expert answer a gold item of the lot for each letter, an hour apart.

    ``right`` has a "1" for each right answer and a "0" for each wrong one; the
    items are new unless given.
    """
    for place, letter in enumerate(right):
        thing = items[place] if items else item(lot=lot)
        if items is None:
            gold(item=thing, weighs=True, set_at=START)
        judgment(
            item=thing,
            expert=expert,
            answers={"question": "yes" if letter == "1" else "no"},
            submitted_at=start + timedelta(hours=place),
        )
