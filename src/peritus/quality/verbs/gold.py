"""Add a known answer, publish a new version of it, retire it."""

from __future__ import annotations

from peritus.accounts.models import User
from peritus.catalogue.identity import uid_of
from peritus.catalogue.kinds import kind_named
from peritus.engagements.models import Item
from peritus.engagements.queries import (
    current_guideline,
    items_seen_by,
    options_of,
    questions_of,
)
from peritus.journal.acts import earlier_result, record, verb
from peritus.journal.canonical import digest
from peritus.journal.clock import now
from peritus.quality.errors import GoldRefused
from peritus.quality.models import Gold
from peritus.quality.queries import current_gold, gold_seen_by
from peritus.quality.rules import KEEP_GOLD


@verb
def add_gold(
    item_id: int, question: str, answer: str, *, source: str, weighs: bool, by: User, key: str
) -> Gold:
    """Put the known answer to one question of an item on record.

    Raises GoldRefused where it is known already, does not fit its question, or
    has no source.
    """
    item = items_seen_by(by).select_for_update(of=("self",)).get(pk=item_id)
    KEEP_GOLD.require(by, item.engagement)
    if earlier := earlier_result():
        return earlier
    blockers = _answer_blockers(item, question, answer) + source_blockers(source)
    if known := current_gold().filter(item=item, question=question).first():
        blockers.append(f"It is known as {known.answer!r} (version {known.version}); revise that.")
    if blockers:
        raise GoldRefused(blockers)
    return _published(item, question, answer, source=source, weighs=weighs, by=by)


@verb
def revise_gold(
    gold_id: int, answer: str, *, source: str, because: str, by: User, key: str
) -> Gold:
    """Publish a new version of a known answer; the old one stays, with who and why.

    Whatever was scored against the old one is scored again. Raises GoldRefused.
    """
    gold = gold_seen_by(by).select_for_update(of=("self",)).get(pk=gold_id)
    KEEP_GOLD.require(by, gold.engagement)
    if earlier := earlier_result():
        return earlier
    blockers = revision_blockers(gold, answer, because) + source_blockers(source)
    if blockers:
        raise GoldRefused(blockers)
    return _published(
        gold.item, gold.question, answer, source=source, because=because, weighs=gold.weighs, by=by
    )


@verb
def retire_gold(gold_id: int, *, because: str, by: User, key: str) -> Gold:
    """Take a known answer out of use; nobody is scored against it any more."""
    gold = gold_seen_by(by).select_for_update(of=("self",)).get(pk=gold_id)
    KEEP_GOLD.require(by, gold.engagement)
    if earlier := earlier_result():
        return earlier
    if blockers := _current_blockers(gold) + _reason_blockers(because):
        raise GoldRefused(blockers)
    gold.retired_by, gold.retired_at, gold.retired_because = by, now(), because.strip()
    gold.save(update_fields=["retired_by", "retired_at", "retired_because"])
    _record("gold.retired", gold)
    return gold


def _published(
    item: Item,
    question: str,
    answer: str,
    *,
    source: str,
    weighs: bool,
    because: str = "",
    by: User,
) -> Gold:
    version = Gold.objects.filter(item=item, question=question).count() + 1
    gold = Gold.objects.create(
        uid=uid_of(item.uid, "gold", question, version),
        organisation_id=item.organisation_id,
        engagement_id=item.engagement_id,
        item=item,
        question=question,
        version=version,
        answer=answer,
        source=source.strip(),
        because=because.strip(),
        direct=True,
        weighs=weighs,
        set_by=by,
        set_at=now(),
    )
    _record("gold.published", gold)
    return gold


def _record(kind: str, gold: Gold) -> None:
    said = {
        "digest": digest([gold.uid, gold.answer]),
        "item": gold.item.uid,
        "question": gold.question,
        "version": gold.version,
    }
    record(kind, about=gold, engagement=gold.engagement, subject=gold.item.uid, data=said)


def revision_blockers(gold: Gold, answer: str, because: str) -> list[str]:
    """Say why a known answer cannot be replaced by another."""
    blockers = _current_blockers(gold) + _reason_blockers(because)
    if answer == gold.answer:
        blockers.append(f"Version {gold.version} says {answer!r} already.")
    return blockers + _answer_blockers(gold.item, gold.question, answer)


def _current_blockers(gold: Gold) -> list[str]:
    if current_gold().filter(pk=gold.pk).exists():
        return []
    return [f"Version {gold.version} is not in use: it was replaced or retired."]


def _reason_blockers(because: str) -> list[str]:
    return [] if because.strip() else ["Write why; whoever was scored against it reads the reason."]


def source_blockers(source: str) -> list[str]:
    """Say what a known answer lacks: its proof."""
    return (
        [] if source.strip() else ["A known answer needs its source: the passage that proves it."]
    )


def _answer_blockers(item: Item, code: str, answer: str) -> list[str]:
    asked = {each.code: each for each in questions_of(current_guideline(item.engagement))}
    if code not in asked:
        return [f"There is no question {code!r}."]
    return kind_named(asked[code].kind).blockers(answer, options_of(asked[code]))
