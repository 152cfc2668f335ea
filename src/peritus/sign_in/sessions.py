"""Sessions in the database, under the hash of what the cookie holds (a Django session engine).

Who reads the table, or a backup of it, holds no session. A request asks one indexed
query more than with signed cookies; writing is done at sign-in, when a page remembers
something, and to note at most every ten minutes that a session is in use.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid4

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.base import SessionBase, UpdateError
from django.db.models import Q, QuerySet

from peritus.accounts.models import User
from peritus.journal.acts import in_transaction
from peritus.journal.clock import wall_clock
from peritus.sign_in.models import Session

IDLE: Final = timedelta(hours=12)
LONGEST: Final = timedelta(days=7)
NOTED_EVERY: Final = timedelta(minutes=10)
NO_SESSION: Final = UUID(int=0)


def digest_of(key: str | None) -> str:
    """Return under which hash a session is kept; its key has 165 random bits."""
    return hashlib.sha256((key or "").encode()).hexdigest()


def _ended(at: datetime) -> Q:
    return Q(seen_at__lte=at - IDLE) | Q(started_at__lte=at - LONGEST)


def standing_sessions() -> QuerySet[Session]:
    """Return the sessions that have not ended, the latest seen first."""
    return Session.objects.exclude(_ended(wall_clock())).order_by("-seen_at", "-id")


class SessionStore(SessionBase):
    """The session of one browser; without somebody signed in nothing of it is kept."""

    uid: UUID = NO_SESSION
    _is_new = False

    def load(self) -> dict[str, Any]:
        """Return what is remembered, and note that the session is in use."""
        found = standing_sessions().filter(digest=digest_of(self.session_key)).first()
        if found is None:
            self._session_key = None
            return {}
        self.uid = found.uid
        _note_in_use(found)
        data: dict[str, Any] = found.data
        return data

    def exists(self, session_key: str) -> bool:
        """Say whether a key is taken."""
        return Session.objects.filter(digest=digest_of(session_key)).exists()

    def create(self) -> None:
        """Begin under a new key; it is written when there is somebody to write it for."""
        self._session_key = self._get_new_session_key()  # type: ignore[attr-defined]
        self.uid, self._is_new, self.modified = uuid4(), True, True

    def save(self, must_create: bool = False) -> None:  # noqa: FBT001, FBT002 - Django's signature
        """Write what is remembered. Raises UpdateError where the session was ended meanwhile."""
        if self.session_key is None:
            self.create()
        data = self._get_session(no_load=must_create or self._is_new)  # type: ignore[attr-defined]
        if SESSION_KEY not in data:
            return
        if must_create or self._is_new:
            in_transaction(lambda: self._begin(data))
            self._is_new = False
        elif not in_transaction(lambda: self._kept().update(data=data)):
            raise UpdateError

    def _kept(self) -> QuerySet[Session]:
        return Session.objects.filter(digest=digest_of(self.session_key))

    def _begin(self, data: dict[str, Any]) -> None:
        self.clear_expired()
        at = wall_clock()
        Session.objects.create(
            uid=self.uid, user=User.objects.get(pk=data[SESSION_KEY]), data=data,
            digest=digest_of(self.session_key), started_at=at, seen_at=at,
        )  # fmt: skip

    def delete(self, session_key: str | None = None) -> None:
        """End a session, this one unless told otherwise."""
        ended = Session.objects.filter(digest=digest_of(session_key or self.session_key))
        in_transaction(ended.delete)

    @classmethod
    def clear_expired(cls) -> None:
        """Forget sessions that have ended, with the addresses and browsers in them."""
        Session.objects.filter(_ended(wall_clock())).delete()


def _note_in_use(found: Session) -> None:
    at = wall_clock()
    if at - found.seen_at >= NOTED_EVERY:
        in_transaction(lambda: Session.objects.filter(pk=found.pk).update(seen_at=at))
