"""The two texts of a pack: how to check it, and what it leaves out."""

from __future__ import annotations

from pathlib import Path

from peritus.delivery.frozen import FreezeFacts
from peritus.journal.canonical import sha256

README = Path(__file__).with_name("README.txt")
VERIFIER = Path(__file__).with_name("verify_evidence.py")


def readme() -> bytes:
    """Return how to check a pack, step by step, with the stand-alone verifier's digest."""
    return README.read_bytes().replace(b"{verifier}", sha256(VERIFIER.read_bytes()).encode())


def _census(facts: FreezeFacts) -> list[str]:
    if not facts.document.get("census"):
        return []
    return ["- The census of the riskiest: how risky each item was held to be, and every check."]


def _judges(facts: FreezeFacts) -> list[str]:
    if not facts.freeze.annexes:
        return []
    return [
        "- What was known of the judges when the lot was frozen: how their answers had turned out,",
        "  how far they agreed, which credentials were checked and tests passed.",
    ]


def scope(facts: FreezeFacts) -> bytes:
    """Return what the pack covers and what it leaves out, in Markdown."""
    freeze = facts.freeze
    lines = [
        f"# Scope of this pack: {freeze.lot.title}, freeze {freeze.number}",
        "",
        f"{facts.claim.sentence}{' ' if facts.claim.why else ''}{facts.claim.why}",
        "",
        "## What is in it",
        "",
        f"- All items of the lot: {freeze.population} frozen, {freeze.open_items} left open.",
        "- Every judgment on them, also those that were taken back or replaced.",
        "- The audit plan, the draw, every audit, and the certificate or the verdict.",
        *_census(facts),
        *_judges(facts),
        "- Every sealed event of the engagement, of all lots: a chain with holes proves nothing.",
        "- The ledger's entries about this lot, and its invoice once there is one.",
        "",
        "## What is left out, and why",
        "",
        "- Names of people who judged: the claim does not rest on who they are, so they appear",
        "  under a fixed pseudonym. Published sources and AI models appear by name.",
        "- What would name a person beside their credentials: documents and their numbers, also",
        "  those in titles, and the day of issue (the year is given). Accounts that checked them",
        "  appear by their id.",
        "- What judges showed in other engagements: it belongs to other clients.",
        "- Long texts shown with an item (such as licences): they belong to others; items.jsonl",
        "  has their SHA-256.",
        "- Decisions and judgments of other lots: they have packs of their own.",
        "- Events that came after this pack was written.",
        "",
        "## To be read with it",
        "",
        *(f"- {line}" for line in facts.engagement.honesty),
        "",
    ]
    return "\n".join(lines).encode()
