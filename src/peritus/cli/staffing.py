"""Staff a lot at the command line: who can, a draft, why, and publishing it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import uuid4

import click
from rich.console import Console
from rich.table import Table

from peritus.accounts.queries import engine
from peritus.engagements.models import Lot
from peritus.journal.errors import PeritusError
from peritus.web.staffing import (
    asked_unless_told,
    expected_right,
    pay_of,
    possible_judges,
    terms_words,
    there_for,
    without,
)
from peritus.work.models import Staffing
from peritus.work.staffing import Terms, candidates_of, explained
from peritus.work.verbs import draft_staffing, publish_staffing


@contextmanager
def _refusals_said() -> Iterator[None]:
    try:
        yield
    except PeritusError as refused:
        raise click.ClickException(str(refused)) from None


def _lot(engagement: str, code: str) -> Lot:
    found = Lot.objects.filter(engagement__code=engagement, code=code)
    if lot := found.select_related("engagement").first():
        return lot
    raise click.ClickException(f"There is no lot {code!r} in an engagement {engagement!r}.")


def _draft(engagement: str, code: str, number: int) -> Staffing:
    drafts = Staffing.objects.filter(lot=_lot(engagement, code)).order_by("id")
    found = list(drafts.select_related("lot", "engagement"))
    if not 1 <= number <= len(found):
        raise click.ClickException(f"The lot has {len(found)} drafts; there is no {number}.")
    return found[number - 1]


def asked_terms(asked: Mapping[str, Any]) -> Terms:
    """Return terms from what was typed as options."""
    amount, currency = asked["price"] or (None, "")
    try:
        worth = Decimal(amount) if amount else None
    except InvalidOperation:
        raise click.ClickException(f"An amount is such as 10.50; {amount!r} came.") from None
    until = asked["done_by"]
    rest = {name: value for name, value in asked.items() if name != "price"}
    return Terms(
        **{**rest, "worth": worth, "currency": currency, "done_by": until and until.date()}
    )


def print_judges(engagement: str, code: str) -> None:
    """Print who could judge a lot, how good they are and what keeps them away."""
    lot, table = _lot(engagement, code), Table("Expert", "Right", "95 %", "Items", "Kept away by")
    for each in possible_judges(lot, there_for(lot)):
        known = each.measured
        table.add_row(
            each.expert.handle,
            f"{each.chance:.3f}",
            " ".join(f"{m.low:.2f}–{m.high:.2f}" for m in known) or "not measured",
            str(each.items),
            " ".join([*(f"{reason} ({n})" for reason, n in each.reasons), each.note]).strip(),
        )
    Console().print(table)


def draft(engagement: str, code: str, terms: Terms, leave_out: tuple[str, ...]) -> None:
    """Draft a lot's staffing, with whoever checks in it left out, and print what it is."""
    lot = _lot(engagement, code)
    there = without(asked_unless_told(lot), leave_out)
    with _refusals_said():
        made = draft_staffing(lot.pk, there, terms=terms, by=engine(), key=uuid4().hex)
    number, likely = Staffing.objects.filter(lot=lot).count(), expected_right(made)
    click.echo(f"Draft {number} of {lot}: {len(made.pairs)} judgments; {made.status}.")
    click.echo(f"  asked for   {'; '.join(terms_words(terms)) or 'everybody who can'}")
    click.echo(f"  right       {made.total:.1f} expected ({likely.low:.1f} to {likely.high:.1f})")
    if made.moves is not None:
        click.echo(f"  moves       {len(made.moves)} of {len(made.pairs)} that wait")
    else:
        click.echo(f"  weakest     {made.minimum:.2f} right expected on one item")
    click.echo(f"  bound       {made.bound:.4f} of what was maximised; no draft has more")
    found, unpaid = pay_of(made)
    for pay in found:
        click.echo(f"  pay         {pay.amount:.2f} {pay.currency} for {pay.judgments} judgments")
    if found and unpaid:
        click.echo(f"  no pay      agreed for {unpaid} judgments")
    for handle, bar, n in made.left_out:
        click.echo(f"  left out    {handle}: {bar}, {n} items")


def explain(engagement: str, code: str, number: int, handle: str, key: str) -> None:
    """Print why an expert judges an item in a draft, or why not."""
    found = _draft(engagement, code, number)
    try:
        click.echo(explained(found, (handle, key), candidates_of(found)))
    except KeyError as missing:
        raise click.ClickException(f"The draft knows no {missing.args[0]!r}.") from None


def publish(engagement: str, code: str, number: int) -> None:
    """Open the slots of a draft."""
    found = _draft(engagement, code, number)
    with _refusals_said():
        publish_staffing(found.pk, by=engine(), key=uuid4().hex)
    click.echo(f"{len(found.pairs)} slots are open.")
