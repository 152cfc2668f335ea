"""Which judged items a change of the guideline touches: the same answers, terms, disagreements."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from peritus.engagements.models import Engagement, Item
from peritus.quality.models import Appeal, Decision, Freeze, GuidelineProposal, Suspension
from peritus.quality.queries import current_gold, latest_freezes
from peritus.work.models import InquiryItem, Skip, Slot
from peritus.work.queries import FIRST, judged_items, standing_judgments


@dataclass(frozen=True)
class Touch:
    """What the items have in common that a change may decide otherwise.

    Of each kind that is named, an item must show one: an answer to the question
    (or, where only disagreements are meant, two of them among its first
    judgments), a term in its title or imported row, an inquiry about it.
    ``flagged`` are items that somebody skipped since the guideline is silent.
    """

    question: str = ""
    answers: tuple[str, ...] = ()
    disputed: bool = False
    terms: tuple[str, ...] = ()
    inquiries: tuple[int, ...] = ()
    flagged: bool = False

    @property
    def says_nothing(self) -> bool:
        """Say whether nothing was named: that would touch every item."""
        named = (self.answers, self.disputed, self.terms, self.inquiries, self.flagged)
        return not any(named)


def items_touched(engagement: Engagement, touch: Touch) -> list[Item]:
    """Return the judged items that a change touches, by key; none where nothing is named."""
    if touch.says_nothing:
        return []
    items = judged_items().filter(engagement=engagement)
    if touch.disputed:
        items = items.filter(Exists(_disputed(touch)))
    elif touch.answers:
        items = items.filter(Exists(_decided(touch)))
    if touch.inquiries:
        asked = InquiryItem.objects.filter(inquiry__in=touch.inquiries, item=OuterRef("pk"))
        items = items.filter(Exists(asked))
    if touch.flagged:
        items = items.filter(Exists(_flags()))
    found = items.select_related("lot").order_by("key")
    return [item for item in found if _mentions(item, touch.terms)]


def _decided(touch: Touch) -> QuerySet[Decision]:
    decided = Decision.objects.filter(item=OuterRef("pk"), answer__in=touch.answers)
    return decided.filter(question=touch.question) if touch.question else decided


def _disputed(touch: Touch) -> QuerySet[Decision]:
    """Return decisions on which first judgments part; between the answers named, if any are."""
    parted = Decision.objects.filter(item=OuterRef("pk"), contested=True)
    if not touch.question:
        return parted
    parted = parted.filter(question=touch.question)
    for answer in touch.answers:
        given = standing_judgments().filter(
            item=OuterRef("item"),
            slot__purpose__in=FIRST,
            **{f"answers__{touch.question}": answer},
        )
        parted = parted.filter(Exists(given))
    return parted


def _flags() -> QuerySet[Skip]:
    silent = Skip.objects.filter(reason=Skip.Reason.GUIDELINE_SILENT)
    return silent.filter(assignment__slot__item=OuterRef("pk"))


def _mentions(item: Item, terms: Sequence[str]) -> bool:
    """Say whether a term stands in an item's title or row.

    In Python: SQLite folds the case of no letter outside of ASCII.
    """
    text = " ".join((item.title, *map(str, item.fields.values()))).casefold()
    return not terms or any(term.casefold() in text for term in terms)


@dataclass(frozen=True)
class Redoing:
    """What would be done again: counted, not foretold.

    ``judgments`` are first ones; ``adjudications`` those that stood before, of
    which nobody knows how many come again. ``gold`` counts known answers that
    would be retired.
    """

    items: int
    judgments: int
    adjudications: int
    gold: int
    freezes: tuple[tuple[Freeze, int], ...]


def redoing(engagement: Engagement, items: Sequence[Item]) -> Redoing:
    """Count what publishing a change that touches these items would do again."""
    keys = [item.pk for item in items]
    purposes = (
        standing_judgments()
        .filter(item__in=keys)
        .aggregate(
            first=Count("id", filter=Q(slot__purpose__in=FIRST)),
            adjudged=Count("id", filter=Q(slot__purpose=Slot.Purpose.ADJUDICATION)),
        )
    )
    return Redoing(
        items=len(items),
        judgments=purposes["first"],
        adjudications=purposes["adjudged"],
        gold=len(gold_on(keys)),
        freezes=tuple(frozen_among(engagement, keys)),
    )


def gold_on(item_ids: Sequence[int]) -> list[int]:
    """Return the ids of the known answers in use on these items, in their order."""
    found = current_gold().filter(item__in=item_ids).order_by("item__key", "question")
    return list(found.values_list("pk", flat=True))


def frozen_among(engagement: Engagement, item_ids: Sequence[int]) -> list[tuple[Freeze, int]]:
    """Return the latest freezes that hold decisions on these items, each with their number."""
    frozen = latest_freezes(engagement).annotate(
        touched=Count("decisions", filter=Q(decisions__item__in=item_ids))
    )
    return [(each, each.touched) for each in frozen.select_related("lot") if each.touched]


def suspension_of(freeze: Freeze) -> Suspension | None:
    """Return what suspends a freeze's claim, or None while it stands."""
    return suspensions_of([freeze.pk]).get(freeze.pk)


def suspensions_of(freeze_ids: Sequence[int]) -> dict[int, Suspension]:
    """Return the latest suspension of each freeze that has one, in one query."""
    found = Suspension.objects.filter(freeze__in=freeze_ids).order_by("id")
    return {each.freeze_id: each for each in found.select_related("proposal__published")}


def suspension_words(suspension: Suspension) -> str:
    """Say why nothing may be relied on, for files, pages and errors alike."""
    return (
        f"{suspension.decisions} of its decisions were reopened under "
        f"{suspension.proposal.published}: freeze the lot again once they are decided."
    )


def suspension_blockers(freeze: Freeze) -> list[str]:
    """Say that a freeze is suspended, if it is."""
    found = suspension_of(freeze)
    return [f"{freeze} is suspended. {suspension_words(found)}"] if found else []


def judged_since(proposal: GuidelineProposal) -> int:
    """Count items outside of a proposal that were first judged after it was made."""
    judged = standing_judgments().filter(
        engagement=proposal.engagement_id,
        slot__purpose__in=FIRST,
        submitted_at__gt=proposal.proposed_at,
    )
    others = judged.exclude(item__uid__in=proposal.touched_items)
    return others.values("item").distinct().count()


def appeals_waiting(item_ids: Sequence[int]) -> int:
    """Count appeals on these items that nobody has decided."""
    waiting = Appeal.objects.filter(outcome=Appeal.Outcome.WAITING)
    return waiting.filter(judgment__item__in=item_ids).count()
