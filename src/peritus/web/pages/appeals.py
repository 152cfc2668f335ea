"""Appeals of experts: the queue, both sides of one, and a second person's decision."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from uuid import UUID, uuid4

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from peritus.engagements.models import Question
from peritus.journal.clock import now
from peritus.journal.errors import Blocked
from peritus.quality.appeals import appeals_seen_by, decision_blockers, second_people
from peritus.quality.models import Appeal
from peritus.quality.rules import DECIDE_APPEAL
from peritus.quality.verbs import decide_gold_appeal, give_appeal
from peritus.web.letters import labels_of
from peritus.web.pages.lots import PAGE_ROWS, key_in
from peritus.web.people import person
from peritus.web.text import rendered, section_of

WAITING = Appeal.Outcome.WAITING


@require_safe
def appeals(request: HttpRequest) -> HttpResponse:
    """Answer “What was claimed, and how long is left?”; the shortest time first."""
    seen = appeals_seen_by(person(request)).select_related("judgment__item__lot", "engagement")
    settled = seen.exclude(outcome=WAITING).order_by("-decided_at", "-id")
    context = {
        "waiting": seen.filter(outcome=WAITING).select_related("slot").order_by("due_at", "id"),
        "page": Paginator(settled, PAGE_ROWS).get_page(request.GET.get("page")),
        "at": now(),
    }
    return render(request, "quality/appeals.html", context)


@dataclass(frozen=True)
class Side:
    """One side of an appeal: an answer in words, with what speaks for it."""

    answer: str
    reason: str


@require_safe
def appeal(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Show both sides without a name, and the form for who may decide."""
    return _shown(request, uid)


@require_POST
def decide_appeal(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Decide an appeal against gold, with the reason that the expert reads."""
    found = appeals_seen_by(person(request)).get(uid=uid)
    granted, reason = request.POST.get("granted") == "yes", request.POST.get("reason", "").strip()
    try:
        decide_gold_appeal(
            found.pk, granted=granted, reason=reason, by=person(request), key=key_in(request)
        )
    except Blocked as no:
        return _shown(request, uid, no.blockers, reason)
    return redirect("appeal", uid=uid)


@require_POST
def ask_second(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Give an appeal to a second adjudicator, chosen by handle."""
    user = person(request)
    found = _scope(request).get(uid=uid)
    chosen = second_people(found, user, now()).filter(handle=request.POST.get("expert", "")).first()
    if chosen is None:
        return _shown(request, uid, ["Choose one of the people who may still decide on this item."])
    try:
        give_appeal(found.pk, chosen.pk, by=user, key=key_in(request))
    except Blocked as no:
        return _shown(request, uid, no.blockers)
    return redirect("appeal", uid=uid)


def _scope(request: HttpRequest) -> QuerySet[Appeal]:
    return appeals_seen_by(person(request)).select_related(
        "engagement__manager", "engagement__quality_lead", "judgment__item__lot",
        "judgment__expert", "judgment__guideline_version", "gold__set_by", "contested", "slot",
        "decided_by",
    )  # fmt: skip


def _shown(
    request: HttpRequest, uid: UUID, blockers: list[str] | None = None, reason: str = ""
) -> HttpResponse:
    user = person(request)
    found = _scope(request).get(uid=uid)
    version = found.judgment.guideline_version
    question = Question.objects.filter(guideline_version=version, code=found.question).first()
    claimed, held = _sides(found, question)
    may_decide = DECIDE_APPEAL.allows(user, found) and not decision_blockers(found)
    by_gold = found.against == Appeal.Against.GOLD
    given = found.slot is not None and found.slot.state in {"open", "leased"}
    context = {
        "engagement": found.engagement,
        "lot": found.judgment.item.lot,
        "item": found.judgment.item,
        "appeal": found,
        "question": question,
        "claimed": claimed,
        "held": held,
        "section": rendered(section_of(version.text, question.section)) if question else "",
        "version": version,
        "may_decide": may_decide and by_gold,
        "may_give": may_decide and not by_gold and not given,
        "people": second_people(found, user, now()) if may_decide and not by_gold else [],
        "given": given,
        "rule": DECIDE_APPEAL.refusal,
        "blockers": blockers or [],
        "reason": reason,
        "at": now(),
        "key": uuid4().hex,
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if blockers else HTTPStatus.OK
    return render(request, "quality/appeal.html", context, status=status)


def _sides(found: Appeal, question: Question | None) -> tuple[Side, Side]:
    """Return the appellant's answer, and what it was counted wrong by."""
    labels = labels_of([question] if question else [])

    def words(answer: str) -> str:
        return labels.get((found.question, answer), answer)

    own = Side(words(found.judgment.answers[found.question]), found.judgment.reason)
    if found.gold is not None:
        return own, Side(words(found.gold.answer), found.gold.source)
    assert found.contested is not None  # noqa: S101 - the model keeps one of the two
    return own, Side(words(found.contested.answers[found.question]), found.contested.reason)
