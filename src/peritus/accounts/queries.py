"""Find organisations and people."""

from __future__ import annotations

from peritus.accounts.models import Membership, Organisation, User
from peritus.catalogue.identity import PERITUS, uid_of

ENGINE_EMAIL = "engine@peritus.invalid"


def engine() -> User:
    """Return the account in whose name reactions act; made on first use."""
    user, _ = User.objects.get_or_create(
        email=ENGINE_EMAIL,
        defaults={
            "uid": uid_of(PERITUS, "engine"),
            "name": "Peritus",
            "is_engine": True,
            "password": "!",
        },
    )
    return user


def provider() -> Organisation:
    """Return the one organisation that runs the work here."""
    return Organisation.objects.get(kind=Organisation.Kind.PROVIDER)


def roles_of(user: User) -> set[str]:
    """Return the names of the roles that the user plays anywhere."""
    return set(Membership.objects.filter(user=user).values_list("role", flat=True))
