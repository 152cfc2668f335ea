"""What is known of registered models, as pages show it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from peritus.bench.models import Admission, Expert
from peritus.model_experts.models import ModelSpec


@dataclass(frozen=True)
class ModelRow:
    """A model, and the packs for which it may decide."""

    spec: ModelSpec
    admitted: tuple[str, ...]


def model_rows(specs: Sequence[ModelSpec]) -> list[ModelRow]:
    """Return models with their standing admissions, in two queries."""
    standing = Admission.objects.filter(
        expert__in=[spec.expert_id for spec in specs], passed=True, ended_at=None
    )
    packs: dict[int, list[str]] = {}
    for expert, pack in standing.order_by("pack").values_list("expert_id", "pack"):
        packs.setdefault(expert, []).append(pack)
    return [ModelRow(spec, tuple(packs.get(spec.expert_id, ()))) for spec in specs]


@dataclass(frozen=True)
class JudgeShown:
    """One expert that a model was compared with on one question."""

    question: str
    name: str
    items: int
    advantage: float
    p: float
    won: bool


@dataclass(frozen=True)
class TestShown:
    """One test for admission, with its question's rates and its experts."""

    admission: Admission
    rates: tuple[tuple[str, float, float], ...]
    judges: tuple[JudgeShown, ...]


def tests_of(spec: ModelSpec) -> list[TestShown]:
    """Return a model's tests for admission, newest first, in two queries."""
    found = list(spec.expert.admissions.select_related("tested_by").order_by("-tested_at", "-pk"))
    uids = {judge["expert"] for each in found for row in each.results for judge in row["judges"]}
    named = Expert.objects.filter(uid__in=uids).values_list("uid", "name")
    names = {str(uid): name for uid, name in named}
    return [_shown(each, names) for each in found]


def _shown(admission: Admission, names: dict[str, str]) -> TestShown:
    rows: list[dict[str, Any]] = admission.results
    return TestShown(
        admission,
        tuple((row["question"], row["winning_rate"], row["advantage"]) for row in rows),
        tuple(
            JudgeShown(
                row["question"], names.get(judge["expert"], "an expert"), judge["items"],
                judge["advantage"], judge["p"], judge["won"],
            )
            for row in rows
            for judge in row["judges"]
        ),
    )  # fmt: skip
