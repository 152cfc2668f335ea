"""Who judged and how well they were known to judge, for people."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any

from peritus.delivery.figures import level_percent, percent, signed
from peritus.delivery.verification.derived.story import Story

_KINDS = {"model": "AI model", "person": "Person", "source": "Published source"}
_CAUSES = ("gold", "appeal", "audit", "adjudication")
_DID = {
    "first": "judged",
    "further": "judged",
    "gold": "answered gold",
    "qualification": "took a test",
    "calibration": "calibrated",
    "adjudication": "adjudicated",
    "census": "checked the riskiest",
    "audit": "audited",
}


def judge_rows(story: Story) -> list[dict[str, str]]:
    """Return each expert with what they did, how it turned out and what they hold."""
    did: dict[str, Counter[str]] = defaultdict(Counter)
    for each in story.judgments:
        did[each.expert][_DID[each.purpose]] += 1
    skills, held = _records(story), _held(story)
    return [
        {
            "name": each["name"],
            "kind": _KINDS[each["kind"]],
            "did": ", ".join(f"{n} {word}" for word, n in sorted(did[each["name"]].items())),
            "record": "; ".join(skills[each["uid"]]),
            "held": "; ".join(held[each["uid"]]),
        }
        for each in sorted(story.setting.experts, key=lambda each: each["name"])
    ]


def _records(story: Story) -> dict[str, list[str]]:
    """Return by expert how the known answers turned out, question by question."""
    found: dict[str, list[str]] = defaultdict(list)
    several = len(story.setting.questions) > 1
    for each in story.skills.skills if story.skills else ():
        if each["known"]:
            question = f"{each['question']}: " if several else ""
            between = f"{percent(each['low'])} to {percent(each['high'])}"
            right = f"{each['right']} of {each['known']} right ({between})"
            counts = ((cause, each["by"][cause]["known"]) for cause in _CAUSES)
            causes = [f"{cause} ({known})" for cause, known in counts if known]
            found[each["expert"]].append(f"{question}{right}; known by {', '.join(causes)}")
    return found


def _held(story: Story) -> dict[str, list[str]]:
    """Return by expert the credentials and tests that were known at the freeze."""
    found: dict[str, list[str]] = {}
    for each in story.credentials.experts if story.credentials else ():
        tests = [
            f"test {row['name']}: {row['right']} of {row['asked']}"
            for row in each["qualifications"]
        ]
        found[each["expert"]] = [_credential(row) for row in each["credentials"]] + tests
    return defaultdict(list, found)


def _credential(row: dict[str, Any]) -> str:
    until = f", until {row['valid_until']}" if row["valid_until"] else ""
    checked = f", checked {row['checked_at'][:10]}" if row["checked_at"] else ""
    return f"{row['title']} ({row['issuer']}, {row['issued_in']}{until}{checked})"


def agreement_lines(story: Story) -> list[str]:
    """Return how far judges agreed, question by question, and in calibration rounds."""
    found = story.agreement
    if found is None:
        return []
    texts = {each["code"]: each["text"] for each in story.setting.questions}
    lines = [
        _agreement(each, texts[each["question"]], found.confidence) for each in found.questions
    ]
    for each in found.calibration:
        reached = "reached" if each["reached"] else "not reached"
        lines.append(
            f"Calibration round {each['number']} before production: the agreed "
            f"{each['threshold']:.2f} ({each['measure']}) was {reached}."
        )
    return lines


def _agreement(each: dict[str, Any], text: str, confidence: float) -> str:
    if each["same"] is None:
        return f"“{text}”: no item has two first answers, so nothing can be said."
    same = (
        f"“{text}”: of two answers to one item {percent(each['same'])} are the same "
        f"({each['items']} items, {each['judges']} judges)."
    )
    if each["alpha"] is None:
        return f"{same} All answers are alike, so agreement beyond chance is not defined."
    between = "no interval"
    if each["low"] is not None:
        low, high = signed(each["low"]), signed(each["high"])
        between = f"{level_percent(confidence)} interval {low} to {high}"
    alpha = f"Krippendorff's alpha {signed(each['alpha'])}, {between}"
    return f"{same} Beyond chance: {alpha}; 1 is perfect, 0 is what chance gives."
