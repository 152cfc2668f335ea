"""The certificate or report of an audit, as PDF and as canonical JSON."""

from __future__ import annotations

from datetime import datetime

from peritus.algorithms.certification import Verdict
from peritus.delivery.documents import typeset
from peritus.delivery.figures import level_percent, moment, percent
from peritus.file_audits.outcomes import Outcome, claim_sentence, reason_sentence
from peritus.file_audits.record import AuditRecord

MEASURE = "differs from the auditor"
_STATUS = {
    Verdict.CERTIFIED: "CERTIFIED",
    Verdict.CONTINUE: "NOT CERTIFIED YET",
    Verdict.SPENT: "NOT CERTIFIED",
}
_ROUND = {
    "certified": "certified: the audit ends",
    "continue": "goes on",
    "spent": "spent: the plan cannot certify any more",
}
Fact = dict[str, object]


def statement(outcome: Outcome, record: AuditRecord, *, at: datetime) -> dict[str, object]:
    """Return everything needed to redo the verdict, for ``certificate.json``."""
    plan, source = record.plan_document, record.decisions_document["source"]
    return {
        "format": "peritus-file-audit-certificate/1",
        "verdict": str(outcome.verdict),
        "claim": claim_sentence(outcome, record),
        "measure": MEASURE,
        "claimed_errors": record.plan.tolerated if certified(outcome) else None,
        "population": record.plan.population,
        "promise": record.plan.tolerance,
        "confidence": record.plan.confidence,
        "source": source,
        "decisions_sha256": plan["decisions_sha256"],
        "method": record.decisions_document["method"],
        "plan": plan["plan"],
        "plan_sha256": plan["plan_sha256"],
        "plan_recorded_at": plan["recorded_at"],
        "nonce": plan["nonce"],
        "nonce_given": plan["nonce_given"],
        "seed": plan["seed"],
        "record_sha256": record.digest,
        "looks": [
            {"sampled": sampled, "differing": differing, "verdict": verdict}
            for sampled, differing, verdict in _looks(outcome, record)
        ],
        "audited": outcome.sampled,
        "differing": outcome.differing,
        "sequence_upper_errors": outcome.upper,
        "answers_beyond_the_look": outcome.answered - outcome.sampled,
        "answers_beyond_the_look_differing": outcome.later_differing,
        "audits": _audit_rows(outcome, record),
        "auditor": outcome.auditor,
        "not_checked": _not_checked(outcome, record),
        "stated_at": at.isoformat(timespec="seconds"),
    }


def certified(outcome: Outcome) -> bool:
    """Say whether there is a certificate, and not only a report."""
    return outcome.verdict is Verdict.CERTIFIED


def pdf(outcome: Outcome, record: AuditRecord, *, at: datetime, command: str) -> bytes:
    """Return the certificate, or the report of what is known, as PDF/A dated ``at``."""
    source = record.decisions_document["source"]
    kind = "Certificate" if certified(outcome) else "Report"
    data = {
        "title": f"{kind} on {source['name']}",
        "kind": f"{kind} of an audit by sample",
        "subtitle": _subtitle(record),
        "provider": "Peritus",
        "specimen": False,
        "status": _STATUS[outcome.verdict],
        "claim": claim_sentence(outcome, record),
        "why": reason_sentence(outcome, record),
        "method": _method(outcome, record, at),
        "not_checked": _not_checked(outcome, record),
        "looks": _look_rows(outcome, record),
        "audits": _audit_rows(outcome, record),
        "foot": {"what": "Decisions, SHA-256", "digest": record.plan_document["decisions_sha256"],
                 "command": command},
    }  # fmt: skip
    return typeset("audit.typ", data, at=at)


def _subtitle(record: AuditRecord) -> str:
    counts = record.decisions_document["counts"]
    return (
        f"{record.plan.population:,} items, decided from {counts['used']:,} judgments by "
        f"{record.decisions_document['experts']:,} experts"
    )


def _fact(name: str, value: str, *, is_hash: bool = False) -> Fact:
    return {"name": name, "value": value, "hash": is_hash}


def _method(outcome: Outcome, record: AuditRecord, at: datetime) -> list[Fact]:
    document, plan = record.decisions_document, record.plan
    plan_document = record.plan_document
    drawn = moment(datetime.fromisoformat(plan_document["recorded_at"]))
    drawer = (
        "By a nonce that was given on the command line"
        if plan_document["nonce_given"]
        else "By the provider: whoever ran the command; no nonce was given"
    )
    return [
        _fact("Read", _read(record)),
        _fact("Decided by", document["method_words"]),
        _fact("Measure", "Share of decisions that differ from the auditor's blind answer"),
        _fact("Auditor", outcome.auditor or "Not named in the workbook"),
        _fact(
            "Audited", f"{outcome.sampled:,} of {plan.population:,}, {outcome.differing:,} differ"
        ),
        _fact(
            "Plan",
            f"At most {plan.tolerated:,} ({percent(plan.tolerance)}), "
            f"{level_percent(plan.confidence)} confidence, looks from {plan.looks[0]:,} to "
            f"{plan.looks[-1]:,} answers; recorded before the first audit, {drawn}",
        ),
        _fact(
            "False certificate",
            f"A chance of at most {percent(plan.level)} for a file with {plan.tolerated + 1:,} or "
            "more differences, exact, all looks together",
        ),
        _fact("Drawn", drawer),
        _fact("Stated", moment(at)),
        _fact("File, SHA-256", document["source"]["sha256"], is_hash=True),
        _fact("Plan, SHA-256", plan.digest, is_hash=True),
        _fact("Seed", plan_document["seed"], is_hash=True),
        _fact("Nonce", plan_document["nonce"], is_hash=True),
    ]


def _read(record: AuditRecord) -> str:
    counts = record.decisions_document["counts"]
    left = [
        f"{counts[name]:,} {words}"
        for name, words in (
            ("rejected", "rejected"),
            ("replaced", "replaced by a later one"),
            ("empty", "empty"),
        )
        if counts[name]
    ]
    rest = f"; {', '.join(left)}" if left else "; none left out"
    return f"{counts['used']:,} judgments of {counts['entries']:,} entries{rest}"


def _not_checked(outcome: Outcome, record: AuditRecord) -> list[str]:
    plan = record.plan
    lines = [
        (
            f"{plan.population - outcome.sampled:,} of {plan.population:,} decisions were not "
            "audited; what is said of them follows from the draw."
        ),
        "The auditor's own error: a difference is not thereby a mistake, nor an agreement truth.",
        "Who the auditor is, and whether the answers were given without sight of the decisions.",
        "Where the file comes from, who the experts are, and whether rows were removed before.",
    ]
    if record.plan_document["nonce_given"]:
        lines.append("Who chose the nonce, and whether it was known before the decisions stood.")
    else:
        lines.append(
            "That this was the first draw: whoever runs the command could draw again. A nonce of "
            "the client's (--nonce) rules that out."
        )
    if outcome.later_differing is not None and outcome.answered > outcome.sampled:
        lines.append(
            f"{outcome.answered - outcome.sampled:,} further answers stand beyond the look that "
            f"ended the audit, {outcome.later_differing:,} of them differ; "
            "the plan does not read them."
        )
    lines.append("It is a statement about one file, neither an accreditation nor a warranty.")
    return lines


def _looks(outcome: Outcome, record: AuditRecord) -> list[tuple[int, int, str]]:
    """Return each look read with the differences up to it and its verdict."""
    wrong = [
        answer != record.decisions[item]
        for item, answer in zip(record.sample, outcome.answers, strict=False)
    ]
    counted = [(look.sampled, sum(wrong[: look.sampled])) for look in outcome.looks]
    return [
        (sampled, differing, str(record.plan.verdict(sampled, differing)))
        for sampled, differing in counted
    ]


def _look_rows(outcome: Outcome, record: AuditRecord) -> list[dict[str, str]]:
    read = {
        sampled: (differing, verdict) for sampled, differing, verdict in _looks(outcome, record)
    }
    return [
        {
            "sampled": f"{look:,}",
            "limit": f"{limit:,}",
            "differing": f"{read[look][0]:,}" if look in read else "",
            "verdict": _ROUND[read[look][1]] if look in read else "not read",
        }
        for look, limit in zip(record.plan.looks, record.plan.max_errors, strict=True)
    ]


def _audit_rows(outcome: Outcome, record: AuditRecord) -> list[dict[str, object]]:
    """Return the audited decisions once the audit has ended; before, they stay hidden."""
    if outcome.verdict is Verdict.CONTINUE:
        return []
    return [
        {
            "place": place,
            "item": item,
            "decision": record.decisions[item],
            "answer": answer,
            "differs": answer != record.decisions[item],
        }
        for place, (item, answer) in enumerate(
            zip(record.sample, outcome.answers, strict=False), start=1
        )
    ]
