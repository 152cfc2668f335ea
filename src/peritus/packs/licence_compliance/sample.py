"""The sample engagement: five published tables on 466 licence pairs."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from decimal import Decimal

from peritus.catalogue.packs import (
    GoldAnswer,
    RecordedAnswer,
    Sample,
    SampleExpert,
    TermsSpec,
)
from peritus.packs.licence_compliance.facts import facts
from peritus.packs.licence_compliance.gold import gold_answers
from peritus.packs.licence_compliance.items import row_of
from peritus.packs.licence_compliance.lock import locked_sources
from peritus.packs.licence_compliance.proposal import PROPOSAL
from peritus.packs.licence_compliance.scope import LOTS, audited_pairs, lot_of, scope
from peritus.packs.licence_compliance.sources import Pair, first_answers, table

QUESTION_CODE = "may_ship"
PRACTICE_LOT = "practice"
PRACTICE_ITEMS = 10

ONE_AUTHOR = "Pair table derived from per-licence classes by the packages' author"

# handle, name, work, derivation
_EXPERTS = (
    (
        "hermine",
        "Hermine project",
        "judge",
        (
            "Pair table computed by a tool of the packages' author, partly from Hermine's data; "
            "the package names copying of code as its use."
        ),
    ),
    (
        "oslc",
        "OSLC Handbook (FINOS)",
        "judge",
        f"{ONE_AUTHOR}; the package names linking as its use.",
    ),
    (
        "reclicense",
        "RecLicense (Peking University)",
        "judge",
        "The laboratory's own matrix; its names were made uniform by the packages' author.",
    ),
    (
        "osadl",
        "OSADL",
        "adjudicator",
        (
            "OSADL's own matrix, with a reason for each pair; the package names copying of code as "
            "its use."
        ),
    ),
    (
        "double_open",
        "Double Open",
        "auditor",
        f"{ONE_AUTHOR}, the same as the OSLC Handbook's; the package names linking as its use.",
    ),
)

TERMS = TermsSpec(
    currency="EUR",
    price_per_item=Decimal("6.50"),
    cost_per_judgment=Decimal("1.20"),
    cost_per_adjudication=Decimal("6.00"),
    cost_per_audit=Decimal("3.00"),
    credit_share=Decimal(1),
    in_house_per_item=Decimal("8.00"),
    in_house_spread=Decimal("0.80"),
)

# 0 not at all, 4 very much; why: 466 pairs; the texts must be weighed; half of
# it follows rules; a lawyer signs, specialists prepare; a mistake can stop a
# product; the licence texts are public.
SCREENING = {
    "volume": 2,
    "judgement": 3,
    "codifiable": 2,
    "licence_needed": 2,
    "error_cost": 4,
    "sensitivity": 1,
}

HONESTY = (
    "The experts of this sample are published tables, not people at work; no time was recorded.",
    "They are not fully independent: some of the tables were derived by one author's tools.",
    "The scope was chosen for coverage: pairs on which the auditor and two first judges answer.",
    (
        "Certified against Double Open's table, not against truth: a decision that differs from "
        "the auditor is not thereby a mistake."
    ),
    "This is not legal advice.",
    "The bodies named are sources: not affiliated, and never paid, hired or ranked.",
    "Prices and the in-house baseline are ASSUMED; invoice and payout are a SPECIMEN.",
)


def items() -> list[dict[str, str]]:
    """Return the pairs of the scope as rows, by lot, then by key."""
    return [row_of(pair, lot=lot_of(pair.inbound)) for pair in scope()]


def practice() -> list[dict[str, str]]:
    """Return ten pairs outside the scope, for a person to judge.

    The auditor and exactly one first judge answer them, so that two judgments
    are there once the person has given one. Chosen by SHA-256 of their key.
    """
    return [row_of(pair, lot=PRACTICE_LOT) for pair in _practice_pairs()]


def _practice_pairs() -> list[Pair]:
    answered_once = [pair for pair in audited_pairs() if len(first_answers(pair)) == 1]
    return sorted(answered_once, key=_practice_rank)[:PRACTICE_ITEMS]


def _practice_rank(pair: Pair) -> str:
    return hashlib.sha256(f"practice\n{pair.key}".encode()).hexdigest()


def answers(handle: str) -> list[RecordedAnswer]:
    """Return what a source has published on the scope, then on the practice pairs.

    A pair that the table does not name is left out; one that it names without
    a yes or no has the answer None, and its own words as the reason.
    """
    return list(_recorded(handle, [*scope(), *_practice_pairs()]))


def _recorded(handle: str, pairs: list[Pair]) -> Iterator[RecordedAnswer]:
    published = table(handle)
    for pair in pairs:
        if reading := published.get(pair):
            yield RecordedAnswer(pair.key, QUESTION_CODE, reading.answer, reading.reason)


def gold() -> list[GoldAnswer]:
    """Return the known answers inside the scope."""
    return gold_answers(QUESTION_CODE)


def _expert(handle: str, name: str, work: str, derivation: str) -> SampleExpert:
    source = locked_sources()[handle]
    return SampleExpert(
        handle=handle,
        name=name,
        work=work,
        origin=source.origin,
        licence=source.licence,
        derivation=derivation,
    )


SAMPLE = Sample(
    title="Licence pairs of a shipped product",
    client="Fictitious Devices (the sample's client)",
    provider="Fictitious Knowledge Desk (the sample's provider)",
    lots=LOTS,
    experts=tuple(_expert(*row) for row in _EXPERTS),
    items=items,
    answers=answers,
    gold=gold,
    terms=TERMS,
    screening=SCREENING,
    honesty=HONESTY,
    facts=facts,
    proposal=PROPOSAL,
    practice=practice,
)
