"""End the keeping of people who did nothing for long; reset a second factor."""

from __future__ import annotations

from datetime import datetime
from uuid import uuid4

import click
from django.db.models import Exists, OuterRef, QuerySet

from peritus.accounts.models import User
from peritus.accounts.queries import engine
from peritus.journal.errors import PeritusError
from peritus.journal.models import Event
from peritus.privacy.queries import erasure_blockers, people_seen_by
from peritus.privacy.rules import Ground
from peritus.privacy.verbs import erase_person
from peritus.sign_in.verbs import reset_second_factor


def idle_since(moment: datetime) -> QuerySet[User]:
    """Return people of whom the journal tells nothing since then: no act, no registration."""
    later = Event.objects.filter(at__gte=moment)
    acted = later.filter(actor=OuterRef("uid"))
    told = later.filter(about_uid=OuterRef("uid"))
    people = people_seen_by(engine()).filter(erased_at=None)
    return people.filter(~Exists(acted), ~Exists(told))


def end_retention(moment: datetime, *, erase: bool) -> None:
    """Print who is due, and what keeps each; erase those whom nothing keeps, if that is asked."""
    for person in idle_since(moment):
        if blockers := erasure_blockers(person, engine()):
            click.echo(f"kept    {person.uid}  {' '.join(blockers)}")
        elif erase:
            erase_person(person.pk, Ground.RETENTION, by=engine(), key=uuid4().hex)
            click.echo(f"erased  {person.uid}")
        else:
            click.echo(f"due     {person.uid}  {person.name}")


def reset_factor_of(email: str, because: str) -> None:
    """Reset somebody's second factor in the operator's name, which is the program's."""
    person = User.objects.filter(email__iexact=email, is_active=True, is_engine=False).first()
    if person is None:
        raise click.ClickException(f"Nobody signs in with {email}.")
    try:
        reset_second_factor(person.pk, because, by=engine(), key=uuid4().hex)
    except PeritusError as refused:
        raise click.ClickException(str(refused)) from None
    click.echo(f"{person.email} signs in by password alone until they set up another.")
