"""Bring a sample's items and published answers into an engagement."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from peritus.accounts.models import User
from peritus.bench.models import Expert
from peritus.catalogue.packs import Sample
from peritus.engagements.models import Engagement
from peritus.intake.models import ImportRun
from peritus.intake.verbs import import_items
from peritus.model_experts.verbs import record_answers


def import_rows(
    engagement: Engagement, rows: Iterable[Mapping[str, str]], *, name: str, by: User, key: str
) -> ImportRun:
    """Import rows as the JSON lines file that they would come in."""
    lines = "\n".join(json.dumps(row, sort_keys=True) for row in rows)
    return import_items(engagement.pk, lines.encode(), file_name=f"{name}.jsonl", by=by, key=key)


def record_published(
    engagement: Engagement, expert: Expert, sample: Sample, *, handle: str, by: User, key: str
) -> ImportRun:
    """Record what a source has published on the items of an engagement."""
    keys = set(engagement.items.values_list("key", flat=True))
    rows = [
        {
            "key": each.item_key,
            "question": each.question,
            "answer": each.answer or "",
            "reason": each.reason,
        }
        for each in sample.answers(handle)
        if each.item_key in keys
    ]
    return record_answers(
        engagement.pk, expert.pk, rows, file_name=f"{handle}.json", by=by, key=key
    )
