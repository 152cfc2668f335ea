"""How likely an expert's answer on an item is right, before it is given."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from peritus.bench.models import Expert, Skill
from peritus.engagements.models import Engagement
from peritus.engagements.queries import questions_in_force

UNKNOWN = 0.5
"""The chance where nobody was measured on a question."""


def chances_right(engagement: Engagement, experts: Sequence[Expert]) -> NDArray[np.float64]:
    """Return the share of right answers to be expected of each expert, (experts,).

    The mean over the questions of the guideline in force; whoever was not measured
    on one is expected to do as well as the mean of those who were.
    """
    asked = list(questions_in_force(engagement).values_list("code", flat=True))
    if not asked:
        return np.full(len(experts), UNKNOWN)
    known = _measured(engagement.pack, asked, experts)
    return np.column_stack([_filled(row) for row in known]).mean(axis=1)


def _measured(
    pack: str, questions: Sequence[str], experts: Sequence[Expert]
) -> NDArray[np.float64]:
    """Return what was measured, (questions, experts); NaN where nothing was."""
    row = {code: place for place, code in enumerate(questions)}
    column = {expert.pk: place for place, expert in enumerate(experts)}
    known = np.full((len(questions), len(experts)), np.nan)
    measured = Skill.objects.filter(pack=pack, question__in=questions, expert__in=column)
    for question, expert, share in measured.values_list("question", "expert_id", "share"):
        known[row[question], column[expert]] = share
    return known


def _filled(shares: NDArray[np.float64]) -> NDArray[np.float64]:
    measured = shares[~np.isnan(shares)]
    return np.where(np.isnan(shares), measured.mean() if len(measured) else UNKNOWN, shares)
