"""The people of a demo: one for each role, with a password each installation makes."""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path

from django.conf import settings
from django.contrib.auth.hashers import make_password

from peritus.accounts.models import Organisation, Role, User
from peritus.accounts.queries import engine
from peritus.accounts.verbs import grant_role, register_person
from peritus.bench.models import Expert
from peritus.bench.verbs import register_expert
from peritus.catalogue.identity import PERITUS, uid_of


@dataclass(frozen=True)
class DemoPerson:
    """Somebody who can sign in to a demo."""

    handle: str
    name: str
    role: str
    email: str
    password: str


_PEOPLE = (
    ("client", "Clara Client", Role.CLIENT),
    ("manager", "Maren Manager", Role.MANAGER),
    ("quality", "Quirin Quality", Role.QUALITY),
    ("finance", "Fiona Finance", Role.FINANCE),
    ("expert", "Emil Expert", Role.EXPERT),
    ("auditor", "Audra Auditor", Role.EXPERT),
)
_ON_THE_BENCH = ("expert", "quality", "auditor")


def sign_ins_file() -> Path:
    """Return where a demo keeps its sign-ins, readable by its owner only."""
    return Path(settings.HOME) / "demo.json"


def demo_people() -> list[DemoPerson]:
    """Return the demo's people; passwords are made once for an installation."""
    path = sign_ins_file()
    if path.exists():
        return [DemoPerson(**row) for row in json.loads(path.read_text(encoding="utf-8"))]
    people = [
        DemoPerson(handle, name, str(role), f"{handle}@demo.invalid", secrets.token_urlsafe(9))
        for handle, name, role in _PEOPLE
    ]
    new = path.with_suffix(f".{os.getpid()}")
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump([asdict(person) for person in people], file, indent=1)
    new.replace(path)
    return people


def register_people(client: Organisation, provider: Organisation) -> dict[str, User]:
    """Register the demo's people with their roles; return them by handle."""
    return {
        person.handle: _register(person, client if person.role == Role.CLIENT else provider)
        for person in demo_people()
    }


def _register(person: DemoPerson, organisation: Organisation) -> User:
    by, known = engine(), User.objects.filter(uid=uid_of(PERITUS, "person", person.handle))
    # A password's hash is salted, so a repeat would differ: what is there stays.
    user = known.first() or register_person(
        person.handle,
        name=person.name,
        email=person.email,
        password_hash=make_password(person.password),
        by=by,
        key=f"demo:{person.handle}",
    )
    grant_role(user.pk, organisation.pk, person.role, by=by, key=f"demo:{person.handle}:role")
    if person.handle in _ON_THE_BENCH:
        register_expert(
            person.handle,
            user_id=user.pk,
            name=person.name,
            kind=Expert.Kind.PERSON,
            by=by,
            key=f"demo:{person.handle}:expert",
        )
    return user
