"""The files of a pack, from the facts of a freeze."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from peritus.billing.models import InvoiceLine
from peritus.blobs.models import Blob
from peritus.blobs.store import content_of
from peritus.delivery.evidence.ledger import ledger
from peritus.delivery.evidence.setting import engagement_facts
from peritus.delivery.evidence.texts import readme, scope
from peritus.delivery.frozen import FreezeFacts
from peritus.delivery.invoices import invoice_facts, invoice_json
from peritus.delivery.verification.container import FORMAT, TAGMANIFEST, bagged, tag_files
from peritus.delivery.verification.derived.provenance import PROV, provenance
from peritus.delivery.verification.derived.report import REPORT, report
from peritus.delivery.verification.heads import PROVED
from peritus.engagements.models import GuidelineVersion, Lot
from peritus.journal.canonical import canonical, sha256
from peritus.journal.heads import heads_of
from peritus.journal.keys import signer
from peritus.journal.merkle import consistency_proof, inclusion_proof, leaf_hash, levels_of
from peritus.journal.models import Event, SigningKey
from peritus.quality.annexes import annexes_of, shown_name
from peritus.quality.models import Audit, Certificate
from peritus.quality.queries import commitment_for, computed_plan
from peritus.work.models import Judgment, TakenBack


def pack_blockers(facts: FreezeFacts) -> list[str]:
    """Say why a freeze cannot be checked by an outsider yet."""
    blockers = []
    if facts.plan is None:
        blockers.append("No audit plan is recorded for this freeze; record it first.")
    if facts.draw is None:
        blockers.append("Nothing is drawn for this freeze; draw the audit first.")
    return blockers


def evidence_files(facts: FreezeFacts) -> dict[str, bytes]:
    """Return the files of the pack by their path in its bag, with a signature over all.

    Raises KeyUnusable.
    """
    members, signs = _members(facts), signer()
    members[REPORT] = report(members, signs.key.fingerprint)
    members[PROV] = provenance(members, signs.key.fingerprint)
    body = canonical(
        {
            "format": FORMAT,
            "key": signs.key.fingerprint,
            "manifest": sha256(tag_files(members)[TAGMANIFEST]),
        }
    )
    return bagged(members, canonical({"body": body.decode(), "signature": signs.sign(body)}))


def _members(facts: FreezeFacts) -> dict[str, bytes]:
    freeze = facts.freeze
    return {
        "README.txt": readme(),
        "SCOPE.md": scope(facts),
        "engagement.json": canonical(engagement_facts(facts)),
        "guideline.md": freeze.guideline_version.text.encode(),
        "freeze.json": content_of(freeze.organisation_id, freeze.digest),
        "items.jsonl": _lines(_items(freeze.lot)),
        "judgments.jsonl": _lines(_judgments(facts)),
        "plan.json": canonical(_plan(facts)),
        "draw.json": canonical(_draw(facts)),
        "audits.jsonl": _lines(_audit(audit) for audit in facts.audits),
        **{f"{name}.json": document for name, document in annexes_of(freeze).items()},
        **_earlier_guidelines(facts),
        **_verdict(facts),
        **_invoice(facts),
        "ledger.json": canonical(ledger(facts)),
        **_events(facts),
        **_signed(facts),
    }


def _lines(rows: Iterable[Mapping[str, object]]) -> bytes:
    return b"".join(canonical(row) + b"\n" for row in rows)


def _items(lot: Lot) -> Iterable[dict[str, object]]:
    """Return the lot's items as they were added, with what was stated of each."""
    contents = Blob.objects.filter(
        organisation=lot.organisation_id, sha256__in=lot.items.values("content")
    )
    stated = {blob.sha256: bytes(blob.content) for blob in contents}
    for item in lot.items.order_by("id"):
        yield {
            "content": item.content,
            "fields": item.fields,
            "key": item.key,
            "stated": json.loads(stated[item.content]),
            "title": item.title,
            "uid": item.uid,
        }


def _judgments(facts: FreezeFacts) -> Iterable[dict[str, object]]:
    lot = facts.freeze.lot
    found = Judgment.objects.filter(item__lot=lot).order_by("submitted_at", "uid")
    related = ("expert", "item", "slot", "guideline_version", "supersedes")
    taken = set(
        TakenBack.objects.filter(judgment__item__lot=lot).values_list("judgment_id", flat=True)
    )
    for each in found.select_related(*related):
        yield {
            "answers": each.answers,
            "expert": shown_name(facts.engagement, each.expert),
            "guideline": each.guideline_version.digest,
            "item": each.item.uid,
            "purpose": each.slot.purpose,
            "reason": each.reason,
            "slot": each.slot.uid,
            "submitted_at": each.submitted_at,
            "supersedes": each.supersedes.uid if each.supersedes else None,
            "taken_back": each.pk in taken,
            "uid": each.uid,
        }


def _earlier_guidelines(facts: FreezeFacts) -> dict[str, bytes]:
    """Return the other guideline versions that the lot's items were judged under."""
    freeze = facts.freeze
    used = Judgment.objects.filter(item__lot=freeze.lot).values("guideline_version")
    versions = GuidelineVersion.objects.filter(pk__in=used).exclude(pk=freeze.guideline_version_id)
    rows = [
        {"digest": each.digest, "number": each.number, "text": each.text, "title": each.title}
        for each in versions.order_by("number")
    ]
    return {"guidelines.jsonl": _lines(rows)} if rows else {}


def _plan(facts: FreezeFacts) -> dict[str, object]:
    plan = facts.plan
    if plan is None:
        return {}
    drawn_from = computed_plan(facts.freeze, plan)
    return {
        "census": plan.census,
        "confidence": plan.confidence,
        "digest": plan.digest,
        "freeze": facts.freeze.digest,
        "level": plan.level,
        "looks": plan.looks,
        "max_errors": plan.max_errors,
        "population": drawn_from.population,
        "recorded_at": plan.recorded_at,
        "tolerance": drawn_from.tolerance,
    }


def _draw(facts: FreezeFacts) -> dict[str, object]:
    draw, freeze = facts.draw, facts.freeze
    if draw is None:
        return {}
    committed = commitment_for(freeze.lot, freeze.number) if draw.drawer == "client" else None
    return {
        "commitment": committed.commitment if committed else None,
        "drawer": draw.drawer,
        "drawn_at": draw.drawn_at,
        "freeze": freeze.digest,
        "nonce": draw.nonce,
        "seed": draw.seed,
    }


def _audit(audit: Audit) -> dict[str, object]:
    return {
        "answer": audit.judgment.answers if audit.judgment else None,
        "differs": audit.differs,
        "item": audit.item.uid,
        "judgment": audit.judgment.uid if audit.judgment else None,
        "key": audit.item.key,
        "place": audit.place,
        "uid": audit.uid,
    }


def _verdict(facts: FreezeFacts) -> dict[str, bytes]:
    if facts.certificate is not None:
        return {"certificate.json": canonical(_certificate(facts, facts.certificate))}
    standing = facts.standing
    verdict = {
        "audited": standing.audited,
        "differing": standing.differing,
        "freeze": facts.freeze.digest,
        "population": facts.freeze.population,
        "sequence_upper": standing.sequence_upper,
        "verdict": standing.verdict,
    }
    return {"verdict.json": canonical(verdict)}


def _certificate(facts: FreezeFacts, certificate: Certificate) -> dict[str, object]:
    same = (
        "uid", "number", "measure", "method", "claimed_errors", "bound", "confidence", "level",
        "census", "audited", "differing", "drawer", "checker_error", "not_checked", "signed_at",
    )  # fmt: skip
    return {
        **{name: getattr(certificate, name) for name in same},
        "freeze": facts.freeze.digest,
        "plan": certificate.plan_digest,
        "population": facts.freeze.population,
        "signed_by": certificate.signed_by.name,
    }


def _invoice(facts: FreezeFacts) -> dict[str, bytes]:
    line = InvoiceLine.objects.filter(freeze=facts.freeze).select_related("invoice").first()
    if line is None:
        return {}
    return {"invoice.json": invoice_json(invoice_facts(line.invoice))}


def _events(facts: FreezeFacts) -> dict[str, bytes]:
    """Return the engagement's chain, its head, and nothing that is not sealed."""
    sealed = Event.objects.filter(engagement_uid=facts.engagement.uid, place__isnull=False)
    rows = list(sealed.order_by("place").values("place", "hash", "body"))
    last = rows[-1] if rows else {"hash": sha256(b""), "place": 0}
    head = {
        "engagement": facts.engagement.uid,
        "events": len(rows),
        "hash": last["hash"],
        "place": last["place"],
    }
    return {"events.jsonl": _lines(rows), "head.json": canonical(head)}


def _signed(facts: FreezeFacts) -> dict[str, bytes]:
    """Return the chain's signed heads, and every key with who vouches for it."""
    heads = [
        {"body": head.body, "signature": head.signature} for head in heads_of(facts.engagement.uid)
    ]
    keys = [
        {
            "endorsement": key.endorsement,
            "made_at": key.made_at,
            "predecessor": key.predecessor.fingerprint if key.predecessor else None,
            "public": key.public,
            "revoked_at": key.revoked_at,
            "revoked_because": key.revoked_because,
        }
        for key in SigningKey.objects.select_related("predecessor").order_by("id")
    ]
    return {
        "heads.jsonl": _lines(heads),
        "keys.jsonl": _lines(keys),
        "proofs.jsonl": _lines(_proofs(facts)),
    }


def _proofs(facts: FreezeFacts) -> Iterable[dict[str, object]]:
    """Prove the place of the claim's events under the last head, and that heads grew into it.

    The pack holds the whole chain; with these lines, one event and the head are enough.
    """
    uid, digest = facts.engagement.uid, facts.freeze.digest
    *earlier, last = heads_of(uid)
    sealed = Event.objects.filter(engagement_uid=uid, place__isnull=False).order_by("place")
    events = list(sealed.only("kind", "body")[: last.size])
    levels = levels_of([leaf_hash(event.body.encode()) for event in events])
    for place, event in enumerate(events):
        if event.kind in PROVED and event.data.get(PROVED[event.kind]) == digest:
            steps = inclusion_proof(levels, place)
            yield _proof("inclusion", (place + 1, last.size), levels[0][place].hex(), steps)
    for head in earlier:
        steps = consistency_proof(levels, head.size)
        yield _proof("consistency", (head.size, last.size), head.root, steps)


def _proof(
    kind: str, between: tuple[int, int], digest: str, steps: list[bytes]
) -> dict[str, object]:
    place, size = between
    proof = [step.hex() for step in steps]
    return {"hash": digest, "kind": kind, "place": place, "proof": proof, "size": size}
