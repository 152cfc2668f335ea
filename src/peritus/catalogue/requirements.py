"""What somebody must hold to judge: credentials, joined by all, any and at least.

Written as plain JSON::

    {"any": [{"degree": "", "field": "Law"},
             {"all": [{"degree": ""}, {"practice": "Contracts", "years": 2}]},
             {"at_least": 2, "of": [{"certificate": "CIPP/E"}, {"licence": "Bar admission",
              "jurisdiction": "DE"}, {"language": "de", "level": "C1"}]}]}
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import combinations, islice, product
from typing import Any, Final

from peritus.catalogue.errors import CatalogueError

KINDS: Final = ("degree", "licence", "certificate", "language", "practice")
LEVELS: Final = ("A1", "A2", "B1", "B2", "C1", "C2")
MOST_ALTERNATIVES, MOST_TRIED = 64, 2000
MOST_YEARS, LONGEST = 60, 200
DEEPEST = 6


class RequirementNotSound(CatalogueError):
    """A requirement cannot be read; the message says where and what was wanted."""


@dataclass(frozen=True, order=True)
class Leaf:
    """One credential wanted; an empty text accepts any.

    ``title`` is a language's code, ``level`` the least of CEFR; ``years`` the
    least of practice.
    """

    kind: str
    title: str = ""
    field: str = ""
    jurisdiction: str = ""
    level: str = ""
    years: int = 0

    def __str__(self) -> str:
        words = [self.kind, self.title, self.level]
        if self.field:
            words.append(f"in {self.field}")
        if self.jurisdiction:
            words.append(f"({self.jurisdiction})")
        if self.years:
            words.append(f"for {self.years} years")
        return " ".join(word for word in words if word)


@dataclass(frozen=True)
class Group:
    """At least so many of several requirements."""

    least: int
    of: tuple[Requirement, ...]

    def __str__(self) -> str:
        if self.least == len(self.of):
            return " and ".join(map(_in_brackets, self.of))
        if self.least == 1:
            return " or ".join(map(_in_brackets, self.of))
        return f"{self.least} of: {'; '.join(map(str, self.of))}"


Requirement = Leaf | Group


def _in_brackets(part: Requirement) -> str:
    return str(part) if isinstance(part, Leaf) or len(part.of) == 1 else f"({part})"


def requirement_of(
    expression: object, where: str = "the requirement", depth: int = 0
) -> Requirement:
    """Read a requirement from plain JSON.

    Raises RequirementNotSound for unknown words, an impossible count, an unknown
    level, or one that can be met in more than 64 ways.
    """
    if not isinstance(expression, Mapping) or depth > DEEPEST:
        raise RequirementNotSound(f"{where} is an object, at most {DEEPEST} deep.")
    joined = [word for word in ("all", "any", "at_least") if word in expression]
    if not joined:
        return _leaf(expression, where)
    return _group(joined[0], expression, where, depth)


def _group(word: str, expression: Mapping[str, Any], where: str, depth: int) -> Group:
    listed = expression.get("of") if word == "at_least" else expression[word]
    known = {"at_least", "of"} if word == "at_least" else {word}
    if unknown := set(map(str, expression)) - known:
        raise RequirementNotSound(f"{where} has {word!r} and does not know {min(unknown)!r}.")
    if not isinstance(listed, list) or not listed:
        raise RequirementNotSound(f"{where} lists at least one part under {word!r}.")
    parts = tuple(
        requirement_of(part, f"{where}, part {n}", depth + 1) for n, part in enumerate(listed, 1)
    )
    least = {"all": len(parts), "any": 1}.get(word, expression.get("at_least"))
    if not isinstance(least, int) or isinstance(least, bool) or not 1 <= least <= len(parts):
        raise RequirementNotSound(f"{where} asks for {least!r} of {len(parts)} parts.")
    group = Group(least, parts)
    if depth == 0:
        alternatives(group)
    return group


def _leaf(expression: Mapping[str, Any], where: str) -> Leaf:
    kinds = [kind for kind in KINDS if kind in expression]
    if len(kinds) != 1:
        wanted = ", ".join((*KINDS, "all", "any", "at_least"))
        raise RequirementNotSound(f"{where} names one of {wanted}.")
    kind = kinds[0]
    may = {"language": {"level"}, "practice": {"years", "field"}}.get(
        kind, {"field", "jurisdiction"}
    )
    if unknown := set(map(str, expression)) - may - {kind}:
        raise RequirementNotSound(f"{where}: a {kind} does not know {min(unknown)!r}.")
    texts = {name: expression.get(name, "") for name in ("field", "jurisdiction", "level")}
    texts["title"] = expression[kind]
    if not all(map(_is_text, texts.values())):
        raise RequirementNotSound(
            f"{where} has texts of at most {LONGEST} characters, on one line each."
        )
    return _checked(Leaf(kind=kind, years=expression.get("years", 0), **texts), where)


def _is_text(each: object) -> bool:
    return isinstance(each, str) and len(each) <= LONGEST and each.isprintable()


def _checked(leaf: Leaf, where: str) -> Leaf:
    if leaf.level and leaf.level not in LEVELS:
        raise RequirementNotSound(f"{where}: a level is one of {', '.join(LEVELS)}.")
    if leaf.kind == "language" and not leaf.title:
        raise RequirementNotSound(f"{where} names the language by its code, such as de.")
    if type(leaf.years) is not int or not 0 <= leaf.years <= MOST_YEARS:
        raise RequirementNotSound(f"{where}: years are whole, 0 to {MOST_YEARS}.")
    return leaf


def alternatives(part: Requirement) -> list[frozenset[Leaf]]:
    """Return the sets of leaves of which one must be held whole; none contains another.

    Raises RequirementNotSound beyond 64 of them.
    """
    if isinstance(part, Leaf):
        return [frozenset([part])]
    inner = [alternatives(each) for each in part.of]
    joined = (
        frozenset().union(*sets)
        for chosen in combinations(inner, part.least)
        for sets in product(*chosen)
    )
    found = set(islice(joined, MOST_TRIED))
    least = [each for each in found if not any(other < each for other in found)]
    if len(least) > MOST_ALTERNATIVES or next(joined, None) is not None:
        raise RequirementNotSound(
            f"It can be met in more than {MOST_ALTERNATIVES} ways; ask for less at once."
        )
    return sorted(least, key=sorted)


@dataclass(frozen=True)
class Finding:
    """Whether a part of a requirement is met, and how that is known."""

    words: str
    met: bool
    reason: str
    parts: tuple[Finding, ...] = ()


def evaluated(part: Requirement, held: Callable[[Leaf], str]) -> Finding:
    """Say of each part whether it is met; ``held`` tells by what a leaf is, "" for nothing."""
    if isinstance(part, Leaf):
        by = held(part)
        return Finding(str(part), bool(by), by or "Nothing valid of this kind is on the bench.")
    parts = tuple(evaluated(each, held) for each in part.of)
    met = sum(each.met for each in parts)
    reason = f"{met} of {len(parts)} are met; {part.least} must be."
    return Finding(str(part), met >= part.least, reason, parts)
