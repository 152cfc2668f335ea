"""Show texts of the work: guidelines in Markdown, and what changes between two."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt

from peritus.web.reading import anchor_of

SAME_LINES_SHOWN = 1
MOST_COMPARED = 3_000  # lines


def rendered(text: str) -> SafeString:
    """Render Markdown; HTML in it is shown as text, links to elsewhere stay plain.

    ``## headings`` get an anchor, so that a question can point to its section.
    """
    markdown = (
        MarkdownIt("commonmark", {"html": False})
        .enable("table")
        .disable(["image", "link", "autolink"])
    )
    tokens = markdown.parse(text)
    for place, token in enumerate(tokens):
        if token.type == "heading_open":
            token.attrSet("id", anchor_of(tokens[place + 1].content))
            level = min(int(token.tag[1]) + (token.tag == "h1"), 6)  # the page has its own h1
            tokens[place + 2].tag = token.tag = f"h{level}"
    return mark_safe(markdown.renderer.render(tokens, markdown.options, {}))  # noqa: S308


def section_of(text: str, heading: str) -> str:
    """Return the part of a text under a ``## heading``, or nothing."""
    found: list[str] = []
    inside = False
    for line in text.splitlines():
        if line.startswith("## "):
            inside = line[3:].strip() == heading
        if inside and not line.startswith("## "):
            found.append(line)
    return "\n".join(found).strip()


class DiffLine(NamedTuple):
    """One line of a comparison: added, removed, same, or a gap of same lines."""

    kind: str
    text: str


def changes_between(old: str, new: str) -> list[DiffLine]:
    """Return what changes, with a line around each change and gaps counted."""
    lines = [each for each in _compared(old, new) if each.text]
    near = {
        place + away
        for place, line in enumerate(lines)
        if line.kind != "same"
        for away in range(-SAME_LINES_SHOWN, SAME_LINES_SHOWN + 1)
    }
    return list(_with_gaps(lines, near))


def _compared(old: str, new: str) -> Iterator[DiffLine]:
    before, after = old.splitlines(), new.splitlines()
    # Whole lines only: to look for likeness within lines takes minutes where all of them differ.
    for kind, i, i_end, j, j_end in _steps(before, after):
        if kind == "equal":
            yield from (DiffLine("same", line.strip()) for line in before[i:i_end])
            continue
        yield from (DiffLine("removed", line.strip()) for line in before[i:i_end])
        yield from (DiffLine("added", line.strip()) for line in after[j:j_end])


def _steps(before: list[str], after: list[str]) -> Sequence[tuple[str, int, int, int, int]]:
    """Return how one list of lines becomes the other; in one step where both are too long."""
    if max(len(before), len(after)) > MOST_COMPARED:
        return [("replace", 0, len(before), 0, len(after))]
    return difflib.SequenceMatcher(None, before, after).get_opcodes()


def _with_gaps(lines: list[DiffLine], shown: set[int]) -> Iterator[DiffLine]:
    hidden = 0
    for place, line in enumerate(lines):
        if place not in shown:
            hidden += 1
            continue
        if hidden:
            yield DiffLine("gap", f"{hidden} unchanged lines")
        hidden = 0
        yield line
    if hidden:
        yield DiffLine("gap", f"{hidden} unchanged lines")
