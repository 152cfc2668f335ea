"""Organisations, people, and who plays which role where."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models

from peritus.journal.tenancy import SameOrganisation


class Organisation(models.Model):
    """A client, or the provider that runs the work."""

    class Kind(models.TextChoices):
        CLIENT = "client"
        PROVIDER = "provider"

    uid = models.UUIDField(unique=True)
    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=10, choices=Kind)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["kind"], condition=models.Q(kind="provider"), name="one_provider"
            )
        ]

    def __str__(self) -> str:
        return self.name


class ClientOwned(models.Model):
    """A row of one client's data; its parents belong to the same client."""

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    uid = models.UUIDField(unique=True)

    class Meta:
        abstract = True
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organisation", "id"], name="%(class)s_of_client")
        ]


def owned_key(
    to: str, *, null: bool = False, related_name: str = "+"
) -> models.ForeignKey[Any, Any]:
    """Return a key to a parent of the same client (see ``owned``)."""
    return models.ForeignKey(
        to, models.PROTECT, db_constraint=False, null=null, related_name=related_name
    )


def owned(**parents: str) -> list[models.BaseConstraint]:
    """Return the constraints of a client's table whose keys are ``parents``."""
    keys = [
        SameOrganisation(field=field, to=to, name=f"%(class)s_{field}_of_client")
        for field, to in parents.items()
    ]
    return [*ClientOwned.Meta.constraints, *keys]


class People(BaseUserManager["User"]):
    """Find people by the address they sign in with."""

    def get_by_natural_key(self, username: str | None) -> User:
        """Return the person with that address, in any letter case."""
        return self.get(email__iexact=username)


class User(AbstractBaseUser):
    """Somebody who signs in, or acts: a person, a recorded expert, the engine."""

    uid = models.UUIDField(unique=True)
    email = models.EmailField(unique=True)
    name = models.CharField(max_length=200)
    is_active = models.BooleanField(default=True)
    erased_at = models.DateTimeField(null=True)
    is_engine = models.BooleanField(default=False, help_text="Acts for the program itself.")
    last_login = None  # signing in writes nothing

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    objects: ClassVar[People] = People()

    def __str__(self) -> str:
        return self.name


class Role(models.TextChoices):
    """The five roles; what each may do is the rules' to say."""

    CLIENT = "client", "Client"
    MANAGER = "manager", "Engagement manager"
    EXPERT = "expert", "Expert"
    QUALITY = "quality", "Quality lead"
    FINANCE = "finance", "Finance"


class Membership(models.Model):
    """One role of one person in one organisation."""

    uid = models.UUIDField(unique=True)
    user = models.ForeignKey(User, models.PROTECT, related_name="memberships")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "organisation", "role"], name="one_role_each")
        ]

    def __str__(self) -> str:
        return f"{self.user} as {self.role} of {self.organisation}"
