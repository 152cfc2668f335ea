"""Derive what experts can do from the answers that are known: pure of any act."""

from __future__ import annotations

from collections import defaultdict

import numpy as np

from peritus.algorithms.shares import shrunk_shares
from peritus.bench.models import Skill
from peritus.bench.verbs import SkillMeasured
from peritus.quality.outcomes import Outcome, counted_judgments, outcomes_of

DAY_SECONDS = 86_400.0


def measured_skills(pack: str) -> list[SkillMeasured]:
    """Return what is measured of everybody in a pack, by expert and question.

    Each question stands alone: its group's share, and its newest answer, which
    is the day on which the estimates hold.
    """
    found = outcomes_of(counted_judgments().filter(engagement__pack=pack))
    by_question: dict[str, list[Outcome]] = defaultdict(list)
    for each in found:
        by_question[each.question].append(each)
    rows = [row for question in sorted(by_question) for row in _measured(by_question[question])]
    return sorted(rows, key=lambda row: (row.expert_id, row.question))


def _measured(outcomes: list[Outcome]) -> list[SkillMeasured]:
    experts = sorted({each.expert for each in outcomes})
    code = {expert: place for place, expert in enumerate(experts)}
    member = np.array([code[each.expert] for each in outcomes])
    right = np.array([each.right for each in outcomes], dtype=np.int64)
    newest = max(each.at for each in outcomes)
    ages = np.array([(newest - each.at).total_seconds() / DAY_SECONDS for each in outcomes])
    shares = shrunk_shares(member, right, ages)
    counts, good = np.bincount(member), np.bincount(member, right)
    return [
        SkillMeasured(
            expert_id=expert,
            question=outcomes[0].question,
            right=int(good[place]),
            measured=int(counts[place]),
            share=float(shares.share[place]),
            low=float(shares.low[place]),
            high=float(shares.high[place]),
            measured_at=newest,
        )
        for place, expert in enumerate(experts)
    ]


def skills_that_differ() -> list[str]:
    """Derive every skill again, and say where the table says something else."""
    packs = set(Skill.objects.values_list("pack", flat=True))
    packs |= set(counted_judgments().order_by().values_list("engagement__pack", flat=True))
    return [fault for pack in sorted(packs) for fault in _faults(pack)]


def _faults(pack: str) -> list[str]:
    table = {
        (each.expert_id, each.question): (each.right, each.measured, each.share)
        for each in Skill.objects.filter(pack=pack)
    }
    again = {
        (each.expert_id, each.question): (each.right, each.measured, each.share)
        for each in measured_skills(pack)
    }
    return [
        f"Skill of expert {place[0]} on {place[1]} ({pack}): the table says "
        f"{_words(table.get(place))}, the answers say {_words(again.get(place))}."
        for place in sorted(table.keys() | again.keys())
        if table.get(place) != again.get(place)
    ]


def _words(counts: tuple[int, int, float] | None) -> str:
    return f"{counts[0]} of {counts[1]} (share {counts[2]:.4f})" if counts else "nothing"
