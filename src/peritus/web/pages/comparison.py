"""Other ways to decide a lot, shown beside the decisions; they decide nothing."""

from __future__ import annotations

import hashlib
from uuid import UUID

import numpy as np
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from peritus.algorithms.agreement import Agreement, krippendorff_alpha
from peritus.bench.models import Expert
from peritus.engagements.models import Lot
from peritus.engagements.queries import current_guideline, lots_seen_by, questions_of
from peritus.quality.comparison import (
    Comparison,
    JudgmentArrays,
    compare_methods,
    judgment_arrays,
)
from peritus.web.letters import may_name
from peritus.web.people import person, viewer

RESAMPLES = 200


@require_safe
def comparison(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Answer “Would another method decide otherwise?”."""
    lot = lots_seen_by(person(request)).select_related("engagement__organisation").get(uid=uid)
    rows = [
        (question, found, agreement_in(arrays), _followed(request, lot, found))
        for question in questions_of(current_guideline(lot.engagement))
        if is_comparable(arrays := judgment_arrays(lot, question.code))
        and (found := compare_methods(lot, question.code))
    ]
    context = {"engagement": lot.engagement, "lot": lot, "rows": rows}
    return render(request, "engagements/comparison.html", context)


def is_comparable(arrays: JudgmentArrays) -> bool:
    """Say whether any item has two first judgments; without, nobody can agree."""
    return bool(len(arrays.item)) and int(np.bincount(arrays.item).max()) > 1


def agreement_in(arrays: JudgmentArrays) -> Agreement:
    """Return the agreement of the first judges; the same interval at every look."""
    seed = hashlib.sha256("\n".join(arrays.items).encode()).digest()
    return krippendorff_alpha(
        arrays.item,
        arrays.expert,
        arrays.label,
        resamples=RESAMPLES,
        generator=np.random.default_rng(int.from_bytes(seed)),
    )


def _followed(request: HttpRequest, lot: Lot, found: Comparison) -> str:
    """Name the judge that the method follows, where the reader may know the name."""
    expert = Expert.objects.get(handle=found.follows)
    return expert.name if may_name(viewer(request), lot.engagement, expert) else "one judge"
