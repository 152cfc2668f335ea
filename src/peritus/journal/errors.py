"""What can go wrong with an act, its replay, or the chain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID


class Chained(Protocol):
    """The engagement in whose chain an event stands."""

    uid: UUID
    organisation_id: int


@dataclass(frozen=True)
class RefusalFact:
    """What the journal says of a refusal; nothing else of the refused act stands."""

    kind: str
    about: Any
    engagement: Chained
    data: Mapping[str, object]


class PeritusError(Exception):
    """An act was refused; the message says what was wanted, what came, what to do.

    With a ``fact`` the refusal itself goes on record (see ``journal.acts.verb``).
    """

    fact: RefusalFact | None = None

    def on_record(
        self, kind: str, *, about: object, engagement: Chained, data: Mapping[str, object]
    ) -> PeritusError:
        """Return this error, to be raised, with what the journal is to say of it."""
        self.fact = RefusalFact(kind, about, engagement, data)
        return self


class NotAllowed(PeritusError):
    """The rule named in the message does not let this actor do this."""


class Blocked(PeritusError):
    """Something stands in the way; ``blockers`` lists every reason."""

    def __init__(self, blockers: Sequence[str]) -> None:
        super().__init__(" ".join(blockers))
        self.blockers = list(blockers)


class KeyUsedDifferently(PeritusError):
    """The replay key stands for the same act with other arguments."""


class NotAnAct(PeritusError):
    """An event was recorded outside a verb."""


class KeyUnusable(PeritusError):
    """The signing key is not there, is another one, or may be read by others."""
