"""Check that rows still are what was frozen, planned, drawn and audited."""

from __future__ import annotations

from peritus.algorithms.draw import audit_seed
from peritus.journal.canonical import sha256
from peritus.journal.models import Event
from peritus.quality.annexes import annexes_of
from peritus.quality.models import Draw, Freeze, FreezePlan
from peritus.quality.queries import (
    census_items,
    commitment_for,
    draw_of,
    freeze_document,
    plan_of,
)
from peritus.quality.verbs.auditing import drawn_items

ALTERED = "differs from what the journal recorded; it was altered"


def evidence_blockers(freeze: Freeze) -> list[str]:
    """Say where the rows of a freeze are not what stands behind a certificate."""
    faults = document_faults(freeze)
    stored, draw = FreezePlan.objects.filter(freeze=freeze).first(), draw_of(freeze)
    if stored is None or draw is None:
        return [*faults, "Plan and draw must stand before a certificate."]
    faults += plan_faults(freeze, stored) + draw_faults(freeze, draw)
    return faults + audit_faults(freeze, draw, finished=True)


def document_faults(freeze: Freeze) -> list[str]:
    """Say whether the frozen rows are what the document and the journal say.

    Raises BlobDamaged, also for an annex that is not as it was kept.
    """
    faults = []
    if _rows(freeze) != _document_rows(freeze):
        faults.append("Frozen decisions differ from the frozen document; they were altered.")
    said = _said(freeze, "lot.frozen")
    if (said.get("digest"), said.get("annexes", {})) != (freeze.digest, freeze.annexes):
        faults.append(f"The freeze {ALTERED}.")
    annexes_of(freeze)
    return faults


def _rows(freeze: Freeze) -> list[tuple[str, str, str, str]]:
    rows = freeze.decisions.order_by("item__key", "question")
    return sorted(rows.values_list("item__key", "question", "answer", "rule"))


def _document_rows(freeze: Freeze) -> list[tuple[str, str, str, str]]:
    decisions: list[dict[str, str]] = freeze_document(freeze)["decisions"]  # type: ignore[assignment]
    return sorted(
        (each["key"], each["question"], each["answer"], each["rule"]) for each in decisions
    )


def _said(about: Freeze | FreezePlan | Draw, kind: str) -> dict[str, object]:
    event = Event.objects.filter(kind=kind, about_uid=about.uid).order_by("id").last()
    return event.data if event else {}


def plan_faults(freeze: Freeze, stored: FreezePlan) -> list[str]:
    """Say whether the audit plan is the one that was recorded before the draw."""
    plan = plan_of(freeze)
    recorded = _said(stored, "plan.recorded").get("digest")
    if plan is None or not stored.digest == plan.digest == recorded:
        return ["The audit plan is not the one whose digest was recorded."]
    if stored.census != census_items(freeze).count():
        return ["The audit plan is not on what the census left."]
    return []


def draw_faults(freeze: Freeze, draw: Draw) -> list[str]:
    """Say whether the seed follows from freeze and nonce, and whose nonce it is."""
    faults = []
    said = _said(draw, "draw.made")
    if (said.get("nonce"), said.get("drawer")) != (draw.nonce, draw.drawer):
        faults.append(f"The draw {ALTERED}.")
    nonce = bytes.fromhex(draw.nonce)
    if audit_seed(freeze.digest, nonce).hex() != draw.seed:
        faults.append("The seed of the draw does not follow from freeze and nonce.")
    committed = commitment_for(freeze.lot, freeze.number)
    drawer = Draw.Drawer.CLIENT if committed else Draw.Drawer.PROVIDER
    if draw.drawer != drawer or (committed and committed.commitment != sha256(nonce)):
        faults.append("The draw does not use the nonce that the client committed to.")
    return faults


def audit_faults(freeze: Freeze, draw: Draw, *, finished: bool) -> list[str]:
    """Say whether the audits are those that were drawn, opened and answered.

    A ``finished`` audit has no gap.
    """
    audits = list(freeze.audits.order_by("place"))
    drawn = [item.pk for item in drawn_items(freeze, draw)][: len(audits)]
    faults = []
    if [each.item_id for each in audits] != drawn:
        faults.append("Audits do not stand in the order of the draw.")
    if finished and any(each.differs is None for each in audits):
        faults.append("Not every opened audit is answered; none may be left out.")
    if [(each.uid, each.differs) for each in audits if each.differs is not None] != _heard(freeze):
        faults.append(f"What the auditor found {ALTERED}.")
    opened = _said(freeze, "audits.opened").get("to", 0)
    if len(audits) != opened:
        faults.append(f"{opened} audits were opened, {len(audits)} are there; none may be hidden.")
    return faults


def _heard(freeze: Freeze) -> list[tuple[object, bool]]:
    """Return what the journal says of the freeze's audits, by place."""
    events = Event.objects.filter(kind="audit.recorded", engagement_uid=freeze.engagement.uid)
    said = [(event.about_uid, event.data) for event in events.order_by("id")]
    mine = [
        (data["place"], uid, data["differs"])
        for uid, data in said
        if data["freeze"] == freeze.digest
    ]
    return [(uid, differs) for _, uid, differs in sorted(mine)]
