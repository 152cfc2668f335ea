"""Check a pack from its bytes to its claim."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from peritus.delivery.verification.agreement import check_agreement
from peritus.delivery.verification.audit import (
    check_audits,
    check_claim,
    check_draw,
    check_plan,
    order_of_audit,
)
from peritus.delivery.verification.census import check_census
from peritus.delivery.verification.chain import Chain, chain_of, check_chain
from peritus.delivery.verification.container import (
    SIGNATURE,
    TAGMANIFEST,
    check_manifests,
    check_names,
    members_of,
    opened,
)
from peritus.delivery.verification.credentials import check_credentials, check_pseudonyms
from peritus.delivery.verification.decisions import (
    check_decisions,
    check_freeze,
    check_items,
    check_judgments,
)
from peritus.delivery.verification.derived.checks import check_provenance, check_report
from peritus.delivery.verification.heads import check_heads, check_proofs, check_signature
from peritus.delivery.verification.money import check_invoice, check_ledger
from peritus.delivery.verification.records import PackRecords, records_of
from peritus.delivery.verification.report import (
    Check,
    PackFault,
    VerificationReport,
    demand_equal,
)
from peritus.delivery.verification.skills import check_skills

# A part of the wrong shape that no record describes (ledger, invoice, an event's data).
MISSHAPEN = (
    *(LookupError, TypeError, ValueError, AttributeError, ArithmeticError),
    RuntimeError,  # from Typst, for data that a report cannot be set with
)


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
    try:
        base, files = opened(Path(path))
    except PackFault as fault:
        return VerificationReport((Check("zip", False, str(fault)),))
    members = members_of(files)
    checks = [
        Check("zip", True, "Exactly as a pack is written."),
        _checked("files", partial(check_names, members)),
        _checked("manifest", partial(check_manifests, files)),
    ]
    if not checks[1].passed or not {SIGNATURE, TAGMANIFEST} <= set(files):
        return VerificationReport(tuple(checks))
    try:
        pack = records_of(files)
        chain = chain_of(pack.events)
        demand_equal("The pack's folder", base, f"evidence-{pack.freeze.lot}-{pack.freeze.number}")
    except PackFault as fault:
        return VerificationReport((*checks, Check("contents", False, str(fault))))
    return VerificationReport(
        (
            *checks,
            *_content_checks(pack, chain, known_head, known_key),
            _checked("report", partial(check_report, pack, members)),
            _checked("provenance", partial(check_provenance, pack, members)),
        )
    )


def _content_checks(
    pack: PackRecords, chain: Chain, known_head: str, known_key: str
) -> list[Check]:
    return [
        _checked("signature", partial(check_signature, pack, known_key)),
        _checked("events", partial(check_chain, pack, chain, known_head)),
        _checked("heads", partial(check_heads, pack, known_key)),
        _checked("proofs", partial(check_proofs, pack, chain)),
        _checked("items", partial(check_items, pack, chain)),
        _checked("freeze", partial(check_freeze, pack, chain)),
        _checked("judgments", partial(check_judgments, pack, chain)),
        _checked("census", partial(check_census, pack, chain)),
        _checked("decisions", partial(check_decisions, pack, chain)),
        _checked("names", partial(check_pseudonyms, pack)),
        _checked("skills", partial(check_skills, pack, chain)),
        _checked("agreement", partial(check_agreement, pack, chain)),
        _checked("credentials", partial(check_credentials, pack, chain)),
        _checked("plan", partial(check_plan, pack, chain)),
        _checked("draw", partial(check_draw, pack, chain)),
        _checked("audits", partial(check_audits, pack, chain)),
        _checked("claim", partial(check_claim, pack, chain)),
        _checked("ledger", partial(check_ledger, pack, chain)),
        _checked("invoice", partial(check_invoice, pack, chain)),
    ]


def _checked(name: str, check: Callable[[], str]) -> Check:
    try:
        return Check(name, True, check())
    except PackFault as fault:
        return Check(name, False, str(fault))
    except MISSHAPEN as error:
        return Check(name, False, f"{name}: a part has not the shape it must have ({error!r}).")


def redraw(path: Path | str) -> list[str]:
    """Return the keys of the frozen items in audit order, drawn again from the pack.

    Raises PackFault when the pack cannot be read.
    """
    pack = records_of(opened(Path(path))[1])
    return [pack.frozen_items[uid] for uid in order_of_audit(pack)]
