"""report.pdf: a pack told to people, from its other files and in the words of other documents."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from peritus.delivery.documents import typeset
from peritus.delivery.figures import moment
from peritus.delivery.verification.derived.judges import agreement_lines, judge_rows
from peritus.delivery.verification.derived.story import Story
from peritus.delivery.verification.derived.verdict import (
    Fact,
    checked_lines,
    claim_rows,
    decided_rows,
    fact,
    money_rows,
    status_of,
    unchecked_lines,
)
from peritus.journal.canonical import sha256

REPORT = "report.pdf"
CLAIMS = ("certificate.json", "verdict.json")
_LEFT_OUT = "## What is left out, and why"


def report(members: Mapping[str, bytes], key: str) -> bytes:
    """Return the report on a pack's other members; ``key`` is the fingerprint that signs it.

    Dated by the pack's last event; it names the files that it rests on most by
    their SHA-256, where programs find them.
    """
    story = Story({name: each for name, each in members.items() if name != REPORT})
    setting, status = story.setting, status_of(story)
    base = f"evidence-{story.lot.lot}-{story.lot.number}.zip"
    data = {
        "title": setting.lot["title"],
        "provider": setting.provider,
        "client": setting.client,
        "engagement": setting.title,
        "specimen": setting.specimen,
        "status": status.status,
        "claim": status.sentence,
        "why": status.why,
        "short": claim_rows(story),
        "decided": decided_rows(story),
        "judges": judge_rows(story),
        "agreement": agreement_lines(story),
        "checked": checked_lines(story),
        "not_checked": unchecked_lines(story),
        "left_out": left_out(members["SCOPE.md"].decode()),
        "honesty": setting.honesty,
        "money": money_rows(story),
        "digests": _digests(story, key),
        "pack": base,
        "key": key,
        "keywords": rests_on(members),
        "foot": {
            "what": f"Freeze {story.lot.number}, SHA-256",
            "digest": story.digest,
            "command": f"peritus verify {base}",
        },
    }
    return typeset("evidence.typ", data, at=datetime.fromisoformat(story.chain.events[-1].at))


def rests_on(members: Mapping[str, bytes]) -> list[str]:
    """Return the files that the report is about, each with its SHA-256."""
    names = ["freeze.json", *(name for name in CLAIMS if name in members)]
    return [f"{name} sha256:{sha256(members[name])}" for name in names]


def left_out(scope: str) -> list[str]:
    """Return what SCOPE.md says is left out, point by point."""
    section = scope.partition(f"{_LEFT_OUT}\n\n")[2].partition("\n\n## ")[0]
    points = f"\n{section}".split("\n- ")[1:]
    return [" ".join(point.split()) for point in points]


def _digests(story: Story, key: str) -> list[Fact]:
    last = story.chain.events[-1]
    said = [fact("Freeze", story.digest, is_hash=True)]
    said += [fact("Audit plan", story.plan.digest, is_hash=True)]
    said += [fact("Last event", story.head.hash, is_hash=True)]
    said += [fact("Signing key", key, is_hash=True)]
    at = moment(datetime.fromisoformat(last.at))
    return [*said, fact("Written", f"After {story.head.events} events, the last of {at}")]
