"""What a model is fitted on: people's judgments on a share of a client's items."""

from __future__ import annotations

import json
from collections.abc import Sequence
from hashlib import sha256
from typing import Final

from peritus.bench.models import Expert
from peritus.blobs.store import content_of
from peritus.engagements.models import Engagement
from peritus.model_experts.models import ModelSpec
from peritus.work.models import Slot
from peritus.work.queries import DECIDING, standing_judgments

Row = tuple[str, dict[str, str]]  # SHA-256 of the item's content, and the answers to it
LEAST_ROWS, MOST_ROWS = 30, 10_000
OF: Final = 100


def training_rows(engagement: Engagement, percent: int) -> list[Row]:
    """Return people's judgments on a share of the items of a client's pack, oldest first.

    Which items is fixed by their uid, so that the others are left to test it on.
    """
    given = standing_judgments().filter(
        organisation=engagement.organisation_id,
        engagement__pack=engagement.pack,
        expert__kind=Expert.Kind.PERSON,
        slot__purpose__in=(*DECIDING, Slot.Purpose.GOLD),
    )
    rows = given.order_by("id").values_list("item__uid", "item__content", "answers")
    return [
        (content, answers)
        for uid, content, answers in rows
        if int(sha256(str(uid).encode()).hexdigest(), 16) % OF < percent
    ][:MOST_ROWS]


def training_blockers(rows: Sequence[Row], percent: int) -> list[str]:
    """Say why nothing can be fitted on these judgments."""
    blockers = []
    if not 0 < percent < OF:
        blockers.append(f"A share is 1 to 99 percent; {percent} came. The rest is for its test.")
    if len(rows) < LEAST_ROWS:
        blockers.append(f"At least {LEAST_ROWS} judgments of people are wanted; {len(rows)} came.")
    said: dict[str, set[str]] = {}
    for _, answers in rows:
        for code, answer in answers.items():
            said.setdefault(code, set()).add(answer)
    blockers += [
        f"{code}: everybody gave the same answer." for code, each in said.items() if len(each) < 2
    ]
    return blockers


def learnt_from(spec: ModelSpec) -> set[str]:
    """Return the SHA-256 of what a model was fitted on; on that it is not tested."""
    if not spec.training:
        return set()
    return {content for content, _ in json.loads(content_of(spec.organisation, spec.training))}
