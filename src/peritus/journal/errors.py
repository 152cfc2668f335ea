"""What can go wrong with an act, its replay, or the chain."""

from __future__ import annotations

from collections.abc import Sequence


class PeritusError(Exception):
    """An act was refused; the message says what was wanted, what came, what to do."""


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
