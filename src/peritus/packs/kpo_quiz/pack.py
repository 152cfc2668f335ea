"""What the quiz declares: twelve items, one question, a qualification."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from peritus.catalogue.kinds import Option
from peritus.catalogue.packs import (
    GuidelineSpec,
    ItemContent,
    ItemShape,
    Pack,
    PlanSpec,
    QuestionSpec,
)
from peritus.catalogue.qualifications import QualificationSpec

FOLDER = Path(__file__).parent
CODES = ("a", "b", "c", "d")
COLUMNS = ("topic", "text", *CODES)
LOT = "onboarding"


@cache
def _questions() -> tuple[Mapping[str, str], ...]:
    return tuple(json.loads((FOLDER / "questions.json").read_text(encoding="utf-8")))


def item_rows() -> list[dict[str, str]]:
    """Return the twelve items as rows, without their answers."""
    return [
        {"key": row["key"], "lot": LOT, **{column: row[column] for column in COLUMNS}}
        for row in _questions()
    ]


def row_blockers(row: Mapping[str, str]) -> list[str]:
    """Say why a row is no question with four different statements."""
    missing = [column for column in COLUMNS if not (row.get(column) or "").strip()]
    if missing:
        return [f"A question needs {', '.join(COLUMNS)}; missing: {', '.join(missing)}."]
    if len({row[code].strip() for code in CODES}) < len(CODES):
        return ["The four statements must differ; two of them are the same."]
    return []


def question_content(row: Mapping[str, str]) -> ItemContent:
    """Return the question as heading and its four statements as facts."""
    return ItemContent(title=row["text"], facts=tuple((code, row[code]) for code in CODES))


QUALIFICATION = QualificationSpec(
    name="KPO onboarding",
    # Twelve questions prove little: all of them right shows that 78 % are known, no more, and the
    # quarter that guessing gets right shows 7 %. What they can prove is that somebody knows more of
    # such questions than not: ten right show 56 %, nine 47 %. Who knows half of them gets nine in
    # one of 14 attempts, ten in one of 52.
    pass_bound=0.5,
    valid_days=365,
    key={row["key"]: row["right"] for row in _questions()},
    explanations={row["key"]: row["explanation"] for row in _questions()},
    # Reasons are shown after each attempt: another order, a pause and an end keep the next from
    # being a copy of them.
    training=(FOLDER / "training.md").read_text(encoding="utf-8"),
    shuffled=True,
    limit_minutes=60,
    attempts=5,
    wait_minutes=15,
)

PACK = Pack(
    name="kpo_quiz",
    title="Onboarding quiz: knowledge process outsourcing",
    activity="training",
    questions=(
        QuestionSpec(
            code="answer",
            kind="choice",
            text="Which statement is right?",
            options=tuple(Option(code, code) for code in CODES),
            section="How the quiz works",
        ),
    ),
    guideline=GuidelineSpec(
        title="KPO onboarding quiz",
        text=(FOLDER / "guideline.md").read_text(encoding="utf-8"),
    ),
    items=ItemShape(columns=COLUMNS, blockers=row_blockers, content=question_content),
    plan=PlanSpec(promise=0.05, confidence=0.95, looks=(12,)),
    labels={"item": "question", "items": "questions"},
    qualification=QUALIFICATION,
    item_rows=item_rows,
)
