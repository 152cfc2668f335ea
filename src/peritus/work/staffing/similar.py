"""How alike a lot's items are to what each expert judged for the same client, and works in."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from peritus.algorithms.similarity import similarity
from peritus.bench.models import Expert
from peritus.engagements.models import Item, Lot
from peritus.work.queries import standing_judgments

LATEST = 200


def alike(lot: Lot, experts: Sequence[Expert], items: Sequence[Item]) -> NDArray[np.float64]:
    """Return how alike each item is to an expert's latest work and fields, (experts, items).

    Only work for the same client counts: what somebody judged for another is told to nobody,
    not by an order of names either.
    """
    if not experts or not items:
        return np.zeros((len(experts), len(items)))
    past = _past(lot, experts)
    fields = Expert.objects.filter(pk__in=[each.pk for each in experts]).values_list(
        "pk", "fields__label"
    )
    for expert, label in fields:
        if label:
            past[expert].append(label)
    profiles = [" ".join(past[expert.pk]) for expert in experts]
    return similarity(profiles, [_text(item.title, item.fields) for item in items])


def _past(lot: Lot, experts: Sequence[Expert]) -> dict[int, list[str]]:
    """Return the texts of what experts judged last for the lot's client, by their ids."""
    given = (
        standing_judgments()
        .filter(organisation=lot.organisation_id, expert__in=experts)
        .exclude(item__lot=lot)
    )
    latest = given.order_by("-id").values_list("expert_id", "item__title", "item__fields")
    found: dict[int, list[str]] = defaultdict(list)
    for expert, title, row in latest.iterator():
        if len(found[expert]) < LATEST:
            found[expert].append(_text(title, row))
    return found


def _text(title: str, row: Mapping[str, object]) -> str:
    return " ".join([title, *(str(value) for value in row.values())])
