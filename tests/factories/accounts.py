"""Organisations, people, roles."""

from __future__ import annotations

from itertools import count
from typing import Any
from uuid import UUID

from peritus.accounts.models import Membership, Organisation, Role, User
from peritus.catalogue.identity import PERITUS, uid_of

_numbers = count(1)


def number() -> int:
    """Return a number that no factory has used before."""
    return next(_numbers)


def uid() -> UUID:
    """Return an id that no other row has."""
    return uid_of(PERITUS, "factory", number())


def organisation(**changes: Any) -> Organisation:
    n = number()
    given = {
        "uid": uid(),
        "slug": f"client-{n}",
        "name": f"Client {n}",
        "kind": Organisation.Kind.CLIENT,
    }
    return Organisation.objects.create(**given | changes)


def provider(**changes: Any) -> Organisation:
    """Return the one provider, made on first use."""
    if there := Organisation.objects.filter(kind=Organisation.Kind.PROVIDER).first():
        return there
    n = number()
    given = {"slug": f"provider-{n}", "name": f"Provider {n}", "kind": Organisation.Kind.PROVIDER}
    return organisation(**given | changes)


def user(**changes: Any) -> User:
    n = number()
    given = {
        "uid": uid(),
        "email": f"person-{n}@peritus.example",
        "name": f"Person {n}",
        "password": "!",  # nobody signs in with it
    }
    return User.objects.create(**given | changes)


def membership(**changes: Any) -> Membership:
    given = {"uid": uid(), "role": Role.CLIENT} | changes
    given["user"] = given.get("user") or user()
    given["organisation"] = given.get("organisation") or organisation()
    return Membership.objects.create(**given)


def member(role: Role, **changes: Any) -> User:
    """Return a person who plays the role, at the provider unless told otherwise."""
    house = changes.pop("organisation", None) or provider()
    person = user(**changes)
    membership(user=person, organisation=house, role=role)
    return person
