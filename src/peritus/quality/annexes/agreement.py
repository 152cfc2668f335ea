"""How far the judges of a lot agreed with each other when it was frozen."""

from __future__ import annotations

import hashlib
from datetime import datetime
from math import isnan

import numpy as np

from peritus.algorithms.agreement import krippendorff_alpha, pairwise_agreement
from peritus.engagements.models import Lot, Question
from peritus.engagements.queries import current_guideline, options_of, questions_of
from peritus.quality.calibration import RESAMPLES
from peritus.quality.models import CalibrationRound
from peritus.work.queries import FIRST, standing_judgments

METHOD = "Krippendorff's alpha, nominal; percentile bootstrap over items"
CONFIDENCE = 0.95
DIGITS = 6  # further ones differ between machines
Row = tuple[str, str, dict[str, str]]  # an item, who judged it, the answers


def agreement(lot: Lot, number: int, _: datetime) -> dict[str, object]:
    """Return the agreement of first judgments on each question, and of calibration rounds."""
    found = standing_judgments().filter(item__lot=lot, slot__purpose__in=FIRST)
    rows = [
        (str(item), str(expert), answers)
        for item, expert, answers in found.values_list("item__uid", "expert__uid", "answers")
    ]
    return {
        "calibration": _rounds(lot),
        "confidence": CONFIDENCE,
        "freeze": number,
        "lot": lot.uid,
        "method": METHOD,
        "questions": [
            _of_question(lot, number, each, rows)
            for each in questions_of(current_guideline(lot.engagement))
        ],
        "resamples": RESAMPLES,
    }


def _of_question(lot: Lot, number: int, question: Question, rows: list[Row]) -> dict[str, object]:
    """Return alpha with its interval, and how often two answers are the same.

    Null where no item has two answers; alpha also where all answers are the same.
    """
    code = {option.code: place for place, option in enumerate(options_of(question))}
    given = sorted(
        (item, expert, code[answers[question.code]])
        for item, expert, answers in rows
        if answers.get(question.code) in code
    )
    said: dict[str, float | None] = {
        "alpha": None,
        "high": None,
        "items": 0,
        "judgments": 0,
        "low": None,
        "same": None,
    }
    items = {item: place for place, item in enumerate(sorted({each[0] for each in given}))}
    judges = {judge: place for place, judge in enumerate(sorted({each[1] for each in given}))}
    if len(given) > len(items):
        arrays = np.array([[items[i], judges[j], value] for i, j, value in given], np.int64).T
        alpha = krippendorff_alpha(
            *arrays, resamples=RESAMPLES, generator=_generator(lot, number, question.code)
        )
        said = {
            "alpha": _rounded(alpha.value),
            "high": _rounded(alpha.high),
            "items": alpha.items,
            "judgments": alpha.judgments,
            "low": _rounded(alpha.low),
            "same": _rounded(pairwise_agreement(*arrays).value),
        }
    return {**said, "judges": len(judges), "question": question.code}


def _generator(lot: Lot, number: int, question: str) -> np.random.Generator:
    seed = hashlib.sha256(f"agreement/{lot.uid}/{number}/{question}".encode()).digest()
    return np.random.default_rng(int.from_bytes(seed))


def _rounded(value: float | None) -> float | None:
    return None if value is None or isnan(value) else round(value, DIGITS)


def _rounds(lot: Lot) -> list[dict[str, object]]:
    """Return what each closed calibration round of the lot came to, as its minutes say."""
    closed = lot.calibration_rounds.filter(state=CalibrationRound.State.CLOSED)
    return [
        {
            "agreement": each.minutes["agreement"],
            "closed_at": each.closed_at,
            "measure": each.measure,
            "number": each.number,
            "reached": each.reached,
            "threshold": each.threshold,
            "uid": each.uid,
        }
        for each in closed.order_by("number")
    ]
