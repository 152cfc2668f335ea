"""How the workbench writes figures."""

from __future__ import annotations

from django import template

register = template.Library()


@register.filter
def minutes_and_seconds(seconds: int) -> str:
    """Write a duration as "12 min 05 s"."""
    minutes, rest = divmod(seconds, 60)
    return f"{minutes} min {rest:02} s"
