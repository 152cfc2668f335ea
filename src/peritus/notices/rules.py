"""Who may put something into an inbox."""

from __future__ import annotations

from peritus.accounts.models import User

ENGINE_RULE = "The program itself tells people, when an event asks for it."


def may_notify(user: User) -> bool:
    """Say whether the user is the engine: nobody writes into inboxes by hand."""
    return user.is_engine
