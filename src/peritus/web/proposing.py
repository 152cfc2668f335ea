"""A guideline change while it is being written: its text, and what it touches so far."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import QueryDict

from peritus.accounts.models import User
from peritus.billing.errors import TermsNotAgreed
from peritus.billing.queries import Price, price_of_judgments
from peritus.engagements.models import Engagement, Item
from peritus.engagements.queries import current_guideline
from peritus.journal.clock import now
from peritus.quality.touching import Redoing, Touch, items_touched, redoing
from peritus.work.queries import inquiries_seen_by

MOST_TERMS = 20
MOST_TEXT = 200_000  # characters of a guideline


@dataclass(frozen=True)
class Draft:
    """What was typed and ticked; ``terms`` as typed, one to a line."""

    title: str
    cause: str
    text: str
    terms: str
    touch: Touch

    @property
    def ticked(self) -> set[str]:
        """Question and answer pairs as the form's boxes name them."""
        return {f"{self.touch.question}:{answer}" for answer in self.touch.answers}


def draft_in(given: QueryDict, engagement: Engagement, user: User) -> Draft:
    """Read a draft from a form; a fresh one has the text in force."""
    asked = inquiries_seen_by(user).filter(engagement=engagement)
    chosen = asked.filter(pk__in=[each for each in given.getlist("inquiry") if each.isdigit()])
    pairs = [each.split(":", 1) for each in given.getlist("answer") if ":" in each]
    question = pairs[0][0] if pairs else given.get("question", "")
    terms = given.get("terms", "")[:MOST_TEXT]
    return Draft(
        title=given.get("title", "")[:200],
        cause=given.get("cause", "")[:MOST_TEXT],
        text=_same_line_ends(given.get("text") or current_guideline(engagement).text)[:MOST_TEXT],
        terms=terms,
        touch=Touch(
            question=question,
            answers=tuple(answer for code, answer in pairs if code == question),
            disputed="disputed" in given,
            terms=tuple(line.strip() for line in terms.splitlines() if line.strip())[:MOST_TERMS],
            inquiries=tuple(chosen.values_list("pk", flat=True)),
            flagged="flagged" in given,
        ),
    )


def _same_line_ends(text: str) -> str:
    """Undo what browsers do to line ends in a form, so that nothing seems to change."""
    return text.replace("\r\n", "\n")


@dataclass(frozen=True)
class Touched:
    """What a draft touches, counted and priced; ``price`` None: no terms are agreed."""

    items: list[Item]
    again: Redoing
    price: Price | None


def touched_by(engagement: Engagement, draft: Draft) -> Touched:
    """Count and price what publishing the draft would have judged anew."""
    items = items_touched(engagement, draft.touch)
    again = redoing(engagement, items)
    try:
        price = price_of_judgments(engagement.pk, again.judgments, now())
    except TermsNotAgreed:
        price = None
    return Touched(items, again, price)
