"""A requirement while it is put together in a form: nothing is kept until it is required."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.http import QueryDict

from peritus.bench.models import Credential
from peritus.catalogue.languages import language_faults
from peritus.catalogue.requirement_drafts import (
    Expression,
    grouped,
    joined,
    joined_by,
    leaf,
    parts_of,
    walk,
    with_part,
    without_part,
)
from peritus.catalogue.requirements import (
    KINDS,
    LEVELS,
    MOST_YEARS,
    Requirement,
    RequirementNotSound,
    requirement_of,
)

JOIN_WORDS = (("all", "all of these"), ("any", "any one of these"), ("at_least", "at least"))
MOST_DRAFT = 20_000  # characters of JSON
UNREADABLE = "What was put together so far cannot be read; start again from what is required now."
WHOLE = "the requirement"


@dataclass(frozen=True)
class Branch:
    """A part of a draft as the form shows it; a credential has no parts."""

    path: str
    words: str
    word: str = ""
    least: int = 0
    parts: tuple[Branch, ...] = ()


def branch_of(expression: Expression, path: str = "") -> Branch:
    """Return an expression as the form shows it."""
    words, parts = str(requirement_of(expression)), parts_of(expression)
    if parts is None:
        return Branch(path, words)
    inner = tuple(
        branch_of(part, f"{path}.{n}" if path else str(n)) for n, part in enumerate(parts)
    )
    return Branch(path, words, *joined_by(expression), inner)


class LeafForm(forms.Form):
    """One credential to be added to a requirement."""

    kind = forms.ChoiceField(
        label="Kind", choices=[(kind, Credential.Kind(kind).label) for kind in KINDS]
    )
    title = forms.CharField(
        label="Title", required=False, max_length=200,
        help_text="Empty: any title. Of a language: its code, such as de.",
    )  # fmt: skip
    field = forms.CharField(
        label="Field", required=False, max_length=200,
        help_text="Of a degree, licence, certificate or practice; empty: any.",
    )  # fmt: skip
    jurisdiction = forms.CharField(
        label="Jurisdiction", required=False, max_length=100,
        help_text="Of a degree, licence or certificate; empty: any.",
    )  # fmt: skip
    level = forms.ChoiceField(
        label="Level, at least", required=False, help_text="Of a language.",
        choices=[("", "–"), *((level, level) for level in LEVELS)],
    )  # fmt: skip
    years = forms.IntegerField(
        label="Years, at least", required=False, min_value=0, max_value=MOST_YEARS,
        help_text="Of practice.",
    )  # fmt: skip
    where = forms.ChoiceField(
        label="Add it to", required=False, help_text="Which group it belongs to."
    )

    def __init__(self, groups: list[tuple[str, str]], *args: Any, **more: Any) -> None:  # noqa: ANN401 - Django's
        super().__init__(*args, **({"auto_id": "leaf-%s"} | more))
        if groups:
            self.fields["where"].choices = groups  # type: ignore[attr-defined]
        else:
            del self.fields["where"]

    @property
    def expression(self) -> Expression:
        """Return the credential as plain JSON."""
        given = {name: value for name, value in self.cleaned_data.items() if name != "where"}
        return leaf(given.pop("kind"), given.pop("title"), **given)


@dataclass(frozen=True)
class Draft:
    """What was put together, the form for one more part, and what does not fit."""

    expression: Expression | None
    form: LeafForm
    faults: list[str] = field(default_factory=list)

    @property
    def requirement(self) -> Requirement | None:
        """Return what it says, once it can be read."""
        return None if self.expression is None else _read(self.expression)

    @property
    def tree(self) -> Branch | None:
        """Return what the form shows of it."""
        return None if self.expression is None else branch_of(self.expression)

    @property
    def as_json(self) -> str:
        """Return it as the form carries it."""
        return json.dumps(self.expression)


def _read(expression: object) -> Requirement:
    return requirement_of(expression, WHOLE)


def groups_of(expression: Expression | None) -> list[tuple[str, str]]:
    """Return the groups that a part can be added to, by path, in words."""
    if expression is None:
        return []
    found = [(path, part) for path, part in walk(expression) if parts_of(part) is not None]
    return [(path, str(requirement_of(part)) if path else "the whole") for path, part in found]


def started_from(expression: Expression | None) -> Draft:
    """Return a draft of what is required now."""
    return Draft(expression, LeafForm(groups_of(expression)))


def pressed(given: QueryDict, stands: Expression | None) -> Draft:
    """Return the draft after a button was pressed; ``stands`` is what is required now."""
    try:
        before = _carried(given.get("draft", ""))
    except RequirementNotSound:
        return Draft(stands, LeafForm(groups_of(stands)), [UNREADABLE])
    try:
        after = _acted(_joined(before, given), given)
        if after is not None:
            _read(after)
    except RequirementNotSound as fault:
        return _kept(before, given, [str(fault)])
    if given.get("act") == "add":
        return _added(after, given)
    return _kept(after, given)


def _carried(text: str) -> Expression | None:
    """Read the draft that the form carries. Raises RequirementNotSound."""
    try:
        read: Any = json.loads(text) if len(text) <= MOST_DRAFT else ""
    except (ValueError, RecursionError):
        read = ""
    if read is None:
        return None
    _read(read)
    carried: Expression = read
    return carried


def _joined(expression: Expression | None, given: QueryDict) -> Expression | None:
    """Join the groups as was chosen, whichever button was pressed."""
    if expression is None:
        return None
    for path, _ in list(walk(expression)):
        if word := given.get(f"join-{path}", ""):
            least = given.get(f"least-{path}", "")
            number = int(least) if least.isascii() and least.isdecimal() else 1
            expression = joined(expression, path, word, number)
    return expression


def _acted(expression: Expression | None, given: QueryDict) -> Expression | None:
    act, _, path = given.get("act", "").partition(":")
    if expression is not None and act == "remove":
        return without_part(expression, path)
    if expression is not None and act == "group":
        return grouped(expression, path)
    return expression


def _added(expression: Expression | None, given: QueryDict) -> Draft:
    form = LeafForm(groups_of(expression), given)
    if not form.is_valid():
        return Draft(expression, form, ["Some fields do not fit; each says what it wants."])
    try:
        part = requirement_of(form.expression, "What you add")
        more = with_part(expression, form.cleaned_data.get("where", ""), form.expression)
        _read(more)
    except RequirementNotSound as fault:
        return Draft(expression, form, [str(fault)])
    if faults := language_faults(part):
        return Draft(expression, form, faults)
    return started_from(more)


def _kept(expression: Expression | None, given: QueryDict, faults: Sequence[str] = ()) -> Draft:
    """Return a draft; what was typed of a part to add stays."""
    typed = {name: given.get(name, "") for name in LeafForm.base_fields}
    return Draft(expression, LeafForm(groups_of(expression), initial=typed), list(faults))
