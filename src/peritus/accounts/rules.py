"""Who a person is to what an act is about, and the one table of rules made of that.

A rule lets nobody do its act but whoever stands in one of its relations. Rooms
above add relations of their own things; every rule is in the one table.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from peritus.accounts.models import Membership, Organisation, Role, User
from peritus.journal.errors import NotAllowed

LONGEST_NAME = 200


@dataclass(frozen=True)
class Relation:
    """What a person can be to the thing that an act is about; ``holds`` says whether they are."""

    name: str
    holds: Callable[[User, Any], bool]


@dataclass(frozen=True)
class Rule:
    """Who may do an act: who stands in a relation of ``who``, and in none that bars.

    ``refusal`` is what all others read.
    """

    code: str
    act: str
    who: tuple[Relation, ...]
    refusal: str
    never: tuple[Relation, ...] = ()

    def allows(self, user: User, about: object = None) -> bool:
        """Say whether the user may do the act to a thing; relations are asked in their order."""
        return any(each.holds(user, about) for each in self.who) and not any(
            each.holds(user, about) for each in self.never
        )

    def require(self, user: User, about: object = None) -> None:
        """Raise NotAllowed with what refuses, unless the user may do the act."""
        if not self.allows(user, about):
            raise NotAllowed(self.refusal)


_RULES: dict[str, Rule] = {}


def rule(
    code: str, act: str, *who: Relation, refusal: str, never: tuple[Relation, ...] = ()
) -> Rule:
    """Put a rule into the table; ``act`` tells people what it is about."""
    if code in _RULES:
        raise ValueError(f"two rules are called {code}: {_RULES[code].act}; {act}")
    _RULES[code] = Rule(code, act, who, refusal, never)
    return _RULES[code]


def rules() -> Mapping[str, Rule]:
    """Return the whole table by code."""
    return MappingProxyType(_RULES)


def _is_client(user: User, about: Any) -> bool:  # noqa: ANN401 - an organisation, or what is its
    owner = about.pk if isinstance(about, Organisation) else about.organisation_id
    return Membership.objects.filter(user=user, role=Role.CLIENT, organisation_id=owner).exists()


def _at_provider(role: Role) -> Callable[[User, object], bool]:
    def plays(user: User, _about: object) -> bool:
        mine = Membership.objects.filter(user=user, role=role)
        return mine.filter(organisation__kind=Organisation.Kind.PROVIDER).exists()

    return plays


ENGINE = Relation("the program itself", lambda user, _about: user.is_engine)
CLIENT = Relation("the client's own people", _is_client)
ONESELF = Relation("oneself", lambda user, about: user.pk == about.pk)
PROVIDERS_MANAGER = Relation("a manager of the provider", _at_provider(Role.MANAGER))
PROVIDERS_LEAD = Relation("a quality lead of the provider", _at_provider(Role.QUALITY))
PROVIDERS_FINANCE = Relation("the provider's finance", _at_provider(Role.FINANCE))

SET_UP = rule(
    "set_up", "Register organisations and people", ENGINE, PROVIDERS_MANAGER,
    refusal="Only a manager of the provider registers organisations and people.",
)  # fmt: skip
REPLAY = rule(
    "replay", "Replay events that were parked", ENGINE, PROVIDERS_MANAGER,
    refusal="Only a manager of the provider replays parked events.",
)  # fmt: skip
KEEP_KEYS = rule(
    "keep_keys", "Change and revoke signing keys", ENGINE, PROVIDERS_MANAGER,
    refusal="Only a manager of the provider changes or revokes its signing keys.",
)  # fmt: skip


def person_blockers(name: str, email: str) -> list[str]:
    """Say why nobody can be registered so."""
    blockers = []
    if not 0 < len(name.strip()) <= LONGEST_NAME:
        blockers.append(f"A name has 1 to {LONGEST_NAME} characters.")
    try:
        validate_email(email)
    except ValidationError:
        return [*blockers, f"{email[:80]!r} is no address that mail can be sent to."]
    if User.objects.filter(email__iexact=email).exists():
        blockers.append(f"Somebody signs in with {email} already.")
    return blockers
