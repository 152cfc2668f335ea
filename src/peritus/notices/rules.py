"""Who may put something into an inbox."""

from __future__ import annotations

from peritus.accounts.rules import ENGINE, rule

NOTIFY = rule(
    "notify", "Tell people what waits for them", ENGINE,
    refusal="The program itself tells people, when an event asks for it.",
)  # fmt: skip
