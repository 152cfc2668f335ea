"""How the workbench writes figures."""

from __future__ import annotations

from datetime import datetime

from django import template

from peritus.journal.clock import now

register = template.Library()


@register.filter
def minutes_and_seconds(seconds: int) -> str:
    """Write a duration as "12 min 05 s"."""
    minutes, rest = divmod(seconds, 60)
    return f"{minutes} min {rest:02} s"


@register.filter
def minutes_left(end: datetime) -> str:
    """Write how long a test still takes answers, "12 min left"."""
    minutes = int((end - now()).total_seconds() // 60)
    return f"{minutes}\N{NO-BREAK SPACE}min left" if minutes > 0 else "less than a minute left"
