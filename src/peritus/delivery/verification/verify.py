"""Check a pack from its bytes to its claim."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from peritus.delivery.verification.audit import (
    check_audits,
    check_claim,
    check_draw,
    check_plan,
    order_of_audit,
)
from peritus.delivery.verification.chain import Chain, chain_of, check_chain
from peritus.delivery.verification.container import check_names, opened
from peritus.delivery.verification.decisions import (
    check_decisions,
    check_freeze,
    check_items,
    check_judgments,
)
from peritus.delivery.verification.heads import check_heads
from peritus.delivery.verification.money import check_invoice, check_ledger
from peritus.delivery.verification.records import PackRecords, records_of
from peritus.delivery.verification.report import (
    Check,
    PackFault,
    VerificationReport,
    demand,
    demand_equal,
)
from peritus.journal.canonical import canonical, sha256

FORMAT = "peritus evidence pack 2"
MANIFEST = "manifest.json"
# A part of the wrong shape that no record describes (ledger, invoice, an event's data).
MISSHAPEN = (KeyError, TypeError, ValueError, AttributeError, IndexError)


def verify_pack(
    path: Path | str, *, known_head: str = "", known_key: str = ""
) -> VerificationReport:
    """Check an evidence pack; nothing but the pack is read.

    ``known_head`` is a hash of the engagement's chain that the reader got
    elsewhere, such as from an earlier pack: the chain must contain it, or the
    pack tells an older or another story. Without it, a pack that was rolled
    back as a whole to an earlier, consistent state cannot be told apart.
    ``known_key`` is the fingerprint of the provider's signing key, or of one
    before it, that the reader got elsewhere: without it, a pack that was forged
    whole and signed with another key cannot be told apart.
    """
    checks: list[Check] = []
    try:
        members = opened(Path(path))
    except PackFault as fault:
        return VerificationReport((Check("zip", False, str(fault)),))
    checks.append(Check("zip", True, "Exactly as a pack is written."))
    checks.append(_checked("files", lambda: check_names(members)))
    checks.append(_checked("manifest", lambda: _check_manifest(members)))
    if not checks[1].passed:
        return VerificationReport(tuple(checks))
    try:
        pack = records_of(members)
        chain = chain_of(pack.events)
    except PackFault as fault:
        return VerificationReport((*checks, Check("contents", False, str(fault))))
    return VerificationReport((*checks, *_content_checks(pack, chain, known_head, known_key)))


def _content_checks(
    pack: PackRecords, chain: Chain, known_head: str, known_key: str
) -> list[Check]:
    return [
        _checked("events", partial(check_chain, pack, known_head)),
        _checked("heads", partial(check_heads, pack, known_key)),
        _checked("items", partial(check_items, pack, chain)),
        _checked("freeze", partial(check_freeze, pack, chain)),
        _checked("judgments", partial(check_judgments, pack, chain)),
        _checked("decisions", partial(check_decisions, pack, chain)),
        _checked("plan", partial(check_plan, pack, chain)),
        _checked("draw", partial(check_draw, pack, chain)),
        _checked("audits", partial(check_audits, pack, chain)),
        _checked("claim", partial(check_claim, pack, chain)),
        _checked("ledger", partial(check_ledger, pack)),
        _checked("invoice", partial(check_invoice, pack)),
    ]


def _checked(name: str, check: Callable[[], str]) -> Check:
    try:
        return Check(name, True, check())
    except PackFault as fault:
        return Check(name, False, str(fault))
    except MISSHAPEN as error:
        return Check(name, False, f"{name}: a part has not the shape it must have ({error!r}).")


def manifest_of(members: Mapping[str, bytes]) -> bytes:
    """Return the manifest of all members but itself, in canonical JSON."""
    return canonical(
        {
            "files": {
                name: {"sha256": sha256(content), "size": len(content)}
                for name, content in members.items()
                if name != MANIFEST
            },
            "format": FORMAT,
        }
    )


def _check_manifest(members: Mapping[str, bytes]) -> str:
    raw = members.get(MANIFEST, b"")
    if raw == manifest_of(members):
        return f"{len(members) - 1} files, sizes and SHA-256 agree."
    said = json.loads(raw)
    demand_equal("manifest.json: format", said["format"], FORMAT)
    files = said["files"]
    for name in sorted({*files, *members} - {MANIFEST}):
        demand(name in members, f"{name}: in the manifest, but not in the pack.")
        demand(name in files, f"{name}: in the pack, but not in the manifest.")
        demand_equal(f"{name}: SHA-256", sha256(members[name]), files[name]["sha256"])
        demand_equal(f"{name}: size", len(members[name]), files[name]["size"])
    raise PackFault("manifest.json: not written in canonical form.")


def redraw(path: Path | str) -> list[str]:
    """Return the keys of the frozen items in audit order, drawn again from the pack.

    Raises PackFault when the pack cannot be read.
    """
    pack = records_of(opened(Path(path)))
    return [pack.frozen_items[uid] for uid in order_of_audit(pack)]
