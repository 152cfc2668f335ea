"""How experts stand in an engagement: overturns with n, charts, alarms and their answers."""

from __future__ import annotations

from uuid import UUID, uuid4

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from peritus.bench.models import Expert
from peritus.engagements.models import Engagement, Item
from peritus.engagements.queries import engagements_seen_by
from peritus.quality.drift import REFERENCE_ANSWERS, alarms_seen_by, watches_in
from peritus.quality.models import DriftAlarm
from peritus.quality.outcomes import tally
from peritus.quality.records import accuracy_of
from peritus.quality.rules import ANSWER_ALARM, READ_STANDINGS
from peritus.quality.standings import alarms_about, expert_standings, outcomes_of_expert
from peritus.quality.verbs import answer_alarm
from peritus.web.pages.lots import PAGE_ROWS, key_in, labels_in
from peritus.web.people import person
from peritus.web.plots.drift import drift_plot
from peritus.work.queries import standing_pauses


def _engagement(request: HttpRequest, uid: UUID) -> Engagement:
    """Return an engagement whose experts the reader leads."""
    engagement = engagements_seen_by(person(request)).get(uid=uid)
    READ_STANDINGS.require(person(request), engagement)
    return engagement


@require_safe
def experts(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Answer “Whose answers hold, and where do they fall?”."""
    engagement = _engagement(request, uid)
    rows = expert_standings(engagement)
    context = {
        "engagement": engagement,
        "page": Paginator(rows, PAGE_ROWS).get_page(request.GET.get("page")),
        "alarms": sum(row.alarm is not None for row in rows),
        "known": sum(row.tally.known for row in rows),
        "wrong": sum(row.wrong for row in rows),
    }
    return render(request, "quality/experts.html", context)


@require_safe
def expert(request: HttpRequest, uid: UUID, handle: str, question: str) -> HttpResponse:
    """Answer “Did this expert change, and what do we do about it?”."""
    engagement = _engagement(request, uid)
    found = Expert.objects.filter(judgments__engagement=engagement).distinct().get(handle=handle)
    outcomes = outcomes_of_expert(engagement, found, question)
    wrong = [each for each in outcomes if not each.right]
    page = Paginator(wrong, PAGE_ROWS).get_page(request.GET.get("page"))
    items = Item.objects.in_bulk([each.item for each in page])
    labels = labels_in(engagement.pk)
    watch = watches_in(engagement.pk, expert_id=found.pk).get((found.pk, question))
    versions = list(engagement.guideline_versions.filter(number__gt=1).order_by("number"))
    waiting, answered = alarms_about(engagement, found, question)
    context = {
        "engagement": engagement,
        "expert": found,
        "question": question,
        "accuracy": accuracy_of(outcomes),
        "tally": tally(outcomes),
        "watch": watch,
        "plot": drift_plot(watch, versions) if watch else None,
        "least": REFERENCE_ANSWERS,
        "page": page,
        "wrong": [
            (
                each,
                items[each.item],
                labels.get((question, each.given), each.given),
                labels.get((question, each.known.answer), each.known.answer),
            )
            for each in page
        ],
        "alarm": waiting,
        "answered": answered,
        "answers": ANSWER_ALARM.allows(person(request), engagement),
        "acts": DriftAlarm.Act.choices,
        "pause": standing_pauses().filter(engagement=engagement, expert=found).first(),
        "key": uuid4().hex,
    }
    return render(request, "quality/expert.html", context)


@require_POST
def answer(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Answer an alarm: pause, agree on retraining, or dismiss it, with the reason."""
    alarm = alarms_seen_by(person(request)).select_related("engagement", "expert").get(uid=uid)
    answer_alarm(
        alarm.pk,
        request.POST.get("act", ""),
        reason=request.POST.get("reason", ""),
        by=person(request),
        key=key_in(request),
    )
    return redirect("expert_standing", alarm.engagement.uid, alarm.expert.handle, alarm.question)
