"""Turn what queries found into what the API says."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from uuid import UUID

from django.db.models import OuterRef, Subquery
from django.utils.crypto import salted_hmac

from peritus.api.schemas import (
    AssignmentOut,
    CertificateOut,
    Counts,
    DecisionOut,
    DecisionsPage,
    EngagementOut,
    Fact,
    FirstAnswer,
    FreezeOut,
    InvoiceLineOut,
    InvoiceOut,
    JudgmentOut,
    LongText,
    LotOut,
    OptionOut,
    QuestionOut,
    StandingOut,
)
from peritus.billing.models import Invoice, InvoiceLine
from peritus.engagements.models import Engagement, Question
from peritus.engagements.queries import content_of_item, current_guideline, options_of, questions_of
from peritus.quality.models import Audit, Certificate, Freeze, FrozenDecision
from peritus.quality.overviews import LotOverview
from peritus.quality.queries import deciding_judgments
from peritus.work.models import Assignment, Judgment, Slot


def engagement(found: Engagement) -> EngagementOut:
    """Return an engagement with its honest words."""
    return EngagementOut(
        uid=found.uid,
        code=found.code,
        title=found.title,
        client=found.organisation.name,
        pack=found.pack,
        specimen=found.specimen,
        honesty=found.honesty,
        opened_at=found.opened_at,
    )


def lot(overview: LotOverview) -> LotOut:
    """Return a lot with what stands for it."""
    found, freeze = overview.lot, overview.freeze
    return LotOut(
        uid=found.uid,
        code=found.code,
        title=found.title,
        engagement=found.engagement.uid,
        stage=str(overview.stage),
        counts=Counts.model_validate(overview),
        freeze=FreezeOut.model_validate(freeze) if freeze else None,
        standing=StandingOut.model_validate(overview.standing),
        certificate=overview.certificate.number if overview.certificate else None,
        accepted_at=overview.acceptance.accepted_at if overview.acceptance else None,
    )


def decisions(freeze: Freeze, page: int, size: int) -> DecisionsPage:
    """Return a page of a freeze's decisions, in two queries."""
    audits = Audit.objects.filter(freeze=freeze, item=OuterRef("item"))
    rows = (
        freeze.decisions.order_by("item__key", "question")
        .select_related("item")
        .annotate(differs=Subquery(audits.values("differs")[:1]))
    )
    first = (page - 1) * size
    return DecisionsPage(
        freeze=freeze.uid,
        digest=freeze.digest,
        total=freeze.decisions.count(),
        page=page,
        size=size,
        decisions=[_decision(each, differs=each.differs) for each in rows[first : first + size]],
    )


def _decision(found: FrozenDecision, *, differs: bool | None) -> DecisionOut:
    return DecisionOut(
        item=found.item.uid,
        key=found.item.key,
        title=found.item.title,
        question=found.question,
        answer=found.answer,
        rule=found.rule,
        judgments=found.judgments,
        differs=differs,
    )


def certificate(found: Certificate) -> CertificateOut:
    """Return a certificate with all that it claims and does not."""
    freeze = found.freeze
    return CertificateOut(
        number=found.number,
        engagement=found.engagement.uid,
        lot=freeze.lot.uid,
        freeze=freeze.uid,
        digest=freeze.digest,
        population=freeze.population,
        measure=found.measure,
        method=found.method,
        claimed_errors=found.claimed_errors,
        bound=found.bound,
        confidence=found.confidence,
        level=found.level,
        census=found.census,
        audited=found.audited,
        differing=found.differing,
        plan_digest=found.plan_digest,
        drawer=found.drawer,
        checker_error=found.checker_error,
        not_checked=found.not_checked,
        signed_by=found.signed_by.name,
        signed_at=found.signed_at,
        honesty=found.engagement.honesty,
    )


def invoice(found: Invoice, lines: Iterable[InvoiceLine]) -> InvoiceOut:
    """Return an invoice with its lines."""
    return InvoiceOut(
        number=found.number,
        engagement=found.engagement.uid,
        currency=found.currency,
        total=found.total,
        specimen=found.specimen,
        issued_at=found.issued_at,
        lines=[_line(each) for each in lines],
        honesty=found.engagement.honesty,
    )


def _line(found: InvoiceLine) -> InvoiceLineOut:
    return InvoiceLineOut(
        place=found.place,
        kind=found.kind,
        text=found.text,
        lot=found.freeze.lot.uid,
        freeze=found.freeze.uid,
        quantity=found.quantity,
        unit_price=found.unit_price,
        amount=found.amount,
        assumed=found.term.assumed,
    )


def assignment(held: Assignment) -> AssignmentOut:
    """Return what the holder of a lease sees: blind, but for who adjudicates."""
    guideline, content = current_guideline(held.engagement), content_of_item(held.slot.item)
    return AssignmentOut(
        uid=opaque(held.uid),
        fence=held.fence,
        expires_at=held.expires_at,
        title=content.title,
        facts=[Fact(name=name, value=value) for name, value in content.facts],
        texts=[LongText(title=each.title, text=each.text) for each in content.attachments],
        questions=[_question(each) for each in questions_of(guideline)],
        guideline=guideline.text,
        guideline_digest=guideline.digest,
        first_answers=_first_answers(held.slot),
    )


def opaque(uid: UUID) -> UUID:
    """Return an id for what an expert sees, from which no purpose can be computed.

    Our own uids follow from what a slot is for: whoever knows an item could tell
    by them whether it is gold.
    """
    digest = salted_hmac("peritus.api.opaque", uid.bytes, algorithm="sha256").digest()
    return UUID(bytes=digest[:16])


def _question(found: Question) -> QuestionOut:
    return QuestionOut(
        code=found.code,
        kind=found.kind,
        text=found.text,
        section=found.section,
        options=[OptionOut(code=each.code, label=each.label) for each in options_of(found)],
    )


def _first_answers(slot: Slot) -> list[FirstAnswer]:
    """Return the first answers nameless, in an order that no judge can be read from."""
    if slot.purpose != Slot.Purpose.ADJUDICATION:
        return []
    given = [
        each
        for each in deciding_judgments(slot.item)
        if each.slot.purpose != Slot.Purpose.ADJUDICATION
    ]
    given.sort(key=lambda each: hashlib.sha256(f"{slot.uid}{each.uid}".encode()).digest())
    return [FirstAnswer(answers=each.answers, reason=each.reason) for each in given]


def judgment(found: Judgment, held: Assignment) -> JudgmentOut:
    """Return a judgment as it stands."""
    return JudgmentOut(
        uid=opaque(found.uid),
        assignment=opaque(held.uid),
        answers=found.answers,
        reason=found.reason,
        confidence=found.confidence,
        seconds=found.seconds,
        submitted_at=found.submitted_at,
    )
