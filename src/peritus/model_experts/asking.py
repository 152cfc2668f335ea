"""What a model is asked: everything that is fixed, and the item beside it, never in it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from peritus.catalogue.kinds import kind_named
from peritus.catalogue.packs import ItemContent
from peritus.engagements.models import GuidelineVersion, Question
from peritus.engagements.queries import options_of, questions_of
from peritus.journal.canonical import canonical, sha256
from peritus.model_experts.models import ModelSpec
from peritus.model_experts.terms import GUIDELINE, QUESTIONS

BYTES_OF_TOKEN = 3
"""Fewer than a token has in most languages, so that an estimate is rather too high."""


@dataclass(frozen=True)
class Frame:
    """All that is sent but the item: it follows from the model and the guideline alone."""

    fixed: dict[str, Any]
    digest: str

    def body(self, item: str) -> bytes:
        """Return the request for an item, whose text stands in a message of its own."""
        messages = [*self.fixed["messages"], {"role": "user", "content": item}]
        return json.dumps({**self.fixed, "messages": messages}).encode()


def frame_of(spec: ModelSpec, guideline: GuidelineVersion) -> Frame:
    """Return what a model is asked under a guideline, whatever the item."""
    questions = questions_of(guideline)
    settings = {
        name: float(value) if isinstance(value, str) else value
        for name, value in spec.decoding.items()
    }
    fixed = {
        "model": spec.model,
        **settings,
        "messages": [{"role": "system", "content": _instruction(spec, guideline, questions)}],
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": "judgment", "strict": True, "schema": schema_of(questions)},
        },
    }
    return Frame(fixed, sha256(canonical(fixed)))


def _instruction(
    spec: ModelSpec, guideline: GuidelineVersion, questions: Sequence[Question]
) -> str:
    before, _, rest = spec.instruction.partition(GUIDELINE)
    if QUESTIONS in before:  # parted at both places first: a guideline may have such words itself
        first, _, between = before.partition(QUESTIONS)
        return f"{first}{_asked(questions)}{between}{guideline.text}{rest}"
    between, _, last = rest.partition(QUESTIONS)
    return f"{before}{guideline.text}{between}{_asked(questions)}{last}"


def _asked(questions: Sequence[Question]) -> str:
    lines = []
    for each in questions:
        options = "; ".join(f"{option.code}: {option.label}" for option in options_of(each))
        lines.append(f"- {each.code}: {each.text} ({options})")
    return "\n".join(lines)


def schema_of(questions: Sequence[Question]) -> dict[str, object]:
    """Return the JSON Schema of a whole answer: one answer of each question, and the reason."""
    answers = {
        each.code: dict(kind_named(each.kind).schema(options_of(each))) for each in questions
    }
    return _closed({"answers": _closed(answers), "reason": {"type": "string"}})


def _closed(properties: dict[str, Any]) -> dict[str, object]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def text_of(content: ItemContent) -> str:
    """Return an item as a model reads it, between marks that its own text cannot contain.

    The marks bear the SHA-256 of what stands between them.
    """
    parts = [content.title, *(f"{name}: {value}" for name, value in content.facts)]
    parts += [f"\n{each.title}\n{each.text}" for each in content.attachments]
    text = "\n".join(parts)
    mark = sha256(text.encode())[:32]
    return f"<<ITEM {mark}>>\n{text}\n<<END OF ITEM {mark}>>"


def tokens_estimated(body: bytes) -> int:
    """Return about how many tokens a request has, rather too many."""
    return -(-len(body) // BYTES_OF_TOKEN)
