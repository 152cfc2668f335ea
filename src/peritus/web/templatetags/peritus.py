"""Show figures, times and states in templates, as documents show them."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django import template
from django.http import HttpRequest

from peritus.delivery import figures
from peritus.journal.clock import now
from peritus.quality.overviews import LotOverview, Stage

register = template.Library()


@register.filter
def unbroken(text: str) -> str:
    """Keep a number and its unit on one line."""
    return text.replace(" %", "\N{NO-BREAK SPACE}%").replace("EUR ", "EUR\N{NO-BREAK SPACE}")


@register.filter
def percent(share: float) -> str:
    """Return a share as percent with one decimal."""
    return unbroken(figures.percent(share))


@register.filter
def level(confidence: float) -> str:
    """Return a confidence as percent."""
    return unbroken(figures.level_percent(confidence))


@register.filter
def money(amount: Decimal, currency: str) -> str:
    """Return an amount with its currency."""
    return figures.money(amount, currency).replace(" ", "\N{NO-BREAK SPACE}")


@register.filter
def round_money(amount: float, currency: str) -> str:
    """Return an estimated amount without cents, which it does not have."""
    sign = "\N{MINUS SIGN}" if amount < 0 else ""
    return f"{currency}\N{NO-BREAK SPACE}{sign}{abs(amount):,.0f}"


@register.filter
def moment(at: datetime | None) -> str:
    """Return a time with its zone, or a dash."""
    return figures.moment(at) if at else "–"


@register.filter
def day(at: date | None) -> str:
    """Return a date in words, or a dash."""
    return figures.day(at) if at else "–"


@register.filter
def minutes(seconds: float) -> str:
    """Return a short time in minutes."""
    return f"{seconds / 60:.3g}\N{NO-BREAK SPACE}min"


@register.filter
def time_left(due: datetime) -> str:
    """Return how long is left until a time limit, or since when it is over."""
    seconds = (due - now()).total_seconds()
    days, hours = divmod(int(abs(seconds)) // 3600, 24)
    amount = f"{days} day{'s' if days != 1 else ''}" if days else f"{max(hours, 1)} h"
    return f"{amount} left" if seconds > 0 else f"over since {amount}"


class State(NamedTuple):
    """A state's word with the tone and icon that go with it."""

    tone: str
    word: str


STAGES = {
    Stage.EMPTY: State("idle", "Empty"),
    Stage.JUDGE: State("busy", "Being judged"),
    Stage.ADJUDICATE: State("busy", "Being adjudicated"),
    Stage.CENSUS: State("busy", "Riskiest being checked"),
    Stage.FREEZE: State("warn", "Ready to freeze"),
    Stage.AUDIT: State("busy", "Being audited"),
    Stage.CERTIFY: State("warn", "To be signed"),
    Stage.ACCEPT: State("warn", "Certified, to accept"),
    Stage.ACCEPTED: State("good", "Certified, accepted"),
    Stage.SPENT: State("bad", "Not certified"),
}


@register.filter
def stage_state(stage: Stage) -> State:
    """Return a lot's stage as a word with its tone."""
    return STAGES[stage]


@register.filter
def census_progress(overview: LotOverview) -> str:
    """Say how far the check of a lot's riskiest has come."""
    found = overview.census
    if found is None:
        return ""
    return (
        f"{found.checked} of at most {found.census.most} are in, {found.differing} differed; "
        f"{found.waiting} wait for the auditor. The lot is frozen once that is complete."
    )


@register.inclusion_tag("components/status.html")
def status(tone: str, word: str) -> dict[str, str]:
    """Show one status: icon and word, never colour alone."""
    return {"tone": tone, "word": word}


@register.inclusion_tag("components/figure.html")
def figure(
    name: str,
    value: object,
    unit: str = "",
    *,
    total: int | None = None,
    between: str = "",
    source: str = "",
) -> dict[str, object]:
    """Show one figure with its whole or unit, its interval and its source."""
    beside = unit if total is None else f"of {total}"
    return {"name": name, "value": value, "unit": beside, "between": between, "source": source}


@register.inclusion_tag("components/meter.html")
def meter(
    share: float,
    *,
    promise: float | None = None,
    tone: str = "",
    words: str = "",
    range_to: float | None = None,
) -> dict[str, object]:
    """Show a share of a whole, with a promise line and a range if there are any."""
    return {
        "width": round(1000 * min(max(share, 0), 1), 1),
        "until": None if range_to is None else round(1000 * min(range_to, 1), 1),
        "promise": None if promise is None else round(1000 * min(promise, 1), 1),
        "tone": tone,
        "words": words,
    }


@register.inclusion_tag("components/pager.html", takes_context=True)
def pager(context: dict[str, Any], page: object, what: str) -> dict[str, object]:
    """Show where in a list the page is, with links that keep the filters."""
    request: HttpRequest = context["request"]
    kept = request.GET.copy()
    kept.pop("page", None)
    return {"page": page, "what": what, "query": f"{kept.urlencode()}&" if kept else ""}


STEPS = ("Judge", "Adjudicate", "Freeze", "Audit", "Certify", "Accept")
_REACHED = {
    Stage.EMPTY: 0, Stage.JUDGE: 0, Stage.ADJUDICATE: 1, Stage.CENSUS: 2, Stage.FREEZE: 2,
    Stage.AUDIT: 3,
    Stage.CERTIFY: 4, Stage.ACCEPT: 5, Stage.ACCEPTED: 6, Stage.SPENT: 4,
}  # fmt: skip


@register.inclusion_tag("components/stepper.html")
def stepper(stage: Stage) -> dict[str, object]:
    """Show how far a lot is in the flow."""
    reached = _REACHED[stage]
    steps = [
        (word, "done" if place < reached else "now" if place == reached else "later")
        for place, word in enumerate(STEPS)
    ]
    if stage == Stage.SPENT:
        steps[reached] = ("Not certified", "stopped")
    return {"steps": steps}
