"""The six questions, the anchors of their steps, and what each step speaks for.

Data, so that page, command line and rule show and use the same words. A
step above the middle (2) gives its weight in points to each course, a step
below takes it away.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

MIDDLE, MOST = 2, 4

KEEP, AUTOMATE, BPO, KPO, PILOT = "keep", "automate", "bpo", "kpo", "pilot"

COURSES: Mapping[str, str] = {
    KEEP: "keeping it in-house",
    AUTOMATE: "automating it",
    BPO: "giving it out as a business process",
    KPO: "giving it out as knowledge work",
}

# A program must be written before it saves anything.
HEAD_START: Mapping[str, int] = {KEEP: 0, AUTOMATE: -2, BPO: 0, KPO: 0}


@dataclass(frozen=True)
class ScreeningQuestion:
    """A question with an anchor for each step, and points per step and course."""

    code: str
    label: str
    text: str
    anchors: tuple[str, str, str, str, str]
    weights: Mapping[str, int]


QUESTIONS = (
    ScreeningQuestion(
        code="volume",
        label="Volume",
        text="How many items a year?",
        anchors=(
            "fewer than 20",
            "20 to 199",
            "200 to 1,999",
            "2,000 to 19,999",
            "20,000 or more",
        ),
        weights={KEEP: -2, AUTOMATE: 2, BPO: 1, KPO: 0},
    ),
    ScreeningQuestion(
        code="judgement",
        label="Judgement",
        text="What share of the items needs somebody to weigh one thing against another?",
        anchors=("none", "up to a tenth", "up to a third", "most", "practically all"),
        weights={KEEP: 0, AUTOMATE: -2, BPO: -2, KPO: 3},
    ),
    ScreeningQuestion(
        code="codifiable",
        label="Rules",
        text="How much of the work could be written down as rules?",
        anchors=("nothing", "a little", "about half", "most", "all of it"),
        weights={KEEP: -1, AUTOMATE: 4, BPO: 1, KPO: -1},
    ),
    ScreeningQuestion(
        code="licence_needed",
        label="Licence",
        text="What must somebody hold to be allowed, or trusted, to do it?",
        anchors=(
            "nothing",
            "a short training",
            "a specialist's training; somebody licensed signs",
            "a degree in the field",
            "a licence to practise",
        ),
        weights={KEEP: 0, AUTOMATE: -1, BPO: -2, KPO: 2},
    ),
    ScreeningQuestion(
        code="error_cost",
        label="Cost of an error",
        text="What does one wrong item cost in the end, beside doing the item?",
        anchors=(
            "less than the item",
            "about as much",
            "a few times as much",
            "ten times as much or more",
            "enough to stop a product, a case or a payment",
        ),
        weights={KEEP: 1, AUTOMATE: -1, BPO: -1, KPO: 1},
    ),
    ScreeningQuestion(
        code="sensitivity",
        label="Need to keep it close",
        text="How much harm would it do if others saw or held this work?",
        anchors=(
            "none, it is public",
            "little",
            "some; a contract covers it",
            "much; names must be removed first",
            "it must not leave the house, by law or contract",
        ),
        weights={KEEP: 3, AUTOMATE: 0, BPO: -2, KPO: -1},
    ),
)
