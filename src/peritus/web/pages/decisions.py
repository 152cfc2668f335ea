"""Why this answer: everything one item's answer stands on; guidelines and files."""

from __future__ import annotations

from dataclasses import dataclass, replace
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from peritus.billing.models import InvoiceLine
from peritus.billing.queries import invoice_lines_seen_by
from peritus.delivery.queries import file_bytes, files_seen_by
from peritus.engagements.models import GuidelineVersion, Item, Question
from peritus.engagements.queries import content_of_item, engagements_seen_by, items_seen_by
from peritus.quality.models import Audit, CensusCheck, Decision, FrozenDecision, Gold
from peritus.quality.overviews import ItemEvidence, evidence_of
from peritus.quality.queries import certificates_seen_by
from peritus.web.letters import labelled, labels_of, may_name, shown_judgments
from peritus.web.people import Viewer, person, viewer
from peritus.web.reading import Paragraph, anchor_of, paragraphs_of
from peritus.web.text import rendered, section_of


@dataclass(frozen=True)
class Text:
    """A long text of the item, set for reading."""

    title: str
    paragraphs: tuple[Paragraph, ...]


@dataclass(frozen=True)
class ShownAudit:
    """What the auditor said, blind, on the frozen answer or, in a census, on what was decided."""

    audit: Audit | CensusCheck
    answer: str
    name: str
    reason: str
    decided: str = ""


@dataclass(frozen=True)
class Answered:
    """One question with its answer, the frozen one, its gold and its section."""

    question: Question
    decision: Decision
    answer: str
    frozen: FrozenDecision | None
    frozen_answer: str
    gold: list[tuple[Gold, str]]
    section: str
    anchor: str

    @property
    def has_moved(self) -> bool:
        """Say whether the live answer is no longer the frozen one."""
        return self.frozen is not None and self.frozen.answer != self.decision.answer


@require_safe
def decision(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Answer “Why this answer?”."""
    user, looking = person(request), viewer(request)
    item = items_seen_by(user).select_related("lot", "engagement__organisation").get(uid=uid)
    evidence = evidence_of(item)
    version = _version_in_force(item, evidence)
    questions = list(version.questions.order_by("place"))
    labels = labels_of(questions)
    freezes = {each.freeze_id for each in evidence.frozen}
    freeze = evidence.frozen[0].freeze if evidence.frozen else None
    content = content_of_item(item)
    context = {
        "engagement": item.engagement,
        "lot": item.lot,
        "item": item,
        "content": content,
        "texts": [Text(each.title, paragraphs_of(each.text)) for each in content.attachments],
        "version": version,
        "answers": _answers(questions, evidence, version, labels),
        "judgments": shown_judgments(evidence.judgments, item.engagement, looking, labels),
        "audits": [_audit(each, item, looking, labels) for each in evidence.audits],
        "checks": [_check(each, item, looking, labels) for each in evidence.checks],
        "freeze": freeze,
        "certificate": certificates_seen_by(user).filter(freeze=freeze).first(),
        "inquiries": item.inquiry_items.select_related("inquiry"),
        "line": _line(request, freezes),
    }
    return render(request, "engagements/decision.html", context)


def _version_in_force(item: Item, evidence: ItemEvidence) -> GuidelineVersion:
    """Return the version that the frozen answer cites, else the latest."""
    if evidence.frozen:
        return evidence.frozen[0].freeze.guideline_version
    return item.engagement.guideline_versions.latest("number")


def _answers(
    questions: list[Question],
    evidence: ItemEvidence,
    version: GuidelineVersion,
    labels: dict[tuple[str, str], str],
) -> list[Answered]:
    live = {each.question: each for each in evidence.decisions}
    frozen = {each.question: each for each in reversed(evidence.frozen)}
    return [
        Answered(
            question=question,
            decision=live[question.code],
            answer=_word(labels, question.code, live[question.code].answer),
            frozen=frozen.get(question.code),
            frozen_answer=_word(labels, question.code, frozen[question.code].answer)
            if question.code in frozen
            else "",
            gold=[
                (each, _word(labels, each.question, each.answer))
                for each in evidence.gold
                if each.question == question.code
            ],
            section=rendered(section_of(version.text, question.section)),
            anchor=anchor_of(question.section),
        )
        for question in questions
        if question.code in live
    ]


def _word(labels: dict[tuple[str, str], str], question: str, answer: str) -> str:
    return labels.get((question, answer), answer)


def _audit(
    audit: Audit | CensusCheck, item: Item, looking: Viewer, labels: dict[tuple[str, str], str]
) -> ShownAudit:
    judgment = audit.judgment
    named = judgment is not None and may_name(looking, item.engagement, judgment.expert)
    return ShownAudit(
        audit,
        labelled(judgment.answers, labels) if judgment else "",
        judgment.expert.name if judgment and named else "",
        judgment.reason if judgment else "",
    )


def _check(
    check: CensusCheck, item: Item, looking: Viewer, labels: dict[tuple[str, str], str]
) -> ShownAudit:
    shown = _audit(check, item, looking, labels)
    return replace(shown, decided=labelled(check.decided, labels))


def _line(request: HttpRequest, freezes: set[int]) -> InvoiceLine | None:
    lines = invoice_lines_seen_by(person(request)).filter(freeze__in=freezes)
    charges = lines.filter(kind=InvoiceLine.Kind.CHARGE)
    return charges.select_related("invoice").order_by("-id").first()


@require_safe
def guideline(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Show the rules that judgments were made under."""
    seen = GuidelineVersion.objects.filter(engagement__in=engagements_seen_by(person(request)))
    version = seen.select_related("engagement").get(uid=uid)
    context = {
        "engagement": version.engagement,
        "version": version,
        "text": rendered(version.text),
        "questions": version.questions.order_by("place"),
        "versions": seen.filter(engagement=version.engagement).order_by("-number"),
    }
    return render(request, "engagements/guideline.html", context)


@require_safe
def file(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Hand out a delivered file, checked against its digest."""
    found = files_seen_by(person(request)).get(uid=uid)
    response = HttpResponse(file_bytes(found), content_type=found.media_type)
    response.headers["Content-Disposition"] = f'attachment; filename="{found.name}"'
    response.headers["X-Content-SHA-256"] = found.sha256
    return response
